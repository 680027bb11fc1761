//! Numbers that run in time, as lines.

use super::{BLUE, GREEN, GREY, ORANGE, save};
use crate::Failure;
use kuva::prelude::{Figure, Layout, LinePlot, Plot};
use std::path::Path;

/// The name that a legend has for a line, if any, and the points of the line.
pub type Line = (Option<String>, Vec<(f64, f64)>);

/// Lines over one pair of axes.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    /// What stands above them.
    pub title: String,
    /// What the axes show, x first.
    pub axes: [String; 2],
    /// Up to four are grey, blue, orange and green; more have shades from blue to orange.
    pub lines: Vec<Line>,
}

/// Draws pictures of this width and height, so many side by side.
///
/// # Errors
/// If they cannot be drawn, or the file cannot be written.
///
/// # Panics
/// If `columns` is zero.
pub fn write_lines(
    pictures: &[Lines],
    columns: usize,
    [width, height]: [f64; 2],
    file: &Path,
) -> Result<(), Failure> {
    let plots: Vec<Vec<Plot>> = pictures.iter().map(Lines::plots).collect();
    let layouts = pictures.iter().zip(&plots).map(|(picture, plots)| {
        let [x, y] = &picture.axes;
        let layout = Layout::auto_from_plots(plots).with_x_label(x).with_y_label(y);
        layout.with_title(&picture.title)
    });
    let figure = Figure::new(pictures.len().div_ceil(columns), columns)
        .with_layouts(layouts.collect())
        .with_plots(plots)
        .with_cell_size(width, height)
        .with_shared_legend_bottom();
    save(figure, file)
}

impl Lines {
    fn plots(&self) -> Vec<Plot> {
        let colour = |i: usize| match [GREY, BLUE, ORANGE, GREEN].get(i) {
            Some(colour) if self.lines.len() <= 4 => (*colour).to_owned(),
            _ => shade(i as f64 / (self.lines.len() - 1) as f64),
        };
        let lines = self.lines.iter().enumerate().map(|(i, (legend, points))| {
            let line = LinePlot::new().with_data(points.iter().copied());
            let line = line.with_color(colour(i)).with_stroke_width(1.5);
            match legend {
                Some(legend) => line.with_legend(legend).into(),
                None => line.into(),
            }
        });
        lines.collect()
    }
}

/// From blue at 0 to orange at 1.
fn shade(share: f64) -> String {
    let part = |at: usize| {
        let [from, to] = [BLUE, ORANGE]
            .map(|colour| u8::from_str_radix(&colour[at..at + 2], 16).map_or(0.0, f64::from));
        (from + share * (to - from)).round() as u8
    };
    format!("#{:02x}{:02x}{:02x}", part(1), part(3), part(5))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::tests::drawn;

    #[test]
    fn each_line_has_its_colour() {
        let line = |i: usize| (None, vec![(0.0, i as f64), (1.0, i as f64 + 0.5)]);
        let colours = |lines: usize| {
            let picture = Lines { lines: (0..lines).map(line).collect(), ..Lines::default() };
            let draw = |file: &Path| write_lines(&[picture], 1, [320.0, 240.0], file);
            drawn("lines", [GREY, BLUE, ORANGE, GREEN], draw)
        };
        assert_eq!(colours(2), [true, true, false, false]);
        assert_eq!(colours(4), [true; 4]);
        assert_eq!(colours(9), [false, true, true, false]);
    }

    #[test]
    fn shades_run_from_blue_to_orange() {
        assert_eq!((shade(0.0), shade(1.0)), (BLUE.to_owned(), ORANGE.to_owned()));
        assert_eq!(shade(0.5), "#7c6b5b");
    }
}
