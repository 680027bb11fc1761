//! Cosines, one after the other.

use crate::{
    Anneal, OptimizerError, Schedule,
    error::{non_negative, some},
};

/// Falls from `rate` to `floor` along half a cosine, jumps back and falls again, each time over `growth` times as
/// many steps:
///
/// rate(t) = floor + (rate − floor) · (1 + cos(π · s/n)) / 2
///
/// where s counts the steps since the last restart and n = period · growth^restarts. By default growth = 1 and floor
/// = 0.
///
/// Source: Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts" (2017). Equals PyTorch's
/// `CosineAnnealingWarmRestarts(T_0 = period, T_mult = growth, eta_min = floor)`.
///
/// ```
/// use neuropil_optimizers::{CosineRestarts, Schedule};
///
/// let schedule = CosineRestarts::new(0.1, 10)?.growth(2)?;
/// assert_eq!([0, 10, 30].map(|step| schedule.rate(step)), [0.1; 3]); // restarts
/// assert!((schedule.rate(5) - 0.05).abs() < 1e-15 && (schedule.rate(20) - 0.05).abs() < 1e-15);
/// # Ok::<(), neuropil_optimizers::OptimizerError>(())
/// ```
#[doc(alias = "CosineAnnealingWarmRestarts")]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CosineRestarts {
    rate: f64,
    period: u64,
    growth: u64,
    floor: f64,
}

impl CosineRestarts {
    /// From `rate` to 0 in `period` steps, again and again.
    ///
    /// # Errors
    /// [`OptimizerError`] if `rate` is NaN, infinite or negative, or `period` is 0.
    pub fn new(rate: f64, period: u64) -> Result<Self, OptimizerError> {
        let rate = non_negative("CosineRestarts", "rate", rate)?;
        let period = some("CosineRestarts", "period", period)?;
        Ok(Self { rate, period, growth: 1, floor: 0.0 })
    }

    /// How many times as long each fall is as the one before.
    ///
    /// # Errors
    /// [`OptimizerError`] if `growth` is 0.
    pub fn growth(self, growth: u64) -> Result<Self, OptimizerError> {
        Ok(Self { growth: some("CosineRestarts", "growth", growth)?, ..self })
    }

    /// What each fall leads to.
    ///
    /// # Errors
    /// [`OptimizerError`] if `floor` is NaN, infinite, negative or above the rate at the start.
    pub fn floor(self, floor: f64) -> Result<Self, OptimizerError> {
        let floor = non_negative("CosineRestarts", "floor", floor)?;
        if floor > self.rate {
            let (of, rate) = ("CosineRestarts", self.rate);
            return Err(OptimizerError::FloorAboveRate { of, floor, rate });
        }
        Ok(Self { floor, ..self })
    }
}

impl Schedule for CosineRestarts {
    fn rate(&self, step: u64) -> f64 {
        let (mut since, mut period) = (step, self.period);
        if self.growth == 1 {
            since %= period;
        }
        // At most 64 times, since the period doubles at least.
        while since >= period {
            since -= period;
            period = period.saturating_mul(self.growth);
        }
        Anneal::Cosine.between(self.rate, self.floor, since as f64 / period as f64)
    }
}
