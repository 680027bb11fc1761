//! What a constructor of an optimizer or a schedule says to a setting that can't be.

use thiserror::Error;

/// A setting out of its range: names the optimizer or schedule, the setting and the value.
///
/// ```
/// use neuropil_optimizers::Sgd;
///
/// let error = Sgd::new().momentum(1.5).unwrap_err();
/// assert_eq!(error.to_string(), "Sgd: momentum must be at least 0 and below 1, but is 1.5");
/// ```
#[derive(Clone, Copy, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum OptimizerError {
    /// A rate, decay or epsilon is NaN, infinite or below zero.
    #[error("{of}: {setting} must be a finite number of at least 0, but is {value}")]
    NotFiniteNonNegative {
        /// The optimizer's or schedule's type.
        of: &'static str,
        /// The setting's name.
        setting: &'static str,
        /// What was given.
        value: f64,
    },
    /// The factor of a running mean lies outside [0, 1).
    #[error("{of}: {setting} must be at least 0 and below 1, but is {value}")]
    NotBelowOne {
        /// The optimizer's or schedule's type.
        of: &'static str,
        /// The setting's name.
        setting: &'static str,
        /// What was given.
        value: f64,
    },
    /// Nesterov's form looks ahead along the momentum, so there must be some, undampened.
    #[error(
        "Sgd: nesterov needs a momentum above 0 and a dampening of 0, but momentum is {momentum} and dampening is {dampening}"
    )]
    Nesterov {
        /// The momentum that was set.
        momentum: f64,
        /// The dampening that was set.
        dampening: f64,
    },
    /// A setting lies outside of its own range.
    #[error("{of}: {setting} must be {expected}, but is {value}")]
    OutOfRange {
        /// The optimizer's type.
        of: &'static str,
        /// The setting's name.
        setting: &'static str,
        /// What was given.
        value: f64,
        /// What can be.
        expected: &'static str,
    },
    /// The optimizer is made for matrices, and a tensor is none.
    #[error(
        "{of}: takes matrices alone, but a tensor has {axes} axes: leave it to another optimizer"
    )]
    NoMatrix {
        /// The optimizer's type.
        of: &'static str,
        /// How many axes the tensor has.
        axes: usize,
    },
    /// A schedule of no steps.
    #[error("{of}: steps must be at least 1, but is 0")]
    NoSteps {
        /// The schedule's type.
        of: &'static str,
    },
    /// A schedule that should fall, but whose floor lies above its start.
    #[error("{of}: floor must not lie above rate, but floor is {floor} and rate is {rate}")]
    FloorAboveRate {
        /// The schedule's type.
        of: &'static str,
        /// The rate at the end.
        floor: f64,
        /// The rate at the start.
        rate: f64,
    },
}

/// The value, if it is finite and zero or more: a rate, a decay, an epsilon.
pub(crate) fn non_negative(
    of: &'static str,
    setting: &'static str,
    value: f64,
) -> Result<f64, OptimizerError> {
    if value.is_finite() && value >= 0.0 {
        Ok(value)
    } else {
        Err(OptimizerError::NotFiniteNonNegative { of, setting, value })
    }
}

/// The value, if it lies in [0, 1): the factor of a running mean.
pub(crate) fn below_one(
    of: &'static str,
    setting: &'static str,
    value: f64,
) -> Result<f64, OptimizerError> {
    if (0.0..1.0).contains(&value) {
        Ok(value)
    } else {
        Err(OptimizerError::NotBelowOne { of, setting, value })
    }
}

/// The value, if it is finite and passes.
pub(crate) fn within(
    (of, setting): (&'static str, &'static str),
    value: f64,
    expected: &'static str,
    passes: bool,
) -> Result<f64, OptimizerError> {
    if value.is_finite() && passes {
        Ok(value)
    } else {
        Err(OptimizerError::OutOfRange { of, setting, value, expected })
    }
}
