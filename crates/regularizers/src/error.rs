//! What a constructor of a regularizer says to a setting that can't be.

use thiserror::Error;

/// A setting out of its range: names the regularizer, the setting and the value.
///
/// ```
/// use neuropil_regularizers::Dropout;
///
/// let error = Dropout::new(1.5).unwrap_err();
/// assert_eq!(error.to_string(), "Dropout: rate must lie in [0, 1], but is 1.5");
/// ```
#[derive(Clone, Copy, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum RegularizerError {
    /// A probability is NaN or lies outside [0, 1].
    #[error("{regularizer}: {setting} must lie in [0, 1], but is {value}")]
    NotProbability {
        /// The regularizer's type.
        regularizer: &'static str,
        /// The setting's name.
        setting: &'static str,
        /// What was given.
        value: f64,
    },
    /// A strength is NaN, infinite or below zero.
    #[error("{regularizer}: {setting} must be a finite number of at least 0, but is {value}")]
    NotStrength {
        /// The regularizer's type.
        regularizer: &'static str,
        /// The setting's name.
        setting: &'static str,
        /// What was given.
        value: f64,
    },
    /// An epsilon is NaN, or no positive finite number in `f32`.
    #[error("{regularizer}: {setting} must be a positive finite number in f32, but is {value}")]
    NotPositive {
        /// The regularizer's type.
        regularizer: &'static str,
        /// The setting's name.
        setting: &'static str,
        /// What was given.
        value: f64,
    },
}
