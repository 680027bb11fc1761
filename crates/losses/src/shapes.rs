//! The lengths that a loss over rows insists on.

use crate::Weights;
use neuropil_simd::Float;

/// The number of rows.
///
/// # Panics
/// If `width` does not divide the length of `x`, or if the losses, weights or gradients of another
/// number of rows came with it.
pub(crate) fn check_rows<T: Float>(
    name: &str,
    width: usize,
    x: &[T],
    weights: &Weights<'_, T>,
    loss: &[T],
    dx: Option<&[T]>,
) -> usize {
    let numbers = x.len();
    let rows = numbers.checked_div(width).unwrap_or(0);
    assert!(
        rows * width == numbers,
        "{name}: x has {numbers} numbers, which are no rows of {width}"
    );
    assert!(loss.len() == rows, "{name}: {} losses for {rows} rows", loss.len());
    if let Some(found) = weights.len() {
        assert!(found == rows, "{name}: {found} weights for {rows} rows");
    }
    if let Some(found) = dx.map(<[T]>::len) {
        assert!(found == numbers, "{name}: x has {numbers} numbers, dx {found}");
    }
    rows
}
