//! What is small is nothing.

use crate::error::at_least_zero;
use crate::{ActivationError, Elementwise, Reads};
use neuropil_simd::{Float, Lanes};

/// y = x if |x| > λ, else 0, with λ = 0.5 by default. NaN stays NaN. PyTorch's `Hardshrink`, which
/// takes a negative λ as 0.
///
/// The slope, from the output, is 0 where y is 0 and 1 elsewhere.
///
/// Source: the hard threshold of Donoho and Johnstone, "Ideal Spatial Adaptation by Wavelet Shrinkage"
/// (1994).
///
/// ```
/// use neuropil_activations::{Activation, Hardshrink};
///
/// let mut y = [0.0_f32; 4];
/// Hardshrink::new().forward(4, &[-0.75, -0.5, 0.25, 2.0], &mut y);
/// assert_eq!(y, [-0.75, 0.0, 0.0, 2.0]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hardshrink {
    lambda: f64,
}

impl Hardshrink {
    /// With a λ of 0.5.
    pub const fn new() -> Self {
        Self { lambda: 0.5 }
    }

    /// What is too small: λ.
    ///
    /// # Errors
    /// If λ is NaN, infinite or negative.
    pub fn lambda(self, lambda: f64) -> Result<Self, ActivationError> {
        Ok(Self { lambda: at_least_zero("Hardshrink", "lambda", lambda)? })
    }
}

impl Default for Hardshrink {
    fn default() -> Self {
        Self::new()
    }
}

impl Elementwise for Hardshrink {
    const READS: Reads = Reads::Output;

    #[inline(always)]
    fn value<T: Float, V: Lanes<T>>(&self, x: V) -> V {
        V::select(x.abs().le(V::of(self.lambda)), V::of(0.0), x)
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, _x: V, y: V) -> V {
        let zero = V::of(0.0);
        V::select(y.eq(zero), zero, V::of(1.0))
    }
}
