//! The mean of the absolute differences.

use crate::elementwise::sign;
use crate::reductions::reductions;
use crate::{ElementwiseLoss, Reduction};
use neuropil_simd::{Float, Lanes};

/// The mean absolute error, or L1 loss: loss_r = 1/n Σ_i |x_i - t_i| for a row of n numbers, with the
/// gradient 1/n sign(x_i - t_i), which is taken as 0 where x_i = t_i. PyTorch's `L1Loss`.
///
/// Targets are values, `[rows, width]`; by default the loss is the mean over all numbers.
///
/// ```
/// use neuropil_losses::{Loss, MeanAbsoluteError, Target};
///
/// let mut dx = [0.0_f32; 4];
/// let target = Target::Values(&[1.0, 2.0, 7.0, 0.0]);
/// let value = MeanAbsoluteError::new().sum().both(4, &[1.5, 2.0, 3.0, 0.0], target, &mut dx)?;
/// assert_eq!((value, dx), (4.5, [1.0, 0.0, -1.0, 0.0]));
/// # Ok::<(), neuropil_losses::LossError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MeanAbsoluteError {
    reduction: Reduction,
}

impl MeanAbsoluteError {
    /// The mean over all numbers.
    pub fn new() -> Self {
        Self::default()
    }
}

reductions!(MeanAbsoluteError);

impl ElementwiseLoss for MeanAbsoluteError {
    fn reduction(&self) -> Reduction {
        self.reduction
    }

    #[inline(always)]
    fn term<T: Float, V: Lanes<T>>(&self, x: V, t: V) -> V {
        (x - t).abs()
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, x: V, t: V) -> V {
        sign(x - t)
    }
}
