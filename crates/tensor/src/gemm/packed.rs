//! The right operand, in place or packed once for many products.

use super::blocks::{block_len, panel_width};
use super::matrix::Matrix;
use super::pack::PackRight;
use crate::work::{Work, work};
use neuropil_simd::{AlignedVec, Float, Level};
use std::fmt;

/// The right operand of a product: in place, or packed once for many products.
///
/// [`gemm`](super::gemm) takes both a [`Matrix`] and a `&Packed` where it asks for
/// `impl Into<Right>`.
#[derive(Clone, Copy, Debug)]
pub enum Right<'a, T> {
    /// A matrix wherever it lies.
    Matrix(Matrix<'a, T>),
    /// A matrix that was packed before.
    Packed(&'a Packed<T>),
}

impl<T: Float> Right<'_, T> {
    /// The number of rows, the inner dimension of the product.
    #[inline]
    pub fn rows(&self) -> usize {
        match self {
            Right::Matrix(matrix) => matrix.rows,
            Right::Packed(packed) => packed.rows,
        }
    }

    /// The number of columns.
    #[inline]
    pub fn cols(&self) -> usize {
        match self {
            Right::Matrix(matrix) => matrix.cols,
            Right::Packed(packed) => packed.cols,
        }
    }
}

impl<'a, T> From<Matrix<'a, T>> for Right<'a, T> {
    #[inline]
    fn from(matrix: Matrix<'a, T>) -> Self {
        Right::Matrix(matrix)
    }
}

impl<'a, T> From<&'a Packed<T>> for Right<'a, T> {
    #[inline]
    fn from(packed: &'a Packed<T>) -> Self {
        Right::Packed(packed)
    }
}

/// A right operand in the order in which the tile kernel reads it.
///
/// It pays where one matrix is the right operand of many products, above all where it is a
/// transposed one: the weights of a layer in backward, or in inference. The product has the same
/// bits as with the matrix in place.
///
/// The numbers stand in panels as wide as a tile of the level, columns beyond the last one zero;
/// panels of one block of rows lie together, and within a panel a row follows a row.
///
/// ```
/// use neuropil_tensor::gemm::{Matrix, MatrixMut, Packed, Plain, gemm, scratch_len};
///
/// let weight = [1.0_f32, 2.0, 3.0, 4.0, 5.0, 6.0]; // [2, 3]
/// let transposed = Packed::new(Matrix::new(&weight, 2, 3).transposed());
///
/// let mut dx = [0.0; 2];
/// let mut scratch = vec![0.0; scratch_len::<f32>(1, 2, 3)];
/// let dy = Matrix::new(&[1.0, 10.0, 100.0], 1, 3);
/// gemm(dy, &transposed, 0.0, MatrixMut::new(&mut dx, 1, 2), Plain, &mut scratch);
/// assert_eq!(dx, [321.0, 654.0]);
/// ```
#[derive(Clone)]
pub struct Packed<T> {
    pub(super) data: AlignedVec<T>,
    pub(super) rows: usize,
    pub(super) cols: usize,
    pub(super) level: Level,
}

impl<T: Float> Packed<T> {
    /// Packs a matrix for the level in use. Allocates.
    pub fn new(matrix: Matrix<'_, T>) -> Self {
        Self::new_at(Level::current(), matrix)
    }

    /// Packs a matrix for a chosen level, for tests and benchmarks. Allocates.
    ///
    /// # Panics
    /// If this machine lacks the level.
    pub fn new_at(level: Level, matrix: Matrix<'_, T>) -> Self {
        let len = padded_cols::<T>(level, matrix.cols) * matrix.rows;
        let data = AlignedVec::zeros(len);
        let mut packed = Self { data, rows: matrix.rows, cols: matrix.cols, level };
        packed.repack(matrix);
        packed
    }

    /// Packs other numbers of the same shape. Does not allocate.
    ///
    /// # Panics
    /// If the shape is another.
    #[track_caller]
    pub fn repack(&mut self, matrix: Matrix<'_, T>) {
        assert!(
            (matrix.rows, matrix.cols) == (self.rows, self.cols),
            "Packed::repack: {} rows and {} columns where {} rows and {} columns were packed",
            matrix.rows,
            matrix.cols,
            self.rows,
            self.cols
        );
        let padded = padded_cols::<T>(self.level, self.cols);
        let block = block_len(self.rows);
        let mut data = &mut self.data[..];
        for row in (0..self.rows).step_by(block) {
            let rows = block.min(self.rows - row);
            let (panels, rest) = data.split_at_mut(rows * padded);
            let pack = PackRight { matrix, row, rows, column: 0, cols: self.cols, panels };
            work(self.level, Work::Pack(pack));
            data = rest;
        }
    }

    /// The number of rows of the matrix.
    #[inline]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The number of columns of the matrix.
    #[inline]
    pub fn cols(&self) -> usize {
        self.cols
    }
}

impl<T> fmt::Debug for Packed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { data: _, rows, cols, level } = self;
        f.debug_struct("Packed")
            .field("rows", rows)
            .field("cols", cols)
            .field("level", level)
            .finish_non_exhaustive()
    }
}

/// The columns of all panels together.
fn padded_cols<T: Float>(level: Level, cols: usize) -> usize {
    cols.next_multiple_of(panel_width::<T>(level))
}
