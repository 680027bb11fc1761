//! The trait of learning-rate schedules, and the simplest: a number.

use std::{fmt::Debug, sync::Arc};

use crate::{OptimizerError, error::non_negative};

/// The learning rate as a function of the step.
///
/// A schedule has no state: what it says depends on its settings and the step's number alone, so a
/// resumed run goes on with the right rate, and a whole schedule can be drawn before it is used
/// ([`preview`](crate::preview)).
///
/// A plain `f64` is a schedule. One of your own is a method:
///
/// ```
/// use neuropil_optimizers::Schedule;
///
/// /// rate / √(1 + step / slowness)
/// #[derive(Debug)]
/// struct InverseRoot { rate: f64, slowness: f64 }
///
/// impl Schedule for InverseRoot {
///     fn rate(&self, step: u64) -> f64 {
///         self.rate / (1.0 + step as f64 / self.slowness).sqrt()
///     }
/// }
///
/// let schedules: [Box<dyn Schedule>; 2] =
///     [Box::new(0.1), Box::new(InverseRoot { rate: 0.1, slowness: 100.0 / 3.0 })];
/// assert_eq!(schedules.map(|schedule| schedule.rate(100)), [0.1, 0.05]);
/// ```
pub trait Schedule: Debug + Send + Sync + 'static {
    /// The rate of the update that `step` updates precede: 0 for the first.
    fn rate(&self, step: u64) -> f64;
}

/// The same rate at every step.
impl Schedule for f64 {
    fn rate(&self, _step: u64) -> f64 {
        *self
    }
}

impl<S: Schedule + ?Sized> Schedule for Box<S> {
    fn rate(&self, step: u64) -> f64 {
        (**self).rate(step)
    }
}

impl<S: Schedule + ?Sized> Schedule for Arc<S> {
    fn rate(&self, step: u64) -> f64 {
        (**self).rate(step)
    }
}

/// The same rate at every step, as a plain `f64` is, but checked: rate(t) = rate.
///
/// Equals PyTorch's `ConstantLR(factor = 1)`.
///
/// ```
/// use neuropil_optimizers::{Constant, Schedule};
///
/// assert_eq!(Constant::new(0.1)?.rate(1_000), 0.1);
/// assert!(Constant::new(-0.1).is_err());
/// # Ok::<(), neuropil_optimizers::OptimizerError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Constant {
    rate: f64,
}

impl Constant {
    /// A rate of zero or more.
    ///
    /// # Errors
    /// [`OptimizerError`] if `rate` is NaN, infinite or negative.
    pub fn new(rate: f64) -> Result<Self, OptimizerError> {
        let rate = non_negative("Constant", "rate", rate)?;
        Ok(Self { rate })
    }
}

impl Schedule for Constant {
    fn rate(&self, _step: u64) -> f64 {
        self.rate
    }
}
