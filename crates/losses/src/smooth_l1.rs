//! The absolute difference, rounded off at the target.

use crate::error::check_positive;
use crate::reductions::reductions;
use crate::{ElementwiseLoss, LossError, Reduction};
use neuropil_simd::{Float, Lanes};

/// The smooth L1 loss: loss_r = 1/n Σ_i f(x_i - t_i) for a row of n numbers, with f(d) = d²/(2β)
/// where |d| < β, and f(d) = |d| - β/2 farther away. The gradient is 1/n min(max(d/β, -1), 1).
/// PyTorch's `SmoothL1Loss`, with its default β = 1; a β of 0 is
/// [`MeanAbsoluteError`](crate::MeanAbsoluteError).
///
/// Targets are values, `[rows, width]`; by default the loss is the mean over all numbers.
///
/// Source: Girshick, "Fast R-CNN", 2015.
///
/// ```
/// use neuropil_losses::{Loss, SmoothL1, Target};
///
/// let loss = SmoothL1::new().beta(0.5)?;
/// let mut dx = [0.0_f32; 2];
/// let value = loss.both(2, &[0.25, 3.0], Target::Values(&[0.0, 0.0]), &mut dx)?;
/// assert_eq!((value, dx), ((0.0625 + 2.75) / 2.0, [0.25, 0.5]));
/// # Ok::<(), neuropil_losses::LossError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SmoothL1 {
    reduction: Reduction,
    beta: f64,
}

impl Default for SmoothL1 {
    fn default() -> Self {
        Self { reduction: Reduction::Mean, beta: 1.0 }
    }
}

impl SmoothL1 {
    /// β = 1, the mean over all numbers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets β, the distance up to which the loss is squared.
    ///
    /// # Errors
    /// If it is not positive and finite.
    pub fn beta(self, beta: f64) -> Result<Self, LossError> {
        Ok(Self { beta: check_positive("SmoothL1", "beta", beta)?, ..self })
    }
}

reductions!(SmoothL1);

impl ElementwiseLoss for SmoothL1 {
    fn reduction(&self) -> Reduction {
        self.reduction
    }

    #[inline(always)]
    fn term<T: Float, V: Lanes<T>>(&self, x: V, t: V) -> V {
        let (distance, beta) = ((x - t).abs(), V::of(self.beta));
        // m²/(2β) + |d| - m with m = min(|d|, β).
        let m = beta.min(distance);
        (m * V::of(0.5 / self.beta)).mul_add(m, distance - m)
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, x: V, t: V) -> V {
        let one = V::splat(T::ONE);
        (-one).max(one.min((x - t) / V::of(self.beta)))
    }
}
