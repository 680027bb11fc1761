//! A straight line from one factor to another.

use crate::{
    Anneal, OptimizerError, Schedule,
    error::{non_negative, some},
};

/// Goes along a straight line from `rate · start` to `rate · end`, then stays there:
///
/// rate(t) = rate · (start + (end − start) · min(t, steps)/steps)
///
/// By default start = 1/3, end = 1 and steps = 5, which is a short warm-up; with start = 1 and end = 0 it is the
/// linear decay to nothing.
///
/// Equals PyTorch's `LinearLR(start_factor = start, end_factor = end, total_iters = steps)`, past the end too.
///
/// ```
/// use neuropil_optimizers::{LinearRamp, Schedule};
///
/// let warm_up = LinearRamp::new(0.3)?;
/// assert!((warm_up.rate(0) - 0.1).abs() < 1e-15 && warm_up.rate(5) == 0.3);
/// let decay = LinearRamp::new(0.3)?.factors(1.0, 0.0)?.steps(100)?;
/// assert_eq!([0, 50, 100, 200].map(|step| decay.rate(step)), [0.3, 0.15, 0.0, 0.0]);
/// # Ok::<(), neuropil_optimizers::OptimizerError>(())
/// ```
#[doc(alias = "LinearLR")]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinearRamp {
    rate: f64,
    start: f64,
    end: f64,
    steps: u64,
}

impl LinearRamp {
    /// From a third of `rate` to `rate` in five steps.
    ///
    /// # Errors
    /// [`OptimizerError`] if `rate` is NaN, infinite or negative.
    pub fn new(rate: f64) -> Result<Self, OptimizerError> {
        let rate = non_negative("LinearRamp", "rate", rate)?;
        Ok(Self { rate, start: 1.0 / 3.0, end: 1.0, steps: 5 })
    }

    /// What the rate is multiplied by at the start and from the end on.
    ///
    /// # Errors
    /// [`OptimizerError`] if one of them is NaN, infinite or negative.
    pub fn factors(self, start: f64, end: f64) -> Result<Self, OptimizerError> {
        let start = non_negative("LinearRamp", "start", start)?;
        let end = non_negative("LinearRamp", "end", end)?;
        Ok(Self { start, end, ..self })
    }

    /// How many steps the way takes.
    ///
    /// # Errors
    /// [`OptimizerError`] if `steps` is 0.
    pub fn steps(self, steps: u64) -> Result<Self, OptimizerError> {
        Ok(Self { steps: some("LinearRamp", "steps", steps)?, ..self })
    }
}

impl Schedule for LinearRamp {
    fn rate(&self, step: u64) -> f64 {
        let progress = step as f64 / self.steps as f64;
        Anneal::Linear.between(self.rate * self.start, self.rate * self.end, progress)
    }
}
