//! Results that were kept before, and what has changed since beyond noise.

use std::{collections::BTreeMap, fmt};

use serde_json::Value;
use thiserror::Error;

use crate::{
    json::FORMAT,
    report::Report,
    statistics::Quartiles,
    table::{Table, percent},
};

/// A change of so small a share is not told, however narrow the quartiles: the place of code and of
/// buffers in memory alone can do as much.
const LEAST: f64 = 0.03;

/// Why a file is not one of results.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BaselineError {
    /// It is no JSON.
    #[error("the results kept as `{name}` are no JSON: {message}")]
    Json {
        /// The name of the results.
        name: String,
        /// What the parser says.
        message: String,
    },
    /// It has another layout.
    #[error("the results kept as `{name}` have the format {found}, not {FORMAT}: save them anew")]
    Format {
        /// The name of the results.
        name: String,
        /// What stands there.
        found: Value,
    },
    /// A part is missing or of another type.
    #[error("the results kept as `{name}` are damaged: {what} at {place}")]
    Damaged {
        /// The name of the results.
        name: String,
        /// What should be there.
        what: &'static str,
        /// Where.
        place: String,
    },
}

/// Fewer rounds than these have quartiles that say little about noise.
const ROUNDS: usize = 7;

/// What tells how far results can be trusted.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Conditions {
    cores: usize,
    load: Option<f64>,
    rounds: usize,
}

impl Conditions {
    /// What speaks against results of this time: "then" or "now".
    fn warnings(self, time: &str) -> Vec<String> {
        let Self { cores, load, rounds } = self;
        let mut warnings = Vec::new();
        if let Some(load) = load.filter(|&load| load > 0.5 * cores as f64) {
            warnings.push(format!(
                "load {load:.1} on {cores} cores {time}: other programs were measured too"
            ));
        }
        if rounds < ROUNDS {
            let few = "quartiles of so few say little about noise";
            warnings.push(format!("rounds {time}: {rounds}; {few}"));
        }
        warnings
    }
}

/// What was kept of a workload on so many threads.
#[derive(Clone, Debug, PartialEq)]
struct Kept {
    scale: String,
    cost: Quartiles,
}

/// Results that were kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Baseline {
    name: String,
    processor: String,
    level: String,
    commit: String,
    conditions: Conditions,
    /// By name and number of threads.
    results: BTreeMap<(String, usize), Kept>,
}

impl Baseline {
    /// What [`json::text`](crate::json::text) wrote, kept as `name`.
    ///
    /// # Errors
    /// If it wrote something else.
    pub fn parse(name: &str, text: &str) -> Result<Self, BaselineError> {
        let value: Value = serde_json::from_str(text).map_err(|error| BaselineError::Json {
            name: name.into(),
            message: error.to_string(),
        })?;
        if value["format"] != FORMAT {
            return Err(BaselineError::Format {
                name: name.into(),
                found: value["format"].clone(),
            });
        }
        let file = Part { file: name, place: String::new(), value: &value };
        let mut results = BTreeMap::new();
        for workload in file.list("workloads")? {
            let (name, scale) = (workload.text("name")?, workload.text("scale")?);
            for measurement in workload.list("measurements")? {
                let threads = measurement.number("threads")? as usize;
                let cost = measurement.part("cost");
                let cost = Quartiles {
                    low: cost.number("low")?,
                    median: cost.number("median")?,
                    high: cost.number("high")?,
                };
                results.insert((name.clone(), threads), Kept { scale: scale.clone(), cost });
            }
        }
        Ok(Self {
            name: name.into(),
            processor: file.text("processor")?,
            level: file.text("simd_level")?,
            commit: file.text("commit")?,
            conditions: Conditions {
                cores: file.number("cores")? as usize,
                // The system may not have said it.
                load: value["load"].as_f64(),
                rounds: file.number("rounds")? as usize,
            },
            results,
        })
    }
}

/// A part of a file, or the whole of it.
struct Part<'a> {
    file: &'a str,
    /// Where it stands in the file, as `workloads[0].cost`.
    place: String,
    /// Null if it is missing.
    value: &'a Value,
}

impl<'a> Part<'a> {
    fn part(&self, key: &str) -> Self {
        let dot = if self.place.is_empty() { "" } else { "." };
        let place = format!("{}{dot}{key}", self.place);
        Self { file: self.file, place, value: &self.value[key] }
    }

    fn damaged(self, what: &'static str) -> BaselineError {
        BaselineError::Damaged { name: self.file.into(), what, place: self.place }
    }

    fn list(&self, key: &str) -> Result<Vec<Self>, BaselineError> {
        let part = self.part(key);
        let Some(values) = part.value.as_array() else { return Err(part.damaged("no list")) };
        let of =
            |(i, value)| Self { file: part.file, place: format!("{}[{i}]", part.place), value };
        Ok(values.iter().enumerate().map(of).collect())
    }

    fn text(&self, key: &str) -> Result<String, BaselineError> {
        let part = self.part(key);
        part.value.as_str().map(String::from).ok_or_else(|| part.damaged("no text"))
    }

    /// Times, costs and threads: all positive.
    fn number(&self, key: &str) -> Result<f64, BaselineError> {
        let part = self.part(key);
        let number = part.value.as_f64().filter(|&x| x > 0.0);
        number.ok_or_else(|| part.damaged("no positive number"))
    }
}

/// What became of a workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Slower by more than noise.
    Slower,
    /// The difference may be noise.
    Same,
    /// Faster by more than noise.
    Faster,
}

/// A workload on so many threads, then and now.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The workload.
    pub name: String,
    /// The threads.
    pub threads: usize,
    /// The median cost now over that then: 2 is twice as slow.
    pub ratio: f64,
    /// How far the ratio may be from 1 by noise.
    pub noise: f64,
    /// What follows from both.
    pub verdict: Verdict,
}

impl Change {
    /// Costs are compared rather than times, so that another clock or another guest of the machine
    /// is not taken for a change of the program. Noise is both interquartile ranges together, and
    /// [`LEAST`] at least.
    fn new(name: &str, threads: usize, then: Quartiles, now: Quartiles) -> Self {
        let spread = (then.high - then.low) + (now.high - now.low);
        let (ratio, noise) = (now.median / then.median, (spread / then.median).max(LEAST));
        let verdict = match ratio - 1.0 {
            change if change > noise => Verdict::Slower,
            change if change < -noise => Verdict::Faster,
            _ => Verdict::Same,
        };
        Self { name: name.into(), threads, ratio, noise, verdict }
    }
}

/// A report beside a baseline: printed as what changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The baseline's name.
    pub baseline: String,
    /// The baseline's commit.
    pub commit: String,
    /// Why the comparison may say less than it seems to.
    pub warnings: Vec<String>,
    /// What both have measured, in the order of the report.
    pub changes: Vec<Change>,
    /// Measurements of the report that the baseline lacks, or has on another scale.
    pub unknown: usize,
}

impl Comparison {
    /// Compares each workload that both have, on each number of threads.
    pub fn new(report: &Report, baseline: &Baseline) -> Self {
        let mut warnings = Vec::new();
        for (what, then, now) in [
            ("processor", &baseline.processor, &report.machine.processor),
            ("SIMD level", &baseline.level, &report.level),
        ] {
            if then != now {
                warnings.push(format!("another {what}: {then} then, {now} now"));
            }
        }
        warnings.extend(baseline.conditions.warnings("then"));
        let (machine, rounds) = (&report.machine, report.budget.rounds);
        let now = Conditions { cores: machine.cores, load: machine.load, rounds };
        warnings.extend(now.warnings("now"));
        let (mut changes, mut unknown) = (Vec::new(), 0);
        for entry in &report.entries {
            for measurement in &entry.measurements {
                let threads = measurement.threads;
                let kept = baseline.results.get(&(entry.name.clone(), threads));
                match kept.filter(|kept| kept.scale == entry.work.scale.to_string()) {
                    Some(kept) => {
                        let now = measurement.cost();
                        changes.push(Change::new(&entry.name, threads, kept.cost, now));
                    }
                    None => unknown += 1,
                }
            }
        }
        let (baseline, commit) = (baseline.name.clone(), baseline.commit.clone());
        Self { baseline, commit, warnings, changes, unknown }
    }

    /// What has a verdict.
    pub fn with(&self, verdict: Verdict) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(move |change| change.verdict == verdict)
    }

    /// Whether anything got slower beyond noise.
    pub fn has_regressed(&self) -> bool {
        self.with(Verdict::Slower).next().is_some()
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Compared with `{}`, commit {}:", self.baseline, self.commit)?;
        for warning in &self.warnings {
            writeln!(f, "- {warning}")?;
        }
        for (verdict, word) in [(Verdict::Slower, "slower"), (Verdict::Faster, "faster")] {
            writeln!(f, "- {word} beyond noise: {}", self.with(verdict).count())?;
        }
        writeln!(f, "- within noise: {}", self.with(Verdict::Same).count())?;
        if self.unknown > 0 {
            writeln!(f, "- not in the baseline: {}", self.unknown)?;
        }
        let headings = ["workload", "threads", "change", "noise"].map(String::from).to_vec();
        let mut table = Table::new(headings);
        for change in self.with(Verdict::Slower).chain(self.with(Verdict::Faster)) {
            let sign = if change.ratio > 1.0 { "+" } else { "-" };
            table.row(vec![
                change.name.clone(),
                change.threads.to_string(),
                format!("{sign}{}", percent((change.ratio - 1.0).abs())),
                format!("±{}", percent(change.noise)),
            ]);
        }
        if table.rows().len() > 1 {
            write!(f, "\n{table}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Baseline, BaselineError, Change, Comparison, Verdict};
    use crate::{
        json::{self, FORMAT},
        measure::Budget,
        report::{Report, tests::example},
        scale::Work,
        statistics::Quartiles,
    };

    fn kept(report: &Report) -> Baseline {
        Baseline::parse("main", &json::text(report)).unwrap()
    }

    fn slowed(report: &mut Report, name: &str, factor: f64) {
        let entry = report.entries.iter_mut().find(|entry| entry.name == name).unwrap();
        for measurement in &mut entry.measurements {
            for sample in &mut measurement.samples {
                sample.fastest *= factor;
            }
        }
    }

    #[test]
    fn a_report_has_not_changed_against_itself() {
        let comparison = Comparison::new(&example(), &kept(&example()));
        assert_eq!(comparison.changes.len(), 4);
        assert_eq!(comparison.with(Verdict::Same).count(), 4);
        assert!(!comparison.has_regressed());
        assert_eq!((comparison.warnings.len(), comparison.unknown), (0, 0));
    }

    #[test]
    fn what_got_slower_and_what_got_faster_is_told() {
        let mut report = example();
        slowed(&mut report, "gemm", 1.25);
        slowed(&mut report, "sum", 0.5);
        let comparison = Comparison::new(&report, &kept(&example()));
        assert!(comparison.has_regressed());
        assert_eq!(
            comparison.to_string(),
            "Compared with `main`, commit abc:\n\
            - slower beyond noise: 2\n\
            - faster beyond noise: 1\n\
            - within noise: 1\n\
            \n\
            | workload | threads | change | noise |\n\
            | -------- | ------: | -----: | ----: |\n\
            | gemm     |       1 |  +25 % |  ±3 % |\n\
            | gemm     |       2 |  +25 % |  ±3 % |\n\
            | sum      |       1 |  -50 % |  ±3 % |\n"
        );
    }

    #[test]
    fn a_slower_machine_is_no_regression() {
        let mut report = example();
        for entry in &mut report.entries {
            for sample in entry.measurements.iter_mut().flat_map(|it| &mut it.samples) {
                sample.fastest *= 1.6;
                sample.peak /= 1.6;
            }
        }
        let comparison = Comparison::new(&report, &kept(&example()));
        assert_eq!(comparison.with(Verdict::Same).count(), 4);
    }

    #[test]
    fn a_change_counts_from_both_ranges_together_on_and_from_three_percent_on() {
        let quartiles =
            |median: f64, half: f64| Quartiles { low: median - half, median, high: median + half };
        let verdict = |then, now| Change::new("", 1, then, now).verdict;
        // 8 and 10 wide: 18 together.
        assert_eq!(verdict(quartiles(100.0, 4.0), quartiles(117.0, 5.0)), Verdict::Same);
        assert_eq!(verdict(quartiles(100.0, 4.0), quartiles(119.0, 5.0)), Verdict::Slower);
        assert_eq!(verdict(quartiles(100.0, 4.0), quartiles(83.0, 5.0)), Verdict::Same);
        assert_eq!(verdict(quartiles(100.0, 4.0), quartiles(81.0, 5.0)), Verdict::Faster);
        assert_eq!(verdict(quartiles(100.0, 0.0), quartiles(102.0, 0.0)), Verdict::Same);
        assert_eq!(verdict(quartiles(100.0, 0.0), quartiles(104.0, 0.0)), Verdict::Slower);
    }

    #[test]
    fn what_the_baseline_lacks_or_has_on_another_scale_is_counted() {
        let mut report = example();
        report.entries[0].name = "new".into();
        report.entries[1].work = Work::passes(2000, 1);
        report.level = "avx2".into();
        let comparison = Comparison::new(&report, &kept(&example()));
        assert_eq!((comparison.unknown, comparison.changes.len()), (3, 1));
        assert_eq!(comparison.warnings, ["another SIMD level: portable then, avx2 now"]);
    }

    #[test]
    fn a_loaded_machine_and_few_rounds_are_warned_of() {
        let (then, mut now) = (example(), example());
        now.machine.load = Some(1.5);
        now.budget = Budget::QUICK;
        let comparison = Comparison::new(&now, &kept(&then));
        assert_eq!(
            comparison.warnings,
            [
                "load 1.5 on 2 cores now: other programs were measured too",
                "rounds now: 3; quartiles of so few say little about noise",
            ]
        );
        let turned = Comparison::new(&then, &kept(&now));
        let then: Vec<String> =
            comparison.warnings.iter().map(|text| text.replace("now", "then")).collect();
        assert_eq!(turned.warnings, then);
    }

    #[test]
    fn a_damaged_file_is_said_to_be_damaged() {
        let text = json::text(&example());
        assert!(matches!(Baseline::parse("x", "{"), Err(BaselineError::Json { .. })));
        let other = text.replace(&format!("\"format\": {FORMAT}"), "\"format\": 1");
        assert!(matches!(Baseline::parse("x", &other), Err(BaselineError::Format { .. })));
        assert!(matches!(Baseline::parse("x", "{}"), Err(BaselineError::Format { .. })));
        for (from, to, place) in [
            ("\"processor\"", "\"p\"", "no text at processor"),
            ("\"workloads\"", "\"w\"", "no list at workloads"),
            ("\"cost\"", "\"c\"", "no positive number at workloads[0].measurements[0].cost.low"),
        ] {
            let error = Baseline::parse("x", &text.replace(from, to)).unwrap_err().to_string();
            assert_eq!(error, format!("the results kept as `x` are damaged: {place}"));
        }
    }
}
