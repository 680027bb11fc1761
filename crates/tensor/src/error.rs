//! What is wrong when shapes do not fit.

use crate::Shape;

/// Shapes that do not fit: which operation, and what it was given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ShapeError {
    /// Two shapes do not fit the operation. They are boxed to keep every `Result` small;
    /// [`ShapeError::mismatch`] makes one from plain shapes.
    #[error("{op}: shapes {left} and {right} do not fit")]
    Mismatch {
        /// The operation.
        op: &'static str,
        /// What it was called on, or its first argument.
        left: Box<Shape>,
        /// The other argument, or the shape that was asked for.
        right: Box<Shape>,
    },
    /// Data of the wrong length for a shape.
    #[error("shape {shape} does not hold {len} numbers")]
    Length {
        /// The shape.
        shape: Shape,
        /// How many numbers there were.
        len: usize,
    },
    /// An axis that the shape does not have.
    #[error("{op}: shape {shape} has no axis {axis}")]
    Axis {
        /// The operation.
        op: &'static str,
        /// The axis that was asked for, counted from 0.
        axis: usize,
        /// The shape.
        shape: Shape,
    },
    /// Anything else that an operation asks of a shape, in words:
    /// `Linear(784 -> 128): input shape [100], expected last axis 784`.
    #[error("{op}: input shape {shape}, expected {expected}")]
    Unsupported {
        /// The operation, with the settings that matter.
        op: String,
        /// The shape it was given.
        shape: Shape,
        /// What it takes.
        expected: String,
    },
}

impl ShapeError {
    /// [`ShapeError::Mismatch`] of two shapes.
    pub fn mismatch(op: &'static str, left: impl Into<Shape>, right: impl Into<Shape>) -> Self {
        Self::Mismatch { op, left: Box::new(left.into()), right: Box::new(right.into()) }
    }

    /// [`ShapeError::Unsupported`].
    ///
    /// ```
    /// use neuropil_tensor::ShapeError;
    /// let error = ShapeError::unsupported("Linear(784 -> 128)", [100], "last axis 784");
    /// assert_eq!(error.to_string(), "Linear(784 -> 128): input shape [100], expected last axis 784");
    /// ```
    pub fn unsupported(
        op: impl Into<String>,
        shape: impl Into<Shape>,
        expected: impl Into<String>,
    ) -> Self {
        Self::Unsupported { op: op.into(), shape: shape.into(), expected: expected.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_name_everything() {
        let messages = [
            (ShapeError::mismatch("add", [2, 3], [4]), "add: shapes [2, 3] and [4] do not fit"),
            (
                ShapeError::Length { shape: [2, 3].into(), len: 5 },
                "shape [2, 3] does not hold 5 numbers",
            ),
            (
                ShapeError::Axis { op: "sum", axis: 2, shape: [2, 3].into() },
                "sum: shape [2, 3] has no axis 2",
            ),
        ];
        for (error, message) in messages {
            assert_eq!(error.to_string(), message);
        }
    }

    #[test]
    fn a_result_stays_small() {
        assert!(
            size_of::<ShapeError>() < 128,
            "clippy warns of larger errors, and so would every caller"
        );
    }
}
