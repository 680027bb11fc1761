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
///
/// The slope is the derivative: s (1 - s) is what a small change of x makes of y.
///
/// ```
/// use neuropil_activations::{Activation, Sigmoid};
///
/// let h = 1e-5;
/// for x in [-2.0_f64, -0.5, 0.0, 1.0, 3.0] {
///     let (mut y, mut dx) = ([0.0; 3], [0.0]);
///     Sigmoid.forward(3, &[x - h, x, x + h], &mut y);
///     let s = 1.0 / (1.0 + (-x).exp());
///     assert!((y[1] - s).abs() < 1e-15);
///     Sigmoid.backward(1, &[], &y[1..2], &[1.0], &mut dx);
///     assert!((dx[0] - s * (1.0 - s)).abs() < 1e-15);
///     assert!((dx[0] - (y[2] - y[0]) / (2.0 * h)).abs() < 1e-10);
/// }
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
