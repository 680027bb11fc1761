//! Pooling and upsampling as ops, around the plans of [`neuropil_tensor::pool`].

pub(super) mod adaptive;
pub(super) mod average;
pub(super) mod lp;
pub(super) mod max;
pub(super) mod upsample;

use crate::spec::Spec;
use neuropil_tensor::{Shape, ShapeError};

/// The output's spec, if the input is of the shape that the plan was made for.
fn output(op: &str, input: Spec, wanted: Shape, output: Shape) -> Result<Spec, ShapeError> {
    let input = input.numbers(op)?;
    if input.shape != wanted {
        let expected = format!("{wanted}, for which it was made");
        return Err(ShapeError::unsupported(op, input.shape, expected));
    }
    Ok(input.with_shape(output))
}
