//! The mean of the squared differences.

use crate::reductions::reductions;
use crate::{ElementwiseLoss, Reduction};
use neuropil_simd::{Float, Lanes};

/// The mean squared error: loss_r = 1/n Σ_i (x_i - t_i)² for a row of n numbers, with the gradient
/// 2/n (x_i - t_i). PyTorch's `MSELoss`.
///
/// Targets are values, `[rows, width]`. The mean over the rows (the default) is the mean over all
/// numbers, [`sum`](MeanSquaredError::sum) the sum over all of them, and
/// [`batch_mean`](MeanSquaredError::batch_mean) the mean over the rows of their sums.
///
/// ```
/// use neuropil_losses::{Loss, MeanSquaredError, Target};
///
/// let (loss, x, target) = (MeanSquaredError::new(), [1.0_f32, 2.0], Target::Values(&[1.5, 1.5]));
/// assert_eq!(loss.value(2, &x, target)?, 0.25);
/// assert_eq!(loss.sum().value(2, &x, target)?, 0.5);
/// # Ok::<(), neuropil_losses::LossError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MeanSquaredError {
    reduction: Reduction,
}

impl MeanSquaredError {
    /// The mean over all numbers.
    pub fn new() -> Self {
        Self::default()
    }
}

reductions!(MeanSquaredError);

impl ElementwiseLoss for MeanSquaredError {
    fn reduction(&self) -> Reduction {
        self.reduction
    }

    #[inline(always)]
    fn term<T: Float, V: Lanes<T>>(&self, x: V, t: V) -> V {
        let d = x - t;
        d * d
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, x: V, t: V) -> V {
        let d = x - t;
        d + d
    }
}
