//! The share of rows whose label is among the best guesses.

use crate::error::Error;
use crate::metrics::{Better, Mean, Metric, MetricError};
use crate::real::Real;
use neuropil_losses::{TargetKind, Weighted};

/// The share of rows whose label has one of the `k` largest numbers:
/// Σ w \[rank of y_label < k\] / Σ w, ranks from 0. scikit-learn's `top_k_accuracy_score`,
/// torchmetrics' `MulticlassAccuracy(top_k=k, average="micro")`.
///
/// Of equal numbers the first ranks first, so that the top 1 is the [`Accuracy`]; a row with a NaN
/// is wrong; where there are no more than `k` classes, every other row is right.
///
/// ```
/// use neuropil_losses::Target;
/// use neuropil_nn::metrics::{Metric, TopKAccuracy};
///
/// let y = [0.2_f32, 0.5, 0.3, 0.2, 0.5, 0.3]; // [2, 3]
/// assert_eq!(TopKAccuracy::new(2)?.of(3, &y, Target::Labels(&[2, 0]))?, 0.5);
/// # Ok::<(), neuropil_nn::Error>(())
/// ```
///
/// [`Accuracy`]: crate::metrics::Accuracy
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TopKAccuracy {
    k: usize,
}

impl TopKAccuracy {
    /// Among so many guesses.
    ///
    /// # Errors
    /// If `k` is zero.
    pub fn new(k: usize) -> Result<Self, Error> {
        if k == 0 {
            return Err(Error::Setting {
                name: "the k of the top-k accuracy",
                value: k.to_string(),
                expected: "at least 1",
            });
        }
        Ok(Self { k })
    }
}

impl Metric for TopKAccuracy {
    type Tally = Mean;
    type Value = f64;

    fn name(&self) -> String {
        format!("top-{} accuracy", self.k)
    }

    fn accepts(&self, kind: TargetKind) -> bool {
        kind == TargetKind::Labels
    }

    fn better(&self) -> Option<Better> {
        Some(Better::Higher)
    }

    fn add<'a, T: Real>(
        &self,
        tally: &mut Mean,
        width: usize,
        y: &[T],
        target: impl Into<Weighted<'a, T>>,
    ) -> Result<(), MetricError> {
        tally.add_right(self, width, y, target.into(), |y, label| {
            rank(y, label).is_some_and(|rank| rank < self.k)
        })
    }

    fn value(&self, tally: &Mean) -> f64 {
        tally.value()
    }
}

/// How many numbers stand before that of the label; `None` if one is NaN.
fn rank<T: Real>(y: &[T], label: usize) -> Option<usize> {
    let mut before = 0;
    for (i, &y_i) in y.iter().enumerate() {
        if y_i.is_nan() {
            return None;
        }
        before += usize::from(y_i > y[label] || (y_i == y[label] && i < label));
    }
    Some(before)
}
