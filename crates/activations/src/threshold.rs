//! A number below which another stands in.

use crate::error::finite;
use crate::{ActivationError, Elementwise, Reads};
use neuropil_simd::{Float, Lanes};

/// y = x if x > threshold, else `value`. NaN stays NaN. PyTorch's `Threshold`.
///
/// The slope is 1 above the threshold and 0 elsewhere.
///
/// ```
/// use neuropil_activations::{Activation, Threshold};
///
/// let mut y = [0.0_f32; 3];
/// Threshold::new(0.5, -2.0)?.forward(3, &[0.25, 0.5, 0.75], &mut y);
/// assert_eq!(y, [-2.0, -2.0, 0.75]);
/// # Ok::<(), neuropil_activations::ActivationError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold {
    threshold: f64,
    value: f64,
}

impl Threshold {
    /// Where x counts, and what stands in for it elsewhere.
    ///
    /// # Errors
    /// If one of them is NaN or infinite.
    pub fn new(threshold: f64, value: f64) -> Result<Self, ActivationError> {
        let threshold = finite("Threshold", "threshold", threshold)?;
        Ok(Self { threshold, value: finite("Threshold", "value", value)? })
    }
}

impl Elementwise for Threshold {
    const READS: Reads = Reads::Input;

    #[inline(always)]
    fn value<T: Float, V: Lanes<T>>(&self, x: V) -> V {
        V::select(x.le(V::of(self.threshold)), V::of(self.value), x)
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, x: V, _y: V) -> V {
        V::select(x.le(V::of(self.threshold)), V::of(0.0), V::of(1.0))
    }
}
