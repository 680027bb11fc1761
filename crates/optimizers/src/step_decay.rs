//! Falls by a factor now and then.

use crate::{
    OptimizerError, Schedule,
    error::{non_negative, share, some},
};

/// Multiplies the rate by `gamma` every `period` steps:
///
/// rate(t) = rate · gamma^⌊t/period⌋
///
/// By default gamma = 0.1. Equals PyTorch's `StepLR(step_size = period)`.
///
/// ```
/// use neuropil_optimizers::{Schedule, StepDecay};
///
/// let schedule = StepDecay::new(0.8, 30)?.gamma(0.5)?;
/// assert_eq!([0, 29, 30, 60].map(|step| schedule.rate(step)), [0.8, 0.8, 0.4, 0.2]);
/// # Ok::<(), neuropil_optimizers::OptimizerError>(())
/// ```
#[doc(alias = "StepLR")]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepDecay {
    rate: f64,
    period: u64,
    gamma: f64,
}

impl StepDecay {
    /// A tenth of the rate is left after every `period` steps.
    ///
    /// # Errors
    /// [`OptimizerError`] if `rate` is NaN, infinite or negative, or `period` is 0.
    pub fn new(rate: f64, period: u64) -> Result<Self, OptimizerError> {
        let rate = non_negative("StepDecay", "rate", rate)?;
        Ok(Self { rate, period: some("StepDecay", "period", period)?, gamma: 0.1 })
    }

    /// What is left of the rate each time.
    ///
    /// # Errors
    /// [`OptimizerError`] unless `gamma` is at least 0 and at most 1.
    pub fn gamma(self, gamma: f64) -> Result<Self, OptimizerError> {
        Ok(Self { gamma: share("StepDecay", "gamma", gamma)?, ..self })
    }
}

impl Schedule for StepDecay {
    fn rate(&self, step: u64) -> f64 {
        self.rate * self.gamma.powf((step / self.period) as f64)
    }
}
