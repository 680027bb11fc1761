//! Falls by a factor at every step.

use crate::{
    OptimizerError, Schedule,
    error::{non_negative, share},
};

/// Multiplies the rate by `gamma` at every step: rate(t) = rate · gamma^t.
///
/// Equals PyTorch's `ExponentialLR`. Keras's `ExponentialDecay(decay_rate, decay_steps)` has gamma =
/// decay_rate^(1/decay_steps).
///
/// ```
/// use neuropil_optimizers::{ExponentialDecay, Schedule};
///
/// let schedule = ExponentialDecay::new(0.8, 0.5)?;
/// assert_eq!([0, 1, 3].map(|step| schedule.rate(step)), [0.8, 0.4, 0.1]);
/// # Ok::<(), neuropil_optimizers::OptimizerError>(())
/// ```
#[doc(alias = "ExponentialLR")]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExponentialDecay {
    rate: f64,
    gamma: f64,
}

impl ExponentialDecay {
    /// From `rate` on, of which each step leaves the share `gamma`.
    ///
    /// # Errors
    /// [`OptimizerError`] if `rate` is NaN, infinite or negative, or unless `gamma` is at least 0 and at most 1.
    pub fn new(rate: f64, gamma: f64) -> Result<Self, OptimizerError> {
        let rate = non_negative("ExponentialDecay", "rate", rate)?;
        Ok(Self { rate, gamma: share("ExponentialDecay", "gamma", gamma)? })
    }
}

impl Schedule for ExponentialDecay {
    fn rate(&self, step: u64) -> f64 {
        self.rate * self.gamma.powf(step as f64)
    }
}
