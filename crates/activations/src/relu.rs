//! The rectified linear unit.

use crate::{Elementwise, Reads};
use neuropil_simd::{Float, Lanes};

/// y = max(x, 0), the rectified linear unit. NaN stays NaN. PyTorch's `ReLU`.
///
/// The slope is 1 for x > 0 and 0 for x < 0; at 0, where there is none, it is taken to be 0.
///
/// Source: Nair and Hinton, "Rectified Linear Units Improve Restricted Boltzmann Machines", 2010.
///
/// ```
/// use neuropil_activations::{Activation, Relu};
///
/// let mut y = [0.0_f32; 3];
/// Relu.forward(3, &[-2.0, 0.0, 3.0], &mut y);
/// assert_eq!(y, [0.0, 0.0, 3.0]);
///
/// let mut dx = [0.0; 3];
/// Relu.backward(3, &[], &y, &[1.0; 3], &mut dx); // the output is enough
/// assert_eq!(dx, [0.0, 0.0, 1.0]); // left of 0, at 0 by our choice, right of 0
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Relu;

impl Elementwise for Relu {
    const READS: Reads = Reads::Output;

    #[inline(always)]
    fn value<T: Float, V: Lanes<T>>(&self, x: V) -> V {
        // In this order `max` answers x where x is NaN.
        V::of(0.0).max(x)
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, _x: V, y: V) -> V {
        let zero = V::of(0.0);
        V::select(y.le(zero), zero, V::of(1.0))
    }

    fn clamp(&self) -> Option<(f64, f64)> {
        Some((0.0, f64::INFINITY))
    }
}
