//! Falls along a power of what is left of the way.

use crate::{
    OptimizerError, Schedule,
    error::{non_negative, some},
};

/// Falls from `rate` to `floor` along a power of the steps that are left, then stays there:
///
/// rate(t) = floor + (rate − floor) · (1 − min(t, steps)/steps)^power
///
/// By default power = 1, a straight line, and floor = 0. Equals PyTorch's `PolynomialLR(total_iters = steps)`, past
/// the end too; Keras's `PolynomialDecay` has a floor, 0.0001 by default.
///
/// ```
/// use neuropil_optimizers::{PolynomialDecay, Schedule};
///
/// let schedule = PolynomialDecay::new(0.4, 100)?.power(2.0)?;
/// assert_eq!([0, 50, 100, 200].map(|step| schedule.rate(step)), [0.4, 0.1, 0.0, 0.0]);
/// # Ok::<(), neuropil_optimizers::OptimizerError>(())
/// ```
#[doc(alias = "PolynomialLR")]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PolynomialDecay {
    rate: f64,
    steps: u64,
    power: f64,
    floor: f64,
}

impl PolynomialDecay {
    /// From `rate` to 0 in so many steps, along a straight line.
    ///
    /// # Errors
    /// [`OptimizerError`] if `rate` is NaN, infinite or negative, or `steps` is 0.
    pub fn new(rate: f64, steps: u64) -> Result<Self, OptimizerError> {
        let rate = non_negative("PolynomialDecay", "rate", rate)?;
        let steps = some("PolynomialDecay", "steps", steps)?;
        Ok(Self { rate, steps, power: 1.0, floor: 0.0 })
    }

    /// The power of what is left: above 1 the rate falls fast at first, below 1 at last.
    ///
    /// # Errors
    /// [`OptimizerError`] if `power` is NaN, infinite or negative.
    pub fn power(self, power: f64) -> Result<Self, OptimizerError> {
        Ok(Self { power: non_negative("PolynomialDecay", "power", power)?, ..self })
    }

    /// The rate at the end and after it.
    ///
    /// # Errors
    /// [`OptimizerError`] if `floor` is NaN, infinite, negative or above the rate at the start.
    pub fn floor(self, floor: f64) -> Result<Self, OptimizerError> {
        let floor = non_negative("PolynomialDecay", "floor", floor)?;
        if floor > self.rate {
            let (of, rate) = ("PolynomialDecay", self.rate);
            return Err(OptimizerError::FloorAboveRate { of, floor, rate });
        }
        Ok(Self { floor, ..self })
    }
}

impl Schedule for PolynomialDecay {
    fn rate(&self, step: u64) -> f64 {
        let left = self.steps.saturating_sub(step) as f64 / self.steps as f64;
        let share = left.powf(self.power);
        share * self.rate + (1.0 - share) * self.floor
    }
}
