//! The cross entropy of a yes or no and its probability.

use crate::elementwise::smooth;
use crate::error::check_unit;
use crate::reductions::reductions;
use crate::{ElementwiseLoss, LossError, Prediction, Reduction};
use neuropil_simd::{Float, Lanes, math};

/// The binary cross entropy from probabilities: loss_r = -1/n Σ_i (t_i ln x_i + (1 - t_i) ln(1 - x_i)) for
/// a row of n numbers in [0, 1], each the probability of a yes. The gradient is
/// 1/n (x_i - t_i) / (x_i (1 - x_i)). PyTorch's `BCELoss`.
///
/// As in PyTorch, logarithms below -100 are -100 and the denominator of the gradient is at least 1e-12,
/// so that certain and wrong is expensive but finite.
/// [`BinaryCrossEntropyWithLogits`](crate::BinaryCrossEntropyWithLogits) needs no such bounds: take it,
/// and no sigmoid before it, wherever you can. A number outside [0, 1] makes the loss NaN.
///
/// Targets are values, `[rows, width]`, in [0, 1]. By default the loss is the mean over all numbers, and
/// targets are not smoothed.
///
/// ```
/// use neuropil_losses::{BinaryCrossEntropy, Loss, Target};
///
/// let loss = BinaryCrossEntropy::new();
/// let value = loss.value(2, &[0.9_f64, 0.0], Target::Values(&[1.0, 1.0]))?;
/// assert!((value - (100.0 - 0.9_f64.ln()) / 2.0).abs() < 1e-12);
/// # Ok::<(), neuropil_losses::LossError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BinaryCrossEntropy {
    reduction: Reduction,
    smoothing: f64,
}

impl Default for BinaryCrossEntropy {
    fn default() -> Self {
        Self { reduction: Reduction::Mean, smoothing: 0.0 }
    }
}

impl BinaryCrossEntropy {
    /// The mean over all numbers, without smoothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Moves targets towards 1/2: t becomes (1 - ε) t + ε/2. Keras' `label_smoothing`.
    ///
    /// # Errors
    /// If ε is not in [0, 1].
    pub fn label_smoothing(self, epsilon: f64) -> Result<Self, LossError> {
        let smoothing = check_unit("BinaryCrossEntropy", "label_smoothing", epsilon)?;
        Ok(Self { smoothing, ..self })
    }
}

reductions!(BinaryCrossEntropy);

impl ElementwiseLoss for BinaryCrossEntropy {
    fn reduction(&self) -> Reduction {
        self.reduction
    }

    fn prediction(&self) -> Prediction {
        Prediction::Probabilities
    }

    #[inline(always)]
    fn term<T: Float, V: Lanes<T>>(&self, x: V, t: V) -> V {
        let (low, one) = (V::of(-100.0), V::splat(T::ONE));
        let t = smooth(self.smoothing, t);
        let (yes, no) = (low.max(math::ln(x)), low.max(math::log1p(-x)));
        -(t * yes + (one - t) * no)
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, x: V, t: V) -> V {
        let t = smooth(self.smoothing, t);
        (x - t) / V::of(f64::from(1e-12_f32)).max((V::splat(T::ONE) - x) * x)
    }
}
