//! A sigmoid without an exponential function.

use crate::{Elementwise, Reads};
use neuropil_simd::{Float, Lanes};

/// y = x/(1 + |x|): between -1 and 1 as tanh, but with tails that fall as 1/x only. PyTorch's
/// `Softsign`, but for its NaN at ±∞, where the limits ±1 are given here.
///
/// The derivative, from the output: 1/(1 + |x|)² = (1 - |y|)².
///
/// Source: Turian, Bergstra and Bengio, "Quadratic Features and Deep Architectures for Chunking"
/// (2009).
///
/// ```
/// use neuropil_activations::{Activation, Softsign};
///
/// let (mut y, mut dx) = ([0.0_f64; 3], [0.0; 3]);
/// Softsign.forward(3, &[f64::NEG_INFINITY, 0.0, 3.0], &mut y);
/// assert_eq!(y, [-1.0, 0.0, 0.75]);
/// Softsign.backward(3, &[], &y, &[1.0; 3], &mut dx);
/// assert_eq!(dx, [0.0, 1.0, 0.0625]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Softsign;

impl Elementwise for Softsign {
    const READS: Reads = Reads::Output;

    #[inline(always)]
    fn value<T: Float, V: Lanes<T>>(&self, x: V) -> V {
        // ∞/∞ would be NaN; a NaN stays, being on the right.
        let a = V::splat(T::MAX).min(x.abs());
        (a / (V::of(1.0) + a)).copysign(x)
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, _x: V, y: V) -> V {
        let root = V::of(1.0) - y.abs();
        root * root
    }
}
