//! Products of matrices and of vectors.

use crate::gemm::{Matrix, MatrixMut, Plain, gemm, scratch_len};
use crate::layout::{Layout, Offsets};
use crate::{Shape, ShapeError, Tensor, View};
use neuropil_simd::{Float, reduce};

impl<T: Float> View<'_, T> {
    /// The matrix product, NumPy's `matmul`: `[m, k]` times `[k, n]` is `[m, n]`.
    ///
    /// C_ij = sum_p A_ip B_pj, added in ascending order of p.
    ///
    /// Axes in front are batches and broadcast: `[8, m, k]` times `[k, n]` is `[8, m, n]`. A vector
    /// on the left is a row, one on the right a column, and the result has no axis for it: `[k]`
    /// times `[k, n]` is `[n]`. Transposed and sliced views are used where they lie.
    ///
    /// ```
    /// use neuropil_tensor::Tensor;
    ///
    /// let a = Tensor::from([[1.0_f32, 2.0], [3.0, 4.0]]);
    /// assert_eq!(a.matmul(&Tensor::eye(2))?, a);
    /// assert_eq!(a.matmul(a.transposed())?, Tensor::from([[5.0, 11.0], [11.0, 25.0]]));
    /// assert_eq!(a.matmul(&Tensor::from([1.0, 1.0]))?, Tensor::from([3.0, 7.0]));
    /// let error = a.matmul(&Tensor::eye(3)).unwrap_err();
    /// assert_eq!(error.to_string(), "matmul: shapes [2, 2] and [3, 3] do not fit");
    /// # Ok::<(), neuropil_tensor::ShapeError>(())
    /// ```
    ///
    /// # Errors
    /// [`ShapeError::Mismatch`] if the inner lengths differ, the batches do not broadcast, or one
    /// side is a scalar.
    pub fn matmul<'b>(self, other: impl Into<View<'b, T>>) -> Result<Tensor<T>, ShapeError> {
        let other = other.into();
        let misfit = || ShapeError::mismatch("matmul", self.shape(), other.shape());
        if self.rank() == 0 || other.rank() == 0 {
            return Err(misfit());
        }
        let a = if self.rank() == 1 { self.insert_axis(0)? } else { self };
        let b = if other.rank() == 1 { other.insert_axis(1)? } else { other };

        let (a_batch, [m, k], a_strides) = split(a);
        let (b_batch, [b_rows, n], b_strides) = split(b);
        let batch = a_batch.shape.broadcast(&b_batch.shape).ok_or_else(misfit)?;
        let (Some(a_batch), Some(b_batch), true) =
            (a_batch.broadcast(batch), b_batch.broadcast(batch), k == b_rows)
        else {
            return Err(misfit());
        };

        let rows = (self.rank() > 1).then_some(m);
        let cols = (other.rank() > 1).then_some(n);
        let shape: Shape = batch.dims().iter().copied().chain(rows).chain(cols).collect();
        let mut product = Tensor::zeros(shape);
        // Without elements there is nothing to do, and empty views may lie nowhere.
        if !shape.is_empty() && k > 0 {
            let (a, b) = (a.parts().0, b.parts().0);
            let mut scratch = vec![T::ZERO; scratch_len::<T>(m, n, k)];
            let places = Offsets::new(batch, [&a_batch, &b_batch]);
            for (c, [i, j]) in product.as_mut_slice().chunks_exact_mut(m * n).zip(places) {
                let a = Matrix::with_strides(&a[i..], m, k, a_strides[0], a_strides[1]);
                let b = Matrix::with_strides(&b[j..], k, n, b_strides[0], b_strides[1]);
                gemm(a, b, T::ZERO, MatrixMut::new(c, m, n), Plain, &mut scratch);
            }
        }
        Ok(product)
    }

    /// The inner product of two vectors, sum_i x_i y_i, in the canonical order of
    /// [`neuropil_simd::reduce::dot`].
    ///
    /// ```
    /// use neuropil_tensor::Tensor;
    /// let (x, y) = (Tensor::from([1.0_f32, 2.0, 3.0]), Tensor::from([4.0, 5.0, 6.0]));
    /// assert_eq!(x.dot(&y)?, 32.0);
    /// # Ok::<(), neuropil_tensor::ShapeError>(())
    /// ```
    ///
    /// # Errors
    /// [`ShapeError::Mismatch`] if they are not two vectors of one length.
    pub fn dot<'b>(self, other: impl Into<View<'b, T>>) -> Result<T, ShapeError> {
        let other = other.into();
        if self.rank() != 1 || self.shape() != other.shape() {
            return Err(ShapeError::mismatch("dot", self.shape(), other.shape()));
        }
        Ok(reduce::dot(&self.to_slice(), &other.to_slice()))
    }
}

impl<T: Float> Tensor<T> {
    /// The matrix product; see [`View::matmul`].
    ///
    /// # Errors
    /// As there.
    pub fn matmul<'b>(&self, other: impl Into<View<'b, T>>) -> Result<Self, ShapeError> {
        self.view().matmul(other)
    }

    /// The inner product of two vectors; see [`View::dot`].
    ///
    /// # Errors
    /// As there.
    pub fn dot<'b>(&self, other: impl Into<View<'b, T>>) -> Result<T, ShapeError> {
        self.view().dot(other)
    }
}

/// The axes in front of a matrix; its rows and columns; their strides.
fn split<T: Float>(x: View<'_, T>) -> (Layout, [usize; 2], [usize; 2]) {
    let layout = x.parts().1;
    let (row, col) = (x.rank() - 2, x.rank() - 1);
    let [rows, cols] = [layout.shape[row], layout.shape[col]];
    let [mut down, mut right] = [layout.strides[row], layout.strides[col]];
    // The stride of an axis of length 1 says nothing; these let the product see a plain matrix.
    if cols == 1 {
        right = 1;
    }
    if rows == 1 {
        down = cols;
    }
    (layout.axes(0..row), [rows, cols], [down, right])
}
