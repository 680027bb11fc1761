//! Matrices as [`gemm`](super::gemm) sees them: borrowed slices with strides.

use neuropil_simd::Float;

/// A borrowed matrix: element (i, j) is `data[i * row_stride + j * col_stride]`.
///
/// A transposed or sliced matrix is the same numbers with other strides, so nothing is copied. A
/// stride of zero repeats a row or a column.
///
/// ```
/// use neuropil_tensor::gemm::Matrix;
///
/// let data = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
/// let a = Matrix::new(&data, 2, 3);
/// assert_eq!(a.at(1, 0), 4.0);
/// assert_eq!(a.transposed().at(0, 1), 4.0);
/// assert_eq!((a.transposed().rows(), a.transposed().cols()), (3, 2));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Matrix<'a, T> {
    pub(super) data: &'a [T],
    pub(super) rows: usize,
    pub(super) cols: usize,
    pub(super) row_stride: usize,
    pub(super) col_stride: usize,
}

impl<'a, T: Float> Matrix<'a, T> {
    /// A row-major matrix, `[rows, cols]`.
    ///
    /// # Panics
    /// If `data` does not have `rows * cols` numbers.
    #[inline]
    #[track_caller]
    pub fn new(data: &'a [T], rows: usize, cols: usize) -> Self {
        assert!(
            rows.checked_mul(cols) == Some(data.len()),
            "Matrix::new: {rows} rows of {cols} numbers in a slice of {}",
            data.len()
        );
        Self { data, rows, cols, row_stride: cols, col_stride: 1 }
    }

    /// A matrix whose element (i, j) is `data[i * row_stride + j * col_stride]`.
    ///
    /// # Panics
    /// If the last element lies outside `data`.
    #[inline]
    #[track_caller]
    pub fn with_strides(
        data: &'a [T],
        rows: usize,
        cols: usize,
        row_stride: usize,
        col_stride: usize,
    ) -> Self {
        assert!(
            reach(rows, cols, row_stride, col_stride).is_some_and(|reach| reach <= data.len()),
            "Matrix::with_strides: {rows} rows and {cols} columns with strides {row_stride} and \
             {col_stride} in a slice of {}",
            data.len()
        );
        Self { data, rows, cols, row_stride, col_stride }
    }

    /// The transposed matrix, over the same numbers.
    #[inline]
    pub fn transposed(self) -> Self {
        Self {
            data: self.data,
            rows: self.cols,
            cols: self.rows,
            row_stride: self.col_stride,
            col_stride: self.row_stride,
        }
    }

    /// Element (`i`, `j`).
    ///
    /// # Panics
    /// If it lies outside the matrix.
    #[inline]
    #[track_caller]
    pub fn at(self, i: usize, j: usize) -> T {
        assert!(
            i < self.rows && j < self.cols,
            "Matrix::at: element ({i}, {j}) of {} rows and {} columns",
            self.rows,
            self.cols
        );
        self.data[i * self.row_stride + j * self.col_stride]
    }

    /// The number of rows.
    #[inline]
    pub fn rows(self) -> usize {
        self.rows
    }

    /// The number of columns.
    #[inline]
    pub fn cols(self) -> usize {
        self.cols
    }
}

/// A borrowed row-major matrix to write to: element (i, j) is `data[i * row_stride + j]`.
///
/// What lies between the end of a row and the beginning of the next is never touched.
#[derive(Debug)]
pub struct MatrixMut<'a, T> {
    pub(super) data: &'a mut [T],
    pub(super) rows: usize,
    pub(super) cols: usize,
    pub(super) row_stride: usize,
}

impl<'a, T: Float> MatrixMut<'a, T> {
    /// A row-major matrix, `[rows, cols]`.
    ///
    /// # Panics
    /// If `data` does not have `rows * cols` numbers.
    #[inline]
    #[track_caller]
    pub fn new(data: &'a mut [T], rows: usize, cols: usize) -> Self {
        assert!(
            rows.checked_mul(cols) == Some(data.len()),
            "MatrixMut::new: {rows} rows of {cols} numbers in a slice of {}",
            data.len()
        );
        Self { data, rows, cols, row_stride: cols }
    }

    /// A matrix whose rows begin `row_stride` numbers apart.
    ///
    /// # Panics
    /// If `row_stride` is less than `cols`, or if the last element lies outside `data`.
    #[inline]
    #[track_caller]
    pub fn with_stride(data: &'a mut [T], rows: usize, cols: usize, row_stride: usize) -> Self {
        assert!(
            row_stride >= cols,
            "MatrixMut::with_stride: a row stride of {row_stride} for {cols} columns"
        );
        assert!(
            reach(rows, cols, row_stride, 1).is_some_and(|reach| reach <= data.len()),
            "MatrixMut::with_stride: {rows} rows and {cols} columns with a row stride of \
             {row_stride} in a slice of {}",
            data.len()
        );
        Self { data, rows, cols, row_stride }
    }

    /// The number of rows.
    #[inline]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The number of columns.
    #[inline]
    pub fn cols(&self) -> usize {
        self.cols
    }
}

/// The length that a slice needs for the last element to lie in it; `None` if that overflows.
#[inline]
fn reach(rows: usize, cols: usize, row_stride: usize, col_stride: usize) -> Option<usize> {
    if rows == 0 || cols == 0 {
        return Some(0);
    }
    let down = (rows - 1).checked_mul(row_stride)?;
    let right = (cols - 1).checked_mul(col_stride)?;
    down.checked_add(right)?.checked_add(1)
}
