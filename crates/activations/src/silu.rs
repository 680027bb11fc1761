//! The number times its logistic function.

use crate::{Elementwise, Reads};
use neuropil_simd::{Float, Lanes, math};

/// y = x σ(x), with σ(x) = 1/(1 + e^-x): a smooth ReLU that dips to -0.278 at x = -1.278. Also known
/// as swish. PyTorch's `SiLU`, but for its NaN at -∞, where the limit -0 is given here.
///
/// The derivative, from the input: σ(x) (1 + x (1 - σ(x))).
///
/// Source: Elfwing, Uchibe and Doya, "Sigmoid-weighted linear units for neural network function
/// approximation in reinforcement learning", 2018.
///
/// ```
/// use neuropil_activations::{Activation, Silu};
///
/// let mut y = [0.0_f64; 3];
/// Silu.forward(3, &[f64::NEG_INFINITY, 0.0, 50.0], &mut y);
/// assert_eq!(y, [0.0, 0.0, 50.0]);
///
/// let mut dx = [0.0; 3];
/// Silu.backward(3, &[f64::NEG_INFINITY, 0.0, 50.0], &[], &[1.0; 3], &mut dx);
/// assert_eq!(dx, [0.0, 0.5, 1.0]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Silu;

impl Elementwise for Silu {
    const READS: Reads = Reads::Input;

    #[inline(always)]
    fn value<T: Float, V: Lanes<T>>(&self, x: V) -> V {
        // -∞ times zero would be NaN; a NaN stays, being on the right.
        let x = V::splat(-T::MAX).max(x);
        x * math::sigmoid(x)
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, x: V, _y: V) -> V {
        let x = V::splat(T::MAX).min(V::splat(-T::MAX).max(x));
        let (one, s) = (V::of(1.0), math::sigmoid(x));
        s * x.mul_add(one - s, one)
    }
}
