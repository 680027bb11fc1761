//! What can be wrong with what a loss is given.

use crate::TargetKind;
use thiserror::Error;

/// What is wrong with the rows, targets or weights that a loss was given.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum LossError {
    /// There are no rows, and the mean of nothing is not a number.
    #[error("{loss}: there are no rows")]
    Empty {
        /// The loss.
        loss: String,
    },
    /// The width does not divide the length.
    #[error("{loss}: x has {len} numbers, which are no rows of {width}")]
    Rows {
        /// The loss.
        loss: String,
        /// The numbers of x.
        len: usize,
        /// The width of a row.
        width: usize,
    },
    /// The loss has no use for this kind of target.
    #[error("{loss}: takes no {kind} as target")]
    Kind {
        /// The loss.
        loss: String,
        /// The kind it was given.
        kind: TargetKind,
    },
    /// Something has another length than the rows of x ask for.
    #[error("{loss}: {what} has the length {found}, but {rows} rows need {expected}")]
    Length {
        /// The loss.
        loss: String,
        /// What has the wrong length: `target`, `weights`, `losses`, `dx`.
        what: &'static str,
        /// The rows of x.
        rows: usize,
        /// The length that they need.
        expected: usize,
        /// The length that it has.
        found: usize,
    },
    /// A label names no class.
    #[error("{loss}: the label of row {row} is {label}, but there are only {classes} classes")]
    Label {
        /// The loss.
        loss: String,
        /// The row.
        row: usize,
        /// Its label.
        label: u32,
        /// The number of classes; labels are below it.
        classes: usize,
    },
    /// A weight is negative, infinite or NaN.
    #[error("{loss}: the weight of row {row} is {weight}; it must be finite and not negative")]
    Weight {
        /// The loss.
        loss: String,
        /// The row.
        row: usize,
        /// Its weight.
        weight: f64,
    },
    /// All weights are zero, and the mean of nothing is not a number.
    #[error("{loss}: the weights of all {rows} rows are zero")]
    NoWeight {
        /// The loss.
        loss: String,
        /// The rows of x.
        rows: usize,
    },
    /// A number of an input is none that the loss can take.
    #[error("{loss}: {input} of row {row} is {value}; it must be {expected}")]
    Number {
        /// The loss.
        loss: String,
        /// The input: `y`, `variance`, `target length`.
        input: &'static str,
        /// The row.
        row: usize,
        /// The number.
        value: f64,
        /// What it may be.
        expected: String,
    },
    /// The gradient of an input was asked for that has none.
    #[error("{loss}: there is no gradient of {input}")]
    NoGradient {
        /// The loss.
        loss: String,
        /// The input.
        input: &'static str,
    },
    /// No row counts, and the mean of nothing is not a number.
    #[error("{loss}: none of the {rows} rows counts: labels are ignored, or weights are zero")]
    NothingCounts {
        /// The loss.
        loss: String,
        /// The rows of x.
        rows: usize,
    },
    /// A setting is out of its range.
    #[error("{loss}: {setting} is {value}; it must be {expected}")]
    Setting {
        /// The loss.
        loss: &'static str,
        /// The setting.
        setting: &'static str,
        /// What it was to be.
        value: f64,
        /// What it must be.
        expected: &'static str,
    },
    /// A weight of a class, or of a column of x, is negative, infinite or NaN.
    #[error("{loss}: {setting}[{class}] is {weight}; it must be finite and not negative")]
    ClassWeight {
        /// The loss.
        loss: &'static str,
        /// The setting.
        setting: &'static str,
        /// The class, or the column.
        class: usize,
        /// Its weight.
        weight: f64,
    },
    /// There are no weights of classes, or all are zero.
    #[error("{loss}: {setting} has no weight above zero")]
    NoClassWeight {
        /// The loss.
        loss: &'static str,
        /// The setting.
        setting: &'static str,
    },
    /// Weights of classes are for rows of another width.
    #[error("{loss}: {setting} has {found} numbers, but rows have {width}")]
    Width {
        /// The loss.
        loss: &'static str,
        /// The setting.
        setting: &'static str,
        /// How many weights it has.
        found: usize,
        /// The width of a row.
        width: usize,
    },
}

/// A setting that must be in some range.
///
/// # Errors
/// If it is not.
pub(crate) fn check_setting(
    loss: &'static str,
    setting: &'static str,
    value: f64,
    is_right: bool,
    expected: &'static str,
) -> Result<f64, LossError> {
    if is_right {
        return Ok(value);
    }
    Err(LossError::Setting { loss, setting, value, expected })
}

/// A setting that must be positive and finite.
///
/// # Errors
/// If it is not.
pub(crate) fn check_positive(
    loss: &'static str,
    setting: &'static str,
    value: f64,
) -> Result<f64, LossError> {
    let is_right = value > 0.0 && value.is_finite();
    check_setting(loss, setting, value, is_right, "positive and finite")
}

/// A setting that must be finite and not negative.
///
/// # Errors
/// If it is not.
pub(crate) fn check_not_negative(
    loss: &'static str,
    setting: &'static str,
    value: f64,
) -> Result<f64, LossError> {
    let is_right = value >= 0.0 && value.is_finite();
    check_setting(loss, setting, value, is_right, "finite and not negative")
}

/// A setting that must be in [0, 1].
///
/// # Errors
/// If it is not.
pub(crate) fn check_unit(
    loss: &'static str,
    setting: &'static str,
    value: f64,
) -> Result<f64, LossError> {
    check_setting(loss, setting, value, (0.0..=1.0).contains(&value), "in [0, 1]")
}
