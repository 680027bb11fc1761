//! Blocks of A and B where they lie or where they were packed, as the tile kernel reads them.

use super::blocks::tile_width;
use super::drive::Span;
use super::matrix::Matrix;
use super::pack::{PackLeft, PackRight};
use super::packed::Right;
use neuropil_simd::{Float, Lanes};

/// A block of B: where it begins, in place or packed.
#[derive(Clone, Copy)]
pub(super) struct RightBlock<T> {
    pub b: *const T,
    /// From a row to the next.
    pub step: usize,
    /// From a panel to the next.
    pub panel: usize,
    /// How many numbers may be read from `b` on.
    pub readable: usize,
}

impl<T: Float> RightBlock<T> {
    /// The block in place or packed into the scratch; and the scratch that is left.
    #[inline(always)]
    pub fn new<'s, V: Lanes<T>>(
        b: Right<'_, T>,
        pack: bool,
        terms: Span,
        cols: Span,
        scratch: &'s mut [T],
    ) -> (Self, &'s mut [T]) {
        let width = tile_width::<T, V>();
        let packed = |panels: &[T]| Self {
            b: panels.as_ptr(),
            step: width,
            panel: width * terms.len,
            readable: panels.len(),
        };
        match b {
            Right::Packed(b) => {
                let padded = b.cols.next_multiple_of(width);
                let start = terms.first * padded + cols.first * terms.len;
                let len = cols.len.next_multiple_of(width) * terms.len;
                (packed(&b.data[start..start + len]), scratch)
            }
            Right::Matrix(matrix) if pack => {
                let len = cols.len.next_multiple_of(width) * terms.len;
                let (panels, rest) = scratch.split_at_mut(len);
                PackRight {
                    matrix,
                    row: terms.first,
                    rows: terms.len,
                    column: cols.first,
                    cols: cols.len,
                    panels,
                }
                .run::<V>();
                (packed(panels), rest)
            }
            Right::Matrix(matrix) => {
                let start = terms.first * matrix.row_stride + cols.first;
                // Without terms or columns there may be no data to begin in.
                let b = matrix.data.get(start..).unwrap_or_default();
                let block = Self {
                    b: b.as_ptr(),
                    step: matrix.row_stride,
                    panel: width,
                    readable: b.len(),
                };
                (block, scratch)
            }
        }
    }

    /// The block from a column on that begins a panel.
    #[inline(always)]
    pub fn at(self, column: usize, width: usize) -> Self {
        let skip = column / width * self.panel;
        Self { b: self.b.wrapping_add(skip), readable: self.readable.saturating_sub(skip), ..self }
    }

    /// The number behind the last that a tile of so many vectors reads in its first `rows` rows.
    #[inline(always)]
    pub fn reach<V: Lanes<T>>(self, vectors: usize, rows: usize) -> usize {
        let last_panel = (vectors * V::LEN - 1) / tile_width::<T, V>();
        let last_width = vectors * V::LEN - last_panel * tile_width::<T, V>();
        last_panel * self.panel + (rows - 1) * self.step + last_width
    }

    /// How many of the first `terms` rows may be read over `width` columns.
    #[inline(always)]
    pub fn full(self, width: usize, terms: usize) -> usize {
        match self.readable.checked_sub(width) {
            None => 0,
            Some(_) if self.step == 0 => terms,
            Some(more) => terms.min(more / self.step + 1),
        }
    }
}

/// A block of A: where it begins, in place or packed.
#[derive(Clone, Copy)]
pub(super) struct LeftBlock<T> {
    pub a: *const T,
    /// From a tile's first row to the next tile's, for each row of the tile.
    pub offset: usize,
    /// From a row of a tile to the next.
    pub row: usize,
    /// From a term to the next; `None` if it is the number of rows of the tile.
    pub step: Option<usize>,
}

impl<T: Float> LeftBlock<T> {
    #[inline(always)]
    pub fn new(
        matrix: Matrix<'_, T>,
        rows: Span,
        terms: Span,
        pack: bool,
        scratch: &mut [T],
    ) -> Self {
        if pack {
            PackLeft {
                matrix,
                row: rows.first,
                rows: rows.len,
                term: terms.first,
                terms: terms.len,
                tiles: &mut *scratch,
            }
            .run();
            let by_columns = matrix.col_stride != 1;
            Self {
                a: scratch.as_ptr(),
                offset: terms.len,
                row: if by_columns { 1 } else { terms.len },
                step: if by_columns { None } else { Some(1) },
            }
        } else {
            let start = rows.first * matrix.row_stride + terms.first * matrix.col_stride;
            Self {
                a: matrix.data.as_ptr().wrapping_add(start),
                offset: matrix.row_stride,
                row: matrix.row_stride,
                step: Some(matrix.col_stride),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Never a row too many, or what lies behind the slice would be read; never one too few.
    #[test]
    fn full_counts_the_rows_that_end_within_the_slice() {
        for readable in 0..60 {
            for step in 0..20 {
                for width in 1..20 {
                    for terms in 0..9 {
                        let block =
                            RightBlock { b: std::ptr::null::<f32>(), step, panel: 0, readable };
                        let fits = |p: &usize| p * step + width <= readable;
                        let expected = (0..terms).take_while(fits).count();
                        assert_eq!(
                            block.full(width, terms),
                            expected,
                            "{terms} rows of {width}, {step} apart, of {readable}"
                        );
                    }
                }
            }
        }
    }
}
