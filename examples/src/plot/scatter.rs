//! Points in groups, by two of their numbers.

use super::{BLACK, BLUE, GREEN, GREY, ORANGE, save};
use crate::Failure;
use kuva::prelude::{Figure, Layout, LinePlot, MarkerShape, Plot, ScatterPlot};
use std::path::Path;

/// A picture of points.
#[derive(Clone, Debug, Default)]
pub struct Scatter {
    /// What the axes show, x first.
    pub axes: [String; 2],
    /// Points with the name of their group, at most three groups.
    pub groups: Vec<(String, Vec<(f64, f64)>)>,
    /// Points that get a cross.
    pub crosses: Option<(String, Vec<(f64, f64)>)>,
    /// A name for the line y = x, which is drawn if it has one.
    pub diagonal: Option<String>,
}

impl Scatter {
    /// Draws the picture.
    ///
    /// # Errors
    /// If it cannot be drawn, or the file cannot be written.
    pub fn write(&self, file: &Path) -> Result<(), Failure> {
        let plots = self.plots();
        let [x, y] = &self.axes;
        let layout = Layout::auto_from_plots(&plots).with_x_label(x).with_y_label(y);
        let figure = Figure::new(1, 1)
            .with_plots(vec![plots])
            .with_layouts(vec![layout])
            .with_cell_size(640.0, 480.0)
            .with_shared_legend_bottom();
        save(figure, file)
    }

    fn plots(&self) -> Vec<Plot> {
        let mut plots = Vec::new();
        if let Some(legend) = &self.diagonal {
            let points = || self.groups.iter().flat_map(|(_, points)| points);
            let all = || points().flat_map(|&(x, y)| [x, y]);
            let (low, high) = (all().reduce(f64::min), all().reduce(f64::max));
            if let (Some(low), Some(high)) = (low, high) {
                let line = LinePlot::new().with_data([(low, low), (high, high)]);
                plots.push(line.with_color(GREY).with_dashed().with_legend(legend).into());
            }
        }
        for ((legend, points), colour) in self.groups.iter().zip([BLUE, ORANGE, GREEN]) {
            let points = ScatterPlot::new().with_data(points.iter().copied()).with_size(4.0);
            plots.push(points.with_color(colour).with_legend(legend).into());
        }
        if let Some((legend, points)) = &self.crosses {
            let points = ScatterPlot::new().with_data(points.iter().copied()).with_size(7.0);
            let points = points.with_marker(MarkerShape::Cross).with_color(BLACK);
            plots.push(points.with_legend(legend).into());
        }
        plots
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::tests::drawn;

    #[test]
    fn each_group_has_its_colour() {
        let group = |name: &str, at| (name.to_owned(), vec![(at, 1.0), (2.0 * at, 3.0)]);
        let colours = |scatter: &Scatter| {
            drawn("scatter", [BLUE, ORANGE, GREEN, GREY], |file| scatter.write(file))
        };
        let axes = ["x".into(), "y".into()];
        let mut scatter = Scatter { axes, groups: vec![group("a", 1.0)], ..Scatter::default() };
        assert_eq!(colours(&scatter), [true, false, false, false]);
        scatter.groups.extend([group("b", 2.0), group("c", 3.0)]);
        scatter.diagonal = Some("equal".into());
        assert_eq!(colours(&scatter), [true; 4]);
    }
}
