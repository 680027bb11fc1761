//! How surely a positive row is ranked above a negative one.

use crate::metrics::metric::weight_of;
use crate::metrics::threshold::is_yes;
use crate::metrics::{Better, Metric, MetricError};
use crate::real::Real;
use neuropil_losses::{Target, TargetKind, Weighted};

/// The area under the receiver operating characteristic: how probable it is that a positive row has
/// a larger number than a negative one,
/// Σ w_p w_n (\[y_p > y_n\] + ½ \[y_p = y_n\]) / Σ w_p w_n over all pairs of a positive p and a
/// negative n. scikit-learn's `roc_auc_score` (`multi_class="ovr", average="macro"`), torchmetrics'
/// `BinaryAUROC`, `MulticlassAUROC` and `MultilabelAUROC`.
///
/// Only the order of the numbers matters: logits will do as well as probabilities, and ties are
/// exact. Targets are
/// - labels 0 and 1 for rows of one number;
/// - labels for rows of a number for each class: the plain mean of the areas of each class against
///   the rest. These are per-class orders, so logits of several classes, which softmax does not
///   keep in order from row to row, give another area than probabilities;
/// - values, `[rows, width]`, above 1/2 for yes: the plain mean of the columns' areas.
///
/// Columns without a positive or without a negative row have no area and are left out of the mean;
/// NaN if all are, or if a number is NaN.
///
/// An area needs all rows at once: the tally keeps 16 bytes for each number of each row, and the
/// value takes as much again for one column, and O(n log n) time for each column of n rows.
///
/// ```
/// use neuropil_losses::Target;
/// use neuropil_nn::metrics::{Metric, RocAuc};
///
/// let area = RocAuc.of(1, &[0.1_f32, 0.4, 0.35, 0.8], Target::Labels(&[0, 0, 1, 1]))?;
/// assert_eq!(area, 0.75); // three of four pairs are in order
/// # Ok::<(), neuropil_nn::metrics::MetricError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RocAuc;

impl Metric for RocAuc {
    type Tally = Scores;
    type Value = f64;

    fn name(&self) -> String {
        "ROC AUC".into()
    }

    fn accepts(&self, _: TargetKind) -> bool {
        true
    }

    fn better(&self) -> Option<Better> {
        Some(Better::Higher)
    }

    fn classes(&self, width: usize) -> usize {
        width.max(2)
    }

    fn add<'a, T: Real>(
        &self,
        tally: &mut Scores,
        width: usize,
        y: &[T],
        target: impl Into<Weighted<'a, T>>,
    ) -> Result<(), MetricError> {
        let target = target.into();
        let rows = self.check(width, y, target)?;
        if tally.columns.len() < width {
            tally.columns.resize_with(width, Column::default);
        }
        for row in 0..rows {
            let weight = weight_of(target.weights, row);
            if weight == 0.0 {
                continue;
            }
            for (class, column) in tally.columns[..width].iter_mut().enumerate() {
                let place = row * width + class;
                let yes = match target.target {
                    Target::Labels(labels) if width > 1 => labels[row] as usize == class,
                    target => is_yes(target, place),
                };
                let side = if yes { &mut column.positive } else { &mut column.negative };
                side.push(Score { y: y[place].to_f64(), weight });
            }
        }
        Ok(())
    }

    fn value(&self, tally: &Scores) -> f64 {
        if tally.columns.iter().any(Column::has_nan) {
            return f64::NAN;
        }
        let areas = || tally.columns.iter().filter(|column| column.has_both());
        areas().map(Column::area).sum::<f64>() / areas().count() as f64
    }
}

/// The numbers of all rows, for each column those of positive and of negative rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scores {
    columns: Vec<Column>,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Column {
    positive: Vec<Score>,
    negative: Vec<Score>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Score {
    y: f64,
    weight: f64,
}

impl Column {
    fn has_both(&self) -> bool {
        !self.positive.is_empty() && !self.negative.is_empty()
    }

    fn has_nan(&self) -> bool {
        self.positive.iter().chain(&self.negative).any(|score| score.y.is_nan())
    }

    /// The area, without NaN.
    fn area(&self) -> f64 {
        let (positive, negative) = (sorted(&self.positive), sorted(&self.negative));
        // Weights of the negatives below, and of those not above, the positive at hand.
        let (mut below, mut up_to) = (0.0, 0.0);
        let (mut next_below, mut next_up_to) =
            (negative.iter().peekable(), negative.iter().peekable());
        let mut in_order = 0.0;
        for p in &positive {
            while let Some(n) = next_below.next_if(|n| n.y < p.y) {
                below += n.weight;
            }
            while let Some(n) = next_up_to.next_if(|n| n.y <= p.y) {
                up_to += n.weight;
            }
            // Without weights all are integers or halves, and exact.
            in_order += p.weight * (below + up_to) / 2.0;
        }
        in_order / (total(&positive) * total(&negative))
    }
}

fn sorted(scores: &[Score]) -> Vec<Score> {
    let mut scores = scores.to_vec();
    scores.sort_unstable_by(|a, b| a.y.total_cmp(&b.y).then(a.weight.total_cmp(&b.weight)));
    scores
}

fn total(scores: &[Score]) -> f64 {
    scores.iter().map(|score| score.weight).sum()
}
