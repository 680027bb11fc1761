//! The clamp.

use crate::error::ascending;
use crate::{ActivationError, Elementwise, Reads};
use neuropil_simd::{Float, Lanes};

/// y = min(max(x, low), high), from -1 to 1 by default: a tanh of three straight lines. NaN stays
/// NaN. PyTorch's `Hardtanh`.
///
/// The slope is 1 for low < y < high and 0 elsewhere, at both kinks too.
///
/// Source: Collobert, "Large Scale Machine Learning" (2004).
///
/// ```
/// use neuropil_activations::{Activation, Hardtanh};
///
/// let mut y = [0.0_f32; 3];
/// Hardtanh::new().forward(3, &[-2.0, 0.5, 2.0], &mut y);
/// assert_eq!(y, [-1.0, 0.5, 1.0]);
/// Hardtanh::new().bounds(-0.25, 0.25)?.forward(3, &[-2.0, 0.5, 0.125], &mut y);
/// assert_eq!(y, [-0.25, 0.25, 0.125]);
/// # Ok::<(), neuropil_activations::ActivationError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hardtanh {
    low: f64,
    high: f64,
}

impl Hardtanh {
    /// From -1 to 1.
    pub const fn new() -> Self {
        Self { low: -1.0, high: 1.0 }
    }

    /// The lowest and the highest value.
    ///
    /// # Errors
    /// If one of them is NaN or infinite, or `low` is not below `high`.
    pub fn bounds(self, low: f64, high: f64) -> Result<Self, ActivationError> {
        let [low, high] = ascending("Hardtanh", ["low", "high"], [low, high])?;
        Ok(Self { low, high })
    }
}

impl Default for Hardtanh {
    fn default() -> Self {
        Self::new()
    }
}

impl Elementwise for Hardtanh {
    const READS: Reads = Reads::Output;

    #[inline(always)]
    fn value<T: Float, V: Lanes<T>>(&self, x: V) -> V {
        // In this order a NaN stays.
        V::of(self.high).min(V::of(self.low).max(x))
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, _x: V, y: V) -> V {
        let outside = y.le(V::of(self.low)) | V::of(self.high).le(y);
        V::select(outside, V::of(0.0), V::of(1.0))
    }

    fn clamp(&self) -> Option<(f64, f64)> {
        Some((self.low, self.high))
    }
}
