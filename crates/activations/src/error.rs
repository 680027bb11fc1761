//! What a constructor of an activation says to a setting that can't be.

use thiserror::Error;

/// A setting out of its range: names the activation, the setting and the value.
///
/// ```
/// use neuropil_activations::{Elu, Hardtanh};
///
/// let error = Elu::new().alpha(-1.0).unwrap_err();
/// assert_eq!(error.to_string(), "Elu: alpha must be a finite number of at least 0, but is -1");
/// let error = Hardtanh::new().bounds(2.0, -2.0).unwrap_err();
/// assert_eq!(error.to_string(), "Hardtanh: low must lie below high, but they are 2 and -2");
/// ```
#[derive(Clone, Copy, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum ActivationError {
    /// A number is NaN, or infinite in `f32`.
    #[error("{activation}: {setting} must be a finite number, but is {value}")]
    NotFinite {
        /// The activation's type.
        activation: &'static str,
        /// The setting's name.
        setting: &'static str,
        /// What was given.
        value: f64,
    },
    /// A number is NaN, infinite in `f32`, or below zero.
    #[error("{activation}: {setting} must be a finite number of at least 0, but is {value}")]
    Negative {
        /// The activation's type.
        activation: &'static str,
        /// The setting's name.
        setting: &'static str,
        /// What was given.
        value: f64,
    },
    /// A number is NaN, or not positive and finite in `f32`.
    #[error("{activation}: {setting} must be a positive finite number in f32, but is {value}")]
    NotPositive {
        /// The activation's type.
        activation: &'static str,
        /// The setting's name.
        setting: &'static str,
        /// What was given.
        value: f64,
    },
    /// The lower of two bounds is not the lower one.
    #[error("{activation}: {} must lie below {}, but they are {} and {}", names[0], names[1], values[0], values[1])]
    Inverted {
        /// The activation's type.
        activation: &'static str,
        /// The names of the lower and of the upper bound.
        names: [&'static str; 2],
        /// What was given.
        values: [f64; 2],
    },
    /// A number of things is zero.
    #[error("{activation}: {setting} must be at least 1, but is 0")]
    None {
        /// The activation's type.
        activation: &'static str,
        /// The setting's name.
        setting: &'static str,
    },
}

/// The value, if it is finite.
pub(crate) fn finite(
    activation: &'static str,
    setting: &'static str,
    value: f64,
) -> Result<f64, ActivationError> {
    if (value as f32).is_finite() {
        Ok(value)
    } else {
        Err(ActivationError::NotFinite { activation, setting, value })
    }
}

/// The value, if it is finite and not below zero.
pub(crate) fn at_least_zero(
    activation: &'static str,
    setting: &'static str,
    value: f64,
) -> Result<f64, ActivationError> {
    if (value as f32).is_finite() && value >= 0.0 {
        Ok(value)
    } else {
        Err(ActivationError::Negative { activation, setting, value })
    }
}

/// The value, if it is finite and above zero, in `f32` too.
pub(crate) fn positive(
    activation: &'static str,
    setting: &'static str,
    value: f64,
) -> Result<f64, ActivationError> {
    if (value as f32).is_finite() && value as f32 > 0.0 {
        Ok(value)
    } else {
        Err(ActivationError::NotPositive { activation, setting, value })
    }
}

/// Both bounds, if they are finite and the first lies below the second, in `f32` too.
pub(crate) fn ascending(
    activation: &'static str,
    names: [&'static str; 2],
    values: [f64; 2],
) -> Result<[f64; 2], ActivationError> {
    for (setting, value) in names.into_iter().zip(values) {
        finite(activation, setting, value)?;
    }
    if (values[0] as f32) < values[1] as f32 {
        Ok(values)
    } else {
        Err(ActivationError::Inverted { activation, names, values })
    }
}
