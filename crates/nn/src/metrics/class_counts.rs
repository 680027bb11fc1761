//! What precision, recall and F-beta are made of: how often each class was predicted, how often it
//! was there, how often both; and how the classes become one number.

use crate::metrics::accuracy::largest;
use crate::metrics::metric::weight_of;
use crate::metrics::threshold::{check_width, is_yes};
use crate::metrics::{Metric, MetricError, Threshold};
use crate::real::Real;
use neuropil_losses::{Target, TargetKind, Weighted};

/// How a score of each class becomes one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Average {
    /// The score of this class alone: of two classes, most often that of class 1, scikit-learn's
    /// `average="binary"`. With a [`Threshold`] the classes are the columns: for rows of one number
    /// `Class(0)` is the score of yes.
    Class(usize),
    /// The mean over the classes that occur among labels or predictions; with a [`Threshold`], over
    /// all columns.
    Macro,
    /// The score of the counts of all classes together.
    Micro,
    /// The mean over the classes, each weighted by its rows.
    Weighted,
}

impl Average {
    /// For names: `macro`, `class 1`.
    fn name(self) -> String {
        match self {
            Self::Class(class) => format!("class {class}"),
            Self::Macro => "macro".into(),
            Self::Micro => "micro".into(),
            Self::Weighted => "weighted".into(),
        }
    }
}

/// How numbers become decisions, and decisions about several classes one number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rule {
    pub average: Average,
    /// Where each number decides for itself; otherwise the largest of a row does.
    pub threshold: Option<Threshold>,
}

impl Rule {
    pub fn named(self, score: &str) -> String {
        let average = self.average.name();
        match self.threshold.and_then(Threshold::above) {
            Some(above) => format!("{score} ({average} {above})"),
            None => format!("{score} ({average})"),
        }
    }

    pub fn accepts(self, kind: TargetKind) -> bool {
        kind == TargetKind::Labels || self.threshold.is_some()
    }

    /// The labels that there may be.
    pub fn labels(self, width: usize) -> usize {
        if self.threshold.is_some() { 2 } else { width }
    }

    /// Adds rows to the counts of a metric with this rule.
    pub fn add<M: Metric<Tally = ClassCounts>, T: Real>(
        self,
        metric: &M,
        tally: &mut ClassCounts,
        width: usize,
        y: &[T],
        target: Weighted<'_, T>,
    ) -> Result<(), MetricError> {
        let rows = metric.check(width, y, target)?;
        // Also without rows, so that a class that there is not shows before the first of them.
        if width > 0 {
            self.check(|| metric.name(), width, target.target)?;
        }
        if rows > 0 {
            tally.add(self, width, y, target);
        }
        Ok(())
    }

    /// Whether there is the class of which the score is wanted, and a threshold for each label.
    fn check<T>(
        self,
        metric: impl Fn() -> String,
        width: usize,
        target: Target<'_, T>,
    ) -> Result<(), MetricError> {
        if self.threshold.is_some() {
            check_width(&metric, width, target)?;
        }
        match self.average {
            Average::Class(class) if class >= width => {
                Err(MetricError::Class { metric: metric(), class, classes: width })
            }
            _ => Ok(()),
        }
    }
}

/// How often a class was predicted, there, and both.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Counts {
    pub both: f64,
    pub predicted: f64,
    pub there: f64,
}

impl Counts {
    fn add(&mut self, predicted: bool, there: bool, weight: f64) {
        self.both += weight * f64::from(predicted && there);
        self.predicted += weight * f64::from(predicted);
        self.there += weight * f64::from(there);
    }
}

/// For each class how often it was predicted, there, and both, by weight.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClassCounts {
    classes: Vec<Counts>,
    rows: f64,
}

impl ClassCounts {
    /// Adds rows that were checked, at least one.
    fn add<T: Real>(
        &mut self,
        rule: Rule,
        width: usize,
        y: &[T],
        Weighted { target, weights }: Weighted<'_, T>,
    ) {
        if self.classes.len() < width {
            self.classes.resize(width, Counts::default());
        }
        for (row, y) in y.chunks_exact(width).enumerate() {
            let weight = weight_of(weights, row);
            self.rows += weight;
            match (rule.threshold, target) {
                (None, Target::Labels(labels)) => {
                    let label = labels[row] as usize;
                    let predicted = largest(y);
                    if let Some(class) = predicted {
                        self.classes[class].add(true, class == label, weight);
                    }
                    if predicted != Some(label) {
                        self.classes[label].add(false, true, weight);
                    }
                }
                // Values are refused where there is no threshold.
                (None, Target::Values(_)) => {}
                (Some(threshold), _) => {
                    for (class, (y, counts)) in y.iter().zip(&mut self.classes).enumerate() {
                        let there = is_yes(target, row * width + class);
                        counts.add(threshold.says(*y) == Some(true), there, weight);
                    }
                }
            }
        }
    }

    /// One number from the score of each class.
    pub(super) fn average(&self, rule: Rule, score: impl Fn(Counts) -> f64) -> f64 {
        if self.rows == 0.0 {
            return f64::NAN;
        }
        match rule.average {
            Average::Class(class) => score(self.classes[class]),
            Average::Micro => {
                let mut sum = Counts::default();
                for counts in &self.classes {
                    sum.both += counts.both;
                    sum.predicted += counts.predicted;
                    sum.there += counts.there;
                }
                score(sum)
            }
            Average::Macro => {
                let occurs = |counts: &&Counts| {
                    rule.threshold.is_some() || counts.predicted > 0.0 || counts.there > 0.0
                };
                let classes = || self.classes.iter().filter(occurs);
                let sum: f64 = classes().map(|&counts| score(counts)).sum();
                ratio(sum, classes().count() as f64)
            }
            Average::Weighted => {
                let sum: f64 = self.classes.iter().map(|&it| it.there * score(it)).sum();
                ratio(sum, self.classes.iter().map(|it| it.there).sum())
            }
        }
    }
}

/// `part / whole`, and 0 where both are.
pub(super) fn ratio(part: f64, whole: f64) -> f64 {
    if whole == 0.0 { 0.0 } else { part / whole }
}
