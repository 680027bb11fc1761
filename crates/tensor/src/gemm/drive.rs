//! One thread's share of a product: blocks of the sum, of rows and of columns, cut into tiles.

use super::blocks::{
    BLOCK_COLS, BLOCK_COLS_BOTH, BLOCK_COLS_ONCE, BLOCK_ROWS, FINISH_COLS, FINISH_ROWS, Heights,
    TILE_ROWS, block_len, even, pack_left, pack_right, tile_panels, tile_vectors, tile_width,
    widest_panel,
};
use super::epilogue::Fused;
use super::matrix::Matrix;
use super::operand::{LeftBlock, RightBlock};
use super::packed::Right;
use super::tile::{Ends, Place, Terms, tile};
use neuropil_simd::{ALIGNMENT, Float, Lanes};
use std::hint::black_box;

/// A function for finished pieces of rows, and the columns at which they begin.
pub(super) type Finish<'a, T> = &'a (dyn Fn(&mut [T], usize) + Sync);

/// A whole product; its shapes fit each other.
#[derive(Clone, Copy)]
pub(super) struct Product<'a, T> {
    pub a: Matrix<'a, T>,
    pub b: Right<'a, T>,
    pub beta: T,
    pub c: Target<T>,
    pub epilogue: Fused<'a, T>,
    pub finish: Option<Finish<'a, T>>,
}

/// C, of which each thread writes its own part.
#[derive(Clone, Copy)]
pub(super) struct Target<T> {
    pub data: *mut T,
    pub row_stride: usize,
}

// SAFETY: threads only use the pointer in `Part::run`, whose parts do not overlap.
unsafe impl<T: Send> Send for Target<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Target<T> {}

/// A run of rows or columns.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub first: usize,
    pub len: usize,
}

impl Span {
    /// The first `len`.
    #[inline(always)]
    pub fn to(len: usize) -> Self {
        Self { first: 0, len }
    }

    /// Cuts off the first `len`, or what is left of them; `None` if nothing is.
    ///
    /// No iterator: its arithmetic weighs in a small product.
    #[inline(always)]
    fn next(&mut self, len: usize) -> Option<Span> {
        let len = len.min(self.len);
        let next = Span { first: self.first, len };
        *self = Span { first: self.first + len, len: self.len - len };
        (len > 0).then_some(next)
    }
}

/// The part of a product that one thread computes.
pub(crate) struct Part<'a, T> {
    product: &'a Product<'a, T>,
    rows: Span,
    cols: Span,
    scratch: &'a mut [T],
}

/// The scratch, in numbers, that a part of so many rows, columns and terms may need.
pub(super) fn part_scratch<T>(rows: usize, cols: usize, terms: usize) -> usize {
    let block = block_len(terms).min(terms);
    let most_cols = if rows > BLOCK_ROWS { BLOCK_COLS } else { BLOCK_COLS_BOTH };
    let right = cols.min(most_cols).next_multiple_of(widest_panel::<T>()) * block;
    let left = rows.min(BLOCK_ROWS) * block;
    right + left + ALIGNMENT / size_of::<T>()
}

impl<'a, T: Float> Part<'a, T> {
    /// A part of a product.
    ///
    /// # Safety
    /// `rows` and `cols` lie within the product, whose target is valid for reading and writing
    /// there, and nobody else has access to it; the first column begins a panel if B is packed.
    /// The scratch is at least `part_scratch` long.
    pub(super) unsafe fn new(
        product: &'a Product<'a, T>,
        rows: Span,
        cols: Span,
        scratch: &'a mut [T],
    ) -> Self {
        Self { product, rows, cols, scratch }
    }
}

impl<T: Float> Part<'_, T> {
    /// Computes the part.
    #[inline(always)]
    pub fn run<V: Lanes<T>>(self) {
        let Self { product, rows, cols, scratch } = self;
        let len = product.a.cols;
        let block = block_len(len);
        let pack_left = pack_left(product.a, cols.len);
        let pack_right = match product.b {
            Right::Packed(_) => false,
            Right::Matrix(b) => pack_right(b, rows.len),
        };
        let (most_rows, finish_cols) = match product.finish {
            None => (BLOCK_ROWS, usize::MAX),
            Some(_) => (FINISH_ROWS, FINISH_COLS.next_multiple_of(tile_width::<T, V>())),
        };
        let row_block = if rows.len <= most_rows {
            rows.len
        } else {
            even(rows.len, rows.len.div_ceil(most_rows), TILE_ROWS)
        };
        let col_block = match (pack_right, pack_left) {
            (false, _) => usize::MAX,
            (true, _) if rows.len > BLOCK_ROWS => BLOCK_COLS,
            (true, false) => BLOCK_COLS_ONCE,
            (true, true) => BLOCK_COLS_BOTH,
        };

        // Packed blocks begin on a cache line.
        let skip = scratch.as_ptr().align_offset(ALIGNMENT).min(ALIGNMENT / size_of::<T>());
        let scratch = &mut scratch[skip..];

        let mut cols_left = cols;
        while let Some(cols) = cols_left.next(col_block) {
            let mut terms_left = Span::to(len);
            loop {
                // Of a sum without terms there is one block, too: C = beta C.
                let terms = terms_left.next(block).unwrap_or(terms_left);
                let last = terms_left.len == 0;
                let (right, scratch) =
                    RightBlock::new::<V>(product.b, pack_right, terms, cols, scratch);
                let ends = Ends::new(product.beta, product.epilogue, terms.first == 0, last);
                let mut rows_left = rows;
                while let Some(rows) = rows_left.next(row_block) {
                    let left = LeftBlock::new(product.a, rows, terms, pack_left, scratch);
                    let mut group_left = cols;
                    while let Some(cols_of_group) = group_left.next(finish_cols) {
                        let group = Group { rows, cols: cols_of_group, terms: terms.len };
                        let right =
                            right.at(cols_of_group.first - cols.first, tile_width::<T, V>());
                        // SAFETY: the rows, columns and terms lie within those of the part.
                        unsafe { group.run::<T, V>(left, right, product.c, ends) };
                        if last && let Some(finish) = product.finish {
                            for i in rows.first..rows.first + rows.len {
                                let c = product.c.at(i, cols_of_group.first);
                                // SAFETY: this piece of a row lies within the part.
                                let piece =
                                    unsafe { std::slice::from_raw_parts_mut(c, cols_of_group.len) };
                                finish(piece, cols_of_group.first);
                            }
                        }
                    }
                }
                if last {
                    break;
                }
            }
        }
    }
}

impl<T> Target<T> {
    #[inline(always)]
    fn at(self, row: usize, column: usize) -> *mut T {
        self.data.wrapping_add(row * self.row_stride + column)
    }
}

/// Some rows and columns of C over one block of the sum.
struct Group {
    rows: Span,
    cols: Span,
    terms: usize,
}

impl Group {
    /// # Safety
    /// The group lies within a part that has sole access to the target; `left` and `right` begin
    /// with its first row and column.
    #[inline(always)]
    unsafe fn run<T: Float, V: Lanes<T>>(
        self,
        left: LeftBlock<T>,
        right: RightBlock<T>,
        c: Target<T>,
        ends: Ends<'_, T>,
    ) {
        // As many panels at a time as few rows need, then the rest one by one.
        let width = tile_width::<T, V>();
        let widest = tile_panels::<T, V>(self.rows.len) * width;
        let heights = Heights::new(self.rows.len);
        let mut cols_left = self.cols;
        while let Some(cols) = cols_left.next(if cols_left.len >= widest { widest } else { width })
        {
            let right = right.at(cols.first - self.cols.first, width);
            // Of what is wider than a vector there are tiles of two or four.
            let vectors = match cols.len.div_ceil(V::LEN) {
                3 => 4,
                vectors => vectors,
            };
            let full = if cols.len == vectors * V::LEN {
                self.terms
            } else {
                right.full(vectors * V::LEN, self.terms)
            };
            debug_assert!(full == 0 || right.reach::<V>(vectors, full) <= right.readable);
            let mut row = 0;
            while row < self.rows.len {
                let height = heights.at(row);
                // Else the compiler takes what all kinds of tiles do with these out of both
                // loops, more arithmetic than in a small product.
                let (a_row, c_row, b_step, width) =
                    black_box((left.row, c.row_stride, right.step, cols.len));
                let terms = Terms {
                    len: self.terms,
                    full,
                    a: left.a.wrapping_add(row * left.offset),
                    a_row,
                    a_step: left.step.unwrap_or(height),
                    b: right.b,
                    b_step,
                    b_panel: right.panel,
                };
                let place = Place {
                    c: c.at(self.rows.first + row, cols.first),
                    c_row,
                    width,
                    column: cols.first,
                };
                // SAFETY: the tile lies within the group, and `full` counts the rows of B that
                // may be read over all of its vectors.
                unsafe { tile_of::<T, V>(height, vectors, terms, place, ends) };
                row += height;
            }
        }
    }
}

/// [`tile`] for a number of rows and vectors known only now.
///
/// # Safety
/// That of [`tile`].
#[inline(always)]
unsafe fn tile_of<T: Float, V: Lanes<T>>(
    rows: usize,
    vectors: usize,
    terms: Terms<T>,
    place: Place<T>,
    ends: Ends<'_, T>,
) {
    macro_rules! rows {
        ($vectors:literal) => {
            match rows {
                1 => tile::<T, V, 1, $vectors>(terms, place, ends),
                2 => tile::<T, V, 2, $vectors>(terms, place, ends),
                3 => tile::<T, V, 3, $vectors>(terms, place, ends),
                4 => tile::<T, V, 4, $vectors>(terms, place, ends),
                5 => tile::<T, V, 5, $vectors>(terms, place, ends),
                _ => tile::<T, V, 6, $vectors>(terms, place, ends),
            }
        };
    }
    // SAFETY: passed on to the caller.
    unsafe {
        match (tile_vectors::<T, V>(), vectors) {
            (1, 1) => rows!(1),
            (1, 2) => tile::<T, V, 2, 2>(terms, place, ends),
            (1, _) => tile::<T, V, 1, 4>(terms, place, ends),
            (2, 1) => rows!(1),
            (2, 2) => rows!(2),
            (2, 4) => tile::<T, V, 2, 4>(terms, place, ends),
            (2, _) => tile::<T, V, 1, 8>(terms, place, ends),
            (_, 1) => rows!(1),
            (_, 2) => rows!(2),
            (_, 4) => rows!(4),
            (_, _) => tile::<T, V, 1, 8>(terms, place, ends),
        }
    }
}
