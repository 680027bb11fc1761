//! The lengths that a loss over rows insists on.

use crate::Weights;
use neuropil_simd::Float;

/// The number of rows.
///
/// # Panics
/// If `width` does not divide the length of `x`, or if the losses, weights or gradients of another
/// number of rows came with it.
pub(crate) fn check_rows<T: Float>(
    name: impl Fn() -> String,
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
        "{}: x has {numbers} numbers, which are no rows of {width}",
        name()
    );
    assert!(loss.len() == rows, "{}: {} losses for {rows} rows", name(), loss.len());
    if let Some(found) = weights.len() {
        assert!(found == rows, "{}: {found} weights for {rows} rows", name());
    }
    if let Some(found) = dx.map(<[T]>::len) {
        assert!(found == numbers, "{}: x has {numbers} numbers, dx {found}", name());
    }
    rows
}

/// Checks the labels of rows.
///
/// # Panics
/// If there is not one for each row, or if one is no class and not the ignored one.
pub(crate) fn check_labels(
    name: impl Fn() -> String,
    labels: &[u32],
    rows: usize,
    classes: usize,
    ignored: Option<u32>,
) {
    let found = labels.len();
    assert!(found == rows, "{}: {found} labels for {rows} rows of {classes}", name());
    let names_none = |&label: &u32| label as usize >= classes && Some(label) != ignored;
    if let Some(row) = labels.iter().position(names_none) {
        let label = labels[row];
        panic!(
            "{}: the label of row {row} is {label}, but there are only {classes} classes",
            name()
        );
    }
}
