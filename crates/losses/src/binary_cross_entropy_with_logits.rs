//! The cross entropy of a yes or no and the sigmoid of a logit.

use crate::class_weights::ClassWeights;
use crate::elementwise::{Formula, product, smooth, sweep};
use crate::error::check_unit;
use crate::reductions::reductions;
use crate::{Loss, LossError, Prediction, Reduction, Target, TargetKind, Weights};
use neuropil_simd::{Float, Lanes, math};

const NAME: &str = "BinaryCrossEntropyWithLogits";
const WEIGHTS: &str = "pos_weight";

/// The binary cross entropy from logits, the sigmoid included: loss_r = -1/n Σ_i (v_i t_i ln σ(x_i) +
/// (1 - t_i) ln σ(-x_i)) for a row of n logits, each of a yes. The gradient is
/// 1/n ((1 - t_i) σ(x_i) - v_i t_i σ(-x_i)), which is 1/n (σ(x_i) - t_i) where v_i is 1. PyTorch's
/// `BCEWithLogitsLoss`.
///
/// Targets are values, `[rows, width]`, in [0, 1]. By default the loss is the mean over all numbers,
/// targets are not smoothed, and a yes counts as much as a no: v_i = 1, or what
/// [`pos_weight`](BinaryCrossEntropyWithLogits::pos_weight) says of the column.
///
/// No logit is too large. One of ±∞ that is right costs nothing.
///
/// ```
/// use neuropil_losses::{BinaryCrossEntropyWithLogits, Loss, Target};
///
/// let loss = BinaryCrossEntropyWithLogits::new();
/// let target = Target::Values(&[1.0, 1.0, 0.0]);
/// let value = loss.sum().value(3, &[0.0_f64, -1000.0, -1000.0], target)?;
/// assert_eq!(value, 2.0_f64.ln() + 1000.0);
/// # Ok::<(), neuropil_losses::LossError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BinaryCrossEntropyWithLogits {
    reduction: Reduction,
    pos_weight: Option<ClassWeights>,
    smoothing: f64,
}

impl BinaryCrossEntropyWithLogits {
    /// The mean over all numbers, without weights and smoothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many times a yes counts, `[width]`: above 1 for what is rarely a yes. PyTorch's
    /// `pos_weight`.
    ///
    /// # Errors
    /// If a weight is negative, infinite or NaN, or if none is positive.
    pub fn pos_weight(self, weights: &[f64]) -> Result<Self, LossError> {
        Ok(Self { pos_weight: Some(ClassWeights::new(NAME, WEIGHTS, weights)?), ..self })
    }

    /// Moves targets towards 1/2: t becomes (1 - ε) t + ε/2. Keras' `label_smoothing`.
    ///
    /// # Errors
    /// If ε is not in [0, 1].
    pub fn label_smoothing(self, epsilon: f64) -> Result<Self, LossError> {
        Ok(Self { smoothing: check_unit(NAME, "label_smoothing", epsilon)?, ..self })
    }
}

reductions!(BinaryCrossEntropyWithLogits);

impl Loss for BinaryCrossEntropyWithLogits {
    fn accepts(&self, kind: TargetKind) -> bool {
        kind == TargetKind::Values
    }

    fn prediction(&self) -> Prediction {
        Prediction::BinaryLogits
    }

    fn reduction(&self) -> Reduction {
        self.reduction
    }

    fn numbers(&self, width: usize) -> usize {
        width
    }

    fn check_width(&self, width: usize) -> Result<(), LossError> {
        self.pos_weight.iter().try_for_each(|weights| weights.check_width(NAME, WEIGHTS, width))
    }

    fn rows<T: Float>(
        &self,
        width: usize,
        x: &[T],
        target: Target<'_, T>,
        weights: Weights<'_, T>,
        loss: &mut [T],
        dx: Option<&mut [T]>,
    ) {
        let columns = self.pos_weight.as_ref().map_or(&[][..], ClassWeights::of);
        let f = OfLogits { smoothing: self.smoothing };
        sweep(f, width, x, target, columns, weights, loss, dx, || NAME.into());
    }
}

struct OfLogits {
    smoothing: f64,
}

impl<T: Float> Formula<T> for OfLogits {
    #[inline(always)]
    fn term<V: Lanes<T>>(&self, x: V, t: V, c: V) -> V {
        let t = smooth(self.smoothing, t);
        weighted_cross_entropy(x, c * t, V::splat(T::ONE) - t)
    }

    #[inline(always)]
    fn slope<V: Lanes<T>>(&self, x: V, t: V, c: V) -> V {
        let t = smooth(self.smoothing, t);
        (V::splat(T::ONE) - t) * math::sigmoid(x) - c * t * math::sigmoid(-x)
    }
}

/// -t ln σ(x) - (1 - t) ln σ(-x)
#[inline(always)]
pub(crate) fn cross_entropy<T: Float, V: Lanes<T>>(x: V, t: V) -> V {
    weighted_cross_entropy(x, t, V::splat(T::ONE) - t)
}

/// -yes ln σ(x) - no ln σ(-x), with -ln σ(x) = max(-x, 0) + ln(1 + e^-|x|).
#[inline(always)]
fn weighted_cross_entropy<T: Float, V: Lanes<T>>(x: V, yes: V, no: V) -> V {
    let zero = V::splat(T::ZERO);
    let small = math::softplus(-x.abs());
    product(yes, zero.max(-x) + small) + product(no, zero.max(x) + small)
}
