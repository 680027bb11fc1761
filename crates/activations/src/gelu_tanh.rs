//! The Gaussian error linear unit by way of tanh.

use crate::{Elementwise, Reads};
use neuropil_simd::{Float, Lanes, math};

/// 2 √(2/π)
const TWICE_ROOT_TWO_BY_PI: f64 = 1.595_769_121_605_730_8;
const CUBE: f64 = 0.044_715;

/// y = x/2 (1 + tanh(√(2/π) (x + 0.044715 x³))): [`Gelu`](crate::Gelu) to some 5·10⁻⁴, as GPT-2 and
/// others were trained with it. PyTorch's `GELU(approximate='tanh')`, but for its NaN at -∞, where the
/// limit -0 is given here.
///
/// It is computed as x σ(2u), u being what the tanh is of: nothing cancels left of zero. There y is
/// precise to some 2^-24 (`f32`) or 2^-53 (`f64`) of 1. The derivative, from the input, with s = σ(2u):
/// s + x s (1 - s) 2u'.
///
/// Source: Hendrycks and Gimpel, "Gaussian Error Linear Units", 2016.
///
/// ```
/// use neuropil_activations::{Activation, Gelu, GeluTanh};
///
/// let x = [f64::NEG_INFINITY, 0.0, 1.0, 50.0];
/// let (mut y, mut exact) = ([0.0; 4], [0.0; 4]);
/// GeluTanh.forward(4, &x, &mut y);
/// assert_eq!([y[0], y[1], y[3]], [0.0, 0.0, 50.0]);
/// Gelu.forward(4, &x, &mut exact);
/// assert!((y[2] - exact[2]).abs() < 5e-4);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GeluTanh;

impl Elementwise for GeluTanh {
    const READS: Reads = Reads::Input;

    #[inline(always)]
    fn value<T: Float, V: Lanes<T>>(&self, x: V) -> V {
        // Where σ is zero, x must not be infinite. A NaN stays, being on the right.
        let x = V::of(-30.0).max(x);
        let cubic =
            (x * x).mul_add(V::of(TWICE_ROOT_TWO_BY_PI * CUBE), V::of(TWICE_ROOT_TWO_BY_PI));
        x * math::sigmoid(x * cubic)
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, x: V, _y: V) -> V {
        // Beyond 30, σ is 0 or 1 in both types.
        let x = V::of(30.0).min(V::of(-30.0).max(x));
        let (square, first) = (x * x, V::of(TWICE_ROOT_TWO_BY_PI));
        let cubic = square.mul_add(V::of(TWICE_ROOT_TWO_BY_PI * CUBE), first);
        let of_cubic = square.mul_add(V::of(3.0 * TWICE_ROOT_TWO_BY_PI * CUBE), first);
        // 1 - s as σ(-2u): for s near 1 it would have lost its digits.
        let (s, rest) = (math::sigmoid(x * cubic), math::sigmoid(-(x * cubic)));
        s * (x * of_cubic).mul_add(rest, V::of(1.0))
    }
}
