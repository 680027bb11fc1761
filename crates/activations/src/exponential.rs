//! The exponential function.

use crate::{Elementwise, Reads};
use neuropil_simd::{Float, Lanes, math};

/// y = e^x, its own slope: for outputs that must be positive, such as rates. Keras's `exponential`;
/// PyTorch's `torch.exp`.
///
/// ```
/// use neuropil_activations::{Activation, Exponential};
///
/// let (mut y, mut dx) = ([0.0_f64; 2], [0.0; 2]);
/// Exponential.forward(2, &[0.0, f64::NEG_INFINITY], &mut y);
/// assert_eq!(y, [1.0, 0.0]);
/// Exponential.backward(2, &[], &y, &[3.0; 2], &mut dx);
/// assert_eq!(dx, [3.0, 0.0]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exponential;

impl Elementwise for Exponential {
    const READS: Reads = Reads::Output;

    #[inline(always)]
    fn value<T: Float, V: Lanes<T>>(&self, x: V) -> V {
        math::exp(x)
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, _x: V, y: V) -> V {
        y
    }
}
