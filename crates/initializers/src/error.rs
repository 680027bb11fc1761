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
    /// The parameter is a divisor or a factor and is zero or lies below.
    #[error("{initializer}: {parameter} must be above 0, but is {value}")]
    NotPositive {
        /// The initializer's type.
        initializer: &'static str,
        /// The parameter's name.
        parameter: &'static str,
        /// What was given.
        value: f64,
    },
    /// The parameter is a share and lies outside [0, 1].
    #[error("{initializer}: {parameter} must be at least 0 and at most 1, but is {value}")]
    NotShare {
        /// The initializer's type.
        initializer: &'static str,
        /// The parameter's name.
        parameter: &'static str,
        /// What was given.
        value: f64,
    },
    /// The parameter is a probability with a finite logit and lies outside (0, 1).
    #[error("{initializer}: {parameter} must lie above 0 and below 1, but is {value}")]
    NotInside {
        /// The initializer's type.
        initializer: &'static str,
        /// The parameter's name.
        parameter: &'static str,
        /// What was given.
        value: f64,
    },
    /// The parameter is a count, and too small.
    #[error("{initializer}: {parameter} must be at least {least}, but is {value}")]
    Below {
        /// The initializer's type.
        initializer: &'static str,
        /// The parameter's name.
        parameter: &'static str,
        /// The smallest that can be.
        least: usize,
        /// What was given.
        value: usize,
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

/// The value, if it is finite and above zero.
pub(crate) fn positive(
    initializer: &'static str,
    parameter: &'static str,
    value: f64,
) -> Result<f64, InitializerError> {
    if finite(initializer, parameter, value)? > 0.0 {
        Ok(value)
    } else {
        Err(InitializerError::NotPositive { initializer, parameter, value })
    }
}

/// The value, if it lies in [0, 1].
pub(crate) fn share(
    initializer: &'static str,
    parameter: &'static str,
    value: f64,
) -> Result<f64, InitializerError> {
    if (0.0..=1.0).contains(&value) {
        Ok(value)
    } else {
        Err(InitializerError::NotShare { initializer, parameter, value })
    }
}

/// The value, if it lies in (0, 1).
pub(crate) fn inside(
    initializer: &'static str,
    parameter: &'static str,
    value: f64,
) -> Result<f64, InitializerError> {
    if value > 0.0 && value < 1.0 {
        Ok(value)
    } else {
        Err(InitializerError::NotInside { initializer, parameter, value })
    }
}

/// The count, if it is at least so many.
pub(crate) fn at_least(
    initializer: &'static str,
    parameter: &'static str,
    least: usize,
    value: usize,
) -> Result<usize, InitializerError> {
    if value >= least {
        Ok(value)
    } else {
        Err(InitializerError::Below { initializer, parameter, least, value })
    }
}
