//! What can be wrong with a network, a run, or a checkpoint.

use crate::graph::Node;
use crate::inspect::trail;
use crate::metrics::MetricError;
use neuropil_data::DataError;
use neuropil_initializers::InitializerError;
use neuropil_losses::LossError;
use neuropil_optimizers::OptimizerError;
use neuropil_regularizers::RegularizerError;
use neuropil_tensor::{Shape, ShapeError};
use std::ops::Range;
use std::path::PathBuf;
use thiserror::Error;

/// A network that cannot be built. Every message begins with the path of the layer.
#[derive(Debug, Error, Clone, PartialEq)]
#[non_exhaustive]
pub enum BuildError {
    /// An op got shapes that it cannot take.
    #[error("{}{}{}", prefix(path), of_op(op, error), behind(trail))]
    Shape {
        /// The layer.
        path: String,
        /// The op.
        op: String,
        /// The shapes.
        error: Box<ShapeError>,
        /// What stands before the op, a line each: layer, op, shape.
        trail: Vec<String>,
    },
    /// A weight was made twice under one path without being shared.
    #[error(
        "{path}: there is already a weight or state of this path; use `shared` to use it twice"
    )]
    Duplicate {
        /// The weight.
        path: String,
    },
    /// A shared layer asked for a weight that does not exist.
    #[error("{path}: no such weight to share")]
    Unknown {
        /// The weight.
        path: String,
    },
    /// A weight is wanted in two shapes.
    #[error("{path}: shape {wanted}, but the weight of this path has shape {found}")]
    Conflict {
        /// The weight.
        path: String,
        /// The shape that is asked for.
        wanted: Box<Shape>,
        /// The shape that it has.
        found: Box<Shape>,
    },
    /// An option of a layer is out of range.
    #[error("{}{message}", prefix(path))]
    Option {
        /// The layer.
        path: String,
        /// What is wrong, with the value.
        message: String,
    },
}

/// The op and what is wrong, the op's name once.
fn of_op(op: &str, error: &ShapeError) -> String {
    let error = error.to_string();
    if error.starts_with(op) { error } else { format!("{op}: {error}") }
}

fn prefix(path: &str) -> String {
    if path.is_empty() { String::new() } else { format!("{path}: ") }
}

fn behind(trail: &[String]) -> String {
    trail.iter().map(|line| format!("\n    {line}")).collect()
}

fn out_of(value: u32, range: &Range<u32>) -> String {
    match range.start {
        0 => format!("index {value}, expected below {}", range.end),
        least => format!("{value}, expected {least} to {}", range.end.saturating_sub(1)),
    }
}

/// A run, a training step or a network's use that cannot go on.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The network cannot be built.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// An index input holds an index out of range: a token out of the vocabulary, a label that is no
    /// class, a length of no step or of more than there are.
    #[error("input {input:?}, row {row}: {}", out_of(*value, range))]
    Index {
        /// The name of the input.
        input: String,
        /// The row of the batch; in a training, that of the data set.
        row: usize,
        /// The index.
        value: u32,
        /// The range that it must lie in.
        range: Range<u32>,
    },
    /// Data of the wrong length.
    #[error("{what}: {found} numbers, expected {expected}")]
    Length {
        /// What was given.
        what: String,
        /// Its length.
        found: usize,
        /// The length wanted.
        expected: usize,
    },
    /// Samples of the wrong shape.
    #[error("{what}: samples of shape {found}, the network takes {expected}")]
    SampleShape {
        /// What was given.
        what: String,
        /// Its shape.
        found: String,
        /// The shape wanted.
        expected: Box<Shape>,
    },
    /// Samples of numbers where indices are wanted, or the other way round.
    #[error("{what}: samples of {}, the network takes {}", numbers(!expected), numbers(*expected))]
    SampleKind {
        /// What was given.
        what: String,
        /// Whether the network takes indices.
        expected: bool,
    },
    /// Sequences without lengths for a network that takes them, or with lengths for one that does not
    /// and would read their padding as data.
    #[error("{what}: {}", about_lengths(*expected))]
    Lengths {
        /// What was given.
        what: String,
        /// Whether the network takes lengths.
        expected: bool,
    },
    /// A data set or a batch without samples.
    #[error("{what} is empty")]
    Empty {
        /// What is empty.
        what: String,
    },
    /// The loss is NaN or infinite.
    #[error("the loss is {value} at update {step}{}", first_layer(first))]
    NotFinite {
        /// The value.
        value: f64,
        /// The number of updates made before.
        step: u64,
        /// The first value of the network that is not finite, if there is one.
        first: Option<String>,
    },
    /// A gradient is NaN or infinite where the loss is not.
    #[error("the gradient of {path:?} is not finite at update {step}")]
    NotFiniteGradient {
        /// The number of updates made before.
        step: u64,
        /// The first weight whose gradient is not finite.
        path: String,
    },
    /// A weight or a state is NaN or infinite.
    #[error("{path:?} is not finite after {step} updates")]
    NotFiniteWeight {
        /// The number of updates made.
        step: u64,
        /// The first weight or state that is not finite.
        path: String,
    },
    /// A layer whose outputs cannot be scaled to variance 1.
    #[error("{layer}: the variance of its outputs is {variance}, which cannot be scaled to 1")]
    Variance {
        /// The path of the layer, and its op.
        layer: String,
        /// The variance.
        variance: f64,
    },
    /// Data of which nothing counts.
    #[error("{what}: the weights of all rows are zero, or their labels ignored")]
    Weightless {
        /// The data.
        what: String,
    },
    /// An unfinished epoch is to be gone on with in other batches.
    #[error(
        "{batches} batches of an epoch of {rows} rows in batches of {batch_size} are done; it cannot \
         go on with {} rows in batches of {}: give it the same, or call `abandon_epoch`",
        found.0, found.1
    )]
    Epoch {
        /// Batches done.
        batches: u64,
        /// Rows of the unfinished epoch.
        rows: u64,
        /// Rows of its batches.
        batch_size: u64,
        /// Rows, and rows of a batch, of the data given.
        found: (u64, u64),
    },
    /// A pattern that names no weight.
    #[error("pattern {pattern:?} matches no weight; there are {}", known.join(", "))]
    Pattern {
        /// The pattern.
        pattern: String,
        /// The paths that there are.
        known: Vec<String>,
    },
    /// A path that names no weight.
    #[error("no weight {path:?}")]
    NoWeight {
        /// The path.
        path: String,
    },
    /// A path that names no carried state.
    #[error("no carried state {path:?}; there are {}", known.join(", "))]
    NoState {
        /// The path.
        path: String,
        /// The paths that there are.
        known: Vec<String>,
    },
    /// A batch of other rows than the state that it is to go on from.
    #[error(
        "{found} rows cannot go on from the state of {expected}: take batches of one size, or reset the \
         state before"
    )]
    CarriedRows {
        /// Rows of the batch.
        found: usize,
        /// Rows of the state.
        expected: usize,
    },
    /// A setting out of range.
    #[error("{name} is {value}, expected {expected}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// Its value.
        value: String,
        /// What it may be.
        expected: &'static str,
    },
    /// A loss refused its input.
    #[error(transparent)]
    Loss(#[from] LossError),
    /// A metric refused its input.
    #[error(transparent)]
    Metric(#[from] MetricError),
    /// Data that cannot be read or used.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A setting of an initializer is out of range.
    #[error(transparent)]
    Initializer(#[from] InitializerError),
    /// A setting of an optimizer or schedule is out of range.
    #[error(transparent)]
    Optimizer(#[from] OptimizerError),
    /// A setting of a penalty or of dropout is out of range.
    #[error(transparent)]
    Regularizer(#[from] RegularizerError),
    /// A gradient that differs from finite differences.
    #[error(transparent)]
    Gradient(#[from] crate::gradcheck::GradientError),
    /// A gradient that cannot be explained path by path.
    #[error(transparent)]
    Explain(#[from] crate::inspect::ExplainError),
    /// A file that cannot be written.
    #[error("{}: {error}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// A checkpoint that cannot be read or written.
    #[error("{}: {error}", file.display())]
    Checkpoint {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        error: CheckpointError,
    },
}

fn about_lengths(expected: bool) -> &'static str {
    match expected {
        true => "sequences without lengths, the network takes a length for each row",
        false => {
            "sequences with lengths, which the network does not take: it would read their padding as \
             data; make it with `Network::with_lengths`"
        }
    }
}

fn numbers(indices: bool) -> &'static str {
    if indices { "indices" } else { "numbers" }
}

fn first_layer(first: &Option<String>) -> String {
    first
        .as_ref()
        .map_or_else(String::new, |first| format!("; the first value not finite is {first}"))
}

impl Error {
    /// What is wrong with a row of a batch is told by the row of the data set that it came from.
    /// Losses and metrics count rows within rows, so many to a row of the batch.
    pub(crate) fn of_rows(mut self, rows: &[u32], within: usize) -> Self {
        let (row, within) = match &mut self {
            Self::Index { row, .. } => (row, 1),
            Self::Loss(LossError::Label { row, .. } | LossError::Weight { row, .. })
            | Self::Metric(MetricError::Label { row, .. } | MetricError::Weight { row, .. }) => {
                (row, within.max(1))
            }
            _ => return self,
        };
        if let Some(&original) = rows.get(*row / within) {
            *row = original as usize;
        }
        self
    }
}

impl BuildError {
    pub(crate) fn shape(path: String, op: String, error: ShapeError, trail: Vec<String>) -> Self {
        Self::Shape { path, op, error: Box::new(error), trail }
    }

    /// A layer cannot take `x`; the message begins with the layer's name.
    pub(crate) fn refused(x: Node<'_>, error: ShapeError) -> Self {
        let name = match &error {
            ShapeError::Unsupported { op, .. } => op.clone(),
            _ => String::new(),
        };
        let trail = trail(&x.graph().snapshot(), &[x.id().index]);
        Self::shape(x.path(), name, error, trail)
    }

    pub(crate) fn conflict(path: String, wanted: Shape, found: Shape) -> Self {
        Self::Conflict { path, wanted: Box::new(wanted), found: Box::new(found) }
    }
}

/// What is wrong with a checkpoint.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// The file cannot be read or written.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The bytes are no safetensors file.
    #[error("no safetensors file: {0}")]
    Format(#[from] safetensors::SafeTensorError),
    /// A weight of the network is not in the file.
    #[error("tensor {name:?} is missing; the file holds {}", found.join(", "))]
    Missing {
        /// The tensor.
        name: String,
        /// The tensors of the file.
        found: Vec<String>,
    },
    /// The file holds a tensor that the network and the optimizer lack.
    #[error("tensor {name:?} is none of the network's or optimizer's")]
    Unexpected {
        /// The tensor.
        name: String,
    },
    /// A tensor has another shape.
    #[error("tensor {name:?} has shape {found}, the network's has {expected}")]
    Shape {
        /// The tensor.
        name: String,
        /// Its shape in the file.
        found: Box<Shape>,
        /// Its shape in the network, as files store it.
        expected: Box<Shape>,
    },
    /// Two tensors have one name.
    #[error("two tensors are named {name:?}")]
    Duplicate {
        /// The name.
        name: String,
    },
    /// A number that the network's number type cannot hold.
    #[error("tensor {name:?} holds {value}, which is out of the range of the network's numbers")]
    Range {
        /// The tensor.
        name: String,
        /// The number.
        value: f64,
    },
    /// A tensor is of a number type that cannot be read.
    #[error("tensor {name:?} holds {found}, expected F32 or F64")]
    Type {
        /// The tensor.
        name: String,
        /// Its number type.
        found: String,
    },
    /// What the file says of the training run is missing or malformed.
    #[error("the training state is no good: {0}")]
    Run(String),
}
