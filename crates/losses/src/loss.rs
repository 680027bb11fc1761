//! The trait that every loss implements: the loss of each row with its gradient, and what follows
//! from that for all rows.

use crate::{LossError, Target, TargetKind, Weighted, Weights};
use neuropil_simd::Float;
use std::fmt::Debug;

/// How the losses of the rows become one number. What PyTorch's `reduction="none"` gives, the losses
/// themselves, is [`Loss::each`].
///
/// w_r is the weight of a row, 1 unless weights are given; c_r is what the row counts
/// ([`Loss::count`]): 1, or the weight of its class, or 0 if it is ignored. n is the
/// [number](Loss::numbers) of numbers that the loss of a row is the mean of: 1 if it is no mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Reduction {
    /// The mean: Σ w_r loss_r / Σ w_r c_r. PyTorch's `"mean"`.
    #[default]
    Mean,
    /// The sum over rows and their numbers: n Σ w_r loss_r. PyTorch's `"sum"`.
    Sum,
    /// The sum over the numbers of a row, the mean over rows: n Σ w_r loss_r / Σ w_r c_r. PyTorch's
    /// `"batchmean"`, which it has for the Kullback-Leibler divergence alone. The same as the mean
    /// where n is 1.
    BatchMean,
}

/// What a loss takes a prediction for: what it does to the numbers first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Prediction {
    /// Numbers as they are.
    #[default]
    Values,
    /// Scores of the classes, any numbers, of which only the differences count.
    Scores,
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

    /// The numbers that the loss of a row is the mean of, and by which
    /// [`Sum`](Reduction::Sum) and [`BatchMean`](Reduction::BatchMean) multiply it: `width` for a loss
    /// that looks at each number alone, 1 (the default) for one that looks at a row as a whole.
    fn numbers(&self, width: usize) -> usize {
        let _ = width;
        1
    }

    /// The label that says that a row does not count: it has no loss and no gradient, and its
    /// [`count`](Loss::count) is 0. It need not be one of the [`classes`](Loss::classes).
    fn ignored_label(&self) -> Option<u32> {
        None
    }

    /// How much a row counts in the denominator of the mean, beside its weight: 1, or 0 if its label
    /// is [ignored](Loss::ignored_label), unless said otherwise. A loss with weights of classes
    /// counts by them.
    ///
    /// # Panics
    /// If there are fewer rows, or a label names no class.
    fn count<T: Float>(&self, target: Target<'_, T>, row: usize) -> f64 {
        match (self.ignored_label(), target) {
            (Some(ignored), Target::Labels(labels)) if labels[row] == ignored => 0.0,
            _ => 1.0,
        }
    }

    /// Whether the settings of this loss fit rows of `width` numbers. All do unless said otherwise;
    /// weights of classes must be as many as there are classes.
    ///
    /// # Errors
    /// If they don't.
    fn check_width(&self, width: usize) -> Result<(), LossError> {
        let _ = width;
        Ok(())
    }

    /// The loss of each row, and if asked for its gradient, in one sweep.
    ///
    /// `x` is `[rows, width]`; `loss`, `[rows]`, gets the losses, unweighted; `dx`, `[rows, width]`,
    /// is overwritten with the gradient of each row's loss, multiplied with `weights.of(row)`. The
    /// losses are the same, to the bit, with and without `dx`, and those of a row do not depend on
    /// the other rows. A row whose label is ignored has the loss 0 and the gradient 0, even if it
    /// holds a NaN.
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

    /// Whether `x`, target and weights fit together and to the settings.
    ///
    /// # Errors
    /// If there are no rows; if `width` does not divide the length of `x`, or does not fit the
    /// settings; if the loss takes no such target; if the target or the weights are too long or too
    /// short; if a label names no class and is not the ignored one; if a weight is negative, infinite
    /// or NaN; if nothing counts, since all weights are zero or all labels ignored.
    fn check<'a, T: Float>(
        &self,
        width: usize,
        x: &[T],
        target: impl Into<Weighted<'a, T>>,
    ) -> Result<(), LossError> {
        let target = target.into();
        let rows = check_rows(self, width, x, target)?;
        if total(self, rows, target) > 0.0 {
            return Ok(());
        }
        let is_zero = |weights: &[T]| weights.iter().all(|&w| w == T::ZERO);
        Err(match target.weights {
            Some(weights) if is_zero(weights) => LossError::NoWeight { loss: self.name(), rows },
            _ => LossError::NothingCounts { loss: self.name(), rows },
        })
    }

    /// What [`rows`](Loss::rows) must multiply the gradients with to make the gradient of the
    /// reduced loss: 1/Σ w c ([`Reduction::Mean`]), n ([`Reduction::Sum`]) or n/Σ w c
    /// ([`Reduction::BatchMean`]), times each row's own weight if there are weights. Where nothing
    /// counts, 0 takes the place of 1/Σ w c.
    ///
    /// ```
    /// use neuropil_losses::{CrossEntropy, Loss, Target};
    ///
    /// let (loss, target) = (CrossEntropy::new(), Target::Labels(&[1, 0]));
    /// assert_eq!(loss.weights::<f32>(3, 2, target).of(0), 0.5);
    /// assert_eq!(loss.weights::<f32>(3, 2, target.weighted(&[1.0, 3.0])).of(1), 0.75);
    /// assert_eq!(loss.sum().weights::<f32>(3, 2, target).of(0), 1.0);
    /// ```
    ///
    /// # Panics
    /// If the target is of fewer rows, or a label names no class.
    fn weights<'a, T: Float>(
        &self,
        width: usize,
        rows: usize,
        target: impl Into<Weighted<'a, T>>,
    ) -> Weights<'a, T> {
        let target = target.into();
        let factor = T::of(reduced(self, width, 1.0, || total(self, rows, target)));
        target.weights.map_or(Weights::uniform(factor), |weights| Weights::per_row(factor, weights))
    }

    /// The reduced loss from the losses of all rows, `[rows]`, added in their order in `f64`; 0 where
    /// nothing counts.
    ///
    /// # Panics
    /// If there are weights, but more or fewer than losses; if the target is of fewer rows, or a
    /// label names no class.
    fn reduce<'a, T: Float>(
        &self,
        width: usize,
        losses: &[T],
        target: impl Into<Weighted<'a, T>>,
    ) -> f64 {
        let target = target.into();
        let mut sum = 0.0;
        add_losses(&mut sum, losses, target.weights);
        reduced(self, width, sum, || total(self, losses.len(), target))
    }

    /// The loss of each row, times its weight if there are weights: `losses`, `[rows]`, is
    /// overwritten. PyTorch's `reduction="none"`.
    ///
    /// A loss that looks at each number alone gives here the mean of each row; with rows of one
    /// number (a `width` of 1), it gives the loss of each number.
    ///
    /// ```
    /// use neuropil_losses::{Loss, MeanSquaredError, Target};
    ///
    /// let (loss, x, target) = (MeanSquaredError::new(), [1.0_f32, 2.0], Target::Values(&[1.0, 5.0]));
    /// let (mut of_row, mut of_number) = ([0.0; 1], [0.0; 2]);
    /// loss.each(2, &x, target, &mut of_row)?;
    /// loss.each(1, &x, target, &mut of_number)?;
    /// assert_eq!((of_row, of_number), ([4.5], [0.0, 9.0]));
    /// # Ok::<(), neuropil_losses::LossError>(())
    /// ```
    ///
    /// # Errors
    /// As [`check`](Loss::check), but that rows need not count; if `losses` does not have the length
    /// of the rows.
    fn each<'a, T: Float>(
        &self,
        width: usize,
        x: &[T],
        target: impl Into<Weighted<'a, T>>,
        losses: &mut [T],
    ) -> Result<(), LossError> {
        let target = target.into();
        let rows = check_rows(self, width, x, target)?;
        check_length(self, "losses", rows, rows, losses.len())?;
        self.rows(width, x, target.target, Weights::uniform(T::ONE), losses, None);
        for (loss, &weight) in losses.iter_mut().zip(target.weights.into_iter().flatten()) {
            *loss *= weight;
        }
        Ok(())
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

/// Whether all but the sum of what counts is right; returns the number of rows.
fn check_rows<L: Loss, T: Float>(
    loss: &L,
    width: usize,
    x: &[T],
    Weighted { target, weights }: Weighted<'_, T>,
) -> Result<usize, LossError> {
    let rows = x.len().checked_div(width).unwrap_or(0);
    if rows * width != x.len() {
        return Err(LossError::Rows { loss: loss.name(), len: x.len(), width });
    }
    if rows == 0 {
        return Err(LossError::Empty { loss: loss.name() });
    }
    if !loss.accepts(target.kind()) {
        return Err(LossError::Kind { loss: loss.name(), kind: target.kind() });
    }
    loss.check_width(width)?;
    let of_row = match target {
        Target::Values(_) => loss.target_width(width),
        Target::Labels(_) => 1,
    };
    check_length(loss, "target", rows, rows * of_row, target.len())?;
    if let Target::Labels(labels) = target {
        let (classes, ignored) = (loss.classes(width), loss.ignored_label());
        let names_none = |&label: &u32| label as usize >= classes && Some(label) != ignored;
        if let Some(row) = labels.iter().position(names_none) {
            let label = labels[row];
            return Err(LossError::Label { loss: loss.name(), row, label, classes });
        }
    }
    if let Some(weights) = weights {
        check_length(loss, "weights", rows, rows, weights.len())?;
        if let Some(row) = weights.iter().position(|&w| !(w >= T::ZERO && w.is_finite())) {
            let weight = weights[row].to_f64();
            return Err(LossError::Weight { loss: loss.name(), row, weight });
        }
    }
    Ok(rows)
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
    let scale = loss.weights(width, rows, target);
    let Weighted { target: all, weights } = target;
    let target_width = loss.target_width(width);
    let mut losses = [T::ZERO; BLOCK];
    let mut sum = 0.0;
    for start in (0..rows).step_by(BLOCK) {
        let end = rows.min(start + BLOCK);
        let losses = &mut losses[..end - start];
        loss.rows(
            width,
            &x[start * width..end * width],
            all.rows(start, end, target_width),
            scale.rows(start, end),
            losses,
            dx.as_deref_mut().map(|dx| &mut dx[start * width..end * width]),
        );
        add_losses(&mut sum, losses, weights.map(|weights| &weights[start..end]));
    }
    reduced(loss, width, sum, || total(loss, rows, target))
}

/// sum += Σ w loss, row after row, so that blocks change nothing.
fn add_losses<T: Float>(sum: &mut f64, losses: &[T], weights: Option<&[T]>) {
    match weights {
        None => {
            for loss in losses {
                *sum += loss.to_f64();
            }
        }
        Some(weights) => {
            let (rows, found) = (losses.len(), weights.len());
            assert_eq!(rows, found, "{rows} losses, but {found} weights");
            for (loss, weight) in losses.iter().zip(weights) {
                *sum += loss.to_f64() * weight.to_f64();
            }
        }
    }
}

/// Σ w c, row after row.
fn total<L: Loss, T: Float>(loss: &L, rows: usize, target: Weighted<'_, T>) -> f64 {
    let Weighted { target, weights } = target;
    let weight = |row: usize| weights.map_or(1.0, |weights| weights[row].to_f64());
    (0..rows).map(|row| weight(row) * loss.count(target, row)).sum()
}

/// What Σ w loss comes to, given Σ w c.
fn reduced<L: Loss>(loss: &L, width: usize, sum: f64, total: impl Fn() -> f64) -> f64 {
    let mean = |sum: f64| {
        let total = total();
        if total > 0.0 { sum / total } else { 0.0 }
    };
    match loss.reduction() {
        Reduction::Mean => mean(sum),
        Reduction::Sum => sum * loss.numbers(width) as f64,
        Reduction::BatchMean => mean(sum * loss.numbers(width) as f64),
    }
}
