//! The cosine schedule.

use std::f64::consts::PI;

use crate::{OptimizerError, Schedule, error::non_negative};

/// Falls from `rate` to `floor` along half a cosine, then stays there:
///
/// rate(t) = floor + (rate − floor) · (1 + cos(π · min(t, steps) / steps)) / 2
///
/// with a floor of 0 by default. Slow at both ends: the run explores at the full rate, and settles
/// with hardly any.
///
/// Source: Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts" (2017),
/// equation 5 without restarts. Equals PyTorch's `CosineAnnealingLR(T_max = steps, eta_min = floor)`
/// for the first `steps` steps; PyTorch's rises again after them, this one doesn't.
///
/// ```
/// use neuropil_optimizers::{Cosine, Schedule};
///
/// let cosine = Cosine::new(0.1, 100)?.floor(0.02)?;
/// assert_eq!(cosine.rate(0), 0.1);
/// assert!((cosine.rate(50) - 0.06).abs() < 1e-15); // half way
/// assert_eq!(cosine.rate(100), 0.02);
/// assert_eq!(cosine.rate(1_000_000), 0.02);
/// # Ok::<(), neuropil_optimizers::OptimizerError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cosine {
    rate: f64,
    steps: u64,
    floor: f64,
}

impl Cosine {
    /// From `rate` to 0 in so many steps.
    ///
    /// # Errors
    /// [`OptimizerError`] if `rate` is NaN, infinite or negative, or `steps` is 0.
    pub fn new(rate: f64, steps: u64) -> Result<Self, OptimizerError> {
        let rate = non_negative("Cosine", "rate", rate)?;
        if steps == 0 {
            return Err(OptimizerError::NoSteps { of: "Cosine" });
        }
        Ok(Self { rate, steps, floor: 0.0 })
    }

    /// The rate at the end and after it.
    ///
    /// # Errors
    /// [`OptimizerError`] if `floor` is NaN, infinite, negative or above the rate at the start.
    pub fn floor(self, floor: f64) -> Result<Self, OptimizerError> {
        let floor = non_negative("Cosine", "floor", floor)?;
        if floor > self.rate {
            return Err(OptimizerError::FloorAboveRate { of: "Cosine", floor, rate: self.rate });
        }
        Ok(Self { floor, ..self })
    }
}

impl Schedule for Cosine {
    fn rate(&self, step: u64) -> f64 {
        if step >= self.steps {
            return self.floor;
        }
        let progress = step as f64 / self.steps as f64;
        // The share of the start's rate that is left; its end 0 is exact above, and its start 1 here.
        let share = (1.0 + (PI * progress).cos()) / 2.0;
        share * self.rate + (1.0 - share) * self.floor
    }
}
