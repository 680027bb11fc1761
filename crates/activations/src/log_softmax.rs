//! Rows of logarithms of probabilities.

use crate::activation::check_rows;
use crate::{Activation, Reads};
use neuropil_simd::reduce::within;
use neuropil_simd::{Float, Kernel, Lanes, dispatch, math, rows};

/// y_i = x_i - ln Σ_j e^(x_j) over each row: the logarithm of [`Softmax`](crate::Softmax), precise
/// also where that is zero. PyTorch's `LogSoftmax(dim=-1)`.
///
/// A logit of -∞ stays -∞; a row whose largest logit is infinite, or that holds a NaN, is NaN.
///
/// The derivative, from the output: dx_i += dy_i - e^(y_i) Σ_j dy_j.
///
/// ```
/// use neuropil_activations::{Activation, LogSoftmax};
///
/// let x = [1000.0_f64, 1000.0]; // one row of two
/// let mut y = [0.0; 2];
/// LogSoftmax.forward(2, &x, &mut y);
/// assert_eq!(y, [-std::f64::consts::LN_2; 2]);
///
/// let mut dx = [0.0; 2];
/// LogSoftmax.backward(2, &[], &y, &[1.0, 0.0], &mut dx);
/// assert!((dx[0] - 0.5).abs() < 1e-15 && (dx[1] + 0.5).abs() < 1e-15);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogSoftmax;

impl Activation for LogSoftmax {
    fn reads(&self) -> Reads {
        Reads::Output
    }

    fn forward<T: Float>(&self, width: usize, x: &[T], y: &mut [T]) {
        check_rows(self, width, x.len());
        assert_eq!(x.len(), y.len(), "LogSoftmax: x has {} numbers, y {}", x.len(), y.len());
        rows::log_softmax(width, x, y);
    }

    fn backward<T: Float>(&self, width: usize, _x: &[T], y: &[T], dy: &[T], dx: &mut [T]) {
        check_rows(self, width, dx.len());
        assert_eq!(y.len(), dx.len(), "LogSoftmax: y has {} numbers, dx {}", y.len(), dx.len());
        assert_eq!(dy.len(), dx.len(), "LogSoftmax: dy has {} numbers, dx {}", dy.len(), dx.len());
        if !dx.is_empty() {
            dispatch(Backward { width, y, dy, dx });
        }
    }
}

/// dx += dy - e^y Σ dy of each row.
struct Backward<'a, T> {
    width: usize,
    y: &'a [T],
    dy: &'a [T],
    dx: &'a mut [T],
}

impl<T: Float> Kernel<T> for Backward<'_, T> {
    type Out = ();
    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let rows = self.y.chunks_exact(self.width).zip(self.dy.chunks_exact(self.width));
        for ((y, dy), dx) in rows.zip(self.dx.chunks_exact_mut(self.width)) {
            let minus_sum = V::splat(-within::sum::<T, V>(dy));
            let (mut y, mut dy) = (y.chunks_exact(V::LEN), dy.chunks_exact(V::LEN));
            let mut dx = dx.chunks_exact_mut(V::LEN);
            for ((y, dy), dx) in (&mut y).zip(&mut dy).zip(&mut dx) {
                let gradient = math::exp_below_40(V::load(y)).mul_add(minus_sum, V::load(dy));
                (V::load(dx) + gradient).store(dx);
            }
            let (y, dy) = (y.remainder(), dy.remainder());
            if !y.is_empty() {
                let dx = dx.into_remainder();
                let gradient =
                    math::exp_below_40(V::load_partial(y)).mul_add(minus_sum, V::load_partial(dy));
                (V::load_partial(dx) + gradient).store_partial(dx);
            }
        }
    }
}
