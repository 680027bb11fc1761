//! A schedule seen before it is used: as text, and as a picture.

use std::fmt::Write;

use crate::Schedule;

/// Columns and rows of the text.
const TEXT: (usize, usize) = (64, 12);

/// How many steps of a column are looked at, at most: enough for a line that goes up and down within one.
const LOOKS: u64 = 16;

/// The rates of the first `steps` steps as text: a plot of twelve lines, with numbers at its axes.
///
/// A column stands for several steps if there are more than 64, and shows all that its rates cover. Rates that are
/// no numbers are left out. The rate's axis begins at 0.
///
/// ```
/// use neuropil_optimizers::{Cosine, preview};
///
/// let text = preview(&Cosine::new(0.1, 200)?, 200);
/// println!("{text}");
/// let first = text.lines().next().unwrap();
/// assert!(first.starts_with("1.00e-1 |*******") && first.ends_with('*'));
/// assert!(text.trim_end().ends_with("199")); // the last step
/// # Ok::<(), neuropil_optimizers::OptimizerError>(())
/// ```
#[must_use]
pub fn preview(schedule: &dyn Schedule, steps: u64) -> String {
    let (width, height) = TEXT;
    let columns = columns(schedule, steps, width);
    let top = top(&columns);
    let line = |rate: f64| ((rate / top) * (height - 1) as f64).round().max(0.0) as usize;
    let mut text = String::new();
    for row in (0..height).rev() {
        let label = if row == height - 1 {
            format!("{top:.2e}")
        } else if row == 0 {
            "0".to_owned()
        } else {
            String::new()
        };
        let marks = columns.iter().map(|range| match range {
            Some((low, high)) if (line(*low)..=line(*high)).contains(&row) => '*',
            _ => ' ',
        });
        let marks: String = marks.collect();
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{label:>7} |{}", marks.trim_end());
    }
    let last = steps.saturating_sub(1).to_string();
    let _ = writeln!(text, "{:>7} +{}", "", "-".repeat(width));
    let _ = writeln!(text, "{:>7}  0{last:>1$}", "", width - 1);
    text
}

/// The rates of the first `steps` steps as a picture: the text of an SVG file of 640 times 360 points.
///
/// The name of the schedule, its `Debug` form, stands above. Rates that are no numbers are left out. The rate's axis
/// begins at 0.
///
/// ```
/// use neuropil_optimizers::{OneCycle, preview_svg};
///
/// let picture = preview_svg(&OneCycle::new(0.5, 100)?, 100);
/// assert!(picture.starts_with("<svg") && picture.ends_with("</svg>\n"));
/// // std::fs::write("one-cycle.svg", picture)?;
/// # Ok::<(), neuropil_optimizers::OptimizerError>(())
/// ```
#[must_use]
pub fn preview_svg(schedule: &dyn Schedule, steps: u64) -> String {
    let (left, right, above, below) = (80.0, 620.0, 40.0, 320.0);
    let columns = columns(schedule, steps, 540);
    let top = top(&columns);
    let mut points = String::new();
    let last = (columns.len() - 1).max(1) as f64;
    for (column, range) in columns.iter().enumerate() {
        let Some((low, high)) = *range else { continue };
        let x = left + (right - left) * column as f64 / last;
        for rate in [high, low] {
            // Writing to a String cannot fail.
            let _ = write!(points, "{x:.1},{:.1} ", below - (below - above) * rate / top);
        }
    }
    let title = format!("{schedule:?}").replace('&', "&amp;").replace('<', "&lt;");
    let last = steps.saturating_sub(1);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 640 360\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"640\" height=\"360\" fill=\"white\"/>\n\
         <text x=\"{left}\" y=\"24\">{title}</text>\n\
         <path d=\"M{left} {above}V{below}H{right}\" fill=\"none\" stroke=\"gray\"/>\n\
         <text x=\"74\" y=\"44\" text-anchor=\"end\">{top:.2e}</text>\n\
         <text x=\"74\" y=\"324\" text-anchor=\"end\">0</text>\n\
         <text x=\"{left}\" y=\"338\" text-anchor=\"middle\">0</text>\n\
         <text x=\"{right}\" y=\"338\" text-anchor=\"middle\">{last}</text>\n\
         <text x=\"350\" y=\"352\" text-anchor=\"middle\">step</text>\n\
         <polyline points=\"{}\" fill=\"none\" stroke=\"royalblue\" stroke-width=\"1.5\"/>\n\
         </svg>\n",
        points.trim_end()
    )
}

/// The smallest and the largest rate of the steps that each column stands for; `None` if none is a number.
fn columns(schedule: &dyn Schedule, steps: u64, width: usize) -> Vec<Option<(f64, f64)>> {
    let (steps, width) = (u128::from(steps.max(1)), width as u128);
    let range = |column: u128| {
        // With fewer steps than columns, a column shows the step that it lies in.
        let first = column * steps / width;
        let end = ((column + 1) * steps / width).max(first + 1);
        let looks = (end - first).min(u128::from(LOOKS));
        let mut range = None;
        for look in 0..looks {
            // The first and the last of them among those that are looked at.
            let step = first + look * (end - 1 - first) / (looks - 1).max(1);
            // It is below `steps`, a u64.
            let rate = schedule.rate(step as u64);
            if rate.is_finite() {
                let (low, high) = range.unwrap_or((rate, rate));
                range = Some((rate.min(low), rate.max(high)));
            }
        }
        range
    };
    (0..width).map(range).collect()
}

/// The largest rate, or 1 if there is none above 0.
fn top(columns: &[Option<(f64, f64)>]) -> f64 {
    let top = columns.iter().flatten().fold(0.0_f64, |top, (_, high)| top.max(*high));
    if top > 0.0 { top } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::{TEXT, preview, preview_svg};
    use crate::{Cyclic, Lambda, LinearRamp, Schedule};

    /// The places of the marks, `(column, row)`, row 0 at the bottom.
    fn marks(text: &str) -> Vec<(usize, usize)> {
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), TEXT.1 + 2, "{text}");
        let mut marks = Vec::new();
        for (row, line) in lines[..TEXT.1].iter().rev().enumerate() {
            let (_, plot) = line.split_once('|').expect("an axis");
            let columns = plot.char_indices().filter(|(_, mark)| *mark == '*');
            marks.extend(columns.map(|(column, _)| (column, row)));
        }
        marks
    }

    #[test]
    fn a_line_is_drawn_as_a_line() {
        let ramp = LinearRamp::new(0.5).unwrap().factors(0.0, 1.0).unwrap().steps(64).unwrap();
        let marks = marks(&preview(&ramp, 65));
        for (column, row) in marks {
            let expected = column as f64 / 63.0 * 11.0;
            assert!((row as f64 - expected).abs() < 1.0, "{column} {row}");
        }
    }

    #[test]
    fn a_column_shows_all_that_its_steps_cover() {
        let cyclic = Cyclic::new(0.0, 1.0).unwrap().steps(2, 2).unwrap();
        let text = preview(&cyclic, 64_000);
        assert_eq!(marks(&text).len(), TEXT.0 * TEXT.1, "{text}");
    }

    #[test]
    fn few_steps_nothing_and_what_is_no_number_are_drawn_too() {
        let flat = preview(&0.25, 0);
        assert_eq!(marks(&flat), (0..64).map(|column| (column, 11)).collect::<Vec<_>>());
        assert_eq!(marks(&preview(&0.0, 3)), (0..64).map(|c| (c, 0)).collect::<Vec<_>>());
        let holes = Lambda::new(1.0, |step| if step < 32 { f64::NAN } else { 1.0 }).unwrap();
        assert_eq!(marks(&preview(&holes, 64)).len(), 32);
        assert!(!preview_svg(&holes, 64).contains("NaN"));
        // The last step that there is.
        assert!(preview(&0.5, u64::MAX).contains(&(u64::MAX - 1).to_string()));
    }

    #[test]
    fn a_picture_is_well_formed_and_its_points_lie_in_it() {
        #[derive(Debug)]
        struct Odd<'a>(#[allow(dead_code)] &'a str);
        impl Schedule for Odd<'static> {
            fn rate(&self, step: u64) -> f64 {
                (step % 7) as f64
            }
        }
        let picture = preview_svg(&Odd("<&>"), 1_000);
        assert!(picture.contains("&lt;&amp;>"), "{picture}");
        let points = picture.split("points=\"").nth(1).and_then(|rest| rest.split('"').next());
        let points: Vec<&str> = points.expect("a line").split(' ').collect();
        assert_eq!(points.len(), 2 * 540);
        for point in points {
            let (x, y) = point.split_once(',').expect("a point");
            let (x, y): (f64, f64) = (x.parse().unwrap(), y.parse().unwrap());
            assert!((80.0..=620.0).contains(&x) && (40.0..=320.0).contains(&y), "{point}");
        }
    }
}
