//! How many equally likely guesses a language model hesitates between.

use crate::metrics::{Better, Cost, Mean, Metric, MetricError};
use crate::real::Real;
use neuropil_losses::{CrossEntropy, Loss, TargetKind, Weighted};

/// The perplexity, e to the mean cross entropy in nats: exp(-Σ w ln softmax(y)_label / Σ w). A
/// model that hesitates between n equally likely tokens has the perplexity n. torchmetrics'
/// `Perplexity`.
///
/// Predictions are logits, targets labels or probabilities, as for [`CrossEntropy`]. The mean is
/// over all rows together, not over batches. NaN if a number of a row is; ∞ where a label has the
/// probability 0.
///
/// ```
/// use neuropil_losses::Target;
/// use neuropil_nn::metrics::{Metric, Perplexity};
///
/// let logits = [1.0_f64, 1.0, 1.0, 1.0]; // [1, 4]
/// assert!((Perplexity.of(4, &logits, Target::Labels(&[2]))? - 4.0).abs() < 1e-12);
/// # Ok::<(), neuropil_nn::metrics::MetricError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Perplexity;

impl Metric for Perplexity {
    type Tally = Mean;
    type Value = f64;

    fn name(&self) -> String {
        "perplexity".into()
    }

    fn accepts(&self, kind: TargetKind) -> bool {
        CrossEntropy::new().accepts(kind)
    }

    fn better(&self) -> Option<Better> {
        Some(Better::Lower)
    }

    fn add<'a, T: Real>(
        &self,
        tally: &mut Mean,
        width: usize,
        y: &[T],
        target: impl Into<Weighted<'a, T>>,
    ) -> Result<(), MetricError> {
        let target = target.into();
        self.check(width, y, target)?;
        Cost(CrossEntropy::new()).add(tally, width, y, target)
    }

    fn value(&self, tally: &Mean) -> f64 {
        tally.value().exp()
    }
}
