//! Pictures of the plane of two inputs: points of two classes, lines between them, and what a
//! network says everywhere.

use super::{BLUE, GREY, ORANGE, save};
use crate::Failure;
use kuva::prelude::{ColorMap, ContourPlot, Figure, Layout, LinePlot, Plot, ScatterPlot};
use std::path::Path;
use std::sync::Arc;

/// What is shown of each axis: the corners of the unit square, with some space around.
pub const LOW: f64 = -0.5;
/// See [`LOW`].
pub const HIGH: f64 = 1.5;

/// Points to a side of the grid on which a surface is drawn.
const GRID: usize = 121;

/// The line w0 x0 + w1 x1 + b = 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// The factors of x0 and x1.
    pub w: [f64; 2],
    /// The constant.
    pub b: f64,
}

/// One picture of the plane.
#[derive(Clone, Debug, Default)]
pub struct Plane {
    /// What stands above it.
    pub title: String,
    /// Points with their class, 0 (blue) or 1 (orange).
    pub points: Vec<([f64; 2], usize)>,
    /// Lines, drawn as far as the picture goes.
    pub lines: Vec<Line>,
    /// How sure a network is of class 1, from 0 to 1, at the points of [`grid`] in their order.
    pub surface: Option<Vec<f64>>,
}

/// The points of a grid over the picture, row by row from the bottom, each from the left.
pub fn grid() -> impl Iterator<Item = [f64; 2]> {
    let axis = || (0..GRID).map(place);
    axis().flat_map(move |y| axis().map(move |x| [x, y]))
}

/// Where a column, or row, of the grid stands.
fn place(i: usize) -> f64 {
    LOW + (HIGH - LOW) * i as f64 / (GRID - 1) as f64
}

/// Draws the pictures side by side.
///
/// # Errors
/// If they cannot be drawn, or the file cannot be written.
///
/// # Panics
/// If a surface has more or fewer numbers than the grid has points.
pub fn write_planes(planes: &[Plane], file: &Path) -> Result<(), Failure> {
    let plots: Vec<Vec<Plot>> = planes.iter().map(plots).collect();
    let layouts = planes.iter().map(|plane| {
        Layout::new((LOW, HIGH), (LOW, HIGH))
            .with_title(&plane.title)
            .with_x_label("x0")
            .with_y_label("x1")
            .with_x_tick_step(0.5)
            .with_y_tick_step(0.5)
    });
    let figure = Figure::new(1, planes.len())
        .with_layouts(layouts.collect())
        .with_plots(plots)
        .with_cell_size(400.0, 400.0);
    save(figure, file)
}

fn plots(plane: &Plane) -> Vec<Plot> {
    let mut plots = Vec::new();
    if let Some(surface) = &plane.surface {
        plots.extend(shades(surface));
    }
    for line in &plane.lines {
        if let Some(ends) = line.within(LOW, HIGH) {
            let ends = LinePlot::new().with_data(ends).with_stroke_width(2.0);
            plots.push(ends.with_color(GREY).with_dashed().into());
        }
    }
    let size = if plane.points.len() < 50 { 7.0 } else { 3.0 };
    for (class, colour) in [BLUE, ORANGE].into_iter().enumerate() {
        let of_class = plane.points.iter().filter(|(_, of)| *of == class);
        let points = of_class.map(|([x, y], _)| (*x, *y));
        plots.push(ScatterPlot::new().with_data(points).with_color(colour).with_size(size).into());
    }
    plots
}

/// The surface in bands from blue over white to orange, with a line where the network is undecided.
fn shades(surface: &[f64]) -> [Plot; 2] {
    assert_eq!(surface.len(), GRID * GRID, "the numbers of a surface");
    let rows: Vec<Vec<f64>> = surface.chunks(GRID).map(<[f64]>::to_vec).collect();
    let axis: Vec<f64> = (0..GRID).map(place).collect();
    let least = surface.iter().copied().fold(f64::INFINITY, f64::min);
    let most = surface.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    // The library maps the least to 0 and the most to 1.
    let colour = move |share: f64| pale(least + (most - least) * share);
    let levels: Vec<f64> = (1..20).map(|level| f64::from(level) / 20.0).collect();
    let field = || ContourPlot::new().with_grid(rows.clone(), axis.clone(), axis.clone());
    let bands = field().with_filled().with_levels(&levels).with_line_color("none");
    let edge = field().with_levels(&[0.5]).with_line_color("#000000").with_line_width(2.0);
    [bands.with_colormap(ColorMap::Custom(Arc::new(colour))).into(), edge.into()]
}

/// The colour of a probability: blue at 0, white at 1/2, orange at 1, each mixed with white.
fn pale(probability: f64) -> String {
    let sure = (2.0 * probability - 1.0).clamp(-1.0, 1.0);
    let full = if sure < 0.0 { [0x1f, 0x77, 0xb4] } else { [0xd9, 0x5f, 0x02] };
    let mixed = full.map(|part| (255.0 - 0.6 * sure.abs() * (255.0 - f64::from(part))) as u8);
    format!("#{:02x}{:02x}{:02x}", mixed[0], mixed[1], mixed[2])
}

impl Line {
    /// The ends of the piece inside the square from (low, low) to (high, high), if there is one.
    fn within(self, low: f64, high: f64) -> Option<[(f64, f64); 2]> {
        let Self { w: [w0, w1], b } = self;
        let inside = |&(x, y): &(f64, f64)| {
            let range = low - 1e-9..=high + 1e-9;
            range.contains(&x) && range.contains(&y)
        };
        // Where it meets the four sides; a division by 0 gives points that are not inside.
        let sides = [low, high];
        let meets = sides.map(|x| (x, -(w0 * x + b) / w1));
        let meets = meets.into_iter().chain(sides.map(|y| (-(w1 * y + b) / w0, y)));
        let mut ends: Vec<(f64, f64)> = meets.filter(inside).collect();
        ends.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        Some([*ends.first()?, *ends.last()?])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::tests::drawn;

    #[test]
    fn lines_end_at_the_sides_of_the_square() {
        let within = |w, b| Line { w, b }.within(0.0, 2.0);
        assert_eq!(within([1.0, 1.0], -1.0), Some([(0.0, 1.0), (1.0, 0.0)]));
        assert_eq!(within([1.0, -1.0], 0.0), Some([(0.0, 0.0), (2.0, 2.0)]));
        assert_eq!(within([2.0, 0.0], -1.0), Some([(0.5, 0.0), (0.5, 2.0)]));
        assert_eq!(within([0.0, 1.0], -1.5), Some([(0.0, 1.5), (2.0, 1.5)]));
        assert_eq!(within([1.0, 1.0], 1.0), None);
        assert_eq!(within([0.0, 0.0], 1.0), None);
    }

    #[test]
    fn the_grid_runs_from_the_bottom_left() {
        let points: Vec<[f64; 2]> = grid().collect();
        assert_eq!(points.len(), GRID * GRID);
        assert_eq!((points[0], points[GRID - 1]), ([LOW, LOW], [HIGH, LOW]));
        assert_eq!(points[GRID * GRID - 1], [HIGH, HIGH]);
    }

    #[test]
    fn what_is_given_is_drawn_and_nothing_else() {
        let drawn = |planes: &[Plane]| {
            drawn("planes", [BLUE, ORANGE, GREY], |file| write_planes(planes, file))
        };
        let first = Plane { points: vec![([0.0, 0.0], 0)], ..Plane::default() };
        assert_eq!(drawn(std::slice::from_ref(&first)), [true, false, false]);
        let lines = vec![Line { w: [1.0, 1.0], b: -1.5 }];
        let second = Plane { points: vec![([1.0, 1.0], 1)], lines, ..Plane::default() };
        assert_eq!(drawn(&[first, second]), [true, true, true]);
    }

    #[test]
    fn a_surface_is_drawn_in_the_colours_of_both_answers() {
        let surface = grid().map(|[x, _]| if x < 0.5 { 0.0 } else { 1.0 }).collect();
        let plane = Plane { surface: Some(surface), ..Plane::default() };
        let colours = [pale(0.0), pale(0.95)];
        let colours = [colours[0].as_str(), colours[1].as_str()];
        let draw = |file: &Path| write_planes(&[plane], file);
        assert_eq!(drawn("surface", colours, draw), [true, true]);
    }

    #[test]
    fn colours_say_which_class_and_how_sure() {
        assert_eq!(pale(0.5), "#ffffff");
        assert_eq!((pale(0.0), pale(-1.0)), (pale(0.0), pale(0.0)));
        assert_eq!((pale(1.0), pale(2.0)), (pale(1.0), pale(1.0)));
        assert_ne!(pale(0.0), pale(1.0));
    }
}
