//! The loss whose minimum is a quantile.

use crate::error::check_unit;
use crate::reductions::reductions;
use crate::{ElementwiseLoss, LossError, Reduction};
use neuropil_simd::{Float, Lanes};

/// The quantile or pinball loss: loss_r = 1/n Σ_i max(τ (t_i - x_i), (τ - 1) (t_i - x_i)) for a row of n
/// numbers. It is least where a share τ of the targets lies below the prediction: the median for
/// τ = 1/2, where it is half of [`MeanAbsoluteError`](crate::MeanAbsoluteError). The gradient is -τ/n
/// below the target, (1 - τ)/n above, and is taken as 0 where x_i = t_i.
///
/// Targets are values, `[rows, width]`; by default the loss is the mean over all numbers. There is no
/// default τ.
///
/// Source: Koenker and Bassett, "Regression quantiles", 1978.
///
/// ```
/// use neuropil_losses::{Loss, Quantile, Target};
///
/// // To guess too low costs nine times as much as to guess too high.
/// let mut dx = [0.0_f64; 2];
/// let value = Quantile::new(0.9)?.both(2, &[1.0, 1.0], Target::Values(&[3.0, -1.0]), &mut dx)?;
/// assert!((value - (1.8 + 0.2) / 2.0).abs() < 1e-15);
/// assert!((dx[0] + 0.45).abs() < 1e-15 && (dx[1] - 0.05).abs() < 1e-15);
/// # Ok::<(), neuropil_losses::LossError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantile {
    reduction: Reduction,
    tau: f64,
}

impl Quantile {
    /// The mean over all numbers, for the quantile τ.
    ///
    /// # Errors
    /// If τ is not in [0, 1].
    pub fn new(tau: f64) -> Result<Self, LossError> {
        Ok(Self { reduction: Reduction::Mean, tau: check_unit("Quantile", "tau", tau)? })
    }

    /// What a difference x - t is multiplied with.
    #[inline(always)]
    fn factor<T: Float, V: Lanes<T>>(&self, d: V) -> V {
        V::select(d.lt(V::splat(T::ZERO)), V::of(-self.tau), V::of(1.0 - self.tau))
    }
}

reductions!(Quantile);

impl ElementwiseLoss for Quantile {
    fn reduction(&self) -> Reduction {
        self.reduction
    }

    #[inline(always)]
    fn term<T: Float, V: Lanes<T>>(&self, x: V, t: V) -> V {
        let d = x - t;
        self.factor::<T, V>(d) * d
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, x: V, t: V) -> V {
        let (zero, d) = (V::splat(T::ZERO), x - t);
        V::select(d.eq(zero), zero, self.factor::<T, V>(d))
    }
}
