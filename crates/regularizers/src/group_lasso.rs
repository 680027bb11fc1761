//! The penalty that drops whole units.

use crate::units::{add, each_norm, scale};
use crate::{Proximal, Regularizer, RegularizerError, Units};
use neuropil_simd::Float;

/// The group lasso: the weights of a unit are kept or dropped together.
///
/// penalty = λ · √n · Σ_u ‖w_u‖, with the gradient λ √n w_u/‖w_u‖, and 0 where w_u = 0
///
/// where w_u are the n weights that lead into unit u (see [`Units`]). Without units, the whole slice is
/// one. As a [`Proximal`] step: w_u = w_u max(1 − rate λ √n/‖w_u‖, 0), which gives units whose weights
/// are all exactly zero, and may be cut off.
///
/// Source: Yuan and Lin, "Model Selection and Estimation in Regression with Grouped Variables" (2006).
///
/// ```
/// use neuropil_regularizers::{GroupLasso, Proximal, Regularizer, Units};
///
/// let lasso = GroupLasso::new(1.0)?;
/// let units = Units::rows(2, 4);
/// let mut w = [1.0_f32, 1.0, 1.0, 1.0, 0.5, -0.5, 0.5, 0.5];
/// assert_eq!(lasso.penalty_of_units(units, &w), 6.0); // √4 · (2 + 1)
/// lasso.shrink(units, 0.5, &mut w);
/// assert_eq!(w, [0.5, 0.5, 0.5, 0.5, 0.0, 0.0, 0.0, 0.0]);
/// # Ok::<(), neuropil_regularizers::RegularizerError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GroupLasso {
    lambda: f64,
}

impl GroupLasso {
    /// The penalty of this strength.
    ///
    /// # Errors
    /// [`RegularizerError`] if `lambda` is NaN, infinite or negative.
    pub fn new(lambda: f64) -> Result<Self, RegularizerError> {
        Ok(Self { lambda: RegularizerError::strength("GroupLasso", "lambda", lambda)? })
    }

    /// λ.
    #[must_use]
    pub const fn lambda(&self) -> f64 {
        self.lambda
    }

    /// λ √n
    fn strength(&self, units: Units) -> f64 {
        self.lambda * (units.width() as f64).sqrt()
    }
}

impl Regularizer for GroupLasso {
    fn name(&self) -> String {
        format!("GroupLasso({})", self.lambda)
    }

    fn penalty<T: Float>(&self, w: &[T]) -> f64 {
        self.penalty_of_units(Units::whole(w.len()), w)
    }

    fn backward<T: Float>(&self, w: &[T], dw: &mut [T]) {
        self.backward_of_units(Units::whole(w.len()), w, dw);
    }

    fn penalty_of_units<T: Float>(&self, units: Units, w: &[T]) -> f64 {
        let mut sum = 0.0;
        each_norm(units, w, |norm| sum += norm);
        self.strength(units) * sum
    }

    fn backward_of_units<T: Float>(&self, units: Units, w: &[T], dw: &mut [T]) {
        let strength = self.strength(units);
        add(units, w, dw, |norm| if norm == 0.0 { 0.0 } else { strength / norm });
    }
}

impl Proximal for GroupLasso {
    fn shrink<T: Float>(&self, units: Units, rate: f64, w: &mut [T]) {
        let strength = rate * self.strength(units);
        // NaN is not below the strength, and stays.
        scale(units, w, |norm| if norm <= strength { 0.0 } else { 1.0 - strength / norm });
    }
}
