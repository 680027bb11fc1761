//! Units of length 1.

use crate::units::scale;
use crate::{Constraint, Units};
use neuropil_simd::Float;

/// Weights that lead into a unit have length 1:
///
/// w_u = w_u/‖w_u‖
///
/// A vector of zeros has no direction and stays as it is. A unit with a NaN becomes NaN.
///
/// Source: Keras's `UnitNorm(axis=0)`, which divides by ‖w‖ + 10⁻⁷; PyTorch's
/// `functional.normalize(w, dim=dim)`.
///
/// ```
/// use neuropil_regularizers::{Constraint, UnitNorm, Units};
///
/// let mut w = [3.0_f32, 0.0, 4.0, 0.0]; // columns (3, 4) and (0, 0)
/// UnitNorm.project(Units::columns(2, 2), &mut w);
/// assert_eq!(w, [0.6, 0.0, 0.8, 0.0]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UnitNorm;

impl Constraint for UnitNorm {
    fn name(&self) -> String {
        "UnitNorm".into()
    }

    fn project<T: Float>(&self, units: Units, w: &mut [T]) {
        scale(units, w, |norm| if norm == 0.0 { 1.0 } else { 1.0 / norm });
    }
}
