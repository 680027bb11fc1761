//! Losses of several inputs: the trait, and what follows from it for all rows.

pub(crate) mod cosine_embedding;
pub(crate) mod ctc;
pub(crate) mod distance;
pub(crate) mod gaussian_nll;
pub(crate) mod margin_ranking;
mod shapes;
pub(crate) mod triplet_margin;
pub(crate) mod triplet_margin_with_distance;

use crate::{LossError, Reduction, Weights};
use neuropil_simd::Float;
use std::fmt::Debug;

/// A loss of `N` inputs that belong to the same rows, with the gradients of those that have one.
///
/// An implementation says what the loss of a row is ([`rows`](JointLoss::rows)); checks, reduction
/// and weights come with the trait. Where the one-input [`Loss`](crate::Loss) has a target, these have
/// further inputs: two points to compare, a variance beside a mean.
///
/// ```
/// use neuropil_losses::{JointLoss, MarginRanking};
///
/// // The first of each pair should be larger (y = 1) or smaller (y = -1) than the second.
/// let (x1, x2, y) = ([0.5_f32, 2.0], [1.0, 1.5], [1.0, 1.0]); // two rows of one number
/// let (mut d1, mut d2) = ([0.0; 2], [0.0; 2]);
/// let loss = MarginRanking::new();
/// let value = loss.both(1, [&x1, &x2, &y], None, [Some(&mut d1), Some(&mut d2), None])?;
/// assert_eq!(value, 0.25); // only the first pair is in the wrong order, by 0.5
/// assert_eq!((d1, d2), ([-0.5, 0.0], [0.5, 0.0]));
/// # Ok::<(), neuropil_losses::LossError>(())
/// ```
pub trait JointLoss<const N: usize>: Clone + Debug + Send + Sync + 'static {
    /// What errors call the inputs.
    const INPUTS: [&'static str; N];

    /// What a summary or an error calls it: the name of the type, unless said otherwise.
    fn name(&self) -> String {
        let mut name = format!("{self:?}");
        name.truncate(name.find([' ', '(', '{', '<']).unwrap_or(name.len()));
        name
    }

    /// The numbers of an input for a row of `width` numbers of the first one.
    fn input_width(&self, input: usize, width: usize) -> usize {
        let _ = input;
        width
    }

    /// Whether there is a gradient of this input.
    fn differentiates(&self, input: usize) -> bool {
        let _ = input;
        true
    }

    /// How the losses of the rows become one number.
    fn reduction(&self) -> Reduction;

    /// The numbers that the loss of a row is the mean of, and by which [`Sum`](Reduction::Sum) and
    /// [`BatchMean`](Reduction::BatchMean) multiply it: `width` for a loss that looks at each number alone, 1 (the default) for one that
    /// looks at a row as a whole.
    fn numbers(&self, width: usize) -> usize {
        let _ = width;
        1
    }

    /// Whether the inputs, whose lengths fit, hold numbers that the loss can take.
    ///
    /// # Errors
    /// If they do not, with the first row that is wrong.
    fn check_numbers<T: Float>(&self, width: usize, x: [&[T]; N]) -> Result<(), LossError> {
        let _ = (width, x);
        Ok(())
    }

    /// The loss of each row, and the gradients that are asked for, in one sweep.
    ///
    /// `x[i]` is `[rows, input_width(i, width)]`; `loss`, `[rows]`, gets the losses, unweighted;
    /// `dx[i]`, as long as `x[i]`, is overwritten with the gradient of each row's loss, multiplied with
    /// `weights.of(row)`. The losses are the same, to the bit, whatever gradients are asked for, and
    /// those of a row do not depend on the other rows.
    ///
    /// # Panics
    /// If lengths don't fit: [`check`](JointLoss::check) finds out before.
    fn rows<T: Float>(
        &self,
        width: usize,
        x: [&[T]; N],
        weights: Weights<'_, T>,
        loss: &mut [T],
        dx: [Option<&mut [T]>; N],
    );

    /// Whether the inputs and the weights fit together.
    ///
    /// # Errors
    /// If there are no rows; if `width` does not divide the length of the first input; if another has
    /// a length that does not fit it; if a number is one that the loss cannot take; if a weight is
    /// negative, infinite or NaN, or if none is positive.
    fn check<T: Float>(
        &self,
        width: usize,
        x: [&[T]; N],
        weights: Option<&[T]>,
    ) -> Result<(), LossError> {
        let loss = || self.name();
        let len = x[0].len();
        let rows = len.checked_div(width).unwrap_or(0);
        if rows * width != len {
            return Err(LossError::Rows { loss: loss(), len, width });
        }
        if rows == 0 {
            return Err(LossError::Empty { loss: loss() });
        }
        for (i, x) in x.iter().enumerate() {
            let (expected, found) = (rows * self.input_width(i, width), x.len());
            if expected != found {
                let what = Self::INPUTS[i];
                return Err(LossError::Length { loss: loss(), what, rows, expected, found });
            }
        }
        check_weights(&loss, rows, weights)?;
        self.check_numbers(width, x)
    }

    /// What [`rows`](JointLoss::rows) must multiply the gradients with to make those of the reduced
    /// loss: 1/Σ w by mean, where w is 1 for each row unless weights are given, n by sum and n/Σ w by
    /// batch mean, where n is the [number](JointLoss::numbers) of numbers of a row; times each row's own weight if there are
    /// weights. Where nothing counts, 0 takes the place of 1/Σ w.
    fn weights<'a, T: Float>(
        &self,
        width: usize,
        rows: usize,
        weights: Option<&'a [T]>,
    ) -> Weights<'a, T> {
        let factor = T::of(reduced(self.reduction(), self.numbers(width), 1.0, rows, weights));
        weights.map_or(Weights::uniform(factor), |weights| Weights::per_row(factor, weights))
    }

    /// The reduced loss from the losses of all rows, `[rows]`, added in their order in `f64`; 0 where
    /// nothing counts.
    ///
    /// # Panics
    /// If there are weights, but more or fewer than losses.
    fn reduce<T: Float>(&self, width: usize, losses: &[T], weights: Option<&[T]>) -> f64 {
        let sum = add(0.0, losses, weights);
        reduced(self.reduction(), self.numbers(width), sum, losses.len(), weights)
    }

    /// The loss of each row, times its weight if there are weights: `losses`, `[rows]`, is overwritten.
    /// PyTorch's `reduction="none"`; a loss that looks at each number alone gives here the mean of each
    /// row, and with rows of one number the loss of each number.
    ///
    /// # Errors
    /// As [`check`](JointLoss::check); if `losses` does not have the length of the rows.
    fn each<T: Float>(
        &self,
        width: usize,
        x: [&[T]; N],
        weights: Option<&[T]>,
        losses: &mut [T],
    ) -> Result<(), LossError> {
        self.check(width, x, weights)?;
        let (rows, found) = (x[0].len() / width, losses.len());
        if found != rows {
            let (loss, what) = (self.name(), "losses");
            return Err(LossError::Length { loss, what, rows, expected: rows, found });
        }
        self.rows(width, x, Weights::uniform(T::ONE), losses, [const { None }; N]);
        for (loss, &weight) in losses.iter_mut().zip(weights.into_iter().flatten()) {
            *loss *= weight;
        }
        Ok(())
    }

    /// The loss of all rows.
    ///
    /// # Errors
    /// As [`check`](JointLoss::check).
    fn value<T: Float>(
        &self,
        width: usize,
        x: [&[T]; N],
        weights: Option<&[T]>,
    ) -> Result<f64, LossError> {
        self.both(width, x, weights, [const { None }; N])
    }

    /// The gradients of the loss of all rows: each `dx` that is given is overwritten.
    ///
    /// # Errors
    /// As [`both`](JointLoss::both).
    fn backward<T: Float>(
        &self,
        width: usize,
        x: [&[T]; N],
        weights: Option<&[T]>,
        dx: [Option<&mut [T]>; N],
    ) -> Result<(), LossError> {
        self.both(width, x, weights, dx).map(|_| ())
    }

    /// The loss of all rows with the gradients that are asked for, in one sweep; the same bits as
    /// [`value`](JointLoss::value) and [`backward`](JointLoss::backward).
    ///
    /// # Errors
    /// As [`check`](JointLoss::check); if a `dx` is not as long as its input, or is that of an input
    /// without a gradient.
    fn both<T: Float>(
        &self,
        width: usize,
        x: [&[T]; N],
        weights: Option<&[T]>,
        dx: [Option<&mut [T]>; N],
    ) -> Result<f64, LossError> {
        self.check(width, x, weights)?;
        for (i, dx) in dx.iter().enumerate() {
            let Some(dx) = dx else { continue };
            let (loss, what) = (self.name(), Self::INPUTS[i]);
            if !self.differentiates(i) {
                return Err(LossError::NoGradient { loss, input: what });
            }
            let (rows, expected, found) = (x[0].len() / width, x[i].len(), dx.len());
            if expected != found {
                let what = "a gradient";
                return Err(LossError::Length { loss, what, rows, expected, found });
            }
        }
        Ok(in_blocks(self, width, x, weights, dx))
    }
}

/// Whether there is a weight for each row, and all are weights.
pub(crate) fn check_weights<T: Float>(
    loss: &dyn Fn() -> String,
    rows: usize,
    weights: Option<&[T]>,
) -> Result<(), LossError> {
    let Some(weights) = weights else { return Ok(()) };
    let found = weights.len();
    if found != rows {
        let what = "weights";
        return Err(LossError::Length { loss: loss(), what, rows, expected: rows, found });
    }
    if let Some(row) = weights.iter().position(|&w| !(w >= T::ZERO && w.is_finite())) {
        return Err(LossError::Weight { loss: loss(), row, weight: weights[row].to_f64() });
    }
    if weights.iter().all(|&w| w == T::ZERO) {
        return Err(LossError::NoWeight { loss: loss(), rows });
    }
    Ok(())
}

/// Σ w, row after row.
fn total<T: Float>(rows: usize, weights: Option<&[T]>) -> f64 {
    weights.map_or(rows as f64, |weights| weights.iter().map(|w| w.to_f64()).sum())
}

/// What Σ w loss comes to, where each loss is the mean of so many numbers.
pub(crate) fn reduced<T: Float>(
    reduction: Reduction,
    numbers: usize,
    sum: f64,
    rows: usize,
    weights: Option<&[T]>,
) -> f64 {
    let mean = |sum: f64| {
        let total = total(rows, weights);
        if total > 0.0 { sum / total } else { 0.0 }
    };
    match reduction {
        Reduction::Mean => mean(sum),
        Reduction::Sum => sum * numbers as f64,
        Reduction::BatchMean => mean(sum * numbers as f64),
    }
}

/// `sum` + Σ w loss, row after row, so that blocks change nothing.
fn add<T: Float>(mut sum: f64, losses: &[T], weights: Option<&[T]>) -> f64 {
    match weights {
        None => losses.iter().for_each(|loss| sum += loss.to_f64()),
        Some(weights) => {
            let (rows, found) = (losses.len(), weights.len());
            assert_eq!(rows, found, "{rows} losses, but {found} weights");
            for (loss, weight) in losses.iter().zip(weights) {
                sum += loss.to_f64() * weight.to_f64();
            }
        }
    }
    sum
}

/// Rows whose losses wait on the stack to be added.
const BLOCK: usize = 256;

/// The reduced loss of rows that have been checked, and the gradients that are asked for.
fn in_blocks<L: JointLoss<N>, T: Float, const N: usize>(
    loss: &L,
    width: usize,
    x: [&[T]; N],
    weights: Option<&[T]>,
    mut dx: [Option<&mut [T]>; N],
) -> f64 {
    let rows = x[0].len() / width;
    let scale = loss.weights(width, rows, weights);
    let widths: [usize; N] = std::array::from_fn(|i| loss.input_width(i, width));
    let mut losses = [T::ZERO; BLOCK];
    let mut sum = 0.0;
    for start in (0..rows).step_by(BLOCK) {
        let end = rows.min(start + BLOCK);
        let losses = &mut losses[..end - start];
        let of_block = |i: usize| start * widths[i]..end * widths[i];
        let mut i = 0;
        let dx = dx.each_mut().map(|dx| {
            i += 1;
            dx.as_deref_mut().map(|dx| &mut dx[of_block(i - 1)])
        });
        let x = std::array::from_fn(|i| &x[i][of_block(i)]);
        loss.rows(width, x, scale.rows(start, end), losses, dx);
        sum = add(sum, losses, weights.map(|weights| &weights[start..end]));
    }
    reduced(loss.reduction(), loss.numbers(width), sum, rows, weights)
}
