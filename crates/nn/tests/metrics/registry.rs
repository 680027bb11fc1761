//! The list of all metrics: what holds for all is tested by walking it, and a test reads the
//! sources to see that nobody is forgotten.

use crate::samples::{Sample, Task};
use neuropil_losses::{CrossEntropy, MeanSquaredError};
use neuropil_nn::Real;
use neuropil_nn::metrics::{
    Accuracy, AnyMetric, Average, BinaryAccuracy, Confusion, ConfusionMatrix, Cost, FBeta,
    Gathered, MeanAbsoluteError, Metric, MetricError, Perplexity, Precision, RSquared, Recall,
    RocAuc, RootMeanSquaredError, Threshold, TopKAccuracy,
};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// A metric type, and what is done to test it.
pub struct Member {
    /// The name of the type.
    pub name: &'static str,
    /// Metrics of the type, each with what it is asked about.
    pub subjects: fn() -> Vec<Subject>,
    /// Whether it computes in the type of the predictions, so that `f32` and `f64` differ.
    pub rounds: bool,
}

/// A metric and the targets that it is had for.
pub struct Subject {
    pub metric: Box<dyn Walked>,
    /// The same behind the library's own pointer, where the value is a number.
    pub erased: Option<Box<dyn AnyMetric<f32>>>,
    pub tasks: &'static [Task],
}

const CLASSES: &[Task] = &[Task::Classes(2), Task::Classes(5)];
const VALUES: &[Task] = &[Task::Values(1), Task::Values(3)];
const DECISIONS: &[Task] = &[Task::Binary, Task::Decisions(1), Task::Decisions(4)];

/// All of them.
pub const MEMBERS: &[Member] = &[
    exact("Accuracy", || vec![number(Accuracy, CLASSES)]),
    exact("BinaryAccuracy", || {
        thresholds().map(|threshold| number(BinaryAccuracy::new(threshold), DECISIONS)).into()
    }),
    exact("ConfusionMatrix", || vec![table(ConfusionMatrix, CLASSES)]),
    Member {
        name: "Cost",
        subjects: || {
            let entropy = &[Task::Classes(2), Task::Classes(5), Task::Probabilities(3)];
            vec![
                number(Cost(CrossEntropy::new()), entropy),
                number(Cost(CrossEntropy::new().sum()), entropy),
                number(Cost(MeanSquaredError::new()), VALUES),
            ]
        },
        rounds: true,
    },
    exact("FBeta", || {
        averaged(|average| FBeta::new(2.0, average).expect("a beta"), FBeta::threshold)
    }),
    exact("MeanAbsoluteError", || vec![number(MeanAbsoluteError, VALUES)]),
    Member {
        name: "Perplexity",
        subjects: || vec![number(Perplexity, &[Task::Classes(2), Task::Probabilities(3)])],
        rounds: true,
    },
    exact("Precision", || averaged(Precision::new, Precision::threshold)),
    exact("RSquared", || vec![number(RSquared, VALUES)]),
    exact("Recall", || averaged(Recall::new, Recall::threshold)),
    exact("RocAuc", || {
        let tasks = &[
            Task::Classes(2),
            Task::Classes(5),
            Task::Binary,
            Task::Decisions(1),
            Task::Decisions(4),
        ];
        vec![number(RocAuc::LOGITS, tasks), number(RocAuc::PROBABILITIES, tasks)]
    }),
    exact("RootMeanSquaredError", || vec![number(RootMeanSquaredError, VALUES)]),
    exact("TopKAccuracy", || {
        [1, 2, 4].map(|k| number(TopKAccuracy::new(k).expect("a k"), CLASSES)).into()
    }),
];

const fn exact(name: &'static str, subjects: fn() -> Vec<Subject>) -> Member {
    Member { name, subjects, rounds: false }
}

fn number<M: Metric<Value = f64>>(metric: M, tasks: &'static [Task]) -> Subject {
    let erased: Box<dyn AnyMetric<f32>> = Box::new(Gathered::new(metric.clone()));
    Subject { metric: Box::new(metric), erased: Some(erased), tasks }
}

fn table<M: Metric<Value = Confusion>>(metric: M, tasks: &'static [Task]) -> Subject {
    Subject { metric: Box::new(metric), erased: None, tasks }
}

fn thresholds() -> [Threshold; 2] {
    [Threshold::LOGITS, Threshold::new(0.25).expect("a threshold")]
}

/// Each average of a score of classes, of the largest number and of numbers above a threshold.
fn averaged<M: Metric<Value = f64>>(
    new: impl Fn(Average) -> M,
    threshold: impl Fn(M, Threshold) -> M,
) -> Vec<Subject> {
    let mut subjects = Vec::new();
    for average in [Average::Class(0), Average::Macro, Average::Micro, Average::Weighted] {
        subjects.push(number(new(average), CLASSES));
        for above in thresholds() {
            subjects.push(number(threshold(new(average), above), DECISIONS));
        }
    }
    subjects
}

/// Predictions and targets in batches: where each ends.
pub type Ends<'a> = &'a [usize];

/// A metric of any type.
pub trait Walked {
    fn name(&self) -> String;
    fn is_better(&self, new: f64, old: f64) -> bool;
    /// The numbers that the value holds, gathered in such batches.
    fn in_f32(&self, sample: &Sample<f32>, ends: Ends<'_>) -> Outcome;
    /// The same in the other type.
    fn in_f64(&self, sample: &Sample<f64>, ends: Ends<'_>) -> Outcome;
    /// What adding `bad` after `good` says, and the value before and after as text.
    fn refusal(
        &self,
        good: &Sample<f32>,
        bad: &Sample<f32>,
    ) -> (Result<(), MetricError>, String, String);
}

/// The numbers that a value holds.
pub type Outcome = Result<Vec<f64>, MetricError>;

impl<M: Metric> Walked for M
where
    M::Value: Numbers,
{
    fn name(&self) -> String {
        Metric::name(self)
    }

    fn is_better(&self, new: f64, old: f64) -> bool {
        self.better().is_some_and(|better| better.than(new, old))
    }

    fn in_f32(&self, sample: &Sample<f32>, ends: Ends<'_>) -> Outcome {
        gathered(self, sample, ends)
    }

    fn in_f64(&self, sample: &Sample<f64>, ends: Ends<'_>) -> Outcome {
        gathered(self, sample, ends)
    }

    fn refusal(
        &self,
        good: &Sample<f32>,
        bad: &Sample<f32>,
    ) -> (Result<(), MetricError>, String, String) {
        let mut tally = M::Tally::default();
        self.add(&mut tally, good.width, &good.y, good.target()).expect("a good sample");
        let before = format!("{tally:?}");
        let result = self.add(&mut tally, bad.width, &bad.y, bad.target());
        (result, before, format!("{tally:?}"))
    }
}

fn gathered<M: Metric, T: Real>(metric: &M, sample: &Sample<T>, ends: Ends<'_>) -> Outcome
where
    M::Value: Numbers,
{
    let mut tally = M::Tally::default();
    let mut start = 0;
    for &end in ends {
        let batch = sample.rows(start..end);
        metric.add(&mut tally, batch.width, &batch.y, batch.target())?;
        start = end;
    }
    assert_eq!(start, sample.len(), "the batches don't hold all rows");
    Ok(metric.value(&tally).numbers())
}

/// A value as numbers.
pub trait Numbers {
    fn numbers(&self) -> Vec<f64>;
}

impl Numbers for f64 {
    fn numbers(&self) -> Vec<f64> {
        vec![*self]
    }
}

impl Numbers for Confusion {
    fn numbers(&self) -> Vec<f64> {
        let classes = 0..self.classes();
        let mut numbers = vec![self.accuracy()];
        for label in classes.clone() {
            numbers.extend([self.undecided(label), self.support(label)]);
            numbers.extend([self.precision(label), self.recall(label)]);
            numbers.extend(classes.clone().map(|prediction| self.count(label, prediction)));
        }
        numbers
    }
}

#[test]
fn the_list_is_complete() {
    let listed: BTreeSet<String> = MEMBERS.iter().map(|member| member.name.to_owned()).collect();
    assert_eq!(listed.len(), MEMBERS.len(), "a name is listed twice");

    let mut found = BTreeSet::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/metrics");
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let text = fs::read_to_string(entry.expect("a source").path()).expect("a readable source");
        for line in text.lines().filter(|line| line.starts_with("impl")) {
            if let Some((_, rest)) = line.split_once(" Metric for ") {
                let is_name = |c: char| c.is_alphanumeric() || c == '_';
                found.extend(rest.split(|c| !is_name(c)).next().map(str::to_owned));
            }
        }
    }
    assert_eq!(listed, found);
}
