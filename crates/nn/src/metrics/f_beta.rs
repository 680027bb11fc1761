//! Precision and recall in one number.

use crate::error::Error;
use crate::metrics::class_counts::{Rule, ratio};
use crate::metrics::{Average, Better, ClassCounts, Metric, MetricError, Threshold};
use crate::real::Real;
use neuropil_losses::{TargetKind, Weighted};

/// The F-beta score of a class, (1 + β²) P R / (β² P + R) of precision P and recall R, in which
/// the recall counts β times as much: (1 + β²) TP / ((1 + β²) TP + β² FN + FP). scikit-learn's
/// `fbeta_score` and `f1_score`, torchmetrics' `MulticlassFBetaScore`.
///
/// The prediction of a row is the place of its largest number, the first of equal ones. With a
/// [`threshold`](FBeta::threshold) each number of a row says yes or no for itself. A class that was
/// neither predicted nor there has the score 0 (0/0 counts as 0), as in scikit-learn. A row with a
/// NaN predicts no class, a NaN says no.
///
/// ```
/// use neuropil_losses::Target;
/// use neuropil_nn::metrics::{Average, FBeta, Metric};
///
/// let y = [0.9_f32, 0.1, 0.2, 0.8, 0.4, 0.6]; // [3, 2], predicts 0, 1, 1
/// let score = FBeta::f1(Average::Class(1)).of(2, &y, Target::Labels(&[0, 0, 1]))?;
/// assert_eq!(score, 2.0 / 3.0);
/// # Ok::<(), neuropil_nn::metrics::MetricError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FBeta {
    beta: f64,
    rule: Rule,
}

impl FBeta {
    /// The score in which the recall counts `beta` times as much as the precision, of the class
    /// with the largest number, averaged like this.
    ///
    /// # Errors
    /// If `beta` is not finite or not above 0.
    pub fn new(beta: f64, average: Average) -> Result<Self, Error> {
        if !(beta.is_finite() && beta > 0.0) {
            return Err(Error::Setting {
                name: "the beta of an F-beta score",
                value: beta.to_string(),
                expected: "finite and above 0",
            });
        }
        Ok(Self { beta, rule: Rule { average, threshold: None } })
    }

    /// The F1 score, in which both count the same: their harmonic mean.
    pub fn f1(average: Average) -> Self {
        Self { beta: 1.0, rule: Rule { average, threshold: None } }
    }

    /// Lets each number of a row say yes or no, as
    /// [`Precision::threshold`](crate::metrics::Precision::threshold).
    #[must_use]
    pub fn threshold(mut self, threshold: Threshold) -> Self {
        self.rule.threshold = Some(threshold);
        self
    }
}

impl Metric for FBeta {
    type Tally = ClassCounts;
    type Value = f64;

    fn name(&self) -> String {
        self.rule.named(&format!("F{}", self.beta))
    }

    fn accepts(&self, kind: TargetKind) -> bool {
        self.rule.accepts(kind)
    }

    fn better(&self) -> Option<Better> {
        Some(Better::Higher)
    }

    fn classes(&self, width: usize) -> usize {
        self.rule.labels(width)
    }

    fn add<'a, T: Real>(
        &self,
        tally: &mut ClassCounts,
        width: usize,
        y: &[T],
        target: impl Into<Weighted<'a, T>>,
    ) -> Result<(), MetricError> {
        self.rule.add(self, tally, width, y, target.into())
    }

    fn value(&self, tally: &ClassCounts) -> f64 {
        let square = self.beta * self.beta;
        // (1 + β²) TP + β² FN + FP = β² there + predicted
        tally.average(self.rule, |counts| {
            ratio((1.0 + square) * counts.both, square * counts.there + counts.predicted)
        })
    }
}
