//! What was measured, and what comes of it.

use super::task::Group;
use crate::{measure::Budget, report::Machine, statistics::Quartiles};

/// What came of a peer's work on a workload.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It has nothing of the kind.
    Lacks,
    /// It computed something else: by how much, and how much was allowed.
    Disagrees {
        /// The largest difference.
        difference: f64,
        /// The largest that is allowed.
        tolerance: f64,
    },
    /// It failed, with this message.
    Failed(String),
    /// Seconds of a run, one for each round.
    Measured(Vec<f64>),
}

/// A workload on so many threads.
#[derive(Clone, Debug)]
pub struct Row {
    /// The workload's name.
    pub name: String,
    /// What it is averaged with.
    pub group: Group,
    /// Threads of Neuropil and of each peer.
    pub threads: usize,
    /// Seconds of a run of ours, one for each round; none if no peer was ready.
    pub ours: Vec<f64>,
    /// What came of each peer, by its place in the report.
    pub outcomes: Vec<(usize, Outcome)>,
}

/// A peer, and how it went with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Party {
    /// What tables call it.
    pub name: &'static str,
    /// Its version, once that is known.
    pub version: Option<String>,
    /// How it was held to the numbers of threads.
    pub held: Option<String>,
    /// The numbers of threads that it could not be held to.
    pub free: Vec<usize>,
    /// Why it could not be compared, or not with all.
    pub failure: Option<String>,
}

/// A finished comparison: printed as tables in Markdown.
#[derive(Clone, Debug)]
pub struct Report {
    /// What it was measured on.
    pub machine: Machine,
    /// Our SIMD level.
    pub level: String,
    /// The commit of our sources.
    pub commit: String,
    /// How often and how long.
    pub budget: Budget,
    /// The numbers of threads.
    pub threads: Vec<usize>,
    /// All peers that were asked for.
    pub peers: Vec<Party>,
    /// The workloads in their order, for each number of threads.
    pub rows: Vec<Row>,
}

/// Ratios of one group on so many threads, averaged.
#[derive(Clone, Debug, PartialEq)]
pub struct Mean {
    /// The group.
    pub group: Group,
    /// Threads.
    pub threads: usize,
    /// Workloads that were compared.
    pub workloads: usize,
    /// The geometric mean of their ratios.
    pub mean: f64,
    /// The smallest ratio: where Neuropil is least ahead, or behind.
    pub least: f64,
    /// Whose it is.
    pub least_name: String,
}

impl Row {
    /// What came of a peer.
    pub fn outcome(&self, peer: usize) -> Option<&Outcome> {
        let found = self.outcomes.iter().find(|(place, _)| *place == peer);
        found.map(|(_, outcome)| outcome)
    }

    /// How many times as long as ours a peer's run takes: the quartiles of the rounds' ratios.
    pub fn ratio(&self, peer: usize) -> Option<Quartiles> {
        match self.outcome(peer)? {
            Outcome::Measured(seconds) => {
                Some(Quartiles::of(seconds.iter().zip(&self.ours).map(|(peer, ours)| peer / ours)))
            }
            _ => None,
        }
    }

    /// The ratio of the quickest peer.
    fn quickest(&self) -> Option<f64> {
        let ratios = self.outcomes.iter().filter_map(|(peer, _)| self.ratio(*peer));
        ratios.map(|ratio| ratio.median).min_by(f64::total_cmp)
    }
}

impl Report {
    /// The means of one peer, a group and a number of threads each.
    pub fn means(&self, peer: usize) -> Vec<Mean> {
        self.means_of(|row| Some(row.ratio(peer)?.median))
    }

    /// The means of the quickest peer of each workload.
    pub fn quickest(&self) -> Vec<Mean> {
        self.means_of(Row::quickest)
    }

    /// Whether all that was asked for was compared.
    ///
    /// # Errors
    /// What was not: nothing at all, a result that is not ours, or a peer that failed.
    pub fn check(&self) -> Result<(), String> {
        let outcomes = || self.rows.iter().flat_map(|row| &row.outcomes);
        if outcomes().any(|(_, outcome)| matches!(outcome, Outcome::Disagrees { .. })) {
            // One of the two is wrong.
            return Err("a peer and Neuropil do not agree: see ANOTHER RESULT".into());
        }
        if !outcomes().any(|(_, outcome)| matches!(outcome, Outcome::Measured(_))) {
            return Err("nothing was compared".into());
        }
        let failed = (0..self.peers.len()).filter(|&i| {
            let failed = |(peer, outcome): &(usize, Outcome)| {
                *peer == i && matches!(outcome, Outcome::Failed(_))
            };
            self.peers[i].failure.is_some() || outcomes().any(failed)
        });
        let failed: Vec<&str> = failed.map(|i| self.peers[i].name).collect();
        match failed[..] {
            [] => Ok(()),
            _ => Err(format!("not, or not all, compared: {}", failed.join(", "))),
        }
    }

    fn means_of(&self, ratio: impl Fn(&Row) -> Option<f64>) -> Vec<Mean> {
        let mut means = Vec::new();
        for group in Group::ALL {
            for &threads in &self.threads {
                let rows = self.rows.iter();
                let rows = rows.filter(|row| row.group == group && row.threads == threads);
                let ratios: Vec<(f64, &str)> =
                    rows.filter_map(|row| Some((ratio(row)?, &*row.name))).collect();
                let least = ratios.iter().min_by(|a, b| a.0.total_cmp(&b.0));
                let Some(&(least, name)) = least else { continue };
                let logarithms: f64 = ratios.iter().map(|(ratio, _)| ratio.ln()).sum();
                means.push(Mean {
                    group,
                    threads,
                    workloads: ratios.len(),
                    mean: (logarithms / ratios.len() as f64).exp(),
                    least,
                    least_name: name.into(),
                });
            }
        }
        means
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::time::Duration;

    use super::{Outcome, Party, Report, Row};
    use crate::{compare::task::Group, measure::Budget, report::Machine};

    fn row(name: &str, group: Group, threads: usize, outcomes: Vec<(usize, Outcome)>) -> Row {
        Row { name: name.into(), group, threads, ours: vec![1e-6, 2e-6, 1e-6], outcomes }
    }

    fn times(ratio: f64) -> Outcome {
        Outcome::Measured(vec![ratio * 1e-6, ratio * 2e-6, 1.5 * ratio * 1e-6])
    }

    /// Two peers that are compared, one with something else to say about everything, and one that
    /// is not there.
    pub(crate) fn example() -> Report {
        let party = |name, version: Option<&str>| Party {
            name,
            version: version.map(String::from),
            held: version.map(|_| "a pool of n".into()),
            free: Vec::new(),
            failure: None,
        };
        let mut peers = vec![party("gemm", Some("0.19.0")), party("faer", Some("0.24.4"))];
        peers.push(Party { free: vec![2], held: None, ..party("ndarray", Some("0.17.2")) });
        let failure = Some("does not build: error\nsecond".into());
        peers.push(Party { failure, ..party("burn", None) });
        let wrong = Outcome::Disagrees { difference: 0.25, tolerance: 1e-5 };
        let rows = vec![
            row("a", Group::Gemm, 1, vec![(0, times(2.0)), (1, times(3.0)), (2, wrong)]),
            row("b", Group::Gemm, 1, vec![(0, times(8.0)), (1, times(1.0)), (2, Outcome::Lacks)]),
            row("c", Group::Small, 1, vec![(0, Outcome::Lacks), (1, Outcome::Lacks)]),
            row("a", Group::Gemm, 2, vec![(0, times(0.5)), (2, Outcome::Failed("gone".into()))]),
        ];
        Report {
            machine: Machine { processor: "Abacus".into(), cores: 2, load: None },
            level: "portable".into(),
            commit: "abc".into(),
            budget: Budget { rounds: 3, time: Duration::from_millis(20) },
            threads: vec![1, 2],
            peers,
            rows,
        }
    }

    #[test]
    fn a_ratio_is_the_middle_of_the_rounds_ratios() {
        let report = example();
        // The machine was half as fast in the second round, for both.
        let ratio = report.rows[0].ratio(0).unwrap();
        assert!((ratio.low - 2.0).abs() < 1e-12 && (ratio.median - 2.0).abs() < 1e-12);
        assert!((ratio.high - 2.5).abs() < 1e-12);
        assert_eq!(report.rows[0].ratio(2), None);
        assert_eq!(report.rows[0].ratio(3), None);
    }

    #[test]
    fn a_mean_is_geometric_over_what_was_compared() {
        let report = example();
        let means = report.means(0);
        let found: Vec<_> = means.iter().map(|it| (it.group, it.threads, it.workloads)).collect();
        assert_eq!(found, [(Group::Gemm, 1, 2), (Group::Gemm, 2, 1)]);
        assert!((means[0].mean - 4.0).abs() < 1e-12, "{means:?}");
        assert_eq!(means[0].least_name, "a");
        assert!((means[1].least - 0.5).abs() < 1e-12);
        assert!(report.means(2).is_empty() && report.means(3).is_empty());
    }

    #[test]
    fn what_was_not_compared_is_said() {
        let mut report = example();
        let disagrees = Err("a peer and Neuropil do not agree: see ANOTHER RESULT".into());
        assert_eq!(report.check(), disagrees);
        report.rows.remove(0);
        let failed = |names| Err(format!("not, or not all, compared: {names}"));
        assert_eq!(report.check(), failed("ndarray, burn"));
        report.peers[3].failure = None;
        assert_eq!(report.check(), failed("ndarray"));
        report.rows.remove(2);
        assert_eq!(report.check(), Ok(()));
        // What all lack is not compared.
        report.rows.remove(0);
        assert_eq!(report.check(), Err("nothing was compared".into()));
        report.rows.clear();
        assert_eq!(report.check(), Err("nothing was compared".into()));
    }

    #[test]
    fn the_quickest_peer_is_that_of_each_workload() {
        let means = example().quickest();
        assert!((means[0].mean - 2.0_f64.sqrt()).abs() < 1e-12, "{means:?}");
        assert_eq!((means[0].least_name.as_str(), means[0].workloads), ("b", 2));
    }
}
