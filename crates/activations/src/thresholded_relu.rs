//! A rectified linear unit that begins later.

use crate::error::at_least_zero;
use crate::{ActivationError, Elementwise, Reads};
use neuropil_simd::{Float, Lanes};

/// y = x if x > θ, else 0, with θ = 1 by default: small activations are silenced. NaN stays NaN.
/// Keras's `ThresholdedReLU`; PyTorch's `Threshold(θ, 0)`.
///
/// The slope, from the output, is 1 for y > θ and 0 elsewhere.
///
/// Source: Konda, Memisevic and Krueger, "Zero-bias autoencoders and the benefits of co-adapting
/// features" (2014).
///
/// ```
/// use neuropil_activations::{Activation, ThresholdedRelu};
///
/// let mut y = [0.0_f32; 3];
/// ThresholdedRelu::new().forward(3, &[-2.0, 1.0, 1.5], &mut y);
/// assert_eq!(y, [0.0, 0.0, 1.5]);
/// assert!(ThresholdedRelu::new().theta(-1.0).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ThresholdedRelu {
    theta: f64,
}

impl ThresholdedRelu {
    /// With a θ of 1.
    pub const fn new() -> Self {
        Self { theta: 1.0 }
    }

    /// Where x begins to count: θ.
    ///
    /// # Errors
    /// If θ is NaN, infinite or negative.
    pub fn theta(self, theta: f64) -> Result<Self, ActivationError> {
        Ok(Self { theta: at_least_zero("ThresholdedRelu", "theta", theta)? })
    }
}

impl Default for ThresholdedRelu {
    fn default() -> Self {
        Self::new()
    }
}

impl Elementwise for ThresholdedRelu {
    const READS: Reads = Reads::Output;

    #[inline(always)]
    fn value<T: Float, V: Lanes<T>>(&self, x: V) -> V {
        V::select(x.le(V::of(self.theta)), V::of(0.0), x)
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, _x: V, y: V) -> V {
        // A silenced y is 0, which is not above θ.
        V::select(y.le(V::of(self.theta)), V::of(0.0), V::of(1.0))
    }
}
