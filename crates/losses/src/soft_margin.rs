//! The logistic loss of classes 1 and -1.

use crate::elementwise::product;
use crate::reductions::reductions;
use crate::{ElementwiseLoss, Prediction, Reduction};
use neuropil_simd::{Float, Lanes, math};

/// The soft margin loss, or logistic loss: loss_r = 1/n Σ_i ln(1 + e^(-t_i x_i)) for a row of n scores,
/// with the gradient -1/n t_i σ(-t_i x_i). PyTorch's `SoftMarginLoss`.
///
/// Targets are values, `[rows, width]`, 1 or -1. By default the loss is the mean over all numbers. It
/// is [`BinaryCrossEntropyWithLogits`](crate::BinaryCrossEntropyWithLogits) for targets that are -1 instead
/// of 0, and no score is too large.
///
/// ```
/// use neuropil_losses::{Loss, SoftMargin, Target};
///
/// let value = SoftMargin::new().value(2, &[0.0_f64, -800.0], Target::Values(&[1.0, 1.0]))?;
/// assert!((value - (2.0_f64.ln() + 800.0) / 2.0).abs() < 1e-12);
/// # Ok::<(), neuropil_losses::LossError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SoftMargin {
    reduction: Reduction,
}

impl SoftMargin {
    /// The mean over all numbers.
    pub fn new() -> Self {
        Self::default()
    }
}

reductions!(SoftMargin);

impl ElementwiseLoss for SoftMargin {
    fn reduction(&self) -> Reduction {
        self.reduction
    }

    fn prediction(&self) -> Prediction {
        Prediction::BinaryLogits
    }

    #[inline(always)]
    fn term<T: Float, V: Lanes<T>>(&self, x: V, t: V) -> V {
        math::softplus(-product(t, x))
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, x: V, t: V) -> V {
        -t * math::sigmoid(-product(t, x))
    }
}
