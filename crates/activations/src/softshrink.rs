//! Everything is a little smaller.

use crate::error::at_least_zero;
use crate::{ActivationError, Elementwise, Reads};
use neuropil_simd::{Float, Lanes};

/// y = x - λ if x > λ, x + λ if x < -λ, else 0, with λ = 0.5 by default: the proximal step of the L1
/// penalty. NaN stays NaN. PyTorch's `Softshrink`.
///
/// The slope, from the output, is 0 where y is 0 and 1 elsewhere.
///
/// Source: the soft threshold of Donoho and Johnstone, "Ideal Spatial Adaptation by Wavelet Shrinkage"
/// (1994).
///
/// ```
/// use neuropil_activations::{Activation, Softshrink};
///
/// let mut y = [0.0_f32; 4];
/// Softshrink::new().forward(4, &[-0.75, -0.5, 0.25, 2.0], &mut y);
/// assert_eq!(y, [-0.25, 0.0, 0.0, 1.5]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Softshrink {
    lambda: f64,
}

impl Softshrink {
    /// With a λ of 0.5.
    pub const fn new() -> Self {
        Self { lambda: 0.5 }
    }

    /// What is taken away: λ.
    ///
    /// # Errors
    /// If λ is NaN, infinite or negative.
    pub fn lambda(self, lambda: f64) -> Result<Self, ActivationError> {
        Ok(Self { lambda: at_least_zero("Softshrink", "lambda", lambda)? })
    }
}

impl Default for Softshrink {
    fn default() -> Self {
        Self::new()
    }
}

impl Elementwise for Softshrink {
    const READS: Reads = Reads::Output;

    #[inline(always)]
    fn value<T: Float, V: Lanes<T>>(&self, x: V) -> V {
        // Less what is clamped. In this order a NaN stays.
        let lambda = V::of(self.lambda);
        x - lambda.min((-lambda).max(x))
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, _x: V, y: V) -> V {
        let zero = V::of(0.0);
        V::select(y.eq(zero), zero, V::of(1.0))
    }
}
