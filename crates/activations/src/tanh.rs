//! The hyperbolic tangent.

use crate::{Elementwise, Reads};
use neuropil_simd::{Float, Lanes, math};

/// y = tanh(x) = (e^x - e^-x)/(e^x + e^-x), with slope 1 - y². PyTorch's `Tanh`.
///
/// ```
/// use neuropil_activations::{Activation, Tanh};
///
/// let mut y = [0.0_f64; 3];
/// Tanh.forward(3, &[f64::NEG_INFINITY, 0.0, 1e9], &mut y);
/// assert_eq!(y, [-1.0, 0.0, 1.0]);
///
/// let mut dx = [0.0; 3];
/// Tanh.backward(3, &[], &y, &[1.0; 3], &mut dx);
/// assert_eq!(dx, [0.0, 1.0, 0.0]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tanh;

impl Elementwise for Tanh {
    const READS: Reads = Reads::Output;

    #[inline(always)]
    fn value<T: Float, V: Lanes<T>>(&self, x: V) -> V {
        math::tanh(x)
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, _x: V, y: V) -> V {
        // (1 - y)(1 + y) keeps the slope exact to the last bits where y is near 1 or -1.
        (V::of(1.0) - y) * (V::of(1.0) + y)
    }
}
