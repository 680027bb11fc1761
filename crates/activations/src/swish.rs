//! The number times the logistic function of a multiple of it.

use crate::error::finite;
use crate::{ActivationError, Elementwise, Reads};
use neuropil_simd::{Float, Lanes, math};

/// y = x σ(βx): [`Silu`](crate::Silu) for β = 1, x/2 for β = 0, and nearer to ReLU the larger β is.
/// Beyond PyTorch, whose `SiLU` has a β of 1. What has no bound is given at ±∞, and the limit 0 on the
/// other side.
///
/// The derivative, from the input, with s = σ(βx): s (1 + βx (1 - s)). A β that is learned is a layer
/// of its own: `LearnedSwish` of the crate `neuropil-nn`.
///
/// Where βx is large and negative, y is precise to the last places of 1, since the product is rounded.
///
/// Source: Ramachandran, Zoph and Le, "Searching for Activation Functions" (2017).
///
/// ```
/// use neuropil_activations::{Activation, Swish};
///
/// let mut y = [0.0_f64; 3];
/// Swish::new(1.702)?.forward(3, &[f64::NEG_INFINITY, 0.0, 50.0], &mut y); // a quick GELU
/// assert_eq!(y, [0.0, 0.0, 50.0]);
/// Swish::new(0.0)?.forward(3, &[-2.0, 1.0, 4.0], &mut y);
/// assert_eq!(y, [-1.0, 0.5, 2.0]);
/// # Ok::<(), neuropil_activations::ActivationError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Swish {
    beta: f64,
}

impl Swish {
    /// With this β.
    ///
    /// # Errors
    /// If β is NaN or infinite.
    pub fn new(beta: f64) -> Result<Self, ActivationError> {
        Ok(Self { beta: finite("Swish", "beta", beta)? })
    }
}

/// x, but finite. A NaN stays.
#[inline(always)]
fn bounded<T: Float, V: Lanes<T>>(x: V) -> V {
    V::splat(T::MAX).min(V::splat(-T::MAX).max(x))
}

impl Elementwise for Swish {
    const READS: Reads = Reads::Input;

    #[inline(always)]
    fn value<T: Float, V: Lanes<T>>(&self, x: V) -> V {
        let s = math::sigmoid(V::of(self.beta) * bounded(x));
        // An infinite x times zero would be NaN.
        V::select(s.eq(V::of(0.0)), V::of(0.0), x * s)
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, x: V, _y: V) -> V {
        let z = bounded(V::of(self.beta) * bounded(x));
        // 1 - s as σ(-z): for s near 1 it would have lost its digits.
        let (s, rest) = (math::sigmoid(z), math::sigmoid(-z));
        s * z.mul_add(rest, V::of(1.0))
    }
}
