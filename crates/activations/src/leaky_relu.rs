//! The rectified linear unit that lets a little through.

use crate::error::at_least_zero;
use crate::{ActivationError, Elementwise, Reads};
use neuropil_simd::{Float, Lanes};

/// y = x if x > 0, else a x, with a = 0.01 by default, so that no unit is dead for ever. NaN stays
/// NaN. PyTorch's `LeakyReLU`; Keras's default is 0.3 (0.2 in its function).
///
/// The slope, from the output, is 1 for y > 0 and a elsewhere, at 0 too. A negative a, which PyTorch
/// takes, is refused: the output would not tell the sides apart.
///
/// Source: Maas, Hannun and Ng, "Rectifier Nonlinearities Improve Neural Network Acoustic Models"
/// (2013).
///
/// ```
/// use neuropil_activations::{Activation, LeakyRelu};
///
/// let leaky = LeakyRelu::new().negative_slope(0.125)?;
/// let (mut y, mut dx) = ([0.0_f32; 3], [0.0; 3]);
/// leaky.forward(3, &[-2.0, 0.0, 3.0], &mut y);
/// assert_eq!(y, [-0.25, 0.0, 3.0]);
/// leaky.backward(3, &[], &y, &[1.0; 3], &mut dx);
/// assert_eq!(dx, [0.125, 0.125, 1.0]);
/// # Ok::<(), neuropil_activations::ActivationError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LeakyRelu {
    negative_slope: f64,
}

impl LeakyRelu {
    /// With a slope of 0.01 left of zero.
    pub const fn new() -> Self {
        Self { negative_slope: 0.01 }
    }

    /// With a slope that is known to be good.
    pub(crate) const fn with_slope(negative_slope: f64) -> Self {
        Self { negative_slope }
    }

    /// The slope left of zero: a.
    ///
    /// # Errors
    /// If a is NaN, infinite or negative.
    pub fn negative_slope(self, a: f64) -> Result<Self, ActivationError> {
        Ok(Self { negative_slope: at_least_zero("LeakyRelu", "negative_slope", a)? })
    }
}

impl Default for LeakyRelu {
    fn default() -> Self {
        Self::new()
    }
}

impl Elementwise for LeakyRelu {
    const READS: Reads = Reads::Output;

    #[inline(always)]
    fn value<T: Float, V: Lanes<T>>(&self, x: V) -> V {
        V::select(V::of(0.0).lt(x), x, V::of(self.negative_slope) * x)
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, _x: V, y: V) -> V {
        V::select(V::of(0.0).lt(y), V::of(1.0), V::of(self.negative_slope))
    }
}
