//! A report as a page of its own: charts and tables, light and dark, nothing fetched.

use std::fmt::Write;

use crate::{
    baseline::{Change, Comparison, Verdict},
    chart::{Bar, Bars, Lines, Series, class, escape},
    report::Report,
    scale::{Number, Scale},
    statistics::Quartiles,
    table::{Table, percent},
    text::{LEGEND, threads_text},
};

/// Colours and measures.
pub(crate) const STYLE: &str = include_str!("page.css");

/// The page.
pub fn page(report: &Report, comparison: Option<&Comparison>) -> String {
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>Neuropil: benchmarks</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <h1>Neuropil: benchmarks</h1>\n<dl>\n"
    );
    for (label, text) in report.head() {
        add(&mut page, &["<dt>", label, "</dt><dd>", &escape(&text), "</dd>\n"]);
    }
    page.push_str("</dl>\n");
    table(&mut page, &report.scale_table());
    if let Some(comparison) = comparison {
        changes(&mut page, report, comparison);
    }
    for number in [Number::F32, Number::F64] {
        if let Some(lines) = products(report, number) {
            let caption = "At best, with the quartiles over the rounds as a stroke through the \
                           point. Dashed: multiply-adds in registers, the median of all rounds.";
            figure(&mut page, report, &lines.title, &lines.svg(), caption);
        }
    }
    let title = "Share of the peak of multiply-adds";
    shares(&mut page, report, title, |scale| matches!(scale, Scale::MultiplyAdds(_)));
    let title = "Share of the bandwidth of a copy";
    shares(&mut page, report, title, |scale| matches!(scale, Scale::Copy { .. }));
    rivals(&mut page, report);
    page.push_str("<h2>All numbers</h2>\n");
    table(&mut page, &report.table());
    for paragraph in LEGEND.split("\n\n") {
        add(&mut page, &["<p>", &code(paragraph), "</p>\n"]);
    }
    page.push_str("</body>\n</html>\n");
    page
}

fn add(page: &mut String, parts: &[&str]) {
    for part in parts {
        page.push_str(part);
    }
}

/// A text in which what stands between backticks is code.
fn code(text: &str) -> String {
    let mut html = String::new();
    for (i, part) in text.trim().split('`').enumerate() {
        match i % 2 {
            0 => html.push_str(&escape(part)),
            _ => add(&mut html, &["<code>", &escape(part), "</code>"]),
        }
    }
    html
}

fn table(page: &mut String, table: &Table) {
    page.push_str("<div class=\"scroll\"><table>\n");
    for (i, row) in table.rows().iter().enumerate() {
        let tag = if i == 0 { "th" } else { "td" };
        page.push_str("<tr>");
        for cell in row {
            add(page, &["<", tag, ">", &escape(cell), "</", tag, ">"]);
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</table></div>\n");
}

/// A heading, the colours of the numbers of threads, a chart, and how to read it.
fn figure(page: &mut String, report: &Report, title: &str, svg: &str, caption: &str) {
    add(page, &["<h2>", &escape(title), "</h2>\n<figure>\n<div class=\"key\">"]);
    for (i, &threads) in report.threads.iter().enumerate() {
        add(page, &["<span class=\"", &class(i), "\"><i></i>", &threads_text(threads), "</span>"]);
    }
    let caption = escape(caption);
    add(page, &["</div>\n", svg, "<figcaption>", &caption, "</figcaption>\n</figure>\n"]);
}

/// The rate of square products over their size; `None` if none was measured.
pub(crate) fn products(report: &Report, number: Number) -> Option<Lines> {
    let scale = Scale::MultiplyAdds(number);
    let squares = || {
        let squares = report.entries.iter().filter(|entry| entry.work.scale == scale);
        squares.filter_map(|entry| Some((entry.side?, entry)))
    };
    squares().next()?;
    let series = report.threads.iter().map(|&threads| {
        let points = squares().filter_map(|(side, entry)| {
            let seconds = entry.on(threads)?.fastest();
            let rate = |seconds| entry.work.amount as f64 / seconds / 1e9;
            // The longest time is the lowest rate.
            let Quartiles { low, median, high } = seconds;
            let rates = Quartiles { low: rate(high), median: rate(median), high: rate(low) };
            Some((side as f64, rates))
        });
        let mut points: Vec<_> = points.collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        let limit = report.peak(scale, threads).map(|peak| peak.median / 1e9);
        Series { name: threads_text(threads), points, limit }
    });
    let kind = match number {
        Number::F32 => "f32",
        Number::F64 => "f64",
    };
    Some(Lines {
        title: format!("Products of square matrices, {kind}"),
        x: "side of the matrices".into(),
        y: "GFLOP/s".into(),
        series: series.collect(),
    })
}

/// Bars of the share that each workload reaches of its scale.
fn shares(page: &mut String, report: &Report, title: &str, of: impl Fn(Scale) -> bool) {
    let entries = report.entries.iter().filter(|entry| of(entry.work.scale));
    let rows = entries.map(|entry| {
        let bars = report.threads.iter().enumerate().filter_map(|(series, &threads)| {
            Some(Bar { series, value: entry.on(threads)?.share(entry.work) })
        });
        (entry.name.clone(), bars.collect())
    });
    let bars = Bars { title: title.into(), rows: rows.collect(), number: percent };
    if !bars.rows.is_empty() {
        let caption = "Medians over rounds, each of its own peak, with quartiles as a stroke. 100 % \
                       is what the machine did in the same run.";
        figure(page, report, title, &bars.svg(), caption);
    }
}

/// Bars of each workload's time in that of its rival.
fn rivals(page: &mut String, report: &Report) {
    let series = |threads| report.threads.iter().position(|&it| it == threads).unwrap_or(0);
    let mut rows: Vec<(String, Vec<Bar>)> = Vec::new();
    for ratio in report.ratios() {
        let bar = Bar { series: series(ratio.threads), value: ratio.times };
        match rows.iter_mut().find(|(name, _)| name == ratio.name) {
            Some((_, bars)) => bars.push(bar),
            None => rows.push((ratio.name.into(), vec![bar])),
        }
    }
    if rows.is_empty() {
        return;
    }
    let title = "Time beside the same work written by hand";
    let bars = Bars { title: title.into(), rows, number: times };
    let caption = "Time over the rival's in the same round: below 1 is faster than by hand.";
    figure(page, report, title, &bars.svg(), caption);
}

/// A ratio of times.
fn times(ratio: f64) -> String {
    format!("{ratio:.2}")
}

/// What has changed against a baseline: all as bars, beyond noise in words.
fn changes(page: &mut String, report: &Report, comparison: &Comparison) {
    let mut rows: Vec<(String, Vec<Bar>)> = Vec::new();
    for change in &comparison.changes {
        let series = report.threads.iter().position(|&it| it == change.threads).unwrap_or(0);
        let Change { ratio, noise, .. } = *change;
        let value = Quartiles { low: (ratio - noise).max(0.0), median: ratio, high: ratio + noise };
        let bar = Bar { series, value };
        match rows.iter_mut().find(|(name, _)| *name == change.name) {
            Some((_, bars)) => bars.push(bar),
            None => rows.push((change.name.clone(), vec![bar])),
        }
    }
    let title = format!("Cost beside that of {}", comparison.baseline);
    let bars = Bars { title: title.clone(), rows, number: times };
    let caption = format!(
        "Time in units of the scale, now over then, with the noise of both as a stroke: above 1 is \
         slower than at commit {}.",
        comparison.commit
    );
    figure(page, report, &title, &bars.svg(), &caption);
    page.push_str("<ul>\n");
    for warning in &comparison.warnings {
        add(page, &["<li>", &escape(warning), "</li>\n"]);
    }
    for (verdict, word) in [(Verdict::Slower, "slower"), (Verdict::Faster, "faster")] {
        for change in comparison.with(verdict) {
            // Writing to a String cannot fail.
            let _ = writeln!(
                page,
                "<li><span class=\"{word}\">{word}</span>: {}, {}: {} of its cost then</li>",
                escape(&change.name),
                threads_text(change.threads),
                percent(change.ratio)
            );
        }
    }
    if !comparison.has_regressed() {
        page.push_str("<li>nothing is slower beyond noise</li>\n");
    }
    page.push_str("</ul>\n");
}

#[cfg(test)]
mod tests {
    use super::{code, page};
    use crate::{
        baseline::{Baseline, Comparison},
        json,
        report::tests::example,
    };

    #[test]
    fn the_page_has_the_machine_the_charts_and_the_table() {
        let page = page(&example(), None);
        for part in [
            "<dd>Abacus, cores: 2; load before 0.2</dd>",
            "<dt>SIMD level</dt><dd>portable</dd>",
            "<dt>commit</dt><dd>abc</dd>",
            "<h2>Products of square matrices, f32</h2>",
            ">peak 100</text>",
            ">peak 190</text>",
            "<title>2 threads, 80: 80.0 (80.0–80.0)</title>",
            "<h2>Share of the peak of multiply-adds</h2>",
            "<title>gemm: 42 % (42 %–42 %)</title>",
            "<h2>Share of the bandwidth of a copy</h2>",
            "<title>sum: 80 % (80 %–80 %)</title>",
            "<h2>Time beside the same work written by hand</h2>",
            "<title>gemm: 0.80 (0.80–0.80)</title>",
            "<td>loops</td><td>FMA f32</td><td>25.0</td>",
            "prefers-color-scheme: dark",
        ] {
            assert!(page.contains(part), "{part} is not in\n{page}");
        }
        // No product in f64 was measured, and nothing was compared.
        assert!(!page.contains("Products of square matrices, f64"));
        assert!(!page.contains("Cost beside"));
    }

    #[test]
    fn the_page_fetches_nothing() {
        let page = page(&example(), None);
        for part in ["http", "src=", "href", "url(", "@import", "<script", "<link"] {
            assert!(!page.contains(part), "{part}");
        }
    }

    #[test]
    fn names_stay_text() {
        let mut report = example();
        report.machine.processor = "</dd><script>".into();
        report.commit = "a&b".into();
        report.entries[0].name = "<b>\"gemm\"</b>".into();
        let page = page(&report, None);
        assert!(!page.contains("<script") && !page.contains("<b>"), "{page}");
        assert!(page.contains("<dd>&lt;/dd&gt;&lt;script&gt;, cores: 2"));
        assert!(page.contains("<dd>a&amp;b</dd>"));
        assert!(page.contains("<td>&lt;b&gt;&quot;gemm&quot;&lt;/b&gt;</td>"));
    }

    #[test]
    fn a_comparison_names_what_got_slower() {
        let then = example();
        let baseline = Baseline::parse("v<1", &json::text(&then)).unwrap();
        let mut now = then.clone();
        for sample in &mut now.entries[1].measurements[0].samples {
            sample.fastest *= 1.5;
        }
        let text = page(&now, Some(&Comparison::new(&now, &baseline)));
        assert!(text.contains("<h2>Cost beside that of v&lt;1</h2>"));
        assert!(text.contains(">slower</span>: sum, 1 thread: 150 % of its cost then</li>"));
        assert!(!text.contains("nothing is slower"));
        let text = page(&then, Some(&Comparison::new(&then, &baseline)));
        assert!(text.contains("nothing is slower beyond noise"));
    }

    #[test]
    fn backticks_are_code() {
        assert_eq!(code("`a<b`: c"), "<code>a&lt;b</code>: c");
    }
}
