//! The share of rows that are right.

use crate::metrics::{Better, Mean, Metric, MetricError};
use crate::real::Real;
use neuropil_losses::{TargetKind, Weighted};

/// The share of rows whose largest number stands at the label: Σ w \[argmax y = label\] / Σ w.
/// scikit-learn's `accuracy_score`, torchmetrics' `MulticlassAccuracy(average="micro")`.
///
/// Of equal numbers the first counts; a row with a NaN is wrong.
///
/// ```
/// use neuropil_losses::Target;
/// use neuropil_nn::metrics::{Accuracy, Metric};
///
/// let y = [0.1_f32, 0.9, 0.8, 0.2]; // [2, 2]
/// assert_eq!(Accuracy.of(2, &y, Target::Labels(&[1, 1]))?, 0.5);
/// # Ok::<(), neuropil_nn::metrics::MetricError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Accuracy;

impl Metric for Accuracy {
    type Tally = Mean;
    type Value = f64;

    fn name(&self) -> String {
        "accuracy".into()
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
        tally.add_right(self, width, y, target.into(), |y, label| largest(y) == Some(label))
    }

    fn value(&self, tally: &Mean) -> f64 {
        tally.value()
    }
}

/// The place of the largest number, the first of equal ones; `None` if one is NaN.
pub(super) fn largest<T: Real>(y: &[T]) -> Option<usize> {
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
