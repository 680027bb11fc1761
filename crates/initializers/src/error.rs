//! What a constructor of an initializer says to a parameter that can't be.

use thiserror::Error;

/// A parameter out of its range: names the initializer, the parameter and the value.
///
/// ```
/// use neuropil_initializers::Normal;
///
/// let error = Normal::new(0.0, -1.0).unwrap_err();
/// assert_eq!(error.to_string(), "Normal: std must not be negative, but is -1");
/// ```
#[derive(Clone, Copy, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum InitializerError {
    /// The parameter is NaN or infinite.
    #[error("{initializer}: {parameter} must be a finite number, but is {value}")]
    NotFinite {
        /// The initializer's type.
        initializer: &'static str,
        /// The parameter's name.
        parameter: &'static str,
        /// What was given.
        value: f64,
    },
    /// The parameter is a spread or a gain and lies below zero.
    #[error("{initializer}: {parameter} must not be negative, but is {value}")]
    Negative {
        /// The initializer's type.
        initializer: &'static str,
        /// The parameter's name.
        parameter: &'static str,
        /// What was given.
        value: f64,
    },
    /// The interval `[low, high)` holds no number.
    #[error("{initializer}: low must lie below high, but low is {low} and high is {high}")]
    EmptyRange {
        /// The initializer's type.
        initializer: &'static str,
        /// The lower end.
        low: f64,
        /// The upper end.
        high: f64,
    },
}

/// The value, if it is neither NaN nor infinite.
pub(crate) fn finite(
    initializer: &'static str,
    parameter: &'static str,
    value: f64,
) -> Result<f64, InitializerError> {
    if value.is_finite() {
        Ok(value)
    } else {
        Err(InitializerError::NotFinite { initializer, parameter, value })
    }
}

/// The value, if it is finite and zero or more.
pub(crate) fn finite_non_negative(
    initializer: &'static str,
    parameter: &'static str,
    value: f64,
) -> Result<f64, InitializerError> {
    if finite(initializer, parameter, value)? >= 0.0 {
        Ok(value)
    } else {
        Err(InitializerError::Negative { initializer, parameter, value })
    }
}
