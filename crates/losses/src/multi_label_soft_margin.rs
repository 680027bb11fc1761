//! Yes or no for each of several classes, one loss a row.

use crate::binary_cross_entropy_with_logits::cross_entropy;
use crate::class_weights::ClassWeights;
use crate::elementwise::{Formula, sweep};
use crate::reductions::reductions;
use crate::{Loss, LossError, Prediction, Reduction, Target, TargetKind, Weights};
use neuropil_simd::{Float, Lanes, math};

const NAME: &str = "MultiLabelSoftMargin";
const WEIGHTS: &str = "class_weights";

/// The binary cross entropies of all classes, averaged: loss_r = -1/C Σ_i v_i (t_i ln σ(x_i) +
/// (1 - t_i) ln σ(-x_i)) for a row of C logits. The gradient is v_i/C (σ(x_i) - t_i). PyTorch's
/// `MultiLabelSoftMarginLoss`.
///
/// Targets are values, `[rows, width]`, 1 for the classes that apply, else 0. By default there are no
/// [weights of classes](MultiLabelSoftMargin::class_weights), v_i = 1, and the rows are reduced to
/// their mean. It differs from
/// [`BinaryCrossEntropyWithLogits`](crate::BinaryCrossEntropyWithLogits) in its weights, and in that a
/// sum is one of rows: the loss of a row is a mean over the classes in any reduction.
///
/// ```
/// use neuropil_losses::{Loss, MultiLabelSoftMargin, Target};
///
/// let loss = MultiLabelSoftMargin::new().class_weights(&[1.0, 3.0])?;
/// let value = loss.sum().value(2, &[0.0_f64, 0.0], Target::Values(&[1.0, 0.0]))?;
/// assert!((value - 2.0 * 2.0_f64.ln()).abs() < 1e-15);
/// # Ok::<(), neuropil_losses::LossError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MultiLabelSoftMargin {
    reduction: Reduction,
    class_weights: Option<ClassWeights>,
}

impl MultiLabelSoftMargin {
    /// The mean over the rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// A weight for each class, `[classes]`. PyTorch's `weight`.
    ///
    /// # Errors
    /// If a weight is negative, infinite or NaN, or if none is positive.
    pub fn class_weights(self, weights: &[f64]) -> Result<Self, LossError> {
        Ok(Self { class_weights: Some(ClassWeights::new(NAME, WEIGHTS, weights)?), ..self })
    }
}

reductions!(MultiLabelSoftMargin);

impl Loss for MultiLabelSoftMargin {
    fn accepts(&self, kind: TargetKind) -> bool {
        kind == TargetKind::Values
    }

    fn prediction(&self) -> Prediction {
        Prediction::BinaryLogits
    }

    fn reduction(&self) -> Reduction {
        self.reduction
    }

    fn check_width(&self, width: usize) -> Result<(), LossError> {
        self.class_weights.iter().try_for_each(|weights| weights.check_width(NAME, WEIGHTS, width))
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
        let columns = self.class_weights.as_ref().map_or(&[][..], ClassWeights::of);
        sweep(OfClass, width, x, target, columns, weights, loss, dx, || NAME.into());
    }
}

struct OfClass;

impl<T: Float> Formula<T> for OfClass {
    #[inline(always)]
    fn term<V: Lanes<T>>(&self, x: V, t: V, c: V) -> V {
        c * cross_entropy(x, t)
    }

    #[inline(always)]
    fn slope<V: Lanes<T>>(&self, x: V, t: V, c: V) -> V {
        c * (math::sigmoid(x) - t)
    }
}
