//! The absolute penalty.

use crate::shrink::{Sign, soft_threshold, sum_of_absolutes};
use crate::{Proximal, Regularizer, RegularizerError, Units};
use neuropil_simd::{Float, dispatch};

/// The L1 penalty, which draws every weight towards zero by the same amount, however small it is:
///
/// penalty = λ · Σ|w|, with the gradient λ sign(w), and 0 at w = 0
///
/// The gradient alone leaves weights that tremble around zero. As a [`Proximal`] step it gives true
/// zeros: w = sign(w) max(|w| − rate λ, 0) after each update.
///
/// The sum is in T and in the canonical order of `neuropil_simd::reduce`. NaN stays NaN.
///
/// Source: Tibshirani, "Regression Shrinkage and Selection via the Lasso" (1996); Daubechies, Defrise
/// and De Mol (2004) for the step. Keras's `L1(l1)` with λ = l1, whose default is 0.01; PyTorch has
/// no such option, but the same gradient, 0 at zero, from `lambda * w.abs().sum()`.
///
/// ```
/// use neuropil_regularizers::{L1, Proximal, Regularizer, Units};
///
/// let l1 = L1::new(0.5)?;
/// let (mut w, mut dw) = ([1.0_f32, -3.0, 0.0], [10.0; 3]);
/// assert_eq!(l1.penalty(&w), 2.0); // 0.5 · (1 + 3 + 0)
/// l1.backward(&w, &mut dw);
/// assert_eq!(dw, [10.5, 9.5, 10.0]);
///
/// l1.shrink(Units::whole(3), 2.0, &mut w); // a rate of 2: by 2 · 0.5
/// assert_eq!(w, [0.0, -2.0, 0.0]);
/// # Ok::<(), neuropil_regularizers::RegularizerError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct L1 {
    lambda: f64,
}

impl L1 {
    /// The penalty of this strength.
    ///
    /// # Errors
    /// [`RegularizerError`] if `lambda` is NaN, infinite or negative.
    pub fn new(lambda: f64) -> Result<Self, RegularizerError> {
        Ok(Self { lambda: RegularizerError::strength("L1", "lambda", lambda)? })
    }

    /// λ.
    #[must_use]
    pub const fn lambda(&self) -> f64 {
        self.lambda
    }
}

impl Regularizer for L1 {
    fn name(&self) -> String {
        format!("L1({})", self.lambda)
    }

    fn penalty<T: Float>(&self, w: &[T]) -> f64 {
        self.lambda * sum_of_absolutes(w)
    }

    fn backward<T: Float>(&self, w: &[T], dw: &mut [T]) {
        assert!(dw.len() == w.len(), "dw has {} numbers, but w has {}", dw.len(), w.len());
        dispatch(Sign { absolute: T::of(self.lambda), square: None, w, dw });
    }
}

impl Proximal for L1 {
    fn shrink<T: Float>(&self, _units: Units, rate: f64, w: &mut [T]) {
        soft_threshold(rate * self.lambda, 1.0, w);
    }
}
