//! Plots as PNG files. The only place that knows the plotting library.

pub mod confusion;
pub mod lines;
pub mod plane;
pub mod scatter;

use crate::Failure;
use kuva::backend::raster::RasterBackend;
use kuva::prelude::{Figure, Layout, LinePlot, Plot, ScatterPlot, TickFormat};
use neuropil::{Epoch, History};
use std::path::Path;

const BLUE: &str = "#1f77b4";
const ORANGE: &str = "#d95f02";
const BLACK: &str = "#000000";
const GREEN: &str = "#1b9e77";
const GREY: &str = "#6a737d";

/// Draws cost and accuracy of each epoch, in training and in validation, side by side; a dashed
/// line marks the epoch whose weights were kept. What was not measured is left out.
///
/// # Errors
/// If the plot cannot be drawn, or the file cannot be written.
pub fn learning_curves(history: &History, file: &Path) -> Result<(), Failure> {
    learning_curves_beside(&[], history, file)
}

/// As [`learning_curves`], with a line at the cost of each of up to two other models, by its name.
///
/// # Errors
/// As [`learning_curves`].
pub fn learning_curves_beside(
    others: &[(&str, f64)],
    history: &History,
    file: &Path,
) -> Result<(), Failure> {
    let mut cost = panel(history, |epoch| [Some(epoch.cost), epoch.validation_cost]);
    let last = history.epochs.last().map_or(0, |epoch| epoch.number) as f64;
    for (&(name, level), colour) in others.iter().zip([GREEN, BLACK]) {
        let line = LinePlot::new().with_data([(0.0, level), (last, level)]);
        cost.push(line.with_color(colour).with_dashed().with_legend(name).into());
    }
    let mut layouts = vec![layout(history, &cost).with_title("Cost")];
    let mut panels = vec![cost];
    let accuracy = panel(history, |epoch| [epoch.accuracy, epoch.validation_accuracy]);
    if !accuracy.is_empty() {
        let layout = layout(history, &accuracy).with_y_tick_format(TickFormat::Fixed(2));
        layouts.push(layout.with_title("Accuracy"));
        panels.push(accuracy);
    }
    let figure = Figure::new(1, panels.len())
        .with_plots(panels)
        .with_layouts(layouts)
        .with_cell_size(560.0, 400.0)
        .with_shared_legend_bottom();
    save(figure, file)
}

/// Draws a figure into a PNG file.
fn save(figure: Figure, file: &Path) -> Result<(), Failure> {
    let picture = RasterBackend::new().with_scale(1.5).render_scene(&figure.render())?;
    Ok(std::fs::write(file, picture)?)
}

/// The lines of a panel: `[training, validation]` of each epoch, and the epoch kept.
fn panel(history: &History, values: impl Fn(&Epoch) -> [Option<f64>; 2]) -> Vec<Plot> {
    let curve = |which: usize| -> Vec<(f64, f64)> {
        let epochs = history.epochs.iter();
        epochs.filter_map(|epoch| Some((epoch.number as f64, values(epoch)[which]?))).collect()
    };
    let (training, validation) = (curve(0), curve(1));
    let all = || training.iter().chain(&validation).map(|&(_, y)| y);
    let (low, high) =
        (all().fold(f64::INFINITY, f64::min), all().fold(f64::NEG_INFINITY, f64::max));

    let mut plots = Vec::new();
    if let Some(best) = history.best
        && low <= high
    {
        let kept = LinePlot::new().with_data([(best as f64, low), (best as f64, high)]);
        let kept = kept.with_color(GREY).with_dashed();
        plots.push(kept.with_legend("epoch kept").into());
    }
    let curves = [
        // The weights change during an epoch: its training numbers are of a network half an
        // epoch younger than the one that is validated.
        ("training, during the epoch", BLUE, training),
        ("validation, after it", ORANGE, validation),
    ];
    for (legend, colour, points) in curves {
        if !points.is_empty() {
            let dots = ScatterPlot::new().with_data(points.clone()).with_size(3.5);
            let line = LinePlot::new().with_data(points).with_stroke_width(2.0);
            plots.push(line.with_color(colour).with_legend(legend).into());
            plots.push(dots.with_color(colour).into());
        }
    }
    plots
}

/// Axes that hold the plots, with whole epochs.
fn layout(history: &History, plots: &[Plot]) -> Layout {
    let epochs = history.epochs.last().map_or(1, |epoch| epoch.number);
    Layout::auto_from_plots(plots)
        .with_x_label("epoch")
        .with_x_axis_min(0.0)
        .with_x_axis_max(epochs as f64 + 0.5)
        .with_x_tick_step(epochs.div_ceil(10) as f64)
        .with_x_tick_format(TickFormat::Integer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;
    use std::io::BufReader;

    /// Red, green, blue of `#1f77b4`.
    fn components(colour: &str) -> [u8; 3] {
        [1, 3, 5].map(|at| u8::from_str_radix(&colour[at..at + 2], 16).unwrap())
    }

    /// Which colours show in the picture that `draw` writes.
    pub(super) fn drawn<const N: usize>(
        name: &str,
        colours: [&str; N],
        draw: impl FnOnce(&Path) -> Result<(), Failure>,
    ) -> [bool; N] {
        let name = format!("neuropil-{name}-{}.png", std::process::id());
        let file = std::env::temp_dir().join(name);
        draw(&file).unwrap();
        let decoder = png::Decoder::new(BufReader::new(File::open(&file).unwrap()));
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        std::fs::remove_file(&file).unwrap();
        let samples = info.color_type.samples();
        colours.map(|colour| {
            let colour = components(colour);
            pixels.chunks_exact(samples).any(|pixel| pixel[..3] == colour)
        })
    }

    #[test]
    fn without_accuracy_there_is_no_panel_for_it() {
        let name = format!("neuropil-panels-{}.png", std::process::id());
        let file = std::env::temp_dir().join(name);
        let width = |accuracy| {
            let epochs = vec![Epoch { number: 1, cost: 1.0, accuracy, ..Epoch::default() }];
            let history = History { epochs, best: Some(1), ..History::default() };
            learning_curves(&history, &file).unwrap();
            let decoder = png::Decoder::new(BufReader::new(File::open(&file).unwrap()));
            let width = decoder.read_info().unwrap().info().width;
            std::fs::remove_file(&file).unwrap();
            width
        };
        assert!(width(Some(0.5)) > 3 * width(None) / 2);
    }

    #[test]
    fn other_models_have_lines_beside() {
        let epochs = vec![Epoch { number: 1, cost: 1.0, ..Epoch::default() }];
        let history = History { epochs, ..History::default() };
        let drawn = |others: &[(&str, f64)]| {
            let draw = |file: &Path| learning_curves_beside(others, &history, file);
            drawn("beside", [BLUE, GREEN], draw)
        };
        assert_eq!(drawn(&[]), [true, false]);
        assert_eq!(drawn(&[("another", 2.0)]), [true, true]);
    }

    #[test]
    fn what_was_measured_is_drawn_and_nothing_else() {
        let drawn = |history: &History| {
            drawn("learning-curves", [BLUE, ORANGE, GREY], |file| learning_curves(history, file))
        };
        let epoch = |number| Epoch { number, cost: 1.0 / number as f64, ..Epoch::default() };
        let mut history = History::default();
        assert_eq!(drawn(&history), [false, false, false]);
        history.epochs.push(epoch(1));
        assert_eq!(drawn(&history), [true, false, false]);
        history.epochs.extend((2..=25).map(epoch));
        history.epochs[24].validation_accuracy = Some(0.5);
        assert_eq!(drawn(&history), [true, true, false]);
        history.best = Some(24);
        assert_eq!(drawn(&history), [true, true, true]);
    }
}
