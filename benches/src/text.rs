//! A report in Markdown: the machine, the scales, the table, and how to read it.

use std::fmt;

use crate::{
    measure::Budget,
    report::{Entry, Machine, Report},
    statistics::Quartiles,
    table::{Table, digits, percent},
};

impl Machine {
    /// In a line.
    pub fn describe(&self) -> String {
        let load = self.load.map_or(String::new(), |load| format!("; load before {load:.1}"));
        format!("{}, cores: {}{load}", self.processor, self.cores)
    }
}

/// `"1 thread"`, `"2 threads"`.
pub(crate) fn threads_text(threads: usize) -> String {
    match threads {
        1 => "1 thread".into(),
        _ => format!("{threads} threads"),
    }
}

impl Report {
    /// What was measured on, with a label for each.
    pub fn head(&self) -> [(&'static str, String); 4] {
        let Budget { rounds, time } = self.budget;
        [
            ("machine", self.machine.describe()),
            ("SIMD level", self.level.clone()),
            ("commit", self.commit.clone()),
            ("rounds", format!("{rounds}, of {} ms", time.as_millis())),
        ]
    }

    /// What the machine did of each scale, measured among the workloads.
    pub fn scale_table(&self) -> Table {
        let mut headings = vec!["scale".into(), "unit".into()];
        for &threads in &self.threads {
            headings.extend([threads_text(threads), "quartiles".into()]);
        }
        let mut table = Table::new(headings);
        for scale in self.scales() {
            let mut cells = vec![scale.to_string(), scale.unit().into()];
            for &threads in &self.threads {
                cells.extend(match self.peak(scale, threads) {
                    Some(peak) => [digits(peak.median / 1e9), range(peak, 1e-9)],
                    None => [String::new(), String::new()],
                });
            }
            table.row(cells);
        }
        table
    }

    /// A row for each workload.
    pub fn table(&self) -> Table {
        let mut headings = vec!["workload".into(), "scale".into()];
        for &threads in &self.threads {
            headings.extend([
                format!("{}: µs", threads_text(threads)),
                "quartiles".into(),
                "at best".into(),
                "rate".into(),
                "of scale".into(),
            ]);
        }
        let mut table = Table::new(headings);
        for entry in &self.entries {
            let mut cells = vec![entry.name.clone(), entry.work.scale.to_string()];
            for &threads in &self.threads {
                cells.extend(cells_of(entry, threads));
            }
            table.row(cells);
        }
        table
    }

    /// A line for each workload that has a rival.
    pub fn ratio_lines(&self) -> Vec<String> {
        let line = |ratio: &crate::report::Ratio<'_>| {
            let (name, rival) = (ratio.name, ratio.rival);
            let times = digits(ratio.times.median);
            let (range, threads) = (range(ratio.times, 1.0), threads_text(ratio.threads));
            format!("{name}, {threads}: {times} ({range}) times the time of {rival}")
        };
        self.ratios().iter().map(line).collect()
    }
}

/// The outer quartiles.
pub(crate) fn range(Quartiles { low, high, .. }: Quartiles, factor: f64) -> String {
    format!("{}–{}", digits(low * factor), digits(high * factor))
}

/// The time in microseconds, its quartiles, the time of the quickest runs, their rate in thousand
/// millions, and its share of the scale; nothing if it was not measured on so many threads.
fn cells_of(entry: &Entry, threads: usize) -> [String; 5] {
    let Some(measurement) = entry.on(threads) else {
        return Default::default();
    };
    let seconds = measurement.seconds();
    let fastest = measurement.fastest().median;
    let rate = entry.work.amount as f64 / fastest / 1e9;
    let share = measurement.share(entry.work).median;
    let [median, fastest] = [seconds.median, fastest].map(|seconds| digits(seconds * 1e6));
    [median, range(seconds, 1e6), fastest, digits(rate), percent(share)]
}

/// How to read the table.
pub const LEGEND: &str = "\
In each round every workload is built anew and its runs alternate with those of its scale. Times are
medians over the rounds of a round's median run, with quartiles; `at best` is the median over the
rounds of a round's quickest run, since other programs, which may share the caches, only slow it
down. `rate` is that of the quickest runs, and `of scale` its share of the scale's best in the same
round, the median over the rounds. Rates are GFLOP/s where the scale is bare multiply-adds in
registers (FMA), GB/s where it is a copy between buffers of as many numbers as the workload's. What
reads more than it writes may be quicker than the copy.

`gemm`: C = A B with A [m, k] and B [k, n], named m x k x n; in NT B is given transposed, in TN A;
2 m k n operations. `step`: a training step, and its parts apart: a, a 784-128-10 perceptron with
ReLU, softmax cross entropy, batch 64 and SGD; b, 784-512-512-10, batch 128 and Adam; c, 2-8-1 with
tanh and sigmoid, mean squared error, batch 4 and SGD; d, LeNet on 1x28x28, batch 64 and SGD with
momentum; e, four 3x3 convolutions with batch normalization on 3x32x32, batch 32 and SGD with
momentum. Only multiply-adds that a step needs are counted, two operations each: those of products
and convolutions, for each of forward, the gradient of the weight and the gradient of the input, but
for the input of the first layer, which is data. `infer`: one sample through a predictor: g1, the
network of b, which has to read its weights; g2, that of d; g3, 6-64-8-4 with ReLU, and the same
loops over constant arrays written by hand. `conv`, `max pool`, `batch norm`: a layer over a batch of
images, named channels x height x width, kernel and output channels; y of it, dx, or dw with that of
the bias; depthwise convolutions and layers without products are counted as the bytes that they read
and write. The others are functions of flat f32 buffers of that length, on one thread, counted as
bytes, too; softmax has rows of 128 where no other width is named. `slope`: dx += dy f', from what the
derivative reads. Cross entropy: from labels; with the gradient, both in one sweep.
";

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (label, text) in self.head() {
            writeln!(f, "- {label}: {text}")?;
        }
        writeln!(f, "\n{}\n{}", self.scale_table(), self.table())?;
        let lines = self.ratio_lines();
        for line in &lines {
            writeln!(f, "- {line}")?;
        }
        if !lines.is_empty() {
            writeln!(f)?;
        }
        f.write_str(LEGEND)
    }
}

#[cfg(test)]
mod tests {
    use super::{LEGEND, cells_of};
    use crate::{
        report::tests::{entry, example, measurement},
        scale::{Number, Work},
    };

    #[test]
    fn a_rate_is_operations_over_the_time_of_the_quickest_runs() {
        let work = Work::operations(Number::F32, 1_000_000);
        let mut entry = entry("", work, vec![measurement(1, &[10.0, 30.0, 20.0], 1e11)]);
        assert_eq!(cells_of(&entry, 1), ["20.0", "15.0–25.0", "20.0", "50.0", "50 %"]);
        for sample in &mut entry.measurements[0].samples {
            sample.fastest /= 1.6;
        }
        assert_eq!(cells_of(&entry, 1), ["20.0", "15.0–25.0", "12.5", "80.0", "80 %"]);
    }

    #[test]
    fn what_was_not_measured_has_empty_cells() {
        let entry = entry("", Work::passes(1, 1), vec![measurement(1, &[5.0], 1e9)]);
        assert_eq!(cells_of(&entry, 2), [""; 5]);
    }

    #[test]
    fn a_report_reads_as_markdown() {
        let head = "\
            - machine: Abacus, cores: 2; load before 0.2\n\
            - SIMD level: portable\n\
            - commit: abc\n\
            - rounds: 11, of 60 ms\n\
            \n\
            | scale          |    unit | 1 thread | quartiles | 2 threads | quartiles |\n\
            | -------------- | ------: | -------: | --------: | --------: | --------: |\n\
            | FMA f32        | GFLOP/s |      100 |   100–100 |       190 |   190–190 |\n\
            | copy 1,000 f32 |    GB/s |     10.0 | 10.0–10.0 |           |           |\n\
            \n\
            | workload |          scale | 1 thread: µs |   quartiles | at best | rate | of scale | \
            2 threads: µs | quartiles | at best | rate | of scale |\n\
            | -------- | -------------: | -----------: | ----------: | ------: | ---: | -------: | \
            ------------: | --------: | ------: | ---: | -------: |\n\
            | gemm     |        FMA f32 |         20.0 |   20.0–20.0 |    20.0 | 50.0 |     50 % | \
            \u{20}        12.5 | 12.5–12.5 |    12.5 | 80.0 |     42 % |\n\
            | sum      | copy 1,000 f32 |        0.500 | 0.500–0.500 |   0.500 | 8.00 |     80 % | \
            \u{20}             |           |         |      |          |\n\
            | loops    |        FMA f32 |         25.0 |   25.0–25.0 |    25.0 | 40.0 |     40 % | \
            \u{20}             |           |         |      |          |\n\
            \n\
            - gemm, 1 thread: 0.800 (0.800–0.800) times the time of loops\n\
            - gemm, 2 threads: 0.500 (0.500–0.500) times the time of loops\n\
            \n";
        assert_eq!(example().to_string(), format!("{head}{LEGEND}"));
    }
}
