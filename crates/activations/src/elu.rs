//! The exponential linear unit.

use crate::error::at_least_zero;
use crate::{ActivationError, Elementwise, Reads};
use neuropil_simd::{Float, Lanes, math};

/// y = x if x > 0, else α (e^x - 1), with α = 1 by default: a ReLU whose mean is nearer to zero.
/// PyTorch's `ELU`.
///
/// The derivative, from the output: 1 for y > 0, else y + α; at 0 it is α. A negative α, which
/// PyTorch takes, is refused: the output would not tell the sides apart.
///
/// Source: Clevert, Unterthiner and Hochreiter, "Fast and Accurate Deep Network Learning by
/// Exponential Linear Units" (2015).
///
/// ```
/// use neuropil_activations::{Activation, Elu};
///
/// let elu = Elu::new().alpha(2.0)?;
/// let (mut y, mut dx) = ([0.0_f64; 3], [0.0; 3]);
/// elu.forward(3, &[f64::NEG_INFINITY, 0.0, 3.0], &mut y);
/// assert_eq!(y, [-2.0, 0.0, 3.0]);
/// elu.backward(3, &[], &y, &[1.0; 3], &mut dx);
/// assert_eq!(dx, [0.0, 2.0, 1.0]);
/// # Ok::<(), neuropil_activations::ActivationError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Elu {
    alpha: f64,
}

impl Elu {
    /// With an α of 1.
    pub const fn new() -> Self {
        Self { alpha: 1.0 }
    }

    /// How far it goes below zero: α.
    ///
    /// # Errors
    /// If α is NaN, infinite or negative.
    pub fn alpha(self, alpha: f64) -> Result<Self, ActivationError> {
        Ok(Self { alpha: at_least_zero("Elu", "alpha", alpha)? })
    }
}

impl Default for Elu {
    fn default() -> Self {
        Self::new()
    }
}

impl Elementwise for Elu {
    const READS: Reads = Reads::Output;

    #[inline(always)]
    fn value<T: Float, V: Lanes<T>>(&self, x: V) -> V {
        let zero = V::of(0.0);
        // A NaN stays, being on the right.
        V::select(zero.lt(x), x, V::of(self.alpha) * math::expm1(zero.min(x)))
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, _x: V, y: V) -> V {
        V::select(y.le(V::of(0.0)), y + V::of(self.alpha), V::of(1.0))
    }
}
