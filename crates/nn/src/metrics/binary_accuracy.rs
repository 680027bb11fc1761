//! The share of yes-or-no predictions that are right.

use crate::metrics::metric::weight_of;
use crate::metrics::threshold::{check_width, is_yes};
use crate::metrics::{Better, Mean, Metric, MetricError, Threshold};
use crate::real::Real;
use neuropil_losses::{TargetKind, Weighted};

/// The share of numbers on the right side of a threshold: Σ w \[(y > threshold) = target\] / Σ w
/// over all numbers of all rows. torchmetrics' `BinaryAccuracy` and, for rows of several numbers,
/// `MultilabelAccuracy(average="micro")`.
///
/// Targets are labels 0 and 1 for rows of one number, or values, `[rows, width]`, of which those
/// above 1/2 are yes. A NaN is wrong.
///
/// ```
/// use neuropil_losses::Target;
/// use neuropil_nn::metrics::{BinaryAccuracy, Metric, Threshold};
///
/// let metric = BinaryAccuracy::new(Threshold::LOGITS);
/// assert_eq!(metric.of(1, &[2.0_f32, -1.0, 0.5, 0.0], Target::Labels(&[1, 0, 0, 0]))?, 0.75);
/// # Ok::<(), neuropil_nn::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BinaryAccuracy {
    threshold: Threshold,
}

impl BinaryAccuracy {
    /// With yes above this threshold, which the name tells unless it is [`Threshold::LOGITS`].
    pub fn new(threshold: Threshold) -> Self {
        Self { threshold }
    }
}

impl Metric for BinaryAccuracy {
    type Tally = Mean;
    type Value = f64;

    fn name(&self) -> String {
        match self.threshold.above() {
            Some(above) => format!("binary accuracy ({above})"),
            None => "binary accuracy".into(),
        }
    }

    fn accepts(&self, _: TargetKind) -> bool {
        true
    }

    fn better(&self) -> Option<Better> {
        Some(Better::Higher)
    }

    fn classes(&self, _: usize) -> usize {
        2
    }

    fn add<'a, T: Real>(
        &self,
        tally: &mut Mean,
        width: usize,
        y: &[T],
        target: impl Into<Weighted<'a, T>>,
    ) -> Result<(), MetricError> {
        let target = target.into();
        if self.check(width, y, target)? == 0 {
            return Ok(());
        }
        check_width(|| self.name(), width, target.target)?;
        for (place, &y) in y.iter().enumerate() {
            let right = self.threshold.says(y) == Some(is_yes(target.target, place));
            tally.add(f64::from(right), weight_of(target.weights, place / width));
        }
        Ok(())
    }

    fn value(&self, tally: &Mean) -> f64 {
        tally.value()
    }
}
