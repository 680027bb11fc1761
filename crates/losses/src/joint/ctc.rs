//! Labels without their places in time.

mod forward_backward;

use super::{check_weights, reduced};
use crate::{LossError, Reduction};
use forward_backward::Alignments;
use neuropil_simd::{Float, dispatch};

/// Connectionist temporal classification: the negative log likelihood of a sequence of labels, whose
/// places in time are not known, from log-probabilities of each step. PyTorch's `CTCLoss`.
///
/// loss_r = -ln Σ Π_t p_t(path_t), summed over all paths, a class or the blank for each step, that give
/// the labels when repetitions are merged and blanks dropped. The gradient of a log-probability ln p_t(k)
/// is minus the probability that the path is at k in step t, given the labels. (PyTorch adds p_t(k),
/// which is what a log-softmax before it would add: behind one both give the same.)
///
/// By default the blank is class 0, an infinite loss (labels that don't fit in the steps) stays
/// infinite, with a gradient of NaN, and the mean is PyTorch's: each row's loss is divided by the number
/// of its labels, or 1 if it has none, before the mean over the rows. With
/// [`sum`](Ctc::sum) losses are added undivided.
///
/// Inputs are a [`CtcBatch`]: log-probabilities `[rows, time, classes]` (PyTorch's `[time, rows,
/// classes]` has its axes exchanged), labels, and lengths. Sums over paths are made step by step, in
/// logarithms from which the largest is taken at each step, so that they are exact for sequences of any
/// length in `f32`, too. Nothing is allocated: the caller lends [`workspace_len`](Ctc::workspace_len)
/// numbers.
///
/// ```
/// use neuropil_losses::{Ctc, CtcBatch, CtcLabels};
///
/// // One row of two steps and two classes, all equally likely: of the paths 00, 01, 10, 11 the last
/// // three are the label 1.
/// let x = [0.5_f64.ln(); 4];
/// let batch = CtcBatch::new(2, 2, &x, CtcLabels::Padded(&[1]), &[1]);
/// let mut workspace = vec![0.0; Ctc::workspace_len(2, 1)];
/// let mut dx = [0.0; 4];
/// let loss = Ctc::new().both(&batch, &mut dx, &mut workspace)?;
/// assert!((loss - -0.75_f64.ln()).abs() < 1e-15);
/// // In each step, two of the three paths are at 1.
/// assert!((dx[0] - -1.0 / 3.0).abs() < 1e-15 && (dx[1] - -2.0 / 3.0).abs() < 1e-15);
/// # Ok::<(), neuropil_losses::LossError>(())
/// ```
///
/// Source: Graves et al., "Connectionist temporal classification" (2006).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ctc {
    blank: u32,
    zero_infinity: bool,
    reduction: Reduction,
}

/// The labels of all rows.
#[derive(Clone, Copy, Debug)]
pub enum CtcLabels<'a> {
    /// `[rows, longest]`: those of a row at its beginning, and behind them anything.
    Padded(&'a [u32]),
    /// Those of a row behind those of the row before.
    Concatenated(&'a [u32]),
}

/// What [`Ctc`] takes.
///
/// ```
/// use neuropil_losses::{CtcBatch, CtcLabels};
///
/// let x = [-1.0_f32; 2 * 5 * 4]; // two rows of five steps and four classes
/// let labels = CtcLabels::Concatenated(&[3, 1, 2]);
/// let batch = CtcBatch::new(5, 4, &x, labels, &[2, 1]).steps(&[5, 3]).weighted(&[1.0, 0.5]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct CtcBatch<'a, T> {
    time: usize,
    classes: usize,
    x: &'a [T],
    labels: CtcLabels<'a>,
    label_lengths: &'a [u32],
    steps: Option<&'a [u32]>,
    weights: Option<&'a [T]>,
}

impl<'a, T: Float> CtcBatch<'a, T> {
    /// Log-probabilities `x`, `[rows, time, classes]`, and the labels, of which each row has
    /// `label_lengths`, `[rows]`.
    pub fn new(
        time: usize,
        classes: usize,
        x: &'a [T],
        labels: CtcLabels<'a>,
        label_lengths: &'a [u32],
    ) -> Self {
        Self { time, classes, x, labels, label_lengths, steps: None, weights: None }
    }

    /// How many steps of each row count, `[rows]`; all if it is not said. The gradient of the others
    /// is 0.
    pub fn steps(mut self, steps: &'a [u32]) -> Self {
        self.steps = Some(steps);
        self
    }

    /// How much each row counts, `[rows]`, not negative.
    pub fn weighted(mut self, weights: &'a [T]) -> Self {
        self.weights = Some(weights);
        self
    }

    fn rows(&self) -> usize {
        self.label_lengths.len()
    }

    /// The steps of a row that count.
    fn steps_of(&self, row: usize) -> usize {
        self.steps.map_or(self.time, |steps| steps[row] as usize)
    }

    /// The steps of a row, and its labels; `start` is where those begin that are concatenated.
    fn row(&self, row: usize, start: usize) -> (&'a [T], &'a [u32]) {
        let (per_row, count) = (self.time * self.classes, self.label_lengths[row] as usize);
        let x = &self.x[row * per_row..][..self.steps_of(row) * self.classes];
        let labels = match self.labels {
            CtcLabels::Padded(labels) => &labels[labels.len() / self.rows() * row..],
            CtcLabels::Concatenated(labels) => &labels[start..],
        };
        (x, &labels[..count])
    }

    /// The largest number of labels of a row.
    fn longest(&self) -> usize {
        self.label_lengths.iter().max().map_or(0, |&longest| longest as usize)
    }
}

impl Ctc {
    /// Blank 0, infinite losses as they are, the mean over the rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// The class that stands for no label.
    pub fn blank(mut self, blank: u32) -> Self {
        self.blank = blank;
        self
    }

    /// The class that stands for no label.
    pub fn blank_class(&self) -> u32 {
        self.blank
    }

    /// Whether an infinite loss, of labels that don't fit in the steps, becomes 0, with a gradient of 0.
    pub fn zero_infinity(mut self, zero: bool) -> Self {
        self.zero_infinity = zero;
        self
    }

    /// The sum over the rows instead of their mean, without dividing by the numbers of labels.
    pub fn sum(mut self) -> Self {
        self.reduction = Reduction::Sum;
        self
    }

    /// How the losses of the rows become one number.
    pub fn reduction(&self) -> Reduction {
        self.reduction
    }

    /// The numbers of workspace for rows of so many steps and labels.
    pub fn workspace_len(time: usize, longest: usize) -> usize {
        Alignments::<f32>::workspace_len(time, longest)
    }

    /// Whether the batch is one, and the labels are classes other than the blank.
    ///
    /// # Errors
    /// If there are no rows; if a length does not fit; if a row has more steps than there are; if a
    /// label is no class or is the blank; if a weight is negative, infinite or NaN, or none is positive.
    pub fn check<T: Float>(&self, batch: &CtcBatch<'_, T>) -> Result<(), LossError> {
        let loss = || "Ctc".to_owned();
        let (rows, classes) = (batch.rows(), batch.classes);
        if rows == 0 {
            return Err(LossError::Empty { loss: loss() });
        }
        if self.blank as usize >= classes {
            let (setting, value) = ("blank", f64::from(self.blank));
            let expected = "below the number of classes";
            return Err(LossError::Setting { loss: "Ctc", setting, value, expected });
        }
        let length = |what, expected, found| match expected == found {
            true => Ok(()),
            false => Err(LossError::Length { loss: loss(), what, rows, expected, found }),
        };
        length("x", rows * batch.time * classes, batch.x.len())?;
        if let Some(steps) = batch.steps {
            length("steps", rows, steps.len())?;
            if let Some(row) = steps.iter().position(|&steps| steps as usize > batch.time) {
                return Err(LossError::Number {
                    loss: loss(),
                    input: "number of steps",
                    row,
                    value: f64::from(steps[row]),
                    expected: format!("at most {}", batch.time),
                });
            }
        }
        match batch.labels {
            CtcLabels::Concatenated(labels) => {
                let sum = batch.label_lengths.iter().map(|&length| length as usize).sum();
                length("labels", sum, labels.len())?;
            }
            CtcLabels::Padded(labels) => {
                let longest = labels.len() / rows;
                length("labels", rows * longest, labels.len())?;
                let too_long = |&length: &u32| length as usize > longest;
                if let Some(row) = batch.label_lengths.iter().position(too_long) {
                    return Err(LossError::Number {
                        loss: loss(),
                        input: "number of labels",
                        row,
                        value: f64::from(batch.label_lengths[row]),
                        expected: format!("at most {longest}"),
                    });
                }
            }
        }
        let mut start = 0;
        for row in 0..rows {
            let (_, labels) = batch.row(row, start);
            start += labels.len();
            for &label in labels {
                if label as usize >= classes {
                    return Err(LossError::Label { loss: loss(), row, label, classes });
                }
                if label == self.blank {
                    return Err(LossError::Number {
                        loss: loss(),
                        input: "a label",
                        row,
                        value: f64::from(label),
                        expected: "another class than the blank".into(),
                    });
                }
            }
        }
        check_weights(&loss, rows, batch.weights)
    }

    /// The loss of all rows.
    ///
    /// # Errors
    /// As [`check`](Ctc::check), and if the workspace is too short.
    pub fn value<T: Float>(
        &self,
        batch: &CtcBatch<'_, T>,
        workspace: &mut [T],
    ) -> Result<f64, LossError> {
        self.reduced(batch, None, workspace)
    }

    /// The gradient of the loss of all rows: `dx`, as long as the log-probabilities, is overwritten.
    ///
    /// # Errors
    /// As [`both`](Ctc::both).
    pub fn backward<T: Float>(
        &self,
        batch: &CtcBatch<'_, T>,
        dx: &mut [T],
        workspace: &mut [T],
    ) -> Result<(), LossError> {
        self.both(batch, dx, workspace).map(|_| ())
    }

    /// The loss of all rows with its gradient; the same bits as [`value`](Ctc::value) and
    /// [`backward`](Ctc::backward).
    ///
    /// # Errors
    /// As [`check`](Ctc::check); if `dx` is not as long as the log-probabilities, or the workspace is
    /// too short.
    pub fn both<T: Float>(
        &self,
        batch: &CtcBatch<'_, T>,
        dx: &mut [T],
        workspace: &mut [T],
    ) -> Result<f64, LossError> {
        self.reduced(batch, Some(dx), workspace)
    }

    fn reduced<T: Float>(
        &self,
        batch: &CtcBatch<'_, T>,
        dx: Option<&mut [T]>,
        workspace: &mut [T],
    ) -> Result<f64, LossError> {
        let mut sum = 0.0;
        let scale = reduced(self.reduction, 1, 1.0, batch.rows(), batch.weights);
        let weight = |row: usize| batch.weights.map_or(T::ONE, |weights| weights[row]);
        let factor = |row, labels| T::of(self.share(labels) * scale) * weight(row);
        let add = |row: usize, labels: usize, loss: T| {
            sum += loss.to_f64() * self.share(labels) * weight(row).to_f64();
        };
        self.sweep(batch, factor, add, dx, workspace)?;
        Ok(reduced(self.reduction, 1, sum, batch.rows(), batch.weights))
    }

    /// The loss of each row, `[rows]`, undivided and unweighted, and if asked for its gradient:
    /// PyTorch's `reduction="none"`.
    ///
    /// # Errors
    /// As [`both`](Ctc::both).
    ///
    /// # Panics
    /// If there are more or fewer losses than rows.
    pub fn rows<T: Float>(
        &self,
        batch: &CtcBatch<'_, T>,
        loss: &mut [T],
        dx: Option<&mut [T]>,
        workspace: &mut [T],
    ) -> Result<(), LossError> {
        let (losses, rows) = (loss.len(), batch.rows());
        assert!(losses == rows, "Ctc: {losses} losses for {rows} rows");
        self.sweep(batch, |_, _| T::ONE, |row, _, value| loss[row] = value, dx, workspace)
    }

    /// Row after row, each gradient times its factor; `add` gets a row, the number of its labels, and
    /// its loss.
    fn sweep<T: Float>(
        &self,
        batch: &CtcBatch<'_, T>,
        factor: impl Fn(usize, usize) -> T,
        mut add: impl FnMut(usize, usize, T),
        mut dx: Option<&mut [T]>,
        workspace: &mut [T],
    ) -> Result<(), LossError> {
        self.check(batch)?;
        let length = |what, expected, found, fits: bool| match fits {
            true => Ok(()),
            false => {
                let (loss, rows) = ("Ctc".into(), batch.rows());
                Err(LossError::Length { loss, what, rows, expected, found })
            }
        };
        let (needed, found) = (Self::workspace_len(batch.time, batch.longest()), workspace.len());
        length("workspace", needed, found, found >= needed)?;
        if let Some(dx) = &dx {
            let (expected, found) = (batch.x.len(), dx.len());
            length("dx", expected, found, found == expected)?;
        }
        let (mut start, per_row) = (0, batch.time * batch.classes);
        for row in 0..batch.rows() {
            let (x, labels) = batch.row(row, start);
            start += labels.len();
            let dx = dx.as_deref_mut().map(|dx| {
                let (dx, rest) = dx[row * per_row..][..per_row].split_at_mut(x.len());
                rest.fill(T::ZERO);
                dx
            });
            let factor = factor(row, labels.len());
            let loss = self.row(batch.classes, x, labels, factor, dx, workspace);
            add(row, labels.len(), loss);
        }
        Ok(())
    }

    /// What a row's loss is multiplied with for its number of labels.
    pub fn share(&self, labels: usize) -> f64 {
        if self.reduction == Reduction::Sum { 1.0 } else { 1.0 / labels.max(1) as f64 }
    }

    /// The loss of one row of as many steps as `x`, `[steps, classes]`, has, and if asked for its
    /// gradient times `factor`: for who shares out rows among threads.
    ///
    /// # Panics
    /// If `classes` does not divide the length of `x`; if a label or the blank is no class; if `dx` is
    /// not as long as `x`; if the workspace is shorter than [`workspace_len`](Ctc::workspace_len).
    pub fn row<T: Float>(
        &self,
        classes: usize,
        x: &[T],
        labels: &[u32],
        factor: T,
        mut dx: Option<&mut [T]>,
        workspace: &mut [T],
    ) -> T {
        let blank = self.blank as usize;
        assert!(blank < classes, "Ctc: the blank is {blank}, but there are only {classes} classes");
        assert!(x.len().is_multiple_of(classes), "Ctc: {} numbers of {classes} classes", x.len());
        if let Some(dx) = &dx {
            let (expected, found) = (x.len(), dx.len());
            assert!(found == expected, "Ctc: x has {expected} numbers, dx {found}");
        }
        let steps = x.len() / classes;
        let needed = Self::workspace_len(steps, labels.len());
        let found = workspace.len();
        assert!(found >= needed, "Ctc: a workspace of {found} numbers, {needed} are needed");
        if let Some(dx) = &mut dx {
            dx.fill(T::ZERO);
        }
        let loss = if steps == 0 {
            if labels.is_empty() { T::ZERO } else { T::INFINITY }
        } else {
            let dx = dx.as_deref_mut();
            dispatch(Alignments { classes, blank, x, labels, factor, dx, workspace })
        };
        if loss.is_finite() {
            return loss;
        }
        let is_zero = self.zero_infinity && loss == T::INFINITY;
        if let Some(dx) = dx {
            dx.fill(if is_zero { T::ZERO } else { T::NAN });
        }
        if is_zero { T::ZERO } else { loss }
    }
}
