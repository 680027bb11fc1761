//! The negative logarithm of the probability of what was right.

use crate::class_weights::ClassWeights;
use crate::reductions::reductions;
use crate::shapes::{check_labels, check_rows};
use crate::{Loss, LossError, Prediction, Reduction, Target, TargetKind, Weights};
use neuropil_simd::Float;

const NAME: &str = "Nll";
const WEIGHTS: &str = "class_weights";

/// The negative log-likelihood from logarithms of probabilities: loss_r = -v_label x_label. The
/// gradient is -v_label at the label, else 0. PyTorch's `NLLLoss`.
///
/// Targets are labels, `[rows]`. By default there are no
/// [weights of classes](Nll::class_weights), v = 1, no label is [ignored](Nll::ignore_index), and the
/// rows are reduced to their mean Σ w_r loss_r / Σ w_r v_label over rows that are not ignored. Behind a
/// log-softmax it is [`CrossEntropy`](crate::CrossEntropy), which does that itself and faster.
///
/// ```
/// use neuropil_losses::{Loss, Nll, Target};
///
/// let x = [0.25_f64.ln(), 0.75_f64.ln(), 0.5_f64.ln(), 0.5_f64.ln()];
/// let value = Nll::new().value(2, &x, Target::Labels(&[1, 0]))?;
/// assert!((value + (0.75_f64.ln() + 0.5_f64.ln()) / 2.0).abs() < 1e-15);
/// # Ok::<(), neuropil_losses::LossError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Nll {
    reduction: Reduction,
    class_weights: Option<ClassWeights>,
    ignore_index: Option<u32>,
}

impl Nll {
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

    /// The label of rows that count nothing: they have neither loss nor gradient, and no part in the
    /// mean. PyTorch's `ignore_index`, which is -100 unless set.
    pub fn ignore_index(self, label: u32) -> Self {
        Self { ignore_index: Some(label), ..self }
    }
}

reductions!(Nll);

impl Loss for Nll {
    fn accepts(&self, kind: TargetKind) -> bool {
        kind == TargetKind::Labels
    }

    fn prediction(&self) -> Prediction {
        Prediction::LogProbabilities
    }

    fn reduction(&self) -> Reduction {
        self.reduction
    }

    fn ignored_label(&self) -> Option<u32> {
        self.ignore_index
    }

    fn count<T: Float>(&self, target: Target<'_, T>, row: usize) -> f64 {
        let Target::Labels(labels) = target else { return 1.0 };
        let label = labels[row];
        match &self.class_weights {
            _ if Some(label) == self.ignore_index => 0.0,
            Some(weights) => weights.of::<T>()[label as usize].to_f64(),
            None => 1.0,
        }
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
        mut dx: Option<&mut [T]>,
    ) {
        let rows = check_rows(|| NAME.into(), width, x, &weights, loss, dx.as_deref());
        if let Err(error) = self.check_width(width) {
            panic!("{error}");
        }
        let Target::Labels(labels) = target else { panic!("{NAME}: takes no values as target") };
        check_labels(|| NAME.into(), labels, rows, width, self.ignore_index);
        let class_weights = self.class_weights.as_ref().map(ClassWeights::of::<T>);
        if let Some(dx) = dx.as_deref_mut() {
            dx.fill(T::ZERO);
        }
        // A number a row is read and written: no work for vectors.
        for (row, (&label, loss)) in labels.iter().zip(loss).enumerate() {
            if Some(label) == self.ignore_index {
                *loss = T::ZERO;
                continue;
            }
            let place = row * width + label as usize;
            let weight = class_weights.map_or(T::ONE, |weights| weights[label as usize]);
            // A class of weight 0 costs nothing, even if it was ruled out.
            let is_free = weight == T::ZERO && !x[place].is_nan();
            *loss = if is_free { T::ZERO } else { -(weight * x[place]) };
            if let Some(dx) = dx.as_deref_mut() {
                let slope = if x[place].is_nan() { x[place] } else { -weight };
                dx[place] = slope * weights.of(row);
            }
        }
    }
}
