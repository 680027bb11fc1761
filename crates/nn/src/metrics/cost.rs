//! A loss as a metric.

use crate::metrics::metric::weight_of;
use crate::metrics::{Better, Mean, Metric, MetricError};
use crate::real::Real;
use neuropil_losses::{Loss, LossError, TargetKind, Weighted, Weights};

/// A loss as a metric: its mean over all rows, Σ w loss / Σ w c, whatever its own reduction is;
/// c is 1 unless the loss has weights of classes or ignores a label ([`Loss::count`]).
///
/// The losses of the rows are added one by one in `f64`: batches change nothing, not a bit.
///
/// ```
/// use neuropil_losses::{MeanSquaredError, Target};
/// use neuropil_nn::metrics::{Cost, Metric};
///
/// let cost = Cost(MeanSquaredError::new().sum());
/// assert_eq!(cost.of(1, &[1.0_f32, 1.0], Target::Values(&[2.0, 4.0]))?, (1.0 + 9.0) / 2.0);
/// # Ok::<(), neuropil_nn::metrics::MetricError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost<L>(pub L);

impl<L: Loss> Metric for Cost<L> {
    type Tally = Mean;
    type Value = f64;

    fn name(&self) -> String {
        self.0.name()
    }

    fn accepts(&self, kind: TargetKind) -> bool {
        self.0.accepts(kind)
    }

    fn better(&self) -> Option<Better> {
        Some(Better::Lower)
    }

    fn target_width(&self, width: usize) -> usize {
        self.0.target_width(width)
    }

    fn classes(&self, width: usize) -> usize {
        // Past the classes may be the label that is ignored; the loss itself refuses others.
        let ignored = self.0.ignored_label().map_or(0, |label| label as usize + 1);
        self.0.classes(width).max(ignored)
    }

    fn add<'a, T: Real>(
        &self,
        tally: &mut Mean,
        width: usize,
        y: &[T],
        target: impl Into<Weighted<'a, T>>,
    ) -> Result<(), MetricError> {
        let Weighted { target, weights } = target.into();
        let rows = self.check(width, y, Weighted { target, weights })?;
        if rows == 0 {
            return Ok(());
        }
        // A loss may refuse what no metric can know of. Weights were checked above; the loss would
        // refuse a batch in which all are zero.
        match self.0.check(width, y, target) {
            Ok(()) => {}
            Err(LossError::NothingCounts { .. }) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
        let mut losses = [T::ZERO; BLOCK];
        for start in (0..rows).step_by(BLOCK) {
            let end = rows.min(start + BLOCK);
            let losses = &mut losses[..end - start];
            let y = &y[start * width..end * width];
            let block = target.rows(start, end, self.0.target_width(width));
            self.0.rows(width, y, block, Weights::uniform(T::ONE), losses, None);
            for (row, loss) in (start..).zip(losses) {
                // As `Mean::add`, but for what the loss counts.
                let weight = weight_of(weights, row);
                if weight != 0.0 {
                    tally.sum += weight * loss.to_f64();
                    tally.weights += weight * self.0.count(target, row);
                }
            }
        }
        Ok(())
    }

    fn value(&self, tally: &Mean) -> f64 {
        tally.value()
    }
}

/// Rows whose losses wait on the stack to be added.
const BLOCK: usize = 256;
