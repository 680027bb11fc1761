//! How many of those that are there are predicted.

use crate::metrics::class_counts::{Rule, ratio};
use crate::metrics::{Average, Better, ClassCounts, Metric, MetricError, Threshold};
use crate::real::Real;
use neuropil_losses::{TargetKind, Weighted};

/// The recall of a class, TP / (TP + FN): the share of rows of the class that are predicted to be.
/// scikit-learn's `recall_score`, torchmetrics' `MulticlassRecall`.
///
/// The prediction of a row is the place of its largest number, the first of equal ones. With a
/// [`threshold`](Recall::threshold) each number of a row says yes or no for itself. A class of
/// which there is no row has the recall 0 (0/0 counts as 0), as in scikit-learn. A row with a NaN
/// predicts no class, a NaN says no.
///
/// ```
/// use neuropil_losses::Target;
/// use neuropil_nn::metrics::{Average, Metric, Recall};
///
/// let y = [0.9_f32, 0.1, 0.2, 0.8, 0.4, 0.6]; // [3, 2], predicts 0, 1, 1
/// let labels = Target::Labels(&[0, 0, 1]);
/// assert_eq!(Recall::new(Average::Class(0)).of(2, &y, labels)?, 0.5);
/// assert_eq!(Recall::new(Average::Macro).of(2, &y, labels)?, 0.75);
/// # Ok::<(), neuropil_nn::metrics::MetricError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recall {
    rule: Rule,
}

impl Recall {
    /// Of the class with the largest number, averaged like this.
    pub fn new(average: Average) -> Self {
        Self { rule: Rule { average, threshold: None } }
    }

    /// Lets each number of a row say yes or no, as
    /// [`Precision::threshold`](crate::metrics::Precision::threshold).
    #[must_use]
    pub fn threshold(mut self, threshold: Threshold) -> Self {
        self.rule.threshold = Some(threshold);
        self
    }
}

impl Metric for Recall {
    type Tally = ClassCounts;
    type Value = f64;

    fn name(&self) -> String {
        self.rule.named("recall")
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
        tally.average(self.rule, |counts| ratio(counts.both, counts.there))
    }
}
