//! The cross entropy of a target distribution and the softmax of logits.

mod options;
mod rows;

use crate::class_weights::ClassWeights;
use crate::error::check_unit;
use crate::reductions::reductions;
use crate::shapes::{check_labels, check_rows};
use crate::{Loss, LossError, Prediction, Reduction, Target, TargetKind, Weights};
use neuropil_simd::{Float, dispatch};
use options::{AnyLabels, AnyProbabilities};
use rows::{Distribution, Labels, Probabilities, Rows};

const NAME: &str = "CrossEntropy";
const WEIGHTS: &str = "class_weights";

/// The cross entropy from logits: loss_r = -Σ_i p_i ln softmax(x)_i, the softmax included. PyTorch's
/// `CrossEntropyLoss`.
///
/// Targets are labels, `[rows]` (p is 1 at the label, so loss_r = ln Σ_j e^(x_j) - x_label), or the
/// probabilities p themselves as values, `[rows, width]`. The gradient is softmax(x) Σ_j p_j - p,
/// which is softmax(x) - p where p sums to 1. By default the rows are reduced to their mean, and
/// there are no weights of classes, no smoothing and no ignored label.
///
/// | option | what it does |
/// | --- | --- |
/// | [`label_smoothing`](CrossEntropy::label_smoothing) ε | p becomes (1 - ε) p + ε/C, of C classes |
/// | [`class_weights`](CrossEntropy::class_weights) v | then p_i becomes v_i p_i |
/// | [`ignore_index`](CrossEntropy::ignore_index) | rows of this label count nothing |
///
/// They compose as in PyTorch: by labels, the mean is Σ w_r loss_r / Σ w_r v_label, where rows that
/// are ignored have no part in either sum; by probabilities, it is Σ w_r loss_r / Σ w_r. (w_r is 1, or
/// what [`Target::weighted`] says.) Where that denominator is 0, as when all rows are ignored, PyTorch
/// gives NaN; here it is an error, and a training passes such a batch over.
///
/// The largest logit of a row is subtracted first, so no logit is too large. A logit of -∞ is a class
/// ruled out: it costs nothing where p_i = 0 (0 ln 0 is 0) and ∞ elsewhere. A row that holds a NaN,
/// or whose largest logit is infinite, has the loss NaN.
///
/// ```
/// use neuropil_losses::{CrossEntropy, Loss, Target};
///
/// // A one-hot target on the probabilities 0.05, 0.1, 0.7, 0.15, given as logits.
/// let x = [0.05_f64, 0.1, 0.7, 0.15].map(f64::ln);
/// let mut dx = [0.0; 4];
/// let value = CrossEntropy::new().both(4, &x, Target::Labels(&[2]), &mut dx)?;
/// assert!((value - 0.357).abs() < 5e-4); // -ln 0.7
/// assert!((dx[2] - (0.7 - 1.0)).abs() < 1e-12);
/// # Ok::<(), neuropil_losses::LossError>(())
/// ```
///
/// H(p, q) = H(p) + KL(p, q): what the target's own uncertainty costs, and what the wrong
/// distribution q = softmax(x) costs on top. It is least, H(p), where q is p:
///
/// ```
/// use neuropil_losses::{CrossEntropy, Loss, Target};
///
/// let (p, q) = ([0.5_f64, 0.25, 0.25], [0.25_f64, 0.5, 0.25]);
/// let entropy: f64 = p.iter().map(|p| -p * p.ln()).sum();
/// let divergence: f64 = p.iter().zip(q).map(|(p, q)| p * (p / q).ln()).sum();
///
/// let to_q = CrossEntropy::new().value(3, &q.map(f64::ln), Target::Values(&p))?;
/// assert!((to_q - (entropy + divergence)).abs() < 1e-12 && divergence > 0.17);
/// let to_itself = CrossEntropy::new().value(3, &p.map(f64::ln), Target::Values(&p))?;
/// assert!((to_itself - entropy).abs() < 1e-12);
/// # Ok::<(), neuropil_losses::LossError>(())
/// ```
///
/// Padding that counts nothing, and a rare class that counts more:
///
/// ```
/// use neuropil_losses::{CrossEntropy, Loss, Target};
///
/// let loss = CrossEntropy::new().ignore_index(9).class_weights(&[1.0, 5.0])?;
/// let x = [2.0_f64, 0.0, 0.0, 0.0, 7.0, 7.0];
/// let mut dx = [0.0; 6];
/// let value = loss.both(2, &x, Target::Labels(&[0, 1, 9]), &mut dx)?;
/// let expected = ((1.0 + (-2.0_f64).exp()).ln() + 5.0 * 2.0_f64.ln()) / (1.0 + 5.0);
/// assert!((value - expected).abs() < 1e-15);
/// assert_eq!(dx[4..], [0.0, 0.0]);
/// # Ok::<(), neuropil_losses::LossError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CrossEntropy {
    reduction: Reduction,
    label_smoothing: f64,
    class_weights: Option<ClassWeights>,
    ignore_index: Option<u32>,
}

impl CrossEntropy {
    /// The mean over the rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the share ε of each target distribution away and deals it out to all classes: p becomes
    /// (1 - ε) p + ε/C. With ε = 1 the targets do not matter.
    ///
    /// Source: Szegedy et al., "Rethinking the Inception architecture for computer vision", 2016.
    ///
    /// # Errors
    /// If it is not in [0, 1].
    pub fn label_smoothing(self, epsilon: f64) -> Result<Self, LossError> {
        Ok(Self { label_smoothing: check_unit(NAME, "label_smoothing", epsilon)?, ..self })
    }

    /// A weight for each class, `[classes]`. PyTorch's `weight`.
    ///
    /// # Errors
    /// If a weight is negative, infinite or NaN, or if none is positive.
    pub fn class_weights(self, weights: &[f64]) -> Result<Self, LossError> {
        Ok(Self { class_weights: Some(ClassWeights::new(NAME, WEIGHTS, weights)?), ..self })
    }

    /// The label of rows that count nothing: they have neither loss nor gradient, and no part in the
    /// mean. It may be one of the classes or any other number. PyTorch's `ignore_index`, which is
    /// -100 unless set.
    pub fn ignore_index(self, label: u32) -> Self {
        Self { ignore_index: Some(label), ..self }
    }
}

reductions!(CrossEntropy);

impl Loss for CrossEntropy {
    fn accepts(&self, kind: TargetKind) -> bool {
        matches!(kind, TargetKind::Labels | TargetKind::Values)
    }

    fn prediction(&self) -> Prediction {
        Prediction::Logits
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
        dx: Option<&mut [T]>,
    ) {
        let rows = check_rows(|| NAME.into(), width, x, &weights, loss, dx.as_deref());
        if let Err(error) = self.check_width(width) {
            panic!("{error}");
        }
        let class_weights = self.class_weights.as_ref().map(ClassWeights::of::<T>);
        let smooths = self.label_smoothing > 0.0;
        let (kept, spread) = (1.0 - self.label_smoothing, self.label_smoothing / width as f64);
        let (kept, spread) = (T::of(kept), T::of(spread));
        match target {
            Target::Labels(labels) => {
                check_labels(|| NAME.into(), labels, rows, width, self.ignore_index);
                if smooths || class_weights.is_some() || self.ignore_index.is_some() {
                    let ignored = self.ignore_index;
                    let p = AnyLabels::new(labels, ignored, class_weights, kept, spread, width);
                    sweep(width, x, p, weights, loss, dx);
                } else {
                    sweep(width, x, Labels(labels), weights, loss, dx);
                }
            }
            Target::Values(p) => {
                let found = p.len();
                assert!(found == x.len(), "{NAME}: {found} values for {rows} rows of {width}");
                if smooths || class_weights.is_some() {
                    let p = AnyProbabilities { p, class_weights, kept, spread };
                    sweep(width, x, p, weights, loss, dx);
                } else {
                    sweep(width, x, Probabilities(p), weights, loss, dx);
                }
            }
        }
    }
}

fn sweep<T: Float, D: Distribution<T>>(
    width: usize,
    x: &[T],
    p: D,
    weights: Weights<'_, T>,
    loss: &mut [T],
    dx: Option<&mut [T]>,
) {
    if loss.is_empty() {
        return;
    }
    match dx {
        Some(dx) => dispatch(Rows::<T, D, true> { width, x, p, weights, loss, dx }),
        None => dispatch(Rows::<T, D, false> { width, x, p, weights, loss, dx: &mut [] }),
    }
}
