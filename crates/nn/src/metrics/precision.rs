//! How many of those predicted are there.

use crate::metrics::class_counts::{Rule, ratio};
use crate::metrics::{Average, Better, ClassCounts, Metric, MetricError, Threshold};
use crate::real::Real;
use neuropil_losses::{TargetKind, Weighted};

/// The precision of a class, TP / (TP + FP): the share of rows predicted to be of the class that
/// are. scikit-learn's `precision_score`, torchmetrics' `MulticlassPrecision`.
///
/// The prediction of a row is the place of its largest number, the first of equal ones. With a
/// [`threshold`](Precision::threshold) each number of a row says yes or no for itself. A class that
/// was never predicted has the precision 0 (0/0 counts as 0), as in scikit-learn. A row with a NaN
/// predicts no class, a NaN says no: neither is a wrong prediction here, but one for the
/// [`Recall`](crate::metrics::Recall).
///
/// ```
/// use neuropil_losses::Target;
/// use neuropil_nn::metrics::{Average, Metric, Precision};
///
/// let y = [0.9_f32, 0.1, 0.2, 0.8, 0.4, 0.6]; // [3, 2], predicts 0, 1, 1
/// let labels = Target::Labels(&[0, 0, 1]);
/// assert_eq!(Precision::new(Average::Class(1)).of(2, &y, labels)?, 0.5);
/// assert_eq!(Precision::new(Average::Macro).of(2, &y, labels)?, 0.75);
/// # Ok::<(), neuropil_nn::metrics::MetricError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Precision {
    rule: Rule,
}

impl Precision {
    /// Of the class with the largest number, averaged like this.
    pub fn new(average: Average) -> Self {
        Self { rule: Rule { average, threshold: None } }
    }

    /// Lets each number of a row say yes, above the threshold, or no. Targets are labels 0 and 1
    /// for rows of one number, or values, `[rows, width]`, of which those above 1/2 are yes. The
    /// name tells the threshold unless it is [`Threshold::LOGITS`].
    ///
    /// ```
    /// use neuropil_losses::Target;
    /// use neuropil_nn::metrics::{Average, Metric, Precision, Threshold};
    ///
    /// let metric = Precision::new(Average::Micro).threshold(Threshold::LOGITS);
    /// assert_eq!(metric.of(1, &[2.0_f32, 1.0, -1.0], Target::Labels(&[1, 0, 1]))?, 0.5);
    /// # Ok::<(), neuropil_nn::metrics::MetricError>(())
    /// ```
    #[must_use]
    pub fn threshold(mut self, threshold: Threshold) -> Self {
        self.rule.threshold = Some(threshold);
        self
    }
}

impl Metric for Precision {
    type Tally = ClassCounts;
    type Value = f64;

    fn name(&self) -> String {
        self.rule.named("precision")
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
        tally.average(self.rule, |counts| ratio(counts.both, counts.predicted))
    }
}
