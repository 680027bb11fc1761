//! The lengths that a loss of several inputs insists on.

use crate::{JointLoss, Weights};
use neuropil_simd::Float;

/// The number of rows.
///
/// # Panics
/// If `width` does not divide the length of the first input, or if the other inputs, the losses,
/// weights or gradients are those of another number of rows.
pub(super) fn check_rows<L: JointLoss<N>, T: Float, const N: usize>(
    loss: &L,
    width: usize,
    x: &[&[T]; N],
    weights: &Weights<'_, T>,
    losses: &[T],
    dx: &[Option<&mut [T]>; N],
) -> usize {
    let numbers = x[0].len();
    let rows = numbers.checked_div(width).unwrap_or(0);
    // The name is made for a message alone.
    let name = || loss.name();
    assert!(rows * width == numbers, "{}: {numbers} numbers are no rows of {width}", name());
    assert!(losses.len() == rows, "{}: {} losses for {rows} rows", name(), losses.len());
    if let Some(found) = weights.len() {
        assert!(found == rows, "{}: {found} weights for {rows} rows", name());
    }
    for (i, (x, dx)) in x.iter().zip(dx).enumerate() {
        let (input, expected) = (L::INPUTS[i], rows * loss.input_width(i, width));
        let found = x.len();
        assert!(found == expected, "{}: {input} has {found} numbers, not {expected}", name());
        if let Some(dx) = dx {
            let found = dx.len();
            assert!(
                found == expected,
                "{}: the gradient of {input} has {found} numbers, not {expected}",
                name()
            );
        }
    }
    rows
}
