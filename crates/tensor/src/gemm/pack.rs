//! Copies of blocks of A and B in the order in which the tile kernel reads them.

use super::blocks::{Heights, tile_width};
use super::matrix::Matrix;
use neuropil_simd::{Float, Lanes};

/// Copies `rows` rows and `cols` columns of B, from (`row`, `column`) on, into panels: each as
/// wide as a tile and `rows` long, zeros behind the last column.
pub(super) struct PackRight<'a, T> {
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
                transpose(from, matrix.col_stride, cols, panel, width);
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
#[inline(always)]
fn transpose<T: Float>(from: &[T], stride: usize, cols: usize, to: &mut [T], width: usize) {
    /// The side of the squares that go through registers.
    const SIDE: usize = 4;
    let rows = to.len() / width;
    let (whole_rows, whole_cols) = (rows - rows % SIDE, cols - cols % SIDE);
    for j in (0..whole_cols).step_by(SIDE) {
        let columns: [&[T]; SIDE] = std::array::from_fn(|i| &from[(j + i) * stride..][..rows]);
        for p in (0..whole_rows).step_by(SIDE) {
            let square: [[T; SIDE]; SIDE] = std::array::from_fn(|i| {
                let column = &columns[i][p..p + SIDE];
                [column[0], column[1], column[2], column[3]]
            });
            for q in 0..SIDE {
                let to = &mut to[(p + q) * width + j..][..SIDE];
                to.copy_from_slice(&[square[0][q], square[1][q], square[2][q], square[3][q]]);
            }
        }
        for p in whole_rows..rows {
            for i in 0..SIDE {
                to[p * width + j + i] = columns[i][p];
            }
        }
    }
    for j in whole_cols..cols {
        for p in 0..rows {
            to[p * width + j] = from[j * stride + p];
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
