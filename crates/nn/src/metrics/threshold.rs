//! From a number to a yes or a no.

use crate::error::Error;
use crate::metrics::MetricError;
use crate::real::Real;
use neuropil_losses::Target;

/// The number above which a prediction says yes.
///
/// What is compared with it are the predictions as they are: a network that ends without a sigmoid
/// gives logits.
///
/// ```
/// use neuropil_nn::metrics::Threshold;
///
/// assert_eq!(Threshold::new(0.5)?, Threshold::PROBABILITIES);
/// assert!(Threshold::new(f64::NAN).is_err());
/// # Ok::<(), neuropil_nn::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold(f64);

impl Threshold {
    /// 0: a logit above it is a probability above one half.
    pub const LOGITS: Self = Self(0.0);
    /// 1/2.
    pub const PROBABILITIES: Self = Self(0.5);

    /// A threshold elsewhere.
    ///
    /// # Errors
    /// If it is NaN: nothing is above that.
    pub fn new(threshold: f64) -> Result<Self, Error> {
        if threshold.is_nan() {
            return Err(Error::Setting {
                name: "the threshold",
                value: threshold.to_string(),
                expected: "a number",
            });
        }
        Ok(Self(threshold))
    }

    /// For names: `above 0.1`, and nothing for logits.
    pub(super) fn above(self) -> Option<String> {
        (self != Self::LOGITS).then(|| format!("above {}", self.0))
    }

    /// What a prediction says; `None` for NaN.
    pub(super) fn says<T: Real>(self, y: T) -> Option<bool> {
        (!y.is_nan()).then(|| y > T::of(self.0))
    }
}

/// Whether the target of the number at `place` is yes: the label 1, or a value above 1/2.
pub(super) fn is_yes<T: Real>(target: Target<'_, T>, place: usize) -> bool {
    match target {
        Target::Labels(labels) => labels[place] == 1,
        Target::Values(values) => values[place] > T::of(0.5),
    }
}

/// Labels say yes or no to one number a row.
pub(super) fn check_width<T>(
    metric: impl FnOnce() -> String,
    width: usize,
    target: Target<'_, T>,
) -> Result<(), MetricError> {
    match target {
        Target::Labels(_) if width != 1 => Err(MetricError::Width { metric: metric(), width }),
        _ => Ok(()),
    }
}
