//! The mean of the squared differences of logarithms.

use crate::reductions::reductions;
use crate::{ElementwiseLoss, Reduction};
use neuropil_simd::{Float, Lanes, math};

/// The mean squared logarithmic error: loss_r = 1/n Σ_i (ln(1 + x_i) - ln(1 + t_i))² for a row of n
/// numbers that are not negative, with the gradient 2/n (ln(1 + x_i) - ln(1 + t_i)) / (1 + x_i).
/// Keras' `MeanSquaredLogarithmicError`.
///
/// Numbers below 0, in x and targets, count as 0 (as 1e-7 in Keras), and a prediction below 0 has no
/// gradient. Targets are values, `[rows, width]`; by default the loss is the mean over all numbers.
///
/// Source: Keras, `keras.losses.MeanSquaredLogarithmicError`.
///
/// ```
/// use neuropil_losses::{Loss, MeanSquaredLogError, Target};
///
/// let value = MeanSquaredLogError::new().value(1, &[3.0_f64], Target::Values(&[1.0]))?;
/// assert!((value - 2.0_f64.ln().powi(2)).abs() < 1e-15);
/// # Ok::<(), neuropil_losses::LossError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MeanSquaredLogError {
    reduction: Reduction,
}

impl MeanSquaredLogError {
    /// The mean over all numbers.
    pub fn new() -> Self {
        Self::default()
    }
}

reductions!(MeanSquaredLogError);

impl ElementwiseLoss for MeanSquaredLogError {
    fn reduction(&self) -> Reduction {
        self.reduction
    }

    #[inline(always)]
    fn term<T: Float, V: Lanes<T>>(&self, x: V, t: V) -> V {
        let d = difference(x, t);
        d * d
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, x: V, t: V) -> V {
        let (zero, one) = (V::splat(T::ZERO), V::splat(T::ONE));
        let d = difference(x, t);
        V::select(x.lt(zero), zero, (d + d) / (x + one))
    }
}

/// ln(1 + x) - ln(1 + t) = ln((1 + x) / (1 + t)), without cancelling near the target.
#[inline(always)]
fn difference<T: Float, V: Lanes<T>>(x: V, t: V) -> V {
    let zero = V::splat(T::ZERO);
    let (x, t) = (zero.max(x), zero.max(t));
    // Of the two, log1p of a ratio near -1 would be the imprecise one.
    let (low, high) = (x.min(t), x.max(t));
    let far = math::log1p((high - low) / (low + V::splat(T::ONE)));
    V::select(x.lt(t), -far, far)
}
