//! How good predictions are, in numbers that people read.

use crate::real::Real;
use neuropil_losses::{Loss, LossError, Reduction, Target, TargetKind};

/// A number that says how good predictions are, gathered batch by batch.
pub trait Metric {
    /// What is gathered.
    type Tally: Default;

    /// The name in reports.
    fn name(&self) -> String;

    /// Whether the metric can be had for such targets.
    fn accepts(&self, kind: TargetKind) -> bool;

    /// Adds a batch: predictions `y`, rows of `width` numbers, and their targets.
    ///
    /// # Errors
    /// If the targets do not fit the predictions.
    fn add<T: Real>(
        &self,
        tally: &mut Self::Tally,
        width: usize,
        y: &[T],
        target: Target<'_, T>,
    ) -> Result<(), LossError>;

    /// The number for all that was added.
    fn value(&self, tally: &Self::Tally) -> f64;
}

/// The share of rows whose largest number stands at the label; of equal ones, the first counts.
/// A row with a NaN is wrong.
///
/// ```
/// use neuropil_losses::Target;
/// use neuropil_nn::{Accuracy, Metric};
///
/// let mut tally = Default::default();
/// Accuracy.add(&mut tally, 2, &[0.1_f32, 0.9, 0.8, 0.2], Target::Labels(&[1, 1]))?;
/// assert_eq!(Accuracy.value(&tally), 0.5);
/// # Ok::<(), neuropil_losses::LossError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Accuracy;

/// How many rows were right, of how many.
#[derive(Clone, Copy, Debug, Default)]
pub struct Share {
    right: u64,
    rows: u64,
}

impl Metric for Accuracy {
    type Tally = Share;

    fn name(&self) -> String {
        "accuracy".into()
    }

    fn accepts(&self, kind: TargetKind) -> bool {
        kind == TargetKind::Labels
    }

    fn add<T: Real>(
        &self,
        tally: &mut Share,
        width: usize,
        y: &[T],
        target: Target<'_, T>,
    ) -> Result<(), LossError> {
        let Target::Labels(labels) = target else {
            return Err(LossError::Kind { loss: self.name(), kind: target.kind() });
        };
        let rows = y.len() / width.max(1);
        if labels.len() != rows {
            let (loss, what, expected, found) = (self.name(), "labels", rows, labels.len());
            return Err(LossError::Length { loss, what, rows, expected, found });
        }
        if let Some(row) = labels.iter().position(|&label| label as usize >= width) {
            let (loss, label, classes) = (self.name(), labels[row], width);
            return Err(LossError::Label { loss, row, label, classes });
        }
        for (y, &label) in y.chunks_exact(width).zip(labels) {
            tally.right += u64::from(largest(y) == Some(label as usize));
            tally.rows += 1;
        }
        Ok(())
    }

    fn value(&self, tally: &Share) -> f64 {
        tally.right as f64 / tally.rows as f64
    }
}

/// The place of the largest number, the first of equal ones; `None` if one is NaN.
fn largest<T: Real>(y: &[T]) -> Option<usize> {
    let mut place = 0;
    for (i, y_i) in y.iter().enumerate() {
        if y_i.is_nan() {
            return None;
        }
        if *y_i > y[place] {
            place = i;
        }
    }
    Some(place)
}

/// A loss as a metric: its mean over all rows.
#[derive(Clone, Copy, Debug)]
pub struct Cost<L>(pub L);

/// A sum over rows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mean {
    sum: f64,
    rows: u64,
}

impl Mean {
    /// Adds the mean of so many rows.
    pub(crate) fn add(&mut self, mean: f64, rows: usize) {
        self.sum += mean * rows as f64;
        self.rows += rows as u64;
    }

    pub(crate) fn value(&self) -> f64 {
        self.sum / self.rows as f64
    }
}

impl<L: Loss> Metric for Cost<L> {
    type Tally = Mean;

    fn name(&self) -> String {
        self.0.name()
    }

    fn accepts(&self, kind: TargetKind) -> bool {
        self.0.accepts(kind)
    }

    fn add<T: Real>(
        &self,
        tally: &mut Mean,
        width: usize,
        y: &[T],
        target: Target<'_, T>,
    ) -> Result<(), LossError> {
        let rows = y.len() / width.max(1);
        let value = self.0.value(width, y, target)?;
        let mean = match self.0.reduction() {
            Reduction::Mean => value,
            Reduction::Sum => value / rows as f64,
        };
        tally.add(mean, rows);
        Ok(())
    }

    fn value(&self, tally: &Mean) -> f64 {
        tally.value()
    }
}
