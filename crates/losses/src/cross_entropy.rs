//! The cross entropy of a target distribution and the softmax of logits.

mod rows;

use crate::shapes::check_rows;
use crate::{Loss, Prediction, Reduction, Target, TargetKind, Weights};
use neuropil_simd::{Float, dispatch};
use rows::{Distribution, Labels, Probabilities, Rows};

/// The cross entropy from logits: loss_r = -Σ_i p_i ln softmax(x)_i, the softmax included. PyTorch's
/// `CrossEntropyLoss`.
///
/// Targets are labels, `[rows]` (p is 1 at the label, so loss_r = ln Σ_j e^(x_j) - x_label), or the
/// probabilities p themselves as values, `[rows, width]`. The gradient is softmax(x) Σ_j p_j - p,
/// which is softmax(x) - p where p sums to 1. The rows are reduced to their mean (the default) or, with
/// [`sum`](CrossEntropy::sum), to their sum.
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CrossEntropy {
    reduction: Reduction,
}

impl CrossEntropy {
    /// The mean over the rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// The sum over the rows instead of their mean.
    pub fn sum(mut self) -> Self {
        self.reduction = Reduction::Sum;
        self
    }
}

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

    fn rows<T: Float>(
        &self,
        width: usize,
        x: &[T],
        target: Target<'_, T>,
        weights: Weights<'_, T>,
        loss: &mut [T],
        dx: Option<&mut [T]>,
    ) {
        let name = "CrossEntropy";
        let rows = check_rows(name, width, x, &weights, loss, dx.as_deref());
        let (expected, found) = match target {
            Target::Labels(labels) => (rows, labels.len()),
            Target::Values(p) => (x.len(), p.len()),
        };
        let kind = target.kind();
        assert!(found == expected, "{name}: {found} {kind} for {rows} rows of {width}");
        if rows == 0 {
            return;
        }
        match target {
            Target::Labels(labels) => {
                if let Some(row) = labels.iter().position(|&label| label as usize >= width) {
                    let label = labels[row];
                    panic!(
                        "{name}: the label of row {row} is {label}, but there are only {width} classes"
                    );
                }
                sweep(width, x, Labels(labels), weights, loss, dx);
            }
            Target::Values(p) => sweep(width, x, Probabilities(p), weights, loss, dx),
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
    match dx {
        Some(dx) => dispatch(Rows::<T, D, true> { width, x, p, weights, loss, dx }),
        None => dispatch(Rows::<T, D, false> { width, x, p, weights, loss, dx: &mut [] }),
    }
}
