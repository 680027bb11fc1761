//! A comparison in Markdown: who was compared, the means, and a table for each peer.

use std::fmt;

use super::report::{Mean, Outcome, Party, Report, Row};
use crate::{
    measure::Budget,
    statistics::Quartiles,
    table::{Table, digits},
    text::{range, threads_text},
};

impl Party {
    /// In a line or a few.
    fn describe(&self) -> String {
        let version = self.version.as_deref().unwrap_or("of unknown version");
        let mut text = match &self.failure {
            Some(failure) if self.held.is_none() && self.free.is_empty() => {
                return format!("{}: left out: {failure}", self.name);
            }
            Some(failure) => format!("{} {version}; failed: {failure}", self.name),
            None => format!("{} {version}", self.name),
        };
        if let Some(held) = &self.held {
            text.push_str(&format!("; n threads by {held}"));
        }
        for &threads in &self.free {
            text.push_str(&format!("; NOT HELD to {}", threads_text(threads)));
        }
        text
    }
}

impl Report {
    /// Who was compared on what, a line each.
    fn head(&self) -> Vec<String> {
        let Budget { rounds, time } = self.budget;
        let mut lines = vec![
            format!("machine: {}", self.machine.describe()),
            format!("Neuropil: SIMD level {}, commit {}", self.level, self.commit),
            format!("rounds: {rounds}, of {} ms for each", time.as_millis()),
        ];
        lines.extend(self.peers.iter().map(Party::describe));
        lines
    }

    /// The geometric means.
    pub fn mean_table(&self) -> Table {
        let headings =
            ["peer", "threads", "group", "workloads", "times as long", "least", "least ahead in"];
        let mut table = Table::new(headings.map(String::from).to_vec());
        let mut add = |name: &str, means: Vec<Mean>| {
            for mean in means {
                table.row(vec![
                    name.into(),
                    mean.threads.to_string(),
                    mean.group.name().into(),
                    mean.workloads.to_string(),
                    digits(mean.mean),
                    digits(mean.least),
                    mean.least_name,
                ]);
            }
        };
        for (i, peer) in self.peers.iter().enumerate() {
            add(peer.name, self.means(i));
        }
        if self.peers.len() > 1 {
            add("the quickest", self.quickest());
        }
        table
    }

    /// A row for each workload that a peer has.
    pub fn table(&self, peer: usize) -> Table {
        let name = self.peers[peer].name;
        let headings = ["workload".into(), "threads".into(), "Neuropil: µs".into()];
        let own = [format!("{name}: µs"), "times as long".into(), "quartiles".into()];
        let mut table = Table::new(headings.into_iter().chain(own).collect());
        for row in &self.rows {
            if let Some(cells) = cells(row, peer) {
                table.row(cells);
            }
        }
        table
    }
}

/// A row of a peer's table; `None` where it has nothing of the kind, or was not asked.
fn cells(row: &Row, peer: usize) -> Option<Vec<String>> {
    // Ours are not measured beside peers that all failed or disagree.
    let microseconds = |seconds: &[f64]| match seconds {
        [] => String::new(),
        _ => digits(Quartiles::of(seconds.iter().copied()).median * 1e6),
    };
    let own = match row.outcome(peer)? {
        Outcome::Lacks => return None,
        Outcome::Disagrees { difference, tolerance } => {
            let text = format!("ANOTHER RESULT by {difference:.1e}, over {tolerance:.0e}");
            [text, String::new(), String::new()]
        }
        Outcome::Failed(error) => {
            // A table's cell is one line.
            let error: Vec<&str> = error.split_whitespace().collect();
            [format!("FAILED: {}", error.join(" ").replace('|', "/")), String::new(), String::new()]
        }
        Outcome::Measured(seconds) => {
            let ratio = row.ratio(peer)?;
            [microseconds(seconds), digits(ratio.median), range(ratio, 1.0)]
        }
    };
    let first = [row.name.clone(), row.threads.to_string(), microseconds(&row.ours)];
    Some(first.into_iter().chain(own).collect())
}

/// How to read the tables.
pub const LEGEND: &str = "\
Times as long: a peer's time over Neuropil's, the median of the rounds' ratios; above 1, Neuropil is
quicker. In each round every program times its runs once, in an order of its own. Each peer has run
on the same numbers and given the same result first: products within 1e-5 (f32) or 1e-13 (f64),
functions and answers 1e-5 (32 of a stream, one after the other), layers of images 1e-4, sums 1e-3,
and the losses of the first steps of training from the same weights 1e-5 (20 steps, or 5 with batch
normalization, which makes rounding grow), of recurrent networks 1e-6, each relative to the number
or, if that is larger, to the root mean square of the result. PyTorch lays images out with their
channels first or last, and sequences with their samples or their steps first, whichever is faster;
its streams are of modules or of cells, whichever are faster. Crates are built as released, with the
release profile of Neuropil (codegen-units = 4) and for no target CPU of our own, and take new
buffers for results where their interface does; PyTorch and NumPy write into old ones where they
can, and PyTorch's optimizers are fused. candle has no plain recurrent layer; one is made of its
tensors. The quickest: of each workload, the peer that is. On a machine that others use too, the
system may keep one program on a busier core than another for minutes: for numbers on one thread,
hold all to one core with `taskset -c 0 cargo xtask compare --threads 1`.
";

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in self.head() {
            // What a peer says may have several lines.
            writeln!(f, "- {}", line.replace('\n', "\n  "))?;
        }
        writeln!(f)?;
        let peers = (0..self.peers.len()).map(|peer| self.table(peer));
        // One with headings alone says nothing.
        for table in [self.mean_table()].into_iter().chain(peers).filter(|it| it.rows().len() > 1) {
            writeln!(f, "{table}")?;
        }
        f.write_str(LEGEND)
    }
}

#[cfg(test)]
mod tests {
    use super::LEGEND;
    use crate::compare::report::tests::example;

    #[test]
    fn a_comparison_reads_as_markdown() {
        let expected = "\
- machine: Abacus, cores: 2
- Neuropil: SIMD level portable, commit abc
- rounds: 3, of 20 ms for each
- gemm 0.19.0; n threads by a pool of n
- faer 0.24.4; n threads by a pool of n
- ndarray 0.17.2; NOT HELD to 2 threads
- burn: left out: does not build: error
  second

| peer         | threads |    group | workloads | times as long | least | least ahead in |
| ------------ | ------: | -------: | --------: | ------------: | ----: | -------------: |
| gemm         |       1 | gemm f32 |         2 |          4.00 |  2.00 |              a |
| gemm         |       2 | gemm f32 |         1 |         0.500 | 0.500 |              a |
| faer         |       1 | gemm f32 |         2 |          1.73 |  1.00 |              b |
| the quickest |       1 | gemm f32 |         2 |          1.41 |  1.00 |              b |
| the quickest |       2 | gemm f32 |         1 |         0.500 | 0.500 |              a |

| workload | threads | Neuropil: µs | gemm: µs | times as long |   quartiles |
| -------- | ------: | -----------: | -------: | ------------: | ----------: |
| a        |       1 |         1.00 |     3.00 |          2.00 |   2.00–2.50 |
| b        |       1 |         1.00 |     12.0 |          8.00 |   8.00–10.0 |
| a        |       2 |         1.00 |    0.750 |         0.500 | 0.500–0.625 |

| workload | threads | Neuropil: µs | faer: µs | times as long | quartiles |
| -------- | ------: | -----------: | -------: | ------------: | --------: |
| a        |       1 |         1.00 |     4.50 |          3.00 | 3.00–3.75 |
| b        |       1 |         1.00 |     1.50 |          1.00 | 1.00–1.25 |

| workload | threads | Neuropil: µs |                         ndarray: µs | times as long | quartiles |
| -------- | ------: | -----------: | ----------------------------------: | ------------: | --------: |
| a        |       1 |         1.00 | ANOTHER RESULT by 2.5e-1, over 1e-5 |               |           |
| a        |       2 |         1.00 |                        FAILED: gone |               |           |

";
        assert_eq!(example().to_string(), format!("{expected}{LEGEND}"));
    }
}
