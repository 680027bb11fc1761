//! A smooth positive part without an exponential function.

use crate::error::positive;
use crate::{ActivationError, Elementwise, Reads};
use neuropil_simd::{Float, Lanes};

/// y = (x + √(x² + b))/2, with b = 4 by default, which makes it 1 at 0: a smooth ReLU as
/// [`Softplus`](crate::Softplus), at less cost. Beyond PyTorch; JAX's `jax.nn.squareplus(x, b=4)`.
///
/// Left of zero it is computed as b/4 over the value right of it, so that nothing cancels.
///
/// The derivative, from the output: (1 + x/√(x² + b))/2 = y²/(y² + b/4).
///
/// Source: Barron, "Squareplus: A Softplus-Like Algebraic Rectifier" (2021).
///
/// ```
/// use neuropil_activations::{Activation, Squareplus};
///
/// let (mut y, mut dx) = ([0.0_f64; 4], [0.0; 4]);
/// Squareplus::new().forward(4, &[f64::NEG_INFINITY, -1.5, 0.0, 1.5], &mut y);
/// assert_eq!(y, [0.0, 0.5, 1.0, 2.0]);
/// Squareplus::new().backward(4, &[], &y, &[1.0; 4], &mut dx);
/// assert_eq!(dx, [0.0, 0.2, 0.5, 0.8]);
/// assert!(Squareplus::new().b(0.0).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Squareplus {
    b: f64,
}

impl Squareplus {
    /// With a b of 4.
    pub const fn new() -> Self {
        Self { b: 4.0 }
    }

    /// How far it is from ReLU: √b/2 at 0.
    ///
    /// # Errors
    /// If b is not positive and finite.
    pub fn b(self, b: f64) -> Result<Self, ActivationError> {
        Ok(Self { b: positive("Squareplus", "b", b)? })
    }
}

impl Default for Squareplus {
    fn default() -> Self {
        Self::new()
    }
}

/// √(a² + b), also where a² is too large for the type. A NaN stays.
#[inline(always)]
pub(crate) fn root<T: Float, V: Lanes<T>>(a: V, b: f64) -> V {
    // b is nothing beside the square of such a number.
    let large = V::of(*T::choose(&1e18, &1e150)).lt(a);
    V::select(large, a, a.mul_add(a, V::of(b)).sqrt())
}

impl Elementwise for Squareplus {
    const READS: Reads = Reads::Output;

    #[inline(always)]
    fn value<T: Float, V: Lanes<T>>(&self, x: V) -> V {
        let a = x.abs();
        let right = (a * V::of(0.5)) + root(a, self.b) * V::of(0.5);
        V::select(x.lt(V::of(0.0)), V::of(self.b / 4.0) / right, right)
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, _x: V, y: V) -> V {
        // In this form neither 0 nor ∞ makes a NaN.
        let z = V::of(self.b.sqrt() / 2.0) / y;
        V::of(1.0) / z.mul_add(z, V::of(1.0))
    }
}
