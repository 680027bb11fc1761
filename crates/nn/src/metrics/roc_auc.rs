//! How surely a positive row is ranked above a negative one.

use crate::metrics::metric::weight_of;
use crate::metrics::threshold::is_yes;
use crate::metrics::{Better, Metric, MetricError};
use crate::real::Real;
use neuropil_losses::{Target, TargetKind, Weighted};

/// The area under the receiver operating characteristic: how probable it is that a positive row has
/// a larger score than a negative one,
/// Σ w_p w_n (\[s_p > s_n\] + ½ \[s_p = s_n\]) / Σ w_p w_n over all pairs of a positive p and a
/// negative n. scikit-learn's `roc_auc_score` (`multi_class="ovr", average="macro"`), torchmetrics'
/// `BinaryAUROC`, `MulticlassAUROC` and `MultilabelAUROC`.
///
/// Only the order of the scores matters, and ties are exact. What the score s of a row of numbers y
/// is depends on the targets:
/// - labels 0 and 1 for rows of one number: y, a logit or a probability;
/// - labels 0 and 1 for rows of two: y_1 - y_0, again of logits or of probabilities;
/// - labels for rows of more numbers: the plain mean of the areas of each class against the rest.
///   With [`RocAuc::LOGITS`], the default, which is right for networks that end without a softmax,
///   a class is scored by its probability p = softmax(y): logits themselves may be shifted from row
///   to row, and have no order. With [`RocAuc::PROBABILITIES`] the numbers are the scores;
/// - values, `[rows, width]`, above 1/2 for yes: the plain mean of the columns' areas. Each number
///   is a decision of its own, and its score, as a logit or as a probability.
///
/// For p the score is ln p / (1 - p), computed in `f64`, which has the same order but does not end
/// at 1 as p does, where a sure network would have ties. So the area can differ from that of
/// probabilities that were rounded.
///
/// Columns without a positive or without a negative row have no area and are left out of the mean;
/// NaN if all are, if a number is NaN, or if a row has no softmax because two are ∞.
///
/// An area needs all rows at once: the tally keeps 16 bytes for each score of each row, and the
/// value takes as much again for one column, and O(n log n) time for each column of n rows.
///
/// ```
/// use neuropil_losses::Target;
/// use neuropil_nn::metrics::{Metric, RocAuc};
///
/// let area = RocAuc::LOGITS.of(1, &[0.1_f32, 0.4, 0.35, 0.8], Target::Labels(&[0, 0, 1, 1]))?;
/// assert_eq!(area, 0.75); // three of four pairs are in order
///
/// let logits = [0.0_f32, 1.0, 5.0, 5.5]; // [2, 2]: class 1 is ahead by 1, then by 1/2
/// assert_eq!(RocAuc::default().of(2, &logits, Target::Labels(&[1, 0]))?, 1.0);
/// # Ok::<(), neuropil_nn::metrics::MetricError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RocAuc {
    numbers: Numbers,
}

/// What the numbers of a row with a label are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Numbers {
    #[default]
    Logits,
    Probabilities,
}

impl RocAuc {
    /// The numbers of a row are logits, one for each class: their softmax says how probable each
    /// class is.
    pub const LOGITS: Self = Self { numbers: Numbers::Logits };
    /// The numbers of a row are the probabilities of the classes, or other scores that can be
    /// compared from row to row.
    pub const PROBABILITIES: Self = Self { numbers: Numbers::Probabilities };
}

impl Metric for RocAuc {
    type Tally = Scores;
    type Value = f64;

    fn name(&self) -> String {
        match self.numbers {
            Numbers::Logits => "ROC AUC".into(),
            Numbers::Probabilities => "ROC AUC (probabilities)".into(),
        }
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
        // One score serves two classes: what speaks for one speaks against the other.
        let two_classes = width == 2 && matches!(target.target, Target::Labels(_));
        let columns = if two_classes { 1 } else { width };
        if tally.columns.len() < columns {
            tally.columns.resize_with(columns, Column::default);
        }
        let (mut scores, mut sorted) = (Vec::with_capacity(columns), Vec::with_capacity(width));
        for row in 0..rows {
            let weight = weight_of(target.weights, row);
            if weight == 0.0 {
                continue;
            }
            let y = y[row * width..][..width].iter().map(|y| y.to_f64());
            scores.clear();
            scores.extend(y);
            match target.target {
                Target::Labels(_) if width == 2 => {
                    let ahead = scores[1] - scores[0];
                    scores.clear();
                    scores.push(ahead);
                }
                Target::Labels(_) if width > 2 && self.numbers == Numbers::Logits => {
                    log_odds(&mut scores, &mut sorted);
                }
                _ => {}
            }
            for (class, (column, &y)) in tally.columns.iter_mut().zip(&scores).enumerate() {
                let yes = match target.target {
                    Target::Labels(labels) if width > 2 => labels[row] as usize == class,
                    target => is_yes(target, row * columns + class),
                };
                let side = if yes { &mut column.positive } else { &mut column.negative };
                side.push(Score { y, weight });
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

/// Makes of the logits of several classes the log odds of each, ln p / (1 - p) of p = softmax(y):
/// ln p_i / (1 - p_i) = y_i - ln Σ_{j ≠ i} e^{y_j}.
fn log_odds(y: &mut [f64], sorted: &mut Vec<f64>) {
    // Sums in the order of size: the same logits in another order, or all shifted, are a tie.
    sorted.clear();
    sorted.extend_from_slice(y);
    sorted.sort_unstable_by(f64::total_cmp);
    let largest = sorted[sorted.len() - 1];
    // Of all but the largest, whose own term is 1.
    let sum: f64 = sorted[..sorted.len() - 1].iter().map(|y| (y - largest).exp()).sum();
    for y in y {
        *y = if *y == largest {
            -sum.ln()
        } else {
            let y = *y - largest;
            y - (1.0 + (sum - y.exp())).ln()
        };
    }
}

/// The scores of all rows, for each column those of positive and of negative rows.
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
