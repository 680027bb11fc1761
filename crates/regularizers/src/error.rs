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
    /// A bound lies above the other.
    #[error("{regularizer}: {setting} must be at most {limit}, but is {value}")]
    NotAtMost {
        /// The regularizer's type.
        regularizer: &'static str,
        /// The setting's name.
        setting: &'static str,
        /// What was given.
        value: f64,
        /// What it may be at most.
        limit: f64,
    },
    /// A rate is NaN or lies outside [0, 1).
    #[error("{regularizer}: {setting} must lie in [0, 1), but is {value}")]
    NotBelowOne {
        /// The regularizer's type.
        regularizer: &'static str,
        /// The setting's name.
        setting: &'static str,
        /// What was given.
        value: f64,
    },
    /// A count is zero.
    #[error("{regularizer}: {setting} must be at least 1, but is 0")]
    NotCount {
        /// The regularizer's type.
        regularizer: &'static str,
        /// The setting's name.
        setting: &'static str,
    },
    /// Samples that are no images.
    #[error(
        "{regularizer} needs samples of shape [channels, height, width], but they have {axes} axes"
    )]
    NotImage {
        /// The regularizer's type.
        regularizer: &'static str,
        /// The axes of a sample.
        axes: usize,
    },
}

impl RegularizerError {
    /// A strength: a finite number of at least 0.
    pub(crate) fn strength(
        regularizer: &'static str,
        setting: &'static str,
        value: f64,
    ) -> Result<f64, Self> {
        match value.is_finite() && value >= 0.0 {
            true => Ok(value),
            false => Err(Self::NotStrength { regularizer, setting, value }),
        }
    }

    /// A probability: a number in [0, 1].
    pub(crate) fn probability(
        regularizer: &'static str,
        setting: &'static str,
        value: f64,
    ) -> Result<f64, Self> {
        match (0.0..=1.0).contains(&value) {
            true => Ok(value),
            false => Err(Self::NotProbability { regularizer, setting, value }),
        }
    }

    /// A positive finite number in `f32`.
    pub(crate) fn positive(
        regularizer: &'static str,
        setting: &'static str,
        value: f64,
    ) -> Result<f64, Self> {
        let single = value as f32;
        match single > 0.0 && single.is_finite() {
            true => Ok(value),
            false => Err(Self::NotPositive { regularizer, setting, value }),
        }
    }
}
