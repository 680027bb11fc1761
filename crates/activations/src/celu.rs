//! The exponential linear unit that is smooth for every α.

use crate::error::positive;
use crate::{ActivationError, Elementwise, Reads};
use neuropil_simd::{Float, Lanes, math};

/// y = x if x > 0, else α (e^(x/α) - 1), with α = 1 by default: an [`Elu`](crate::Elu) whose slope
/// has no jump at 0. PyTorch's `CELU`, which takes a negative α as well.
///
/// The derivative, from the output: 1 for y > 0, else y/α + 1.
///
/// Source: Barron, "Continuously Differentiable Exponential Linear Units" (2017).
///
/// ```
/// use neuropil_activations::{Activation, Celu};
///
/// let celu = Celu::new().alpha(2.0)?;
/// let (mut y, mut dx) = ([0.0_f64; 3], [0.0; 3]);
/// celu.forward(3, &[f64::NEG_INFINITY, 0.0, 3.0], &mut y);
/// assert_eq!(y, [-2.0, 0.0, 3.0]);
/// celu.backward(3, &[], &y, &[1.0; 3], &mut dx);
/// assert_eq!(dx, [0.0, 1.0, 1.0]);
/// # Ok::<(), neuropil_activations::ActivationError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Celu {
    alpha: f64,
}

impl Celu {
    /// With an α of 1.
    pub const fn new() -> Self {
        Self { alpha: 1.0 }
    }

    /// How far it goes below zero: α.
    ///
    /// # Errors
    /// If α is not positive and finite.
    pub fn alpha(self, alpha: f64) -> Result<Self, ActivationError> {
        Ok(Self { alpha: positive("Celu", "alpha", alpha)? })
    }
}

impl Default for Celu {
    fn default() -> Self {
        Self::new()
    }
}

impl Elementwise for Celu {
    const READS: Reads = Reads::Output;

    #[inline(always)]
    fn value<T: Float, V: Lanes<T>>(&self, x: V) -> V {
        let (zero, alpha) = (V::of(0.0), V::of(self.alpha));
        // A NaN stays, being on the right.
        V::select(zero.lt(x), x, alpha * math::expm1(zero.min(x) / alpha))
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, _x: V, y: V) -> V {
        let one = V::of(1.0);
        V::select(y.le(V::of(0.0)), y.mul_add(V::of(1.0 / self.alpha), one), one)
    }
}
