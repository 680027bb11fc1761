//! A power of the difference.

use crate::elementwise::sign;
use crate::error::check_setting;
use crate::powers::power;
use crate::reductions::reductions;
use crate::{ElementwiseLoss, LossError, Reduction};
use neuropil_simd::{Float, Lanes};

/// A power of the difference: loss_r = 1/n Σ_i |x_i - t_i|^p for a row of n numbers, with the gradient
/// p/n |x_i - t_i|^(p-1) sign(x_i - t_i), which is taken as 0 where x_i = t_i. p = 2 is
/// [`MeanSquaredError`](crate::MeanSquaredError), p = 1
/// [`MeanAbsoluteError`](crate::MeanAbsoluteError); between them outliers pull less than squared, above
/// 2 they pull more.
///
/// Targets are values, `[rows, width]`; by default the loss is the mean over all numbers. There is no
/// default p.
///
/// Source: Boyd and Vandenberghe, "Convex Optimization", 2004, section 6.1.
///
/// ```
/// use neuropil_losses::{Loss, Lp, Target};
///
/// let mut dx = [0.0_f32; 2];
/// let loss = Lp::new(3.0)?;
/// assert_eq!(loss.both(2, &[3.0, 1.0], Target::Values(&[1.0, 2.0]), &mut dx)?, (8.0 + 1.0) / 2.0);
/// assert_eq!(dx, [6.0, -1.5]);
/// assert!(Lp::new(0.5).is_err());
/// # Ok::<(), neuropil_losses::LossError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lp {
    reduction: Reduction,
    p: f64,
}

impl Lp {
    /// The mean over all numbers of their distances to the power of p.
    ///
    /// # Errors
    /// If p is less than 1, infinite or NaN.
    pub fn new(p: f64) -> Result<Self, LossError> {
        let is_right = p >= 1.0 && p.is_finite();
        let p = check_setting("Lp", "p", p, is_right, "finite and at least 1")?;
        Ok(Self { reduction: Reduction::Mean, p })
    }
}

reductions!(Lp);

impl ElementwiseLoss for Lp {
    fn reduction(&self) -> Reduction {
        self.reduction
    }

    #[inline(always)]
    fn term<T: Float, V: Lanes<T>>(&self, x: V, t: V) -> V {
        power((x - t).abs(), self.p)
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, x: V, t: V) -> V {
        let d = x - t;
        V::of(self.p) * power(d.abs(), self.p - 1.0) * sign(d)
    }
}
