//! A grid of parts of C, one for each thread.

use super::blocks::{MOST_TERMS, TILE_ROWS, even, widest_panel};
use super::drive::{Part, Product, Span, part_scratch};
use crate::grain;
use crate::work::{Work, work};
use neuropil_simd::{Float, Level};

/// C cut into parts: `down` of `rows` rows times `across` of `cols` columns, the last ones
/// shorter. Never the sum: each element of C is computed by one thread.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Grid {
    down: usize,
    across: usize,
    rows: usize,
    cols: usize,
}

impl Grid {
    /// One part.
    fn whole(m: usize, n: usize) -> Self {
        Self { down: 1, across: 1, rows: m, cols: n }
    }

    /// At most `threads` parts, cut so that the largest takes the least time.
    fn new<T>(m: usize, n: usize, threads: usize) -> Self {
        let mut best = Self::whole(m, n);
        for across in 1..=threads {
            let rows = even(m, threads / across, TILE_ROWS).min(m);
            let cols = even(n, across, widest_panel::<T>()).min(n);
            let grid = Self { down: m.div_ceil(rows), across: n.div_ceil(cols), rows, cols };
            if grid.cost() < best.cost() {
                best = grid;
            }
        }
        best
    }

    /// The time of the largest part, for each term of the sums, in that of a multiplication; a
    /// number of A or B that is fetched and perhaps packed takes that of some eight.
    fn cost(self) -> usize {
        self.rows * self.cols + 8 * (self.rows + self.cols)
    }

    fn parts(self) -> usize {
        self.down * self.across
    }
}

/// How many multiplications a product has.
#[inline]
fn work_of(m: usize, n: usize, k: usize) -> usize {
    m.saturating_mul(n).saturating_mul(k)
}

/// The grid for so many threads and the scratch that it needs.
fn grid<T>(m: usize, n: usize, k: usize, threads: usize) -> (Grid, usize) {
    let grid = if threads == 1 { Grid::whole(m, n) } else { Grid::new::<T>(m, n, threads) };
    (grid, grid.parts() * part_scratch::<T>(grid.rows, grid.cols, k))
}

/// The scratch that a product needs with the threads of the present pool.
pub(super) fn scratch_len<T>(m: usize, n: usize, k: usize) -> usize {
    // Whether it will be called from inside the pool is not known yet.
    let pieces = work_of(m, n, k) / grain::PRODUCT;
    let threads = if pieces < 2 { 1 } else { pieces.min(rayon::current_num_threads()) };
    grid::<T>(m, n, k, threads).1
}

/// The scratch that any product of at most so many rows, columns and terms needs on one thread. Blocks of
/// fewer terms may be longer, so that it takes the longest.
pub(super) fn alone_scratch_len<T>(m: usize, n: usize, k: usize) -> usize {
    grid::<T>(m, n, k.min(MOST_TERMS), 1).1
}

/// Computes a product of `m` rows and `n` columns, on as many threads as it is worth and as the
/// scratch suffices for, or on the calling one alone.
///
/// # Safety
/// The product's target is valid for reading and writing, and nobody else has access to it.
///
/// # Panics
/// If the scratch does not suffice for one thread.
#[inline]
pub(super) unsafe fn run<T: Float>(
    level: Level,
    product: &Product<'_, T>,
    m: usize,
    n: usize,
    scratch: &mut [T],
    alone: bool,
) {
    let k = product.a.cols();
    let mut threads = if alone { 1 } else { grain::threads(work_of(m, n, k), grain::PRODUCT) };
    let (grid, needed) = loop {
        let (grid, len) = grid::<T>(m, n, k, threads);
        if len <= scratch.len() {
            break (grid, len);
        }
        assert!(threads > 1, "gemm: a scratch of {} numbers where {len} are needed", scratch.len());
        threads -= 1;
    };
    if grid.parts() == 1 {
        // SAFETY: all rows and columns of the product, to which the caller guarantees access.
        let whole = unsafe { Part::new(product, Span::to(m), Span::to(n), scratch) };
        return work(level, Work::Part(whole));
    }
    let all = Span::to(grid.parts());
    // SAFETY: passed on to the caller.
    unsafe { parts(level, product, grid, (m, n), all, scratch, needed / grid.parts()) }
}

/// Computes the parts of a span, halving it.
///
/// # Safety
/// As for [`run`]; the scratch has `part` numbers for each part of the span.
unsafe fn parts<T: Float>(
    level: Level,
    product: &Product<'_, T>,
    grid: Grid,
    shape: (usize, usize),
    span: Span,
    scratch: &mut [T],
    part: usize,
) {
    if span.len == 1 {
        let (row, col) =
            (span.first / grid.across * grid.rows, span.first % grid.across * grid.cols);
        let rows = Span { first: row, len: grid.rows.min(shape.0 - row) };
        let cols = Span { first: col, len: grid.cols.min(shape.1 - col) };
        // SAFETY: the parts of a grid lie within the product and do not overlap, and the caller
        // guarantees sole access to all of them; columns of parts are multiples of the widest
        // panel.
        let part = unsafe { Part::new(product, rows, cols, scratch) };
        work(level, Work::Part(part));
    } else {
        let half = span.len / 2;
        let (left, right) = scratch.split_at_mut(half * part);
        let first = Span { first: span.first, len: half };
        let second = Span { first: span.first + half, len: span.len - half };
        rayon::join(
            // SAFETY: passed on to the caller; the two spans share no part.
            || unsafe { parts(level, product, grid, shape, first, left, part) },
            // SAFETY: as above.
            || unsafe { parts(level, product, grid, shape, second, right, part) },
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Parts cover C, are no more than the threads, and begin where panels of packed B begin.
    #[test]
    fn grids() {
        for m in [1, 2, 6, 7, 64, 100, 784, 3000] {
            for n in [1, 10, 63, 64, 65, 128, 500, 4096] {
                assert_eq!(Grid::new::<f32>(m, n, 1), Grid::whole(m, n));
                for threads in 2..9 {
                    let grid = Grid::new::<f32>(m, n, threads);
                    let Grid { down, across, rows, cols } = grid;
                    let what = format!("[{m}, {n}] on {threads} threads: {grid:?}");
                    assert!((1..=threads).contains(&grid.parts()), "{what}");
                    assert!((down - 1) * rows < m && m <= down * rows, "{what}");
                    assert!((across - 1) * cols < n && n <= across * cols, "{what}");
                    assert!(across == 1 || cols % widest_panel::<f32>() == 0, "{what}");
                }
            }
        }
    }

    /// Two threads share the work of a layer about equally.
    #[test]
    fn balance() {
        for (m, n) in [(64, 128), (784, 128), (128, 512), (256, 256), (4000, 10), (1, 4096)] {
            let Grid { down, across, rows, cols } = Grid::new::<f64>(m, n, 2);
            assert_eq!(down * across, 2, "[{m}, {n}]");
            assert!(10 * rows * cols <= 6 * m * n, "[{m}, {n}]: {rows} rows, {cols} columns");
        }
    }
}
