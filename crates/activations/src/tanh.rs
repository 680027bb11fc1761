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
///
/// The slope is the derivative: 1 - t² is what a small change of x makes of y.
///
/// ```
/// use neuropil_activations::{Activation, Tanh};
///
/// let h = 1e-5;
/// for x in [-2.0_f64, -0.5, 0.0, 1.0, 3.0] {
///     let (mut y, mut dx) = ([0.0; 3], [0.0]);
///     Tanh.forward(3, &[x - h, x, x + h], &mut y);
///     let t = (x.exp() - (-x).exp()) / (x.exp() + (-x).exp());
///     assert!((y[1] - t).abs() < 1e-15);
///     Tanh.backward(1, &[], &y[1..2], &[1.0], &mut dx);
///     assert!((dx[0] - (1.0 - t * t)).abs() < 1e-15);
///     assert!((dx[0] - (y[2] - y[0]) / (2.0 * h)).abs() < 1e-10);
/// }
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
