//! The number times tanh of its softplus.

use crate::{Elementwise, Reads};
use neuropil_simd::{Float, Lanes, math};

/// y = x tanh(ln(1 + e^x)): a smooth ReLU that dips to -0.309 at x = -1.192. PyTorch's `Mish`, but for
/// its NaN at -∞, where the limit -0 is given here.
///
/// tanh(ln(1 + e)) is n/(n + 2) with n = e (e + 2), which needs a single exponential function and loses
/// nothing. The derivative, from the input, with w for that quotient: w + x (1 - w²) σ(x).
///
/// Source: Misra, "Mish: A Self Regularized Non-Monotonic Activation Function" (2019).
///
/// ```
/// use neuropil_activations::{Activation, Mish};
///
/// let (x, mut y, mut dx) = ([f64::NEG_INFINITY, 0.0, 50.0], [0.0; 3], [0.0; 3]);
/// Mish.forward(3, &x, &mut y);
/// assert_eq!(y, [0.0, 0.0, 50.0]);
/// Mish.backward(3, &x, &[], &[1.0; 3], &mut dx);
/// assert_eq!(dx, [0.0, 0.6, 1.0]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mish;

/// e = e^-|x| and tanh(ln(1 + e^x)) as numerator and denominator; their difference over 2, which is e²
/// right of zero and 1 left of it.
#[inline(always)]
fn quotient<T: Float, V: Lanes<T>>(x: V) -> [V; 4] {
    let (one, two) = (V::of(1.0), V::of(2.0));
    let e = math::exp_below_40(-x.abs());
    // Right of zero both are divided by e^2x.
    let left = x.lt(V::of(0.0));
    let top = V::select(left, e * (e + two), e.mul_add(two, one));
    let gap = V::select(left, one, e * e);
    [e, top, gap.mul_add(two, top), gap]
}

impl Elementwise for Mish {
    const READS: Reads = Reads::Input;

    #[inline(always)]
    fn value<T: Float, V: Lanes<T>>(&self, x: V) -> V {
        // -∞ times zero would be NaN; a NaN stays, being on the right.
        let x = V::splat(-T::MAX).max(x);
        let [_, top, bottom, _] = quotient(x);
        x * (top / bottom)
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, x: V, _y: V) -> V {
        let x = V::splat(T::MAX).min(V::splat(-T::MAX).max(x));
        let (one, [e, top, bottom, gap]) = (V::of(1.0), quotient(x));
        let w = top / bottom;
        // 1 - w is 2 gap / bottom, and σ(x) is 1/(1 + e) or e/(1 + e).
        let sigma = V::select(x.lt(V::of(0.0)), e, one) / (one + e);
        let rest = ((gap + gap) / bottom) * (one + w);
        (x * rest).mul_add(sigma, w)
    }
}
