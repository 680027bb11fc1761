//! Charts as SVG to stand in a page: shapes and texts have classes, and the page their colours.

use std::fmt::Write;

use crate::{statistics::Quartiles, table::digits};

/// The width of a chart in its own units, which are the page's pixels where it has room.
const WIDTH: f64 = 880.0;

/// The height of a line of text.
const LINE: f64 = 14.0;

/// Classes of series, `s0` to `s3`; a fifth series looks as the first.
const CLASSES: usize = 4;

/// Text as it stands in HTML and SVG, also between quotation marks.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            sign => escaped.push(sign),
        }
    }
    escaped
}

/// The class of a series' number.
pub fn class(series: usize) -> String {
    format!("s{}", series % CLASSES)
}

/// Adds formatted text.
macro_rules! add {
    ($text:expr, $($word:tt)*) => {{
        // Writing to a String cannot fail.
        let _ = write!($text, $($word)*);
    }};
}

/// A line of a [`Lines`] chart.
#[derive(Clone, Debug)]
pub struct Series {
    /// What it shows.
    pub name: String,
    /// x and y with its quartiles, in ascending x.
    pub points: Vec<(f64, Quartiles)>,
    /// What y cannot exceed: a dashed line.
    pub limit: Option<f64>,
}

/// Lines over x in powers of two; y from 0.
#[derive(Clone, Debug)]
pub struct Lines {
    /// What it shows, for those who do not see it.
    pub title: String,
    /// What stands below.
    pub x: String,
    /// What stands above the axis of y.
    pub y: String,
    /// The lines.
    pub series: Vec<Series>,
}

impl Lines {
    /// The chart.
    pub fn svg(&self) -> String {
        let (left, right, top, bottom) = (64.0, 76.0, 34.0, 48.0);
        let height = 380.0;
        let points = || self.series.iter().flat_map(|series| &series.points);
        let limits = self.series.iter().filter_map(|series| series.limit);
        let most = points().map(|(_, y)| y.high).chain(limits).fold(0.0, f64::max);
        let first = points().map(|&(x, _)| x).fold(f64::INFINITY, f64::min);
        let last = points().map(|&(x, _)| x).fold(0.0, f64::max);
        let step = step(most);
        let ceiling = (most / step).ceil().max(1.0) * step;
        let span = (last / first).log2().max(1.0);
        let at_x = |x: f64| left + (x / first).log2() / span * (WIDTH - left - right);
        let at_y = |y: f64| height - bottom - y / ceiling * (height - top - bottom);

        let mut svg = open(&self.title, height);
        for i in 0..=(ceiling / step).round() as usize {
            let (value, y) = (i as f64 * step, at_y(i as f64 * step));
            add!(
                svg,
                "<line class=\"grid\" x1=\"{left}\" x2=\"{:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>\
                 <text class=\"end\" x=\"{:.1}\" y=\"{:.1}\">{}</text>\n",
                WIDTH - right,
                left - 8.0,
                y + 4.0,
                tick(value)
            );
        }
        add!(svg, "<text x=\"8\" y=\"16\">{}</text>\n", escape(&self.y));
        let mut marked: Vec<f64> = points().map(|&(x, _)| x).collect();
        marked.sort_by(f64::total_cmp);
        marked.dedup();
        for x in marked {
            add!(
                svg,
                "<text class=\"mid\" x=\"{:.1}\" y=\"{:.1}\">{x}</text>\n",
                at_x(x),
                height - bottom + 18.0
            );
        }
        add!(
            svg,
            "<text class=\"mid\" x=\"{:.1}\" y=\"{:.1}\">{}</text>\n",
            (left + WIDTH - right) / 2.0,
            height - 8.0,
            escape(&self.x)
        );
        // Peaks that are close together have their labels below each other.
        let mut labels: Vec<f64> = Vec::new();
        for (i, series) in self.series.iter().enumerate() {
            let (class, name) = (class(i), escape(&series.name));
            add!(svg, "<g class=\"{class}\">");
            if let Some(limit) = series.limit {
                let y = at_y(limit);
                let mut label = y + 4.0;
                while let Some(other) = labels.iter().find(|other| (*other - label).abs() < LINE) {
                    label = other + LINE;
                }
                labels.push(label);
                add!(
                    svg,
                    "<line class=\"limit\" x1=\"{left}\" x2=\"{:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\">\
                     <title>peak, {name}: {}</title></line>\
                     <text class=\"label\" x=\"{:.1}\" y=\"{:.1}\">peak {}</text>\n",
                    WIDTH - right,
                    digits(limit),
                    WIDTH - right + 6.0,
                    label,
                    digits(limit)
                );
            }
            let place =
                |&(x, y): &(f64, Quartiles)| format!("{:.1},{:.1}", at_x(x), at_y(y.median));
            let places: Vec<String> = series.points.iter().map(place).collect();
            add!(svg, "<polyline points=\"{}\"/>\n", places.join(" "));
            for &(x, y) in &series.points {
                let (cx, cy) = (at_x(x), at_y(y.median));
                add!(
                    svg,
                    "<line class=\"spread\" x1=\"{cx:.1}\" x2=\"{cx:.1}\" y1=\"{:.1}\" y2=\"{:.1}\"/>\
                     <circle cx=\"{cx:.1}\" cy=\"{cy:.1}\" r=\"4\">\
                     <title>{name}, {x}: {} ({}–{})</title></circle>\n",
                    at_y(y.low),
                    at_y(y.high),
                    digits(y.median),
                    digits(y.low),
                    digits(y.high)
                );
            }
            svg.push_str("</g>\n");
        }
        svg.push_str("</svg>\n");
        svg
    }
}

/// A bar of a [`Bars`] chart.
#[derive(Clone, Copy, Debug)]
pub struct Bar {
    /// The number of its series, for the colour.
    pub series: usize,
    /// Its length, with quartiles.
    pub value: Quartiles,
}

/// Bars beside names, over ratios: from 0 to at least 1, which has a line.
#[derive(Clone, Debug)]
pub struct Bars {
    /// What it shows, for those who do not see it.
    pub title: String,
    /// A name, and its bars from above.
    pub rows: Vec<(String, Vec<Bar>)>,
    /// How a ratio is written.
    pub number: fn(f64) -> String,
}

impl Bars {
    /// The chart.
    pub fn svg(&self) -> String {
        let (left, right, top, bottom) = (210.0, 60.0, 8.0, 26.0);
        let (thick, gap) = (10.0, 8.0);
        let tall = |bars: &[Bar]| bars.len().max(1) as f64 * thick + gap;
        let height = top + bottom + self.rows.iter().map(|(_, bars)| tall(bars)).sum::<f64>();
        let bars = self.rows.iter().flat_map(|(_, bars)| bars);
        // One bar's wide quartiles should not press all others together: they end at the border.
        let most = bars.map(|bar| 1.15 * bar.value.median).fold(1.0, f64::max);
        let at = |x: f64| left + x.min(most) / most * (WIDTH - left - right);

        let mut svg = open(&self.title, height);
        let step = step(most);
        for i in 0..=(most / step).floor() as usize {
            let (value, x) = (i as f64 * step, at(i as f64 * step));
            // A tick may miss 1 by rounding.
            let class = if (value - 1.0).abs() < 1e-9 { "one" } else { "grid" };
            add!(
                svg,
                "<line class=\"{class}\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{top}\" y2=\"{:.1}\"/>\
                 <text class=\"mid\" x=\"{x:.1}\" y=\"{:.1}\">{}</text>\n",
                height - bottom,
                height - 8.0,
                (self.number)(value)
            );
        }
        let mut y = top + gap / 2.0;
        for (name, bars) in &self.rows {
            add!(
                svg,
                "<text class=\"end\" x=\"{:.1}\" y=\"{:.1}\">{}</text>\n",
                left - 8.0,
                y + (tall(bars) - gap) / 2.0 + 4.0,
                escape(name)
            );
            for (i, bar) in bars.iter().enumerate() {
                let (top, Quartiles { low, median, high }) = (y + i as f64 * thick, bar.value);
                let text = (self.number)(median);
                add!(
                    svg,
                    "<g class=\"{}\"><rect x=\"{left}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" \
                     rx=\"2\"><title>{}: {text} ({}–{})</title></rect>\
                     <line class=\"spread\" x1=\"{:.1}\" x2=\"{:.1}\" y1=\"{mid:.1}\" y2=\"{mid:.1}\"/>\
                     <text class=\"small\" x=\"{:.1}\" y=\"{:.1}\">{text}</text></g>\n",
                    class(bar.series),
                    top + 1.0,
                    at(median) - left,
                    thick - 2.0,
                    escape(name),
                    (self.number)(low),
                    (self.number)(high),
                    at(low),
                    at(high),
                    at(high) + 5.0,
                    top + 8.5,
                    mid = top + thick / 2.0,
                );
            }
            y += tall(bars);
        }
        svg.push_str("</svg>\n");
        svg
    }
}

fn open(title: &str, height: f64) -> String {
    let title = escape(title);
    format!("<svg viewBox=\"0 0 {WIDTH} {height:.0}\" role=\"img\" aria-label=\"{title}\">\n")
}

/// A round number, 1, 2 or 5 times a power of ten, of which four to ten make up `most`.
fn step(most: f64) -> f64 {
    if most <= 0.0 {
        return 1.0;
    }
    let rough = most / 5.0;
    let power = 10.0_f64.powf(rough.log10().floor());
    let factor = [1.0, 2.0, 5.0].into_iter().rev().find(|factor| factor * power <= rough * 1.001);
    factor.unwrap_or(1.0) * power
}

/// A number of an axis, without the zeros that it does not need.
fn tick(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').into()
}

#[cfg(test)]
mod tests {
    use super::{Bar, Bars, Lines, Series, class, escape, step, tick};
    use crate::{statistics::Quartiles, table::percent};

    fn exact(median: f64) -> Quartiles {
        Quartiles { low: median, median, high: median }
    }

    #[test]
    fn text_cannot_leave_its_place() {
        assert_eq!(escape("a < b & \"c\" > 'd'"), "a &lt; b &amp; &quot;c&quot; &gt; &#39;d&#39;");
    }

    #[test]
    fn ticks_are_few_and_round() {
        for (most, expected) in
            [(1.0, 0.2), (130.0, 20.0), (97.0, 10.0), (260.0, 50.0), (0.04, 0.005)]
        {
            assert!((step(most) - expected).abs() < 1e-9 * expected, "{most}: {}", step(most));
        }
        for most in [0.3, 0.7, 1.0, 1.3, 17.0, 260.0, 999.0] {
            let count = most / step(most);
            assert!((4.0..=13.0).contains(&count), "{most}: {count}");
        }
        assert_eq!(
            (tick(20.0).as_str(), tick(0.25).as_str(), tick(0.0).as_str()),
            ("20", "0.25", "0")
        );
    }

    #[test]
    fn lines_have_their_points_at_the_right_places_and_their_limit() {
        let points = vec![(16.0, exact(25.0)), (64.0, exact(100.0))];
        let series = Series { name: "1 thread".into(), points, limit: Some(100.0) };
        let lines =
            Lines { title: "<t>".into(), x: "side".into(), y: "rate".into(), series: vec![series] };
        let svg = lines.svg();
        assert!(svg.contains("aria-label=\"&lt;t&gt;\""));
        // From the left edge to the right, from a quarter of the height to the limit.
        assert!(svg.contains("<polyline points=\"64.0,257.5 804.0,34.0\"/>"), "{svg}");
        assert!(svg.contains("class=\"limit\" x1=\"64\" x2=\"804.0\" y1=\"34.0\" y2=\"34.0\""));
        assert!(svg.contains("<title>1 thread, 16: 25.0 (25.0–25.0)</title>"));
        assert_eq!(svg.matches("<circle").count(), 2);
    }

    #[test]
    fn bars_are_as_long_as_their_values_and_one_has_a_line() {
        let bar = |series, value| Bar { series, value: exact(value) };
        let rows = vec![("a&b".into(), vec![bar(0, 0.5), bar(1, 1.0)])];
        let svg = Bars { title: "t".into(), rows, number: percent }.svg();
        assert!(svg.contains(">a&amp;b</text>"));
        assert!(svg.contains("width=\"265.2\"") && svg.contains("width=\"530.4\""), "{svg}");
        assert!(svg.contains("<title>a&amp;b: 50 % (50 %–50 %)</title>"));
        assert_eq!(svg.matches("class=\"one\"").count(), 1);
        assert!(svg.contains("class=\"s0\"") && svg.contains("class=\"s1\""));
    }

    #[test]
    fn quartiles_end_at_the_border() {
        let value = Quartiles { low: 0.5, median: 1.0, high: 9.0 };
        let rows = vec![("a".into(), vec![Bar { series: 0, value }])];
        let svg = Bars { title: "t".into(), rows, number: percent }.svg();
        assert!(svg.contains("x1=\"475.2\" x2=\"820.0\""), "{svg}");
    }

    #[test]
    fn labels_of_equal_limits_do_not_cover_each_other() {
        let series = |name: &str| Series {
            name: name.into(),
            points: vec![(16.0, exact(25.0)), (64.0, exact(50.0))],
            limit: Some(100.0),
        };
        let series = vec![series("a"), series("b")];
        let svg = Lines { title: "".into(), x: "".into(), y: "".into(), series }.svg();
        assert!(svg.contains("y=\"38.0\">peak 100</text>"), "{svg}");
        assert!(svg.contains("y=\"52.0\">peak 100</text>"), "{svg}");
    }

    #[test]
    fn a_chart_of_nothing_is_still_one() {
        let lines = Lines { title: "".into(), x: "".into(), y: "".into(), series: Vec::new() };
        let bars = Bars { title: "".into(), rows: Vec::new(), number: percent };
        for svg in [lines.svg(), bars.svg()] {
            assert!(svg.ends_with("</svg>\n") && !svg.contains("NaN") && !svg.contains("inf"));
        }
        assert_eq!(class(5), "s1");
    }
}
