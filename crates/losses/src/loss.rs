//! The trait that every loss implements: the loss of each row with its gradient, and what follows
//! from that for all rows.

use crate::{LossError, Target, TargetKind, Weighted, Weights};
use neuropil_simd::Float;
use std::fmt::Debug;

/// How the losses of the rows become one number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Reduction {
    /// Their mean over the rows: Σ w_r loss_r / Σ w_r, where w_r is 1 unless weights are given.
    #[default]
    Mean,
    /// Their sum: Σ w_r loss_r.
    Sum,
}

/// What a loss takes a prediction for: what it does to the numbers first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Prediction {
    /// Numbers as they are.
    #[default]
    Values,
    /// Logits: the loss takes the softmax of a row itself.
    Logits,
    /// A logit a number: the loss takes the sigmoid of each itself.
    BinaryLogits,
    /// Probabilities, each in [0, 1].
    Probabilities,
    /// The logarithms of probabilities.
    LogProbabilities,
}

/// A loss: how far rows of `width` numbers are from their targets, with the gradient.
///
/// An implementation says what the loss of a row is ([`rows`](Loss::rows)) and which targets it
/// takes; checks, reduction and weights come with the trait.
///
/// ```
/// use neuropil_losses::{Loss, MeanSquaredError, Target};
///
/// let (x, target) = ([1.5_f32, 1.5], Target::Values(&[1.0, 2.0])); // one row of two
/// let mut dx = [0.0; 2];
/// let value = MeanSquaredError::new().both(2, &x, target, &mut dx)?;
/// assert_eq!(value, 0.25);
/// assert_eq!(dx, [0.5, -0.5]);
/// # Ok::<(), neuropil_losses::LossError>(())
/// ```
pub trait Loss: Clone + Debug + Send + Sync + 'static {
    /// What a summary or an error calls it: the name of the type, unless said otherwise.
    fn name(&self) -> String {
        let mut name = format!("{self:?}");
        name.truncate(name.find([' ', '(', '{']).unwrap_or(name.len()));
        name
    }

    /// Whether targets may be of this kind.
    fn accepts(&self, kind: TargetKind) -> bool;

    /// The numbers of a [`Target::Values`] for a row of `width` numbers.
    fn target_width(&self, width: usize) -> usize {
        width
    }

    /// The number of classes for a row of `width` numbers: labels are below it.
    fn classes(&self, width: usize) -> usize {
        width
    }

    /// What it takes predictions for; looked at by whoever checks that a network ends in what its
    /// loss wants. [`Prediction::Values`] unless said otherwise.
    fn prediction(&self) -> Prediction {
        Prediction::Values
    }

    /// How the losses of the rows become one number.
    fn reduction(&self) -> Reduction;

    /// The loss of each row, and if asked for its gradient, in one sweep.
    ///
    /// `x` is `[rows, width]`; `loss`, `[rows]`, gets the losses, unweighted; `dx`, `[rows, width]`,
    /// is overwritten with the gradient of each row's loss, multiplied with `weights.of(row)`. The
    /// losses are the same, to the bit, with and without `dx`, and those of a row do not depend on
    /// the other rows.
    ///
    /// # Panics
    /// If lengths don't fit, if the loss takes no such target, or if a label names no class:
    /// [`check`](Loss::check) finds out before.
    fn rows<T: Float>(
        &self,
        width: usize,
        x: &[T],
        target: Target<'_, T>,
        weights: Weights<'_, T>,
        loss: &mut [T],
        dx: Option<&mut [T]>,
    );

    /// Whether `x`, target and weights fit together.
    ///
    /// # Errors
    /// If there are no rows; if `width` does not divide the length of `x`; if the loss takes no such
    /// target; if the target or the weights are too long or too short; if a label names no class; if
    /// a weight is negative, infinite or NaN, or if none is positive.
    fn check<'a, T: Float>(
        &self,
        width: usize,
        x: &[T],
        target: impl Into<Weighted<'a, T>>,
    ) -> Result<(), LossError> {
        let Weighted { target, weights } = target.into();
        let rows = x.len().checked_div(width).unwrap_or(0);
        if rows * width != x.len() {
            return Err(LossError::Rows { loss: self.name(), len: x.len(), width });
        }
        if rows == 0 {
            return Err(LossError::Empty { loss: self.name() });
        }
        if !self.accepts(target.kind()) {
            return Err(LossError::Kind { loss: self.name(), kind: target.kind() });
        }
        let of_row = match target {
            Target::Values(_) => self.target_width(width),
            Target::Labels(_) => 1,
        };
        check_length(self, "target", rows, rows * of_row, target.len())?;
        if let Target::Labels(labels) = target {
            let classes = self.classes(width);
            if let Some(row) = labels.iter().position(|&label| label as usize >= classes) {
                return Err(LossError::Label {
                    loss: self.name(),
                    row,
                    label: labels[row],
                    classes,
                });
            }
        }
        if let Some(weights) = weights {
            check_length(self, "weights", rows, rows, weights.len())?;
            if let Some(row) = weights.iter().position(|&w| !(w >= T::ZERO && w.is_finite())) {
                return Err(LossError::Weight {
                    loss: self.name(),
                    row,
                    weight: weights[row].to_f64(),
                });
            }
            if weights.iter().all(|&w| w == T::ZERO) {
                return Err(LossError::NoWeight { loss: self.name(), rows });
            }
        }
        Ok(())
    }

    /// What [`rows`](Loss::rows) must multiply the gradients with to make the gradient of the
    /// reduced loss: 1 ([`Reduction::Sum`]) or 1/Σ w ([`Reduction::Mean`]), times each row's own
    /// weight if there are weights.
    ///
    /// ```
    /// use neuropil_losses::{CrossEntropy, Loss, Target};
    ///
    /// let (loss, target) = (CrossEntropy::new(), Target::Labels(&[1, 0]));
    /// assert_eq!(loss.weights::<f32>(2, target).of(0), 0.5);
    /// assert_eq!(loss.weights::<f32>(2, target.weighted(&[1.0, 3.0])).of(1), 0.75);
    /// assert_eq!(loss.sum().weights::<f32>(2, target).of(0), 1.0);
    /// ```
    fn weights<'a, T: Float>(
        &self,
        rows: usize,
        target: impl Into<Weighted<'a, T>>,
    ) -> Weights<'a, T> {
        let Weighted { weights, .. } = target.into();
        let total = match (self.reduction(), weights) {
            (Reduction::Sum, _) => 1.0,
            (Reduction::Mean, None) => rows as f64,
            (Reduction::Mean, Some(weights)) => weights.iter().map(|w| w.to_f64()).sum(),
        };
        let factor = T::of(1.0 / total);
        weights.map_or(Weights::uniform(factor), |weights| Weights::per_row(factor, weights))
    }

    /// The reduced loss from the losses of all rows, `[rows]`, added in their order in `f64`.
    ///
    /// # Panics
    /// If there are weights, but more or fewer than losses.
    fn reduce<'a, T: Float>(&self, losses: &[T], target: impl Into<Weighted<'a, T>>) -> f64 {
        let mut sum = RowSum::default();
        sum.add(losses, target.into().weights);
        sum.reduced(self.reduction())
    }

    /// The loss of all rows.
    ///
    /// # Errors
    /// As [`check`](Loss::check).
    fn value<'a, T: Float>(
        &self,
        width: usize,
        x: &[T],
        target: impl Into<Weighted<'a, T>>,
    ) -> Result<f64, LossError> {
        let target = target.into();
        self.check(width, x, target)?;
        Ok(in_blocks(self, width, x, target, None))
    }

    /// The gradient of the loss of all rows: `dx`, `[rows, width]`, is overwritten.
    ///
    /// # Errors
    /// As [`check`](Loss::check); if `dx` is not as long as `x`.
    fn backward<'a, T: Float>(
        &self,
        width: usize,
        x: &[T],
        target: impl Into<Weighted<'a, T>>,
        dx: &mut [T],
    ) -> Result<(), LossError> {
        self.both(width, x, target, dx).map(|_| ())
    }

    /// The loss of all rows with its gradient, in one sweep; the same bits as
    /// [`value`](Loss::value) and [`backward`](Loss::backward).
    ///
    /// # Errors
    /// As [`check`](Loss::check); if `dx` is not as long as `x`.
    fn both<'a, T: Float>(
        &self,
        width: usize,
        x: &[T],
        target: impl Into<Weighted<'a, T>>,
        dx: &mut [T],
    ) -> Result<f64, LossError> {
        let target = target.into();
        self.check(width, x, target)?;
        check_length(self, "dx", x.len() / width, x.len(), dx.len())?;
        Ok(in_blocks(self, width, x, target, Some(dx)))
    }
}

fn check_length<L: Loss>(
    loss: &L,
    what: &'static str,
    rows: usize,
    expected: usize,
    found: usize,
) -> Result<(), LossError> {
    if expected == found {
        return Ok(());
    }
    Err(LossError::Length { loss: loss.name(), what, rows, expected, found })
}

/// Rows whose losses wait on the stack to be added.
const BLOCK: usize = 256;

/// The reduced loss of rows that have been checked, and the gradient if asked for.
fn in_blocks<L: Loss, T: Float>(
    loss: &L,
    width: usize,
    x: &[T],
    target: Weighted<'_, T>,
    mut dx: Option<&mut [T]>,
) -> f64 {
    let rows = x.len() / width;
    let scale = loss.weights(rows, target);
    let Weighted { target, weights } = target;
    let target_width = loss.target_width(width);
    let mut losses = [T::ZERO; BLOCK];
    let mut sum = RowSum::default();
    for start in (0..rows).step_by(BLOCK) {
        let end = rows.min(start + BLOCK);
        let losses = &mut losses[..end - start];
        loss.rows(
            width,
            &x[start * width..end * width],
            target.rows(start, end, target_width),
            scale.rows(start, end),
            losses,
            dx.as_deref_mut().map(|dx| &mut dx[start * width..end * width]),
        );
        sum.add(losses, weights.map(|weights| &weights[start..end]));
    }
    sum.reduced(loss.reduction())
}

/// Σ w loss and Σ w, added row after row, so that blocks change nothing.
#[derive(Default)]
struct RowSum {
    losses: f64,
    weights: f64,
}

impl RowSum {
    fn add<T: Float>(&mut self, losses: &[T], weights: Option<&[T]>) {
        match weights {
            None => {
                for loss in losses {
                    self.losses += loss.to_f64();
                }
                self.weights += losses.len() as f64;
            }
            Some(weights) => {
                let (rows, found) = (losses.len(), weights.len());
                assert_eq!(rows, found, "{rows} losses, but {found} weights");
                for (loss, weight) in losses.iter().zip(weights) {
                    self.losses += loss.to_f64() * weight.to_f64();
                    self.weights += weight.to_f64();
                }
            }
        }
    }

    fn reduced(&self, reduction: Reduction) -> f64 {
        match reduction {
            Reduction::Mean => self.losses / self.weights,
            Reduction::Sum => self.losses,
        }
    }
}
