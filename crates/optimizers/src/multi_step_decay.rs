//! Falls by a factor at given steps.

use crate::{
    OptimizerError, Schedule,
    error::{non_negative, rising, share},
};

/// Multiplies the rate by `gamma` at each milestone:
///
/// rate(t) = rate · gamma^(number of milestones that are at most t)
///
/// By default gamma = 0.1. Equals PyTorch's `MultiStepLR`.
///
/// ```
/// use neuropil_optimizers::{MultiStepDecay, Schedule};
///
/// let schedule = MultiStepDecay::new(0.8, &[30, 80])?.gamma(0.5)?;
/// assert_eq!([0, 29, 30, 79, 80].map(|step| schedule.rate(step)), [0.8, 0.8, 0.4, 0.4, 0.2]);
/// assert!(MultiStepDecay::new(0.8, &[80, 30]).is_err());
/// # Ok::<(), neuropil_optimizers::OptimizerError>(())
/// ```
#[doc(alias = "MultiStepLR")]
#[derive(Clone, Debug, PartialEq)]
pub struct MultiStepDecay {
    rate: f64,
    milestones: Vec<u64>,
    gamma: f64,
}

impl MultiStepDecay {
    /// A tenth of the rate is left after every milestone.
    ///
    /// # Errors
    /// [`OptimizerError`] if `rate` is NaN, infinite or negative, or a milestone is not larger than the one before.
    pub fn new(rate: f64, milestones: &[u64]) -> Result<Self, OptimizerError> {
        let rate = non_negative("MultiStepDecay", "rate", rate)?;
        rising("MultiStepDecay", milestones)?;
        Ok(Self { rate, milestones: milestones.to_vec(), gamma: 0.1 })
    }

    /// What is left of the rate each time.
    ///
    /// # Errors
    /// [`OptimizerError`] unless `gamma` is at least 0 and at most 1.
    pub fn gamma(self, gamma: f64) -> Result<Self, OptimizerError> {
        Ok(Self { gamma: share("MultiStepDecay", "gamma", gamma)?, ..self })
    }
}

impl Schedule for MultiStepDecay {
    fn rate(&self, step: u64) -> f64 {
        let passed = self.milestones.partition_point(|&milestone| milestone <= step);
        self.rate * self.gamma.powf(passed as f64)
    }
}
