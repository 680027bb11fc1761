//! Parts of a convolution, one for each thread: blocks of images, and channels where there are fewer
//! blocks than threads. Never a sum.

use super::run::{Part, Task, part_scratch};
use super::source::Block;
use super::sweep::Sweep;
use super::tile::TILE_ROWS;
use super::weights;
use crate::grain;
use crate::work::{Windows, windows};
use neuropil_simd::{Float, Level};
use std::ops::Range;

/// Units in a row times channels, cut into parts.
#[derive(Clone, Copy, Debug)]
struct Grid {
    units: usize,
    channels: usize,
    down: usize,
    across: usize,
}

impl Grid {
    fn new(units: usize, channels: usize, threads: usize) -> Self {
        // Of no units there is one part, which does nothing.
        let down = threads.min(units).max(1);
        let across = (threads / down).clamp(1, channels.div_ceil(TILE_ROWS));
        Self { units, channels, down, across }
    }

    fn parts(self) -> usize {
        self.down * self.across
    }

    /// The units and channels of a part.
    fn part(self, number: usize) -> (Range<usize>, Range<usize>) {
        let cut =
            |len: usize, parts: usize, part: usize| len * part / parts..len * (part + 1) / parts;
        let (down, across) = (number / self.across, number % self.across);
        (cut(self.units, self.down, down), cut(self.channels, self.across, across))
    }
}

/// How many threads of the present pool some multiply-adds may be worth.
fn most_threads(work: usize) -> usize {
    let pieces = work / grain::PRODUCT;
    if pieces < 2 { 1 } else { pieces.min(rayon::current_num_threads()) }
}

fn sweep_grid(sweep: &Sweep, images: usize, threads: usize) -> Grid {
    Grid::new(Block::count(sweep, images), sweep.groups * sweep.rows, threads)
}

/// The scratch that a sweep over so many images needs.
pub(super) fn sweep_scratch<T>(sweep: &Sweep, images: usize) -> usize {
    let threads = most_threads(images * sweep.work());
    sweep_grid(sweep, images, threads).parts() * part_scratch::<T>(sweep)
}

/// Computes a sweep, on as many threads as it is worth and as the scratch suffices for.
///
/// # Safety
/// The target is valid for reading and writing all images of the sweep's output, and nobody else has
/// access to them. x, w and what `after` holds have the lengths that the sweep asks for.
///
/// # Panics
/// If the scratch does not suffice for one thread.
pub(super) unsafe fn sweep<T: Float>(level: Level, task: &Task<'_, T>, scratch: &mut [T]) {
    let Task { sweep, images, .. } = *task;
    let part = part_scratch::<T>(sweep);
    let most = scratch.len() / part;
    assert!(
        most > 0,
        "convolution: a scratch of {} numbers where {part} are needed",
        scratch.len()
    );
    let threads = grain::threads(images * sweep.work(), grain::PRODUCT).min(most);
    let grid = sweep_grid(sweep, images, threads);
    parts(0..grid.parts(), scratch, part, &|number, scratch| {
        let (blocks, channels) = grid.part(number);
        // SAFETY: the parts of a grid do not overlap, and the caller guarantees the rest.
        let part = unsafe { Part::new(task, blocks, channels, scratch) };
        windows(level, Windows::Sweep(part));
    });
}

/// The scratch that the gradient of the weights over so many images needs.
pub(super) fn weights_scratch<T>(sweep: &Sweep, images: usize) -> usize {
    let shards = weights::Shards::new(sweep, images);
    let threads = most_threads(images * sweep.work());
    let parts = Grid::new(shards.count, sweep.groups * sweep.rows, threads).parts();
    shards.count * weights::sums(sweep) + parts * weights::part_scratch::<T>(sweep, shards)
}

/// Computes the sums of all shards; the scratch is what is left beside them.
///
/// # Safety
/// The task's sums are valid for writing, and nobody else has access to them. x and dy have the
/// lengths that the sweep asks for.
///
/// # Panics
/// As [`sweep`].
pub(super) unsafe fn weight_sums<T: Float>(
    level: Level,
    task: &weights::Task<'_, T>,
    scratch: &mut [T],
) {
    let weights::Task { sweep, images, shards, .. } = *task;
    let part = weights::part_scratch::<T>(sweep, shards);
    let most = scratch.len() / part;
    assert!(
        most > 0,
        "convolution: a scratch of {} numbers where {part} are needed",
        scratch.len()
    );
    let threads = grain::threads(images * sweep.work(), grain::PRODUCT).min(most);
    let grid = Grid::new(shards.count, sweep.groups * sweep.rows, threads);
    parts(0..grid.parts(), scratch, part, &|number, scratch| {
        let (shards, channels) = grid.part(number);
        // SAFETY: the parts of a grid do not overlap, and the caller guarantees the rest.
        let part = unsafe { weights::Part::new(task, shards, channels, scratch) };
        windows(level, Windows::Weights(part));
    });
}

/// Does the parts of a span, halving it; each has `part` numbers of scratch.
fn parts<T: Float>(
    span: Range<usize>,
    scratch: &mut [T],
    part: usize,
    run: &(dyn Fn(usize, &mut [T]) + Sync),
) {
    if span.len() == 1 {
        return run(span.start, &mut scratch[..part]);
    }
    let middle = span.start + span.len() / 2;
    let (left, right) = scratch.split_at_mut((middle - span.start) * part);
    rayon::join(
        || parts(span.start..middle, left, part, run),
        || parts(middle..span.end, right, part, run),
    );
}
