//! Units of bounded length.

use crate::units::scale;
use crate::{Constraint, RegularizerError, Units};
use neuropil_simd::Float;

/// Weights that lead into a unit are no longer than `max`, 2 by default:
///
/// w_u = w_u · min(1, max/‖w_u‖)
///
/// Vectors that are short enough, zero among them, stay as they are to the bit. A unit with a NaN
/// has no norm, and becomes NaN.
///
/// Source: Srebro and Shraibman, "Rank, Trace-Norm and Max-Norm" (2005); Srivastava et al., "Dropout"
/// (2014), section 5.1. Keras's `MaxNorm(max_value=2, axis=0)`, which divides by ‖w‖ + 10⁻⁷; PyTorch's
/// `torch.renorm(w, 2, dim, max)`, of the same 10⁻⁷.
///
/// ```
/// use neuropil_regularizers::{Constraint, MaxNorm, Units};
///
/// let mut w = [3.0_f32, 4.0, 0.6, 0.8, 0.0, 0.0];
/// MaxNorm::new(2.5)?.project(Units::rows(3, 2), &mut w);
/// assert_eq!(w, [1.5, 2.0, 0.6, 0.8, 0.0, 0.0]);
/// # Ok::<(), neuropil_regularizers::RegularizerError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MaxNorm {
    max: f64,
}

impl MaxNorm {
    /// At most this long.
    ///
    /// # Errors
    /// [`RegularizerError`] if `max` is NaN, infinite or negative.
    pub fn new(max: f64) -> Result<Self, RegularizerError> {
        Ok(Self { max: RegularizerError::strength("MaxNorm", "max", max)? })
    }

    /// The largest norm.
    #[must_use]
    pub const fn max(&self) -> f64 {
        self.max
    }
}

impl Default for MaxNorm {
    fn default() -> Self {
        Self { max: 2.0 }
    }
}

impl Constraint for MaxNorm {
    fn name(&self) -> String {
        format!("MaxNorm({})", self.max)
    }

    fn project<T: Float>(&self, units: Units, w: &mut [T]) {
        let max = self.max;
        scale(units, w, |norm| if norm <= max { 1.0 } else { max / norm });
    }
}
