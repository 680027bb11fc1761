//! The logistic function.

use crate::{Elementwise, Reads};
use neuropil_simd::{Float, Lanes, math};

/// y = σ(x) = 1/(1 + e^-x), the logistic function, with slope y (1 - y). PyTorch's `Sigmoid`.
///
/// ```
/// use neuropil_activations::{Activation, Sigmoid};
///
/// let mut y = [0.0_f64; 3];
/// Sigmoid.forward(3, &[f64::NEG_INFINITY, 0.0, f64::INFINITY], &mut y);
/// assert_eq!(y, [0.0, 0.5, 1.0]);
///
/// let mut dx = [0.0; 3];
/// Sigmoid.backward(3, &[], &y, &[1.0; 3], &mut dx);
/// assert_eq!(dx, [0.0, 0.25, 0.0]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sigmoid;

impl Elementwise for Sigmoid {
    const READS: Reads = Reads::Output;

    #[inline(always)]
    fn value<T: Float, V: Lanes<T>>(&self, x: V) -> V {
        math::sigmoid(x)
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, _x: V, y: V) -> V {
        y * (V::of(1.0) - y)
    }
}
