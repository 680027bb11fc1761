//! What can be wrong with what a metric is given.

use neuropil_losses::{LossError, TargetKind};
use thiserror::Error;

/// What is wrong with the predictions, targets or weights that a metric was given.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum MetricError {
    /// The width does not divide the length.
    #[error("{metric}: y has {len} numbers, which are no rows of {width}")]
    Rows {
        /// The metric.
        metric: String,
        /// The numbers of y.
        len: usize,
        /// The width of a row.
        width: usize,
    },
    /// The metric cannot be had for this kind of target.
    #[error("{metric}: cannot be had for {kind} as target")]
    Kind {
        /// The metric.
        metric: String,
        /// The kind it was given.
        kind: TargetKind,
    },
    /// There are not as many targets or weights as the rows of y ask for.
    #[error("{metric}: {found} {what}, but {rows} rows need {expected}")]
    Length {
        /// The metric.
        metric: String,
        /// What has the wrong length: `target values`, `labels` or `weights`.
        what: &'static str,
        /// The rows of y.
        rows: usize,
        /// How many they need.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// A label names no class.
    #[error("{metric}: the label of row {row} is {label}, but there are only {classes} classes")]
    Label {
        /// The metric.
        metric: String,
        /// The row.
        row: usize,
        /// Its label.
        label: u32,
        /// The number of classes; labels are below it.
        classes: usize,
    },
    /// The class of which the score is wanted does not exist.
    #[error(
        "{metric}: there is no class {class}; of rows of {classes} numbers, classes are below {classes}"
    )]
    Class {
        /// The metric.
        metric: String,
        /// The class.
        class: usize,
        /// The number of classes.
        classes: usize,
    },
    /// Labels came with several numbers a row of which each is a decision of its own.
    #[error("{metric}: rows of {width} numbers need values as targets; labels 0 and 1 go with one")]
    Width {
        /// The metric.
        metric: String,
        /// The numbers of a row.
        width: usize,
    },
    /// A weight is negative, infinite or NaN.
    #[error("{metric}: the weight of row {row} is {weight}; it must be finite and not negative")]
    Weight {
        /// The metric.
        metric: String,
        /// The row.
        row: usize,
        /// Its weight.
        weight: f64,
    },
    /// A table of classes was given too many or too few names.
    #[error("confusion matrix: {names} names for {classes} classes")]
    Names {
        /// How many names there are.
        names: usize,
        /// The number of classes.
        classes: usize,
    },
    /// The loss behind the metric refuses its input.
    #[error(transparent)]
    Loss(#[from] LossError),
}
