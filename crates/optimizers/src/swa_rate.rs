//! The rate while weights are averaged.

use std::sync::Arc;

use crate::{
    Anneal, OptimizerError, Schedule,
    error::{non_negative, some},
};

/// Follows another schedule until a step, then goes from its rate there to a constant one, at which weights are
/// averaged:
///
/// rate(t) = (1 − a) · s(start) + a · rate, where a goes from 0 to 1 in `steps` steps
///
/// By default a is half a cosine, steps = 10. A constant rate that is not small lets the weights move around a
/// minimum, so that their mean lies nearer to its middle than any of them.
///
/// Source: Izmailov and others, "Averaging Weights Leads to Wider Optima and Better Generalization" (2018). Equals
/// PyTorch's `SWALR(swa_lr = rate, anneal_epochs = steps)`, stepped from step `start` on.
///
/// ```
/// use neuropil_optimizers::{Constant, Schedule, SwaRate};
///
/// let schedule = SwaRate::new(Constant::new(0.1)?, 75, 0.05)?;
/// assert_eq!((schedule.rate(75), schedule.rate(85), schedule.rate(1_000)), (0.1, 0.05, 0.05));
/// assert!((schedule.rate(80) - 0.075).abs() < 1e-15);
/// # Ok::<(), neuropil_optimizers::OptimizerError>(())
/// ```
#[doc(alias = "SWALR")]
#[derive(Clone, Debug)]
pub struct SwaRate {
    before: Arc<dyn Schedule>,
    start: u64,
    rate: f64,
    steps: u64,
    anneal: Anneal,
}

impl SwaRate {
    /// The rates of `before` up to step `start`, then within ten steps to `rate`.
    ///
    /// # Errors
    /// [`OptimizerError`] if `rate` is NaN, infinite or negative.
    pub fn new(before: impl Schedule, start: u64, rate: f64) -> Result<Self, OptimizerError> {
        let (before, rate) = (Arc::new(before), non_negative("SwaRate", "rate", rate)?);
        Ok(Self { before, start, rate, steps: 10, anneal: Anneal::Cosine })
    }

    /// How many steps the way takes.
    ///
    /// # Errors
    /// [`OptimizerError`] if `steps` is 0.
    pub fn steps(self, steps: u64) -> Result<Self, OptimizerError> {
        Ok(Self { steps: some("SwaRate", "steps", steps)?, ..self })
    }

    /// Along which curve.
    #[must_use]
    pub fn anneal(self, anneal: Anneal) -> Self {
        Self { anneal, ..self }
    }
}

impl Schedule for SwaRate {
    fn rate(&self, step: u64) -> f64 {
        match step.checked_sub(self.start) {
            None => self.before.rate(step),
            Some(since) => {
                let progress = since as f64 / self.steps as f64;
                self.anneal.between(self.before.rate(self.start), self.rate, progress)
            }
        }
    }
}
