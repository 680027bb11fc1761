//! One thread's share of a product: blocks of the sum, of rows and of columns, cut into tiles.

use super::blocks::{
    BLOCK_COLS, BLOCK_COLS_BOTH, BLOCK_COLS_ONCE, BLOCK_ROWS, FINISH_COLS, FINISH_ROWS, TILE_ROWS,
    block_len, even, heights, pack_left, pack_right, tile_panels, tile_vectors, tile_width,
    widest_panel,
};
use super::epilogue::Fused;
use super::matrix::Matrix;
use super::operand::{LeftBlock, RightBlock};
use super::packed::Right;
use super::tile::{Ends, Place, Terms, tile};
use neuropil_simd::{ALIGNMENT, Float, Lanes};

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
    /// The first `len`, and the rest.
    #[inline(always)]
    fn split(self, len: usize) -> (Span, Span) {
        let rest = Span { first: self.first + len, len: self.len - len };
        (Span { first: self.first, len }, rest)
    }

    /// Pieces of `len` and a last one of what is left.
    #[inline(always)]
    fn pieces(self, len: usize) -> impl Iterator<Item = Span> {
        (0..self.len)
            .step_by(len)
            .map(move |i| Span { first: self.first + i, len: len.min(self.len - i) })
    }
}

/// The part of a product that one thread computes.
pub(super) struct Part<'a, T> {
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
    pub unsafe fn new(
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
        let (most_rows, finish_cols) = match product.finish {
            None => (BLOCK_ROWS, usize::MAX),
            Some(_) => (FINISH_ROWS, FINISH_COLS.next_multiple_of(tile_width::<T, V>())),
        };
        let row_block = even(rows.len, rows.len.div_ceil(most_rows), TILE_ROWS);
        let pack_left = pack_left(product.a, cols.len);

        // Packed blocks begin on a cache line.
        let skip = scratch.as_ptr().align_offset(ALIGNMENT).min(ALIGNMENT / size_of::<T>());
        let scratch = &mut scratch[skip..];

        let pack_right = match product.b {
            Right::Packed(_) => false,
            Right::Matrix(b) => pack_right(b, rows.len),
        };
        let col_block = match (pack_right, pack_left) {
            (false, _) => usize::MAX,
            (true, _) if rows.len > BLOCK_ROWS => BLOCK_COLS,
            (true, false) => BLOCK_COLS_ONCE,
            (true, true) => BLOCK_COLS_BOTH,
        };

        for cols in cols.pieces(col_block) {
            let mut term = 0;
            loop {
                let terms = Span { first: term, len: block.min(len - term) };
                term += terms.len;
                let last = term == len;
                let (right, scratch) =
                    RightBlock::new::<V>(product.b, pack_right, terms, cols, scratch);
                let ends = Ends {
                    beta: if terms.first > 0 {
                        Some(T::ONE)
                    } else if product.beta == T::ZERO {
                        None
                    } else {
                        Some(product.beta)
                    },
                    epilogue: if last { Some(product.epilogue) } else { None },
                };
                for rows in rows.pieces(row_block) {
                    let left = LeftBlock::new(product.a, rows, terms, pack_left, scratch);
                    for cols_of_group in cols.pieces(finish_cols) {
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
        let panels = tile_panels::<T, V>(self.rows.len);
        let (many, rest) = self.cols.split(self.cols.len - self.cols.len % (panels * width));
        let (many, rest) = (many.pieces(panels * width), rest.pieces(width));
        for cols in many.chain(rest) {
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
            for height in heights(self.rows.len) {
                let terms = Terms {
                    len: self.terms,
                    full,
                    a: left.a.wrapping_add(row * left.offset),
                    a_row: left.row,
                    a_step: left.step.unwrap_or(height),
                    b: right.b,
                    b_step: right.step,
                    b_panel: right.panel,
                };
                let place = Place {
                    c: c.at(self.rows.first + row, cols.first),
                    c_row: c.row_stride,
                    width: cols.len,
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
