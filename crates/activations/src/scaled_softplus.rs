//! The smooth positive part, with another bend.

use crate::error::{finite, positive};
use crate::{ActivationError, Elementwise, Reads};
use neuropil_simd::{Float, Lanes, math};

/// y = ln(1 + e^(βx))/β: [`Softplus`](crate::Softplus) for β = 1, and nearer to ReLU the larger β is.
/// PyTorch's `Softplus(beta, threshold)`.
///
/// By default there is no threshold, which no precision needs here; with
/// [`threshold`](ScaledSoftplus::threshold), which is 20 by default in PyTorch, y is x where βx lies
/// above it, as there.
///
/// The derivative, from the input: σ(βx), or 1 above the threshold.
///
/// ```
/// use neuropil_activations::{Activation, Softplus};
///
/// let softplus = Softplus.beta(2.0)?;
/// let (x, mut y, mut dx) = ([f64::NEG_INFINITY, 0.0, 800.0], [0.0; 3], [0.0; 3]);
/// softplus.forward(3, &x, &mut y);
/// assert_eq!(y, [0.0, std::f64::consts::LN_2 / 2.0, 800.0]);
/// softplus.backward(3, &x, &[], &[1.0; 3], &mut dx);
/// assert_eq!(dx, [0.0, 0.5, 1.0]);
///
/// softplus.threshold(1.0)?.forward(3, &[0.25, 0.5, 0.75], &mut y);
/// assert!(y[1] > 0.6 && y[2] == 0.75);
/// # Ok::<(), neuropil_activations::ActivationError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScaledSoftplus {
    beta: f64,
    threshold: f64,
}

impl ScaledSoftplus {
    /// With this β.
    ///
    /// # Errors
    /// If β is not positive and finite.
    pub fn new(beta: f64) -> Result<Self, ActivationError> {
        let beta = positive("ScaledSoftplus", "beta", beta)?;
        Ok(Self { beta, threshold: f64::INFINITY })
    }

    /// Above which βx y is x.
    ///
    /// # Errors
    /// If `threshold` is NaN or infinite.
    pub fn threshold(mut self, threshold: f64) -> Result<Self, ActivationError> {
        self.threshold = finite("ScaledSoftplus", "threshold", threshold)?;
        Ok(self)
    }
}

impl Elementwise for ScaledSoftplus {
    const READS: Reads = Reads::Input;

    #[inline(always)]
    fn value<T: Float, V: Lanes<T>>(&self, x: V) -> V {
        let beta = V::of(self.beta);
        let z = beta * x;
        V::select(V::of(self.threshold).lt(z), x, math::softplus(z) / beta)
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, x: V, _y: V) -> V {
        let z = V::of(self.beta) * x;
        V::select(V::of(self.threshold).lt(z), V::of(1.0), math::sigmoid(z))
    }
}
