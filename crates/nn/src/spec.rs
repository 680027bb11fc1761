//! What is known of a value before a run: its shape, and whether each row of a batch has one.

use neuropil_tensor::{Shape, ShapeError};
use std::fmt;

/// The shape of a value of the graph.
///
/// A value either belongs to each row of the batch (an input, whatever is computed from it) or
/// exists once (a weight, a cost). The batch itself never stands in `shape`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Spec {
    /// The shape of one row's value, or of the single value.
    pub shape: Shape,
    /// Whether each row has a value of its own.
    pub per_row: bool,
    /// Whether the numbers are indices (classes, tokens), kept as `u32`.
    pub indices: bool,
}

impl Spec {
    /// A value of this shape for each row of the batch.
    pub fn per_row(shape: impl Into<Shape>) -> Self {
        Self { shape: shape.into(), per_row: true, indices: false }
    }

    /// One value, whatever the batch.
    pub fn single(shape: impl Into<Shape>) -> Self {
        Self { shape: shape.into(), per_row: false, indices: false }
    }

    /// Indices of this shape for each row of the batch.
    pub fn indices(shape: impl Into<Shape>) -> Self {
        Self { shape: shape.into(), per_row: true, indices: true }
    }

    /// This spec with another shape.
    pub fn with_shape(self, shape: impl Into<Shape>) -> Self {
        Self { shape: shape.into(), ..self }
    }

    /// This spec, if it holds numbers and not indices.
    ///
    /// # Errors
    /// If it holds indices; the message names the op.
    pub fn numbers(self, op: &str) -> Result<Self, ShapeError> {
        match self.indices {
            false => Ok(self),
            true => Err(ShapeError::unsupported(op, self.shape, "numbers, found indices")),
        }
    }

    /// Numbers that the value has in a batch of `rows`.
    pub fn len(&self, rows: usize) -> usize {
        self.shape.len() * if self.per_row { rows } else { 1 }
    }

    /// Whether the value has no numbers.
    pub fn is_empty(&self) -> bool {
        self.shape.is_empty()
    }

    /// The last axis: numbers in one vector of features; 1 for a scalar.
    pub fn width(&self) -> usize {
        self.shape.width()
    }
}

/// A value of this shape for each row: `[784].into()`, as [`Spec::per_row`].
macro_rules! from_shape {
    ($($from:ty),*) => {$(
        impl From<$from> for Spec {
            fn from(shape: $from) -> Self {
                Self::per_row(shape)
            }
        }
    )*};
}

from_shape!(Shape, usize, &[usize], Vec<usize>);

impl<const N: usize> From<[usize; N]> for Spec {
    fn from(shape: [usize; N]) -> Self {
        Self::per_row(shape)
    }
}

impl fmt::Display for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.per_row {
            return self.shape.fmt(f);
        }
        f.write_str("[rows")?;
        for dim in self.shape.dims() {
            write!(f, ", {dim}")?;
        }
        f.write_str("]")
    }
}
