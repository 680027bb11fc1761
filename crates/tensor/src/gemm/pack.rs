//! Copies of blocks of A and B in the order in which the tile kernel reads them.

use super::blocks::{Heights, tile_width};
use super::matrix::Matrix;
use super::tile::load as load_at;
use neuropil_simd::{Float, Lanes};

/// Copies `rows` rows and `cols` columns of B, from (`row`, `column`) on, into panels: each as
/// wide as a tile and `rows` long, zeros behind the last column.
pub(crate) struct PackRight<'a, T> {
    pub matrix: Matrix<'a, T>,
    pub row: usize,
    pub rows: usize,
    pub column: usize,
    pub cols: usize,
    pub panels: &'a mut [T],
}

impl<T: Float> PackRight<'_, T> {
    #[inline(always)]
    pub fn run<V: Lanes<T>>(self) {
        let Self { matrix, row, rows, column, cols, panels } = self;
        if rows * cols == 0 {
            return;
        }
        let width = tile_width::<T, V>();
        for (i, panel) in panels.chunks_exact_mut(width * rows).enumerate() {
            let start = i * width;
            let cols = width.min(cols - start);
            let from =
                &matrix.data[row * matrix.row_stride + (column + start) * matrix.col_stride..];
            if cols < width {
                panel.fill(T::ZERO);
            }
            if matrix.col_stride == 1 {
                copy_rows::<T, V>(from, matrix.row_stride, cols, panel, width);
            } else if matrix.row_stride == 1 {
                transpose::<T, V>(from, matrix.col_stride, cols, panel, width);
            } else {
                for (p, to) in panel.chunks_exact_mut(width).enumerate() {
                    for (j, to) in to[..cols].iter_mut().enumerate() {
                        *to = from[p * matrix.row_stride + j * matrix.col_stride];
                    }
                }
            }
        }
    }
}

/// Copies the first `cols` numbers of each row; those of `to` are `width` apart.
#[inline(always)]
fn copy_rows<T: Float, V: Lanes<T>>(
    from: &[T],
    stride: usize,
    cols: usize,
    to: &mut [T],
    width: usize,
) {
    for (p, to) in to.chunks_exact_mut(width).enumerate() {
        let from = &from[p * stride..][..cols];
        if cols == width {
            for (to, from) in to.chunks_exact_mut(V::LEN).zip(from.chunks_exact(V::LEN)) {
                V::load(from).store(to);
            }
        } else {
            to[..cols].copy_from_slice(from);
        }
    }
}

/// Copies `cols` rows of `from`, `stride` apart, to columns of `to`, whose rows are `width` wide.
///
/// Squares go through registers. The last of them may reach behind the last row, which is not
/// stored, or column, which becomes zero: `width` is a multiple of a square's side.
#[inline(always)]
fn transpose<T: Float, V: Lanes<T>>(
    from: &[T],
    stride: usize,
    cols: usize,
    to: &mut [T],
    width: usize,
) {
    let rows = to.len() / width;
    assert!(cols.next_multiple_of(V::LEN) <= width && (cols - 1) * stride + rows <= from.len());
    for column in (0..cols).step_by(V::LEN) {
        let cols = cols - column;
        let from = &from[column * stride..];
        for row in (0..rows).step_by(V::LEN) {
            let rows = rows - row;
            let from = from.as_ptr().wrapping_add(row);
            let to = to.as_mut_ptr().wrapping_add(row * width + column);
            let mut square = [V::splat(T::ZERO); 16];
            let square = &mut square[..V::LEN];
            // Loops of constant length, so that the square stays in registers.
            if cols >= V::LEN && rows >= V::LEN {
                for (i, x) in square.iter_mut().enumerate() {
                    // SAFETY: row `column + i` of `from` has all these numbers, as asserted.
                    *x = unsafe { V::load_at(from.wrapping_add(i * stride)) };
                }
                V::transpose(square);
                for (i, &x) in square.iter().enumerate() {
                    // SAFETY: row `row + i` of `to` has a vector from `column` on, as asserted.
                    unsafe { x.store_at(to.wrapping_add(i * width)) };
                }
            } else {
                for (i, x) in square.iter_mut().enumerate().take(cols) {
                    // SAFETY: as above, and as many of a row as there are.
                    *x = unsafe { load_at(from.wrapping_add(i * stride), rows.min(V::LEN)) };
                }
                V::transpose(square);
                for (i, &x) in square.iter().enumerate().take(rows) {
                    // SAFETY: as above.
                    unsafe { x.store_at(to.wrapping_add(i * width)) };
                }
            }
        }
    }
}

/// Copies `rows` rows and `terms` columns of A, from (`row`, `term`) on, tile by tile: a tile that
/// begins at row i of the block lies at `i * terms`. Within it, rows follow each other, or terms
/// if those of a row are not neighbours in A.
pub(super) struct PackLeft<'a, T> {
    pub matrix: Matrix<'a, T>,
    pub row: usize,
    pub rows: usize,
    pub term: usize,
    pub terms: usize,
    pub tiles: &'a mut [T],
}

impl<T: Float> PackLeft<'_, T> {
    #[inline(always)]
    pub fn run(self) {
        let Self { matrix, row, rows, term, terms, tiles } = self;
        if rows * terms == 0 {
            return;
        }
        let mut tiles = &mut tiles[..rows * terms];
        let mut from = &matrix.data[row * matrix.row_stride + term * matrix.col_stride..];
        if matrix.col_stride == 1 {
            for (i, to) in tiles.chunks_exact_mut(terms).enumerate() {
                to.copy_from_slice(&from[i * matrix.row_stride..][..terms]);
            }
            return;
        }
        let (heights, mut row) = (Heights::new(rows), 0);
        while row < rows {
            let height = heights.at(row);
            row += height;
            let (tile, rest) = tiles.split_at_mut(height * terms);
            tiles = rest;
            match height {
                _ if matrix.row_stride != 1 => {
                    for (p, to) in tile.chunks_exact_mut(height).enumerate() {
                        for (j, to) in to.iter_mut().enumerate() {
                            *to = from[j * matrix.row_stride + p * matrix.col_stride];
                        }
                    }
                }
                6 => copy_columns::<T, 6>(from, matrix.col_stride, tile),
                5 => copy_columns::<T, 5>(from, matrix.col_stride, tile),
                4 => copy_columns::<T, 4>(from, matrix.col_stride, tile),
                3 => copy_columns::<T, 3>(from, matrix.col_stride, tile),
                2 => copy_columns::<T, 2>(from, matrix.col_stride, tile),
                _ => copy_columns::<T, 1>(from, matrix.col_stride, tile),
            }
            // Behind the last tile there may be less than a tile's stride.
            from = from.get(height * matrix.row_stride..).unwrap_or_default();
        }
    }
}

/// Copies the first `HEIGHT` numbers of each column, `stride` apart.
#[inline(always)]
fn copy_columns<T: Float, const HEIGHT: usize>(from: &[T], stride: usize, to: &mut [T]) {
    let (to, _) = to.as_chunks_mut::<HEIGHT>();
    for (p, to) in to.iter_mut().enumerate() {
        to.copy_from_slice(&from[p * stride..][..HEIGHT]);
    }
}
