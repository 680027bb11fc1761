//! Schedules one after the other, and schedules multiplied.

use std::sync::Arc;

use crate::{
    OptimizerError, Schedule,
    error::{non_negative, rising},
};

/// One schedule until a step, then the next: rate(t) = s_k(t − m_k), where m_k is the last milestone that is at most
/// t.
///
/// Each counts its steps from its own beginning; by default there is the first alone. Equals PyTorch's `SequentialLR`.
///
/// ```
/// use neuropil_optimizers::{Constant, Cosine, Schedule, Sequence};
///
/// let schedule = Sequence::new(Constant::new(0.1)?).then(50, Cosine::new(0.1, 100)?)?;
/// assert_eq!(schedule.rate(49), 0.1);
/// assert_eq!(schedule.rate(50), 0.1); // the cosine's step 0
/// assert!((schedule.rate(100) - 0.05).abs() < 1e-15 && schedule.rate(150) == 0.0);
/// # Ok::<(), neuropil_optimizers::OptimizerError>(())
/// ```
#[doc(alias = "SequentialLR")]
#[derive(Clone, Debug)]
pub struct Sequence {
    milestones: Vec<u64>,
    schedules: Vec<Arc<dyn Schedule>>,
}

impl Sequence {
    /// Begins so.
    pub fn new(first: impl Schedule) -> Self {
        Self { milestones: Vec::new(), schedules: vec![Arc::new(first)] }
    }

    /// Goes on so from this step.
    ///
    /// # Errors
    /// [`OptimizerError`] if `milestone` is not larger than the one before.
    pub fn then(mut self, milestone: u64, schedule: impl Schedule) -> Result<Self, OptimizerError> {
        self.milestones.push(milestone);
        rising("Sequence", &self.milestones)?;
        self.schedules.push(Arc::new(schedule));
        Ok(self)
    }
}

impl Schedule for Sequence {
    fn rate(&self, step: u64) -> f64 {
        let which = self.milestones.partition_point(|&milestone| milestone <= step);
        let begin = if which == 0 { 0 } else { self.milestones[which - 1] };
        self.schedules[which].rate(step - begin)
    }
}

/// A rate times what several schedules say of the same step: rate(t) = rate · s_1(t) · s_2(t) · ...
///
/// The schedules say factors, so they are made with a rate of 1. By default there are none, and the rate is constant.
///
/// Equals PyTorch's `ChainedScheduler` over schedules that multiply the rate.
///
/// ```
/// use neuropil_optimizers::{Chained, ExponentialDecay, LinearRamp, Schedule};
///
/// let schedule = Chained::new(0.6)?
///     .with(LinearRamp::new(1.0)?) // from a third, in five steps
///     .with(ExponentialDecay::new(1.0, 0.5)?);
/// assert!((schedule.rate(0) - 0.2).abs() < 1e-15);
/// assert!((schedule.rate(5) - 0.6 / 32.0).abs() < 1e-15);
/// # Ok::<(), neuropil_optimizers::OptimizerError>(())
/// ```
#[doc(alias = "ChainedScheduler")]
#[derive(Clone, Debug)]
pub struct Chained {
    rate: f64,
    factors: Vec<Arc<dyn Schedule>>,
}

impl Chained {
    /// `rate`, times what is added.
    ///
    /// # Errors
    /// [`OptimizerError`] if `rate` is NaN, infinite or negative.
    pub fn new(rate: f64) -> Result<Self, OptimizerError> {
        Ok(Self { rate: non_negative("Chained", "rate", rate)?, factors: Vec::new() })
    }

    /// Multiplies by what this schedule says.
    #[must_use]
    pub fn with(mut self, factor: impl Schedule) -> Self {
        self.factors.push(Arc::new(factor));
        self
    }
}

impl Schedule for Chained {
    fn rate(&self, step: u64) -> f64 {
        self.factors.iter().fold(self.rate, |rate, factor| rate * factor.rate(step))
    }
}
