//! What a row should have been, and how much each row counts.

use std::fmt;

/// What the rows of x should have been.
#[derive(Clone, Copy, Debug)]
pub enum Target<'a, T> {
    /// Numbers, `[rows, target_width]`: values to meet, or probabilities of the classes.
    Values(&'a [T]),
    /// `[rows]`: the class of each row, from 0.
    Labels(&'a [u32]),
}

/// Which of the two a [`Target`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TargetKind {
    /// [`Target::Values`].
    Values,
    /// [`Target::Labels`].
    Labels,
}

impl fmt::Display for TargetKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TargetKind::Values => "values",
            TargetKind::Labels => "labels",
        })
    }
}

impl<'a, T> Target<'a, T> {
    /// Which of the two this is.
    pub fn kind(&self) -> TargetKind {
        match self {
            Target::Values(_) => TargetKind::Values,
            Target::Labels(_) => TargetKind::Labels,
        }
    }

    /// The numbers or labels there are.
    pub(crate) fn len(&self) -> usize {
        match self {
            Target::Values(values) => values.len(),
            Target::Labels(labels) => labels.len(),
        }
    }

    /// The rows from `start` to `end`, for values of `width` numbers a row.
    ///
    /// # Panics
    /// If there are fewer rows.
    pub fn rows(self, start: usize, end: usize, width: usize) -> Self {
        match self {
            Target::Values(values) => Target::Values(&values[start * width..end * width]),
            Target::Labels(labels) => Target::Labels(&labels[start..end]),
        }
    }

    /// This target, with a weight for each row: how much the row counts.
    ///
    /// ```
    /// use neuropil_losses::{Loss, MeanSquaredError, Target};
    ///
    /// let x = [1.0_f64, 1.0]; // [2, 1]
    /// let target = Target::Values(&[2.0, 4.0]);
    /// let loss = MeanSquaredError::new();
    /// assert_eq!(loss.value(1, &x, target)?, (1.0 + 9.0) / 2.0);
    /// assert_eq!(loss.value(1, &x, target.weighted(&[3.0, 1.0]))?, (3.0 * 1.0 + 1.0 * 9.0) / 4.0);
    /// # Ok::<(), neuropil_losses::LossError>(())
    /// ```
    pub fn weighted(self, weights: &'a [T]) -> Weighted<'a, T> {
        Weighted { target: self, weights: Some(weights) }
    }
}

/// A target with, if so wished, a weight for each row. A plain [`Target`] becomes one by itself;
/// [`Target::weighted`] makes one with weights.
#[derive(Clone, Copy, Debug)]
pub struct Weighted<'a, T> {
    /// What the rows should have been.
    pub target: Target<'a, T>,
    /// How much each row counts, `[rows]`, not negative; all count the same if there are none.
    pub weights: Option<&'a [T]>,
}

impl<'a, T> From<Target<'a, T>> for Weighted<'a, T> {
    fn from(target: Target<'a, T>) -> Self {
        Self { target, weights: None }
    }
}
