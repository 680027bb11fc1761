//! The sizes of tiles and blocks, and when a copy of an operand pays.

use super::matrix::Matrix;
use neuropil_simd::{Float, Kernel, Lanes, Level, at};

/// Rows of a tile.
pub(super) const TILE_ROWS: usize = 6;

/// Vectors in a row of a tile: with six rows, as many sums as the registers hold beside a row
/// of B and a number of A.
#[inline(always)]
pub(crate) const fn tile_vectors<T: Float, V: Lanes<T>>() -> usize {
    match V::REGISTERS {
        32 => 4,
        16 => 2,
        _ => 1,
    }
}

/// Panels that a tile of few rows spans, so that it has enough sums for the latency of a
/// multiply-add not to show: eight or more.
#[inline(always)]
pub(super) const fn tile_panels<T: Float, V: Lanes<T>>(rows: usize) -> usize {
    match (V::REGISTERS, rows) {
        (32, 1) => 2,
        (32, _) => 1,
        (_, 1) => 4,
        (_, 2) => 2,
        _ => 1,
    }
}

/// Columns of a tile of one panel, and of a panel of packed B.
#[inline(always)]
pub(super) fn tile_width<T: Float, V: Lanes<T>>() -> usize {
    tile_vectors::<T, V>() * V::LEN
}

/// [`tile_width`] at a level.
pub(super) fn panel_width<T: Float>(level: Level) -> usize {
    struct Width;
    impl<T: Float> Kernel<T> for Width {
        type Out = usize;
        #[inline(always)]
        fn run<V: Lanes<T>>(self) -> usize {
            tile_width::<T, V>()
        }
    }
    at::<T, _>(level, Width)
}

/// Columns of the widest panel of any level: four AVX-512 vectors.
pub(super) const fn widest_panel<T>() -> usize {
    256 / size_of::<T>()
}

/// The most terms that a tile adds before C goes back to memory: a panel of B so deep, 16 KiB
/// with AVX2, stays in the first-level cache beside what it meets.
const LONGEST_BLOCK: usize = 256;

/// The length of all blocks of a sum of `k` terms but the last: as equal as can be, up to half as
/// long again as `LONGEST_BLOCK`. A function of `k` alone.
pub(super) fn block_len(k: usize) -> usize {
    if k <= MOST_TERMS { k.max(1) } else { k.div_ceil(k.div_ceil(MOST_TERMS)) }
}

/// The longest block.
pub(super) const MOST_TERMS: usize = LONGEST_BLOCK * 3 / 2;

/// The most rows of A that a panel of B meets at a time: a block of them, 288 KiB of `f64` at most,
/// stays in the second-level cache beside the C that passes. With 192 rows products of 512^3 and
/// more lost 5 % in `f64` and 2 % in `f32`.
pub(super) const BLOCK_ROWS: usize = 96;

/// The most columns of B that are packed at a time for many rows: a block of them stays in the
/// last-level cache.
pub(super) const BLOCK_COLS: usize = 1024;

/// The most columns of B that are packed at a time for no more than `BLOCK_ROWS` rows, which use
/// them but once: a block of them stays in the second-level cache.
pub(super) const BLOCK_COLS_ONCE: usize = 64;

/// The same if for each block A is packed too.
pub(super) const BLOCK_COLS_BOTH: usize = 256;

/// Columns after which the finishing function gets its pieces of rows.
pub(super) const FINISH_COLS: usize = 128;

/// The most rows for which the finishing function's columns stay in the first-level cache.
pub(super) const FINISH_ROWS: usize = 48;

/// Splits `len` into `parts` pieces as equal as can be, each but the last a multiple of `unit`;
/// the length of all but the last.
pub(super) fn even(len: usize, parts: usize, unit: usize) -> usize {
    len.div_ceil(parts).next_multiple_of(unit)
}

/// Whether B is copied into panels for a product of so many rows.
pub(super) fn pack_right<T: Float>(b: Matrix<'_, T>, rows: usize) -> bool {
    if b.cols == 1 {
        return false;
    }
    // The tile kernel loads neighbours of a row.
    b.col_stride != 1
        || rows >= 16 && collides::<T>(b.row_stride)
        || rows >= 96 && b.rows * b.cols * size_of::<T>() > HALF_SECOND_LEVEL
}

/// Whether A is copied into tiles for a product of so many columns.
pub(super) fn pack_left<T: Float>(a: Matrix<'_, T>, cols: usize) -> bool {
    if a.col_stride == 1 {
        cols >= 256 && collides::<T>(a.row_stride)
    } else {
        cols >= 128 || cols >= 32 && collides::<T>(a.col_stride)
    }
}

/// Whether rows so far apart compete for the same few places of the first-level cache.
fn collides<T>(row_stride: usize) -> bool {
    row_stride > 0 && (row_stride * size_of::<T>()).is_multiple_of(4096)
}

/// Half of a second-level cache of 512 KiB, in bytes.
const HALF_SECOND_LEVEL: usize = 256 * 1024;

/// The rows of the tiles that a block of rows is cut into: as equal as can be, the taller first.
#[derive(Clone, Copy)]
pub(super) struct Heights {
    /// Rows of the tiles that have one more than the others, together.
    taller: usize,
    least: usize,
}

impl Heights {
    /// The tiles of `rows` rows, at least one.
    #[inline(always)]
    pub fn new(rows: usize) -> Self {
        let tiles = rows.div_ceil(TILE_ROWS);
        let least = rows / tiles;
        Self { taller: (rows - least * tiles) * (least + 1), least }
    }

    /// Rows of the tile that begins at a row.
    #[inline(always)]
    pub fn at(self, row: usize) -> usize {
        self.least + usize::from(row < self.taller)
    }
}

#[cfg(test)]
mod tests {
    use super::{Heights, TILE_ROWS};

    #[test]
    fn tiles_cover_the_rows_and_differ_by_one_at_most() {
        for rows in 1..100 {
            let (heights, mut row, mut all) = (Heights::new(rows), 0, Vec::new());
            while row < rows {
                all.push(heights.at(row));
                row += heights.at(row);
            }
            assert_eq!((row, all.len()), (rows, rows.div_ceil(TILE_ROWS)), "{rows} rows: {all:?}");
            let (most, least) = (all[0], all[all.len() - 1]);
            assert!(most <= TILE_ROWS && most - least <= 1, "{rows} rows: {all:?}");
            assert!(all.is_sorted_by(|a, b| a >= b), "{rows} rows: {all:?}");
        }
    }
}
