//! The smooth positive part.

use crate::{ActivationError, Elementwise, Reads, ScaledSoftplus};
use neuropil_simd::{Float, Lanes, math};

/// y = ln(1 + e^x), the integral of the logistic function: a smooth ReLU, positive everywhere.
/// PyTorch's `Softplus` with its default β of 1; without its threshold, which no precision needs here.
/// [`beta`](Softplus::beta) gives it another β, and with it a threshold.
///
/// The derivative, from the output: σ(x) = 1 - e^-y.
///
/// ```
/// use neuropil_activations::{Activation, Softplus};
///
/// let mut y = [0.0_f64; 3];
/// Softplus.forward(3, &[f64::NEG_INFINITY, 0.0, 800.0], &mut y);
/// assert_eq!(y, [0.0, std::f64::consts::LN_2, 800.0]);
///
/// let mut dx = [0.0; 3];
/// Softplus.backward(3, &[], &y, &[1.0; 3], &mut dx);
/// assert_eq!(dx, [0.0, 0.5, 1.0]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Softplus;

impl Softplus {
    /// With another β: see [`ScaledSoftplus`].
    ///
    /// # Errors
    /// If β is not positive and finite.
    pub fn beta(self, beta: f64) -> Result<ScaledSoftplus, ActivationError> {
        ScaledSoftplus::new(beta)
    }
}

impl Elementwise for Softplus {
    const READS: Reads = Reads::Output;

    #[inline(always)]
    fn value<T: Float, V: Lanes<T>>(&self, x: V) -> V {
        math::softplus(x)
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, _x: V, y: V) -> V {
        // Far left of zero y is small, and 1 - e^-y would have lost its digits.
        -math::expm1(-y)
    }
}
