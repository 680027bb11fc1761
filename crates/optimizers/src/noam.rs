//! The schedule of the first Transformer.

use crate::{
    OptimizerError, Schedule,
    error::{positive, some},
};

/// Rises along a straight line for `warm_up` steps, then falls with the root of the step's number:
///
/// rate(t) = factor · width^(−1/2) · min(n^(−1/2), n · warm_up^(−3/2)), with n = t + 1
///
/// The largest rate is factor/√(width · warm_up), in step warm_up − 1. By default factor = 1.
///
/// Source: Vaswani and others, "Attention Is All You Need" (2017), equation 3, with 4,000 steps of warm-up. PyTorch has
/// no such schedule.
///
/// ```
/// use neuropil_optimizers::{Noam, Schedule};
///
/// let schedule = Noam::new(400, 100)?;
/// assert!((schedule.rate(99) - 0.005).abs() < 1e-15); // 1/√(400 · 100)
/// assert!((schedule.rate(49) - 0.0025).abs() < 1e-15 && (schedule.rate(399) - 0.0025).abs() < 1e-15);
/// # Ok::<(), neuropil_optimizers::OptimizerError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Noam {
    width: u64,
    warm_up: u64,
    factor: f64,
}

impl Noam {
    /// For a model of this width, over so many steps of warm-up.
    ///
    /// # Errors
    /// [`OptimizerError`] if one of them is 0.
    pub fn new(width: u64, warm_up: u64) -> Result<Self, OptimizerError> {
        let (width, warm_up) = (some("Noam", "width", width)?, some("Noam", "warm_up", warm_up)?);
        Ok(Self { width, warm_up, factor: 1.0 })
    }

    /// Multiplies all rates.
    ///
    /// # Errors
    /// [`OptimizerError`] if `factor` is NaN, infinite, zero or negative.
    pub fn factor(self, factor: f64) -> Result<Self, OptimizerError> {
        Ok(Self { factor: positive("Noam", "factor", factor)?, ..self })
    }
}

impl Schedule for Noam {
    fn rate(&self, step: u64) -> f64 {
        let (n, warm_up) = (step as f64 + 1.0, self.warm_up as f64);
        let rising = n / (warm_up * warm_up.sqrt());
        self.factor / (self.width as f64).sqrt() * rising.min(1.0 / n.sqrt())
    }
}
