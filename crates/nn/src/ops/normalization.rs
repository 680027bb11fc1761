//! Normalizations of rows, of channels of rows, and of weights.

pub mod group;
pub mod instance;
pub mod layer;
pub mod local_response;
pub mod rms;
pub mod spectral;
pub mod weight;

use crate::op::FinishRef;
use crate::spec::Spec;
use neuropil_regularizers::RegularizerError;
use neuropil_simd::Float;
use neuropil_tensor::ShapeError;
use std::ops::Range;

/// Numbers that are finished at a time: with as many of x, what the first-level cache holds.
const FINISHED: usize = 1 << 12;

/// An epsilon, if it is a positive finite number in `f32`.
fn positive(regularizer: &'static str, epsilon: f64) -> Result<f64, RegularizerError> {
    let single = epsilon as f32;
    if single > 0.0 && single.is_finite() {
        return Ok(epsilon);
    }
    Err(RegularizerError::NotPositive { regularizer, setting: "epsilon", value: epsilon })
}

/// Whether γ and β, inputs 1 and 2 if there are any, have this shape and are the same for all rows.
fn check_affine(op: &str, inputs: &[Spec], expected: &[usize]) -> Result<(), ShapeError> {
    for (weight, name) in inputs.iter().skip(1).zip(["weight", "bias"]) {
        if weight.shape.dims() != expected || weight.per_row || weight.indices {
            let what = format!("{expected:?}, the same for all rows");
            return Err(ShapeError::unsupported(format!("{op}: {name}"), weight.shape, what));
        }
    }
    Ok(())
}

/// Does work on some rows of y, `width` numbers each, by so few that they are still in the cache when they
/// are finished. `work` gets places of rows among these, and their numbers.
fn finished<T: Float>(
    y: &mut [T],
    width: usize,
    finish: Option<FinishRef<'_, T>>,
    mut work: impl FnMut(Range<usize>, &mut [T]),
) {
    let Some(finish) = finish else {
        return work(0..y.len() / width.max(1), y);
    };
    let at_a_time = (FINISHED / width.max(1)).max(1);
    for (i, y) in y.chunks_mut(at_a_time * width.max(1)).enumerate() {
        let first = i * at_a_time;
        work(first..first + y.len() / width.max(1), y);
        finish.0.apply(y);
    }
}

/// Where the numbers of some rows stand.
fn place(rows: &Range<usize>, width: usize) -> Range<usize> {
    rows.start * width..rows.end * width
}

/// Rows of the batch, or one where there is a single value.
fn rows_of(rows: usize, x: Spec) -> usize {
    if x.per_row { rows } else { 1 }
}
