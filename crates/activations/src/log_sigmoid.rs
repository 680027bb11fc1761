//! The logarithm of the logistic function.

use crate::{Elementwise, Reads};
use neuropil_simd::{Float, Lanes, math};

/// y = ln σ(x) = -ln(1 + e^-x), precise also where σ is zero or one. PyTorch's `LogSigmoid`.
///
/// The derivative, from the output: σ(-x) = 1 - e^y.
///
/// ```
/// use neuropil_activations::{Activation, LogSigmoid};
///
/// let (mut y, mut dx) = ([0.0_f64; 3], [0.0; 3]);
/// LogSigmoid.forward(3, &[-800.0, 0.0, f64::INFINITY], &mut y);
/// assert_eq!(y, [-800.0, -std::f64::consts::LN_2, 0.0]);
/// LogSigmoid.backward(3, &[], &y, &[1.0; 3], &mut dx);
/// assert_eq!(dx, [1.0, 0.5, 0.0]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogSigmoid;

impl Elementwise for LogSigmoid {
    const READS: Reads = Reads::Output;

    #[inline(always)]
    fn value<T: Float, V: Lanes<T>>(&self, x: V) -> V {
        -math::softplus(-x)
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, _x: V, y: V) -> V {
        // Far right of zero y is small, and 1 - e^y would have lost its digits.
        -math::expm1(y)
    }
}
