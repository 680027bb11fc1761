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
        /// What has the wrong length: `target`, `weights`, `dx`.
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
}
