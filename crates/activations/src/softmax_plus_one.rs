//! Rows of probabilities that may stay silent.

use crate::activation::check_rows;
use crate::{Activation, Reads, softmax};
use neuropil_simd::reduce::{ExpBelow, within};
use neuropil_simd::{Float, Kernel, Lanes, dispatch, math};

/// y_i = e^(x_i) / (1 + Σ_j e^(x_j)) over each row: a softmax beside a logit of 0 that is not shown, so
/// that a row sums to less than 1, and to nearly nothing where all its numbers are low. Also known as
/// quiet softmax. Beyond PyTorch, which has it as `add_zero_attn` of its attention alone.
///
/// The larger of 0 and the largest x is subtracted first, which keeps every exponential in range. A
/// row of -∞ is all zeros; a row whose largest number is ∞, or that holds a NaN, is NaN.
///
/// The derivative, from the output, is that of [`Softmax`](crate::Softmax):
/// dx_i += y_i (dy_i - Σ_j dy_j y_j).
///
/// Source: Miller, "Attention Is Off By One" (2023).
///
/// ```
/// use neuropil_activations::{Activation, SoftmaxPlusOne};
///
/// let x = [0.0_f64, 0.0, -1000.0, f64::NEG_INFINITY, 1000.0, 1000.0]; // three rows of two
/// let mut y = [0.0; 6];
/// SoftmaxPlusOne.forward(2, &x, &mut y);
/// assert!((y[0] - 1.0 / 3.0).abs() < 1e-15);
/// assert_eq!(y[2..], [0.0, 0.0, 0.5, 0.5]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SoftmaxPlusOne;

impl Activation for SoftmaxPlusOne {
    fn reads(&self) -> Reads {
        Reads::Output
    }

    fn forward<T: Float>(&self, width: usize, x: &[T], y: &mut [T]) {
        check_rows(self, width, x.len());
        assert_eq!(x.len(), y.len(), "SoftmaxPlusOne: x has {} numbers, y {}", x.len(), y.len());
        if !x.is_empty() {
            dispatch(Forward { width, x, y });
        }
    }

    fn backward<T: Float>(&self, width: usize, _x: &[T], y: &[T], dy: &[T], dx: &mut [T]) {
        check_rows(self, width, dx.len());
        let (y_len, dy_len, dx_len) = (y.len(), dy.len(), dx.len());
        assert_eq!(y_len, dx_len, "SoftmaxPlusOne: y has {y_len} numbers, dx {dx_len}");
        assert_eq!(dy_len, dx_len, "SoftmaxPlusOne: dy has {dy_len} numbers, dx {dx_len}");
        softmax::backward(T::ONE, width, y, dy, dx);
    }
}

/// y = e^(x - m) / (e^-m + Σ e^(x - m)) with m the larger of 0 and the largest x.
struct Forward<'a, T> {
    width: usize,
    x: &'a [T],
    y: &'a mut [T],
}

impl<T: Float> Kernel<T> for Forward<'_, T> {
    type Out = ();
    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let rows = self.x.chunks_exact(self.width).zip(self.y.chunks_exact_mut(self.width));
        for (x, y) in rows {
            let largest = within::largest::<T, V>(x);
            // A NaN is not below zero, and stays.
            let largest = if largest < T::ZERO { T::ZERO } else { largest };
            let one = math::exp_below_40(V::splat(-largest)).largest();
            let sum = one + within::sum_into::<T, V, _, 1>(ExpBelow { largest }, [x], y);
            let factor = V::splat(T::ONE / sum);
            let mut y = y.chunks_exact_mut(V::LEN);
            for y in &mut y {
                (V::load(y) * factor).store(y);
            }
            let y = y.into_remainder();
            (V::load_partial(y) * factor).store_partial(y);
        }
    }
}
