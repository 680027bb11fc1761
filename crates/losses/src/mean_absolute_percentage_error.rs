//! The mean of the absolute differences, in percent of the targets.

use crate::elementwise::sign;
use crate::reductions::reductions;
use crate::{ElementwiseLoss, Reduction};
use neuropil_simd::{Float, Lanes};

/// The mean absolute percentage error: loss_r = 100/n Σ_i |x_i - t_i| / max(|t_i|, ε) for a row of n
/// numbers, with ε = 1e-7, which keeps targets of 0 finite. The gradient is
/// 100/n sign(x_i - t_i) / max(|t_i|, ε), taken as 0 where x_i = t_i. Keras'
/// `MeanAbsolutePercentageError`.
///
/// Targets are values, `[rows, width]`; by default the loss is the mean over all numbers.
///
/// Source: Keras, `keras.losses.MeanAbsolutePercentageError`.
///
/// ```
/// use neuropil_losses::{Loss, MeanAbsolutePercentageError, Target};
///
/// let loss = MeanAbsolutePercentageError::new();
/// assert_eq!(loss.value(2, &[3.0_f32, 8.0], Target::Values(&[4.0, 8.0]))?, 12.5);
/// # Ok::<(), neuropil_losses::LossError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MeanAbsolutePercentageError {
    reduction: Reduction,
}

impl MeanAbsolutePercentageError {
    /// The mean over all numbers.
    pub fn new() -> Self {
        Self::default()
    }
}

reductions!(MeanAbsolutePercentageError);

impl ElementwiseLoss for MeanAbsolutePercentageError {
    fn reduction(&self) -> Reduction {
        self.reduction
    }

    #[inline(always)]
    fn term<T: Float, V: Lanes<T>>(&self, x: V, t: V) -> V {
        (x - t).abs() * percent(t)
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, x: V, t: V) -> V {
        sign(x - t) * percent(t)
    }
}

/// 100 / max(|t|, ε)
#[inline(always)]
fn percent<T: Float, V: Lanes<T>>(t: V) -> V {
    V::of(100.0) / V::of(1e-7).max(t.abs())
}
