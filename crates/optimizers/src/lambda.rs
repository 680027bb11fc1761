//! A rule of your own, and one that says only the factor between two steps.

use std::fmt;

use crate::{OptimizerError, Schedule, error::non_negative};

/// The rate times a function of the step: rate(t) = rate · f(t).
///
/// What the function returns is not looked at: one that is NaN or negative gives such a rate.
///
/// Equals PyTorch's `LambdaLR`.
///
/// ```
/// use neuropil_optimizers::{Lambda, Schedule};
///
/// let schedule = Lambda::new(0.1, |step| if step < 10 { 1.0 } else { 0.5 })?;
/// assert_eq!((schedule.rate(9), schedule.rate(10)), (0.1, 0.05));
/// # Ok::<(), neuropil_optimizers::OptimizerError>(())
/// ```
#[doc(alias = "LambdaLR")]
#[derive(Clone, Copy)]
pub struct Lambda<F> {
    rate: f64,
    factor: F,
}

impl<F: Fn(u64) -> f64 + Send + Sync + 'static> Lambda<F> {
    /// `rate` times what `factor` says of the step.
    ///
    /// # Errors
    /// [`OptimizerError`] if `rate` is NaN, infinite or negative.
    pub fn new(rate: f64, factor: F) -> Result<Self, OptimizerError> {
        Ok(Self { rate: non_negative("Lambda", "rate", rate)?, factor })
    }
}

impl<F> fmt::Debug for Lambda<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lambda").field("rate", &self.rate).finish_non_exhaustive()
    }
}

impl<F: Fn(u64) -> f64 + Send + Sync + 'static> Schedule for Lambda<F> {
    fn rate(&self, step: u64) -> f64 {
        self.rate * (self.factor)(step)
    }
}

/// Multiplies the rate at every step by a function of the step: rate(t) = rate(t − 1) · f(t) from rate(0) = rate, up
/// to a last step, behind which it stays.
///
/// The products are made when it is, so that a rate is a matter of looking it up; that needs an end.
///
/// Equals PyTorch's `MultiplicativeLR` for so many steps; PyTorch's goes on.
///
/// ```
/// use neuropil_optimizers::{Multiplicative, Schedule};
///
/// let schedule = Multiplicative::new(0.8, 100, |step| if step % 2 == 0 { 0.5 } else { 1.0 })?;
/// assert_eq!([0, 1, 2, 3, 4].map(|step| schedule.rate(step)), [0.8, 0.8, 0.4, 0.4, 0.2]);
/// assert_eq!(schedule.rate(1_000), schedule.rate(100));
/// # Ok::<(), neuropil_optimizers::OptimizerError>(())
/// ```
#[doc(alias = "MultiplicativeLR")]
#[derive(Clone, Debug, PartialEq)]
pub struct Multiplicative {
    rates: Vec<f64>,
}

impl Multiplicative {
    /// From `rate` at step 0, times `factor(1)`, `factor(2)` and so on, `factor(steps)` being the last.
    ///
    /// # Errors
    /// [`OptimizerError`] if `rate`, or one of the rates that follow, is NaN, infinite or negative.
    pub fn new(rate: f64, steps: u64, factor: impl Fn(u64) -> f64) -> Result<Self, OptimizerError> {
        let mut rates = vec![non_negative("Multiplicative", "rate", rate)?];
        for step in 1..=steps {
            let next = rates[rates.len() - 1] * factor(step);
            rates.push(non_negative("Multiplicative", "rate", next)?);
        }
        Ok(Self { rates })
    }
}

impl Schedule for Multiplicative {
    fn rate(&self, step: u64) -> f64 {
        let last = self.rates.len() - 1;
        self.rates[usize::try_from(step).map_or(last, |step| step.min(last))]
    }
}
