//! Sharing row-wise work among the threads of the pool.

use crate::real::Real;
use crate::trainer::AnyOptimizer;
use neuropil_optimizers::{MAX_SLOTS, Step};
use neuropil_simd::ALIGNMENT;
use neuropil_tensor::grain::{ELEMENTS, threads};
use std::ops::Range;

/// Does row-wise work on `y`, rows of `width` numbers, in pieces of whole rows. What a piece
/// computes must not depend on how the rows are cut; work below the threshold stays on this
/// thread and never touches the pool.
pub(crate) fn rows<T: Send>(
    y: &mut [T],
    width: usize,
    work: impl Fn(Range<usize>, &mut [T]) + Sync,
) {
    let rows = y.len() / width.max(1);
    if threads(y.len(), ELEMENTS) == 1 {
        return work(0..rows, y);
    }
    halve(0, y, (width, width), &|first, y: &mut [T]| work(first..first + y.len() / width, y));
}

/// Does work on `y`, rows of `width` numbers, that costs so much a row: see [`rows`].
pub(crate) fn rows_of_cost<T: Send>(
    y: &mut [T],
    (width, cost): (usize, usize),
    work: impl Fn(Range<usize>, &mut [T]) + Sync,
) {
    let rows = y.len() / width.max(1);
    if threads(rows * cost, ELEMENTS) == 1 {
        return work(0..rows, y);
    }
    halve(0, y, (width, cost), &|first, y: &mut [T]| work(first..first + y.len() / width, y));
}

/// Does work on `a` and `b`, two numbers for each channel, that costs so much a channel: `work` gets
/// the first channel of a piece, a multiple of `unit`, and the pieces. As for [`rows`], cuts must not
/// matter.
pub(crate) fn channels<T: Send>(
    a: &mut [T],
    b: &mut [T],
    (unit, cost): (usize, usize),
    work: &(impl Fn(usize, &mut [T], &mut [T]) + Sync),
) {
    fn halve<T: Send>(
        first: usize,
        (a, b): (&mut [T], &mut [T]),
        (unit, cost): (usize, usize),
        work: &(impl Fn(usize, &mut [T], &mut [T]) + Sync),
    ) {
        let units = a.len() / unit;
        if a.len() * cost < 2 * ELEMENTS || units < 2 {
            return work(first, a, b);
        }
        let half = units / 2 * unit;
        let ((a, a_right), (b, b_right)) = (a.split_at_mut(half), b.split_at_mut(half));
        rayon::join(
            || halve(first, (a, b), (unit, cost), work),
            || halve(first + half, (a_right, b_right), (unit, cost), work),
        );
    }
    match threads(a.len() * cost, ELEMENTS) {
        1 => work(0, a, b),
        _ => halve(0, (a, b), (unit, cost), work),
    }
}

/// Does work on rows of three slices at once, each with rows of so many numbers, that costs so much a
/// row: see [`rows`]. The first slice has rows of at least one number.
pub(crate) fn rows_of_three<T: Send>(
    slices: [&mut [T]; 3],
    (widths, cost): ([usize; 3], usize),
    work: &(impl Fn(Range<usize>, [&mut [T]; 3]) + Sync),
) {
    fn halve<T: Send>(
        first: usize,
        slices: [&mut [T]; 3],
        (widths, cost): ([usize; 3], usize),
        work: &(impl Fn(Range<usize>, [&mut [T]; 3]) + Sync),
    ) {
        let rows = slices[0].len() / widths[0];
        if rows * cost < 2 * ELEMENTS || rows < 2 {
            return work(first..first + rows, slices);
        }
        let half = rows / 2;
        let [a, b, c] = slices;
        let (a, a_right) = a.split_at_mut(half * widths[0]);
        let (b, b_right) = b.split_at_mut(half * widths[1]);
        let (c, c_right) = c.split_at_mut(half * widths[2]);
        rayon::join(
            || halve(first, [a, b, c], (widths, cost), work),
            || halve(first + half, [a_right, b_right, c_right], (widths, cost), work),
        );
    }
    let rows = slices[0].len() / widths[0].max(1);
    match threads(rows * cost, ELEMENTS) {
        1 => work(0..rows, slices),
        _ => halve(0, slices, (widths, cost), work),
    }
}

/// Does work on the columns `y` of a matrix of so many rows: `work` gets the first column of a
/// piece, a multiple of a cache line, and the piece. As for [`rows`], cuts must not matter.
pub(crate) fn columns<T: Send>(y: &mut [T], rows: usize, work: impl Fn(usize, &mut [T]) + Sync) {
    let line = ALIGNMENT / size_of::<T>();
    if threads(y.len() * rows, ELEMENTS) == 1 {
        return work(0, y);
    }
    halve(0, y, (line, line * rows), &|first, y: &mut [T]| work(first * line, y));
}

/// Halves `y`, units of so many numbers and so much work, until the pieces are small; a last unit
/// may be shorter.
fn halve<T: Send>(
    first: usize,
    y: &mut [T],
    (unit, cost): (usize, usize),
    work: &(impl Fn(usize, &mut [T]) + Sync),
) {
    let units = y.len() / unit;
    if units * cost < 2 * ELEMENTS || units < 2 {
        return work(first, y);
    }
    let (left, right) = y.split_at_mut(units / 2 * unit);
    rayon::join(
        || halve(first, left, (unit, cost), work),
        || halve(first + units / 2, right, (unit, cost), work),
    );
}

/// Runs `work` inside the thread pool, so that the parallel work in it need not enter the pool
/// again and again (7 to 20 us each time). [`Trainer::fit`](crate::Trainer::fit) does it by
/// itself; a training loop of your own gains by it.
///
/// ```
/// let sum: u64 = neuropil_nn::run(|| (1..=10).sum());
/// assert_eq!(sum, 55);
/// ```
pub fn run<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    rayon::scope(|_| work())
}

/// An optimizer's step over a tensor, in pieces if its rule is element-wise.
pub(crate) fn update<T: Real>(
    optimizer: &dyn AnyOptimizer<T>,
    at: Step<'_>,
    w: &mut [T],
    dw: &[T],
    mut slots: [&mut [T]; MAX_SLOTS],
    count: usize,
) {
    if !optimizer.is_elementwise() || threads(w.len(), ELEMENTS) == 1 {
        return optimizer.step(at, w, dw, &mut slots[..count]);
    }
    let half = w.len() / 2;
    let (w, w_right) = w.split_at_mut(half);
    let (dw, dw_right) = dw.split_at(half);
    let mut right: [&mut [T]; MAX_SLOTS] = Default::default();
    for (slot, right) in slots.iter_mut().zip(&mut right).take(count) {
        let (first, second) = std::mem::take(slot).split_at_mut(half);
        (*slot, *right) = (first, second);
    }
    rayon::join(
        || update(optimizer, at, w, dw, slots, count),
        || update(optimizer, at, w_right, dw_right, right, count),
    );
}
