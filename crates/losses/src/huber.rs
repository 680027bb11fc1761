//! Squared near the target, straight farther away.

use crate::error::check_positive;
use crate::reductions::reductions;
use crate::{ElementwiseLoss, LossError, Reduction};
use neuropil_simd::{Float, Lanes};

/// Huber's loss: loss_r = 1/n Σ_i f(x_i - t_i) for a row of n numbers, with f(d) = d²/2 where
/// |d| ≤ δ, and f(d) = δ (|d| - δ/2) farther away. The gradient is 1/n min(max(x_i - t_i, -δ), δ).
/// PyTorch's `HuberLoss`, with its default δ = 1.
///
/// Targets are values, `[rows, width]`; by default the loss is the mean over all numbers. It is
/// [`SmoothL1`](crate::SmoothL1) of β = δ, times δ.
///
/// Source: Huber, "Robust estimation of a location parameter", 1964.
///
/// ```
/// use neuropil_losses::{Huber, Loss, Target};
///
/// let mut dx = [0.0_f32; 2];
/// let value = Huber::new().both(2, &[0.5, 3.0], Target::Values(&[0.0, 0.0]), &mut dx)?;
/// assert_eq!((value, dx), ((0.125 + 2.5) / 2.0, [0.25, 0.5]));
/// assert!(Huber::new().delta(0.0).is_err());
/// # Ok::<(), neuropil_losses::LossError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Huber {
    reduction: Reduction,
    delta: f64,
}

impl Default for Huber {
    fn default() -> Self {
        Self { reduction: Reduction::Mean, delta: 1.0 }
    }
}

impl Huber {
    /// δ = 1, the mean over all numbers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets δ, the distance up to which the loss is squared.
    ///
    /// # Errors
    /// If it is not positive and finite.
    pub fn delta(self, delta: f64) -> Result<Self, LossError> {
        Ok(Self { delta: check_positive("Huber", "delta", delta)?, ..self })
    }
}

reductions!(Huber);

impl ElementwiseLoss for Huber {
    fn reduction(&self) -> Reduction {
        self.reduction
    }

    #[inline(always)]
    fn term<T: Float, V: Lanes<T>>(&self, x: V, t: V) -> V {
        let (distance, delta) = ((x - t).abs(), V::of(self.delta));
        // m²/2 + δ (|d| - m) with m = min(|d|, δ).
        let m = delta.min(distance);
        (m * V::of(0.5)).mul_add(m, delta * (distance - m))
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, x: V, t: V) -> V {
        let delta = V::of(self.delta);
        (-delta).max(delta.min(x - t))
    }
}
