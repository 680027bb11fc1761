//! Falls with the inverse of the time.

use crate::{
    OptimizerError, Schedule,
    error::{non_negative, some},
};

/// Falls with the inverse of the steps: rate(t) = rate / (1 + decay · t/steps), or with ⌊t/steps⌋ in steps.
///
/// By default it falls smoothly. The sum of the rates has no bound while the sum of their squares has nearly one, which is
/// what proofs of convergence ask for.
///
/// Source: Robbins and Monro, "A Stochastic Approximation Method" (1951). Equals Keras's
/// `InverseTimeDecay(decay_rate = decay, decay_steps = steps)`; PyTorch has no such schedule.
///
/// ```
/// use neuropil_optimizers::{InverseTimeDecay, Schedule};
///
/// let schedule = InverseTimeDecay::new(0.6, 1.0, 100)?;
/// assert_eq!([0, 100, 200].map(|step| schedule.rate(step)), [0.6, 0.3, 0.6 / 3.0]);
/// assert_eq!(schedule.staircase().rate(199), 0.3);
/// # Ok::<(), neuropil_optimizers::OptimizerError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InverseTimeDecay {
    rate: f64,
    decay: f64,
    steps: u64,
    staircase: bool,
}

impl InverseTimeDecay {
    /// From `rate`, of which 1/(1 + decay) is left after `steps` steps.
    ///
    /// # Errors
    /// [`OptimizerError`] if `rate` or `decay` is NaN, infinite or negative, or `steps` is 0.
    pub fn new(rate: f64, decay: f64, steps: u64) -> Result<Self, OptimizerError> {
        let rate = non_negative("InverseTimeDecay", "rate", rate)?;
        let decay = non_negative("InverseTimeDecay", "decay", decay)?;
        let steps = some("InverseTimeDecay", "steps", steps)?;
        Ok(Self { rate, decay, steps, staircase: false })
    }

    /// Falls after every `steps` steps alone.
    #[must_use]
    pub const fn staircase(self) -> Self {
        Self { staircase: true, ..self }
    }
}

impl Schedule for InverseTimeDecay {
    fn rate(&self, step: u64) -> f64 {
        let time = if self.staircase {
            (step / self.steps) as f64
        } else {
            step as f64 / self.steps as f64
        };
        self.rate / (1.0 + self.decay * time)
    }
}
