//! Losses of several inputs as ops.

pub(super) mod ctc;
pub(super) mod joint;
pub(super) mod linear_cross_entropy;

use crate::lend::{Gradients, Inputs};
use crate::ops::arithmetic::add_or_copy;
use crate::spec::Spec;
use neuropil_simd::Float;
use neuropil_tensor::ShapeError;

/// All axes of a row but the last: the rows within a row that a loss sees.
fn outer(x: &Spec) -> &[usize] {
    x.shape.dims().split_last().map_or(&[], |(_, outer)| outer)
}

/// Whether an input holds a number for each row within a row.
fn weighs(x: &Spec, weights: &Spec) -> Result<(), ShapeError> {
    if weights.shape.dims() == outer(x) && weights.per_row && !weights.indices {
        return Ok(());
    }
    Err(ShapeError::mismatch("loss: prediction and weights", x.shape, weights.shape))
}

/// The numbers of an input, if there is one.
fn numbers<'a, T: Float>(x: &Inputs<'a, T>, input: usize) -> Option<&'a [T]> {
    (input < x.len()).then(|| x.get(input))
}

/// dx += dy saved: forward has left the gradient for a cost that is the end of the graph; where it is
/// a part of a larger cost, it counts dy times.
fn add_times<T: Float>(dx: &mut Gradients<'_, T>, input: usize, dy: T, saved: &[T]) {
    if dy == T::ONE {
        add_or_copy(dx.target(input), saved);
    } else if let Some(dx) = dx.get(input) {
        for (dx, &saved) in dx.iter_mut().zip(saved) {
            *dx += dy * saved;
        }
    }
}
