//! The absolute and the square penalty together.

use crate::shrink::{Sign, soft_threshold, sum_of_absolutes};
use crate::{Proximal, Regularizer, RegularizerError, Units};
use neuropil_simd::{Float, dispatch, reduce::sum_of_squares};

/// The elastic net: [`L1`](crate::L1) and [`L2`](crate::L2) at once.
///
/// penalty = λ₁ · Σ|w| + λ₂/2 · Σw², with the gradient λ₁ sign(w) + λ₂ w, the sign of 0 being 0
///
/// As a [`Proximal`] step: w = sign(w) max(|w| − rate λ₁, 0) / (1 + rate λ₂). Weights that say the
/// same are kept or dropped together, where L1 alone takes one of them.
///
/// Source: Zou and Hastie, "Regularization and Variable Selection via the Elastic Net" (2005), in
/// its naive form. scikit-learn's `ElasticNet(alpha, l1_ratio)` is λ₁ = alpha · l1_ratio and
/// λ₂ = alpha · (1 − l1_ratio). Keras's `L1L2(l1, l2)` has no half: λ₂ = 2 · l2.
///
/// ```
/// use neuropil_regularizers::{ElasticNet, Proximal, Regularizer, Units};
///
/// let net = ElasticNet::new(0.5, 1.0)?;
/// let (mut w, mut dw) = ([1.0_f32, -3.0, 0.0], [10.0; 3]);
/// assert_eq!(net.penalty(&w), 7.0); // 0.5 · 4 + 1/2 · 10
/// net.backward(&w, &mut dw);
/// assert_eq!(dw, [11.5, 6.5, 10.0]);
///
/// net.shrink(Units::whole(3), 1.0, &mut w);
/// assert_eq!(w, [0.25, -1.25, 0.0]); // by 0.5, then divided by 2
/// # Ok::<(), neuropil_regularizers::RegularizerError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ElasticNet {
    l1: f64,
    l2: f64,
}

impl ElasticNet {
    /// The penalty with these strengths: λ₁ and λ₂.
    ///
    /// # Errors
    /// [`RegularizerError`] if one is NaN, infinite or negative.
    pub fn new(l1: f64, l2: f64) -> Result<Self, RegularizerError> {
        let l1 = RegularizerError::strength("ElasticNet", "l1", l1)?;
        Ok(Self { l1, l2: RegularizerError::strength("ElasticNet", "l2", l2)? })
    }

    /// λ₁.
    #[must_use]
    pub const fn l1(&self) -> f64 {
        self.l1
    }

    /// λ₂.
    #[must_use]
    pub const fn l2(&self) -> f64 {
        self.l2
    }
}

impl Regularizer for ElasticNet {
    fn name(&self) -> String {
        format!("ElasticNet({}, {})", self.l1, self.l2)
    }

    fn penalty<T: Float>(&self, w: &[T]) -> f64 {
        self.l1 * sum_of_absolutes(w) + self.l2 / 2.0 * sum_of_squares(w).to_f64()
    }

    fn backward<T: Float>(&self, w: &[T], dw: &mut [T]) {
        assert!(dw.len() == w.len(), "dw has {} numbers, but w has {}", dw.len(), w.len());
        dispatch(Sign { absolute: T::of(self.l1), square: Some(T::of(self.l2)), w, dw });
    }
}

impl Proximal for ElasticNet {
    fn shrink<T: Float>(&self, _units: Units, rate: f64, w: &mut [T]) {
        soft_threshold(rate * self.l1, 1.0 / (1.0 + rate * self.l2), w);
    }
}
