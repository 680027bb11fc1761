//! Rows of probabilities.

use crate::activation::check_rows;
use crate::{Activation, Reads};
use neuropil_simd::reduce::within;
use neuropil_simd::{Float, Kernel, Lanes, dispatch, rows};

/// y_i = e^(x_i) / Σ_j e^(x_j) over each row: positive, and each row sums to 1. PyTorch's
/// `Softmax(dim=-1)`.
///
/// The largest x of the row is subtracted first, which changes nothing but keeps every exponential
/// in range. A logit of -∞ has the probability 0; a row whose largest logit is infinite, or that
/// holds a NaN, is NaN.
///
/// The derivative, from the output: dx_i += y_i (dy_i - Σ_j dy_j y_j).
///
/// ```
/// use neuropil_activations::{Activation, Softmax};
///
/// let x = [1000.0_f64, 1000.0 + 3_f64.ln()]; // one row of two
/// let mut y = [0.0; 2];
/// Softmax.forward(2, &x, &mut y);
/// assert!((y[0] - 0.25).abs() < 1e-12 && (y[1] - 0.75).abs() < 1e-12);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Softmax;

impl Activation for Softmax {
    fn reads(&self) -> Reads {
        Reads::Output
    }

    fn forward<T: Float>(&self, width: usize, x: &[T], y: &mut [T]) {
        check_rows(self, width, x.len());
        assert_eq!(x.len(), y.len(), "Softmax: x has {} numbers, y {}", x.len(), y.len());
        rows::softmax(width, x, y);
    }

    fn backward<T: Float>(&self, width: usize, _x: &[T], y: &[T], dy: &[T], dx: &mut [T]) {
        check_rows(self, width, dx.len());
        assert_eq!(y.len(), dx.len(), "Softmax: y has {} numbers, dx {}", y.len(), dx.len());
        assert_eq!(dy.len(), dx.len(), "Softmax: dy has {} numbers, dx {}", dy.len(), dx.len());
        backward(T::ONE, width, y, dy, dx);
    }
}

/// dx += factor y (dy - Σ dy y) of each row. The lengths are equal.
pub(crate) fn backward<T: Float>(factor: T, width: usize, y: &[T], dy: &[T], dx: &mut [T]) {
    if !dx.is_empty() {
        dispatch(Backward { factor, width, y, dy, dx });
    }
}

struct Backward<'a, T> {
    factor: T,
    width: usize,
    y: &'a [T],
    dy: &'a [T],
    dx: &'a mut [T],
}

impl<T: Float> Kernel<T> for Backward<'_, T> {
    type Out = ();
    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let factor = V::splat(self.factor);
        let rows = self.y.chunks_exact(self.width).zip(self.dy.chunks_exact(self.width));
        for ((y, dy), dx) in rows.zip(self.dx.chunks_exact_mut(self.width)) {
            let sum = V::splat(within::dot::<T, V>(dy, y));
            let (mut y, mut dy) = (y.chunks_exact(V::LEN), dy.chunks_exact(V::LEN));
            let mut dx = dx.chunks_exact_mut(V::LEN);
            for ((y, dy), dx) in (&mut y).zip(&mut dy).zip(&mut dx) {
                (factor * V::load(y)).mul_add(V::load(dy) - sum, V::load(dx)).store(dx);
            }
            let (y, dy) = (V::load_partial(y.remainder()), V::load_partial(dy.remainder()));
            let dx = dx.into_remainder();
            (factor * y).mul_add(dy - sum, V::load_partial(dx)).store_partial(dx);
        }
    }
}
