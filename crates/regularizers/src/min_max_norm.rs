//! Units whose length lies between two bounds.

use crate::units::scale;
use crate::{Constraint, RegularizerError, Units};
use neuropil_simd::Float;

/// Weights that lead into a unit are drawn to a length between `min` and `max`:
///
/// w_u = w_u/‖w_u‖ · (rate · clamp(‖w_u‖, min, max) + (1 − rate) · ‖w_u‖)
///
/// The defaults are 0, 1 and a rate of 1, which goes all the way at once. A vector of zeros has no
/// direction and stays as it is, even below `min`; vectors between the bounds stay to the bit. A unit
/// with a NaN becomes NaN.
///
/// Source: Keras's `MinMaxNorm(min_value=0, max_value=1, rate=1, axis=0)`, which divides by
/// ‖w‖ + 10⁻⁷. PyTorch has none.
///
/// ```
/// use neuropil_regularizers::{Constraint, MinMaxNorm, Units};
///
/// let half_way = MinMaxNorm::new(1.0, 2.0)?.rate(0.5)?;
/// let mut w = [0.0_f32, 4.0, 0.5, 0.0, 1.5, 0.0];
/// half_way.project(Units::rows(3, 2), &mut w);
/// assert_eq!(w, [0.0, 3.0, 0.75, 0.0, 1.5, 0.0]);
/// # Ok::<(), neuropil_regularizers::RegularizerError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MinMaxNorm {
    min: f64,
    max: f64,
    rate: f64,
}

impl MinMaxNorm {
    /// Between these lengths, at a rate of 1.
    ///
    /// # Errors
    /// [`RegularizerError`] if one is NaN, infinite or negative, or `min` is above `max`.
    pub fn new(min: f64, max: f64) -> Result<Self, RegularizerError> {
        let min = RegularizerError::strength("MinMaxNorm", "min", min)?;
        let max = RegularizerError::strength("MinMaxNorm", "max", max)?;
        if min > max {
            let (regularizer, setting) = ("MinMaxNorm", "min");
            return Err(RegularizerError::NotAtMost {
                regularizer,
                setting,
                value: min,
                limit: max,
            });
        }
        Ok(Self { min, max, rate: 1.0 })
    }

    /// The share of the way that is gone after each update.
    ///
    /// # Errors
    /// [`RegularizerError`] if `rate` is NaN or lies outside [0, 1].
    pub fn rate(self, rate: f64) -> Result<Self, RegularizerError> {
        Ok(Self { rate: RegularizerError::probability("MinMaxNorm", "rate", rate)?, ..self })
    }
}

impl Default for MinMaxNorm {
    fn default() -> Self {
        Self { min: 0.0, max: 1.0, rate: 1.0 }
    }
}

impl Constraint for MinMaxNorm {
    fn name(&self) -> String {
        format!("MinMaxNorm({}, {}, rate {})", self.min, self.max, self.rate)
    }

    fn project<T: Float>(&self, units: Units, w: &mut [T]) {
        let Self { min, max, rate } = *self;
        scale(units, w, |norm| {
            if norm == 0.0 || (min..=max).contains(&norm) {
                return 1.0;
            }
            let wanted = if norm > max { max } else { min };
            // NaN is neither above nor between.
            if norm.is_nan() { norm } else { rate * (wanted / norm) + (1.0 - rate) }
        });
    }
}
