//! The share of the targets' variance that predictions explain.

use crate::metrics::metric::weight_of;
use crate::metrics::{Better, Metric, MetricError};
use crate::real::Real;
use neuropil_losses::{Target, TargetKind, Weighted};

/// The coefficient of determination, R² = 1 - Σ w (t - y)² / Σ w (t - mean t)²: 1 is perfect, 0 is
/// what the mean of the targets would get, and there is no bound below. For rows of several numbers
/// it is the plain mean of the R² of each column. scikit-learn's `r2_score`, torchmetrics'
/// `R2Score`, both with `multioutput="uniform_average"`.
///
/// A column whose targets are all the same has R² = 1 if every prediction is right and 0 otherwise,
/// as in scikit-learn. NaN if a prediction or a target is, and for fewer than two rows.
///
/// ```
/// use neuropil_losses::Target;
/// use neuropil_nn::metrics::{Metric, RSquared};
///
/// let r2 = RSquared.of(1, &[1.0_f32, 2.0, 4.0], Target::Values(&[1.0, 2.0, 3.0]))?;
/// assert_eq!(r2, 1.0 - 1.0 / 2.0);
/// # Ok::<(), neuropil_nn::metrics::MetricError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RSquared;

impl Metric for RSquared {
    type Tally = Variances;
    type Value = f64;

    fn name(&self) -> String {
        "R2".into()
    }

    fn accepts(&self, kind: TargetKind) -> bool {
        kind == TargetKind::Values
    }

    fn better(&self) -> Option<Better> {
        Some(Better::Higher)
    }

    fn add<'a, T: Real>(
        &self,
        tally: &mut Variances,
        width: usize,
        y: &[T],
        target: impl Into<Weighted<'a, T>>,
    ) -> Result<(), MetricError> {
        let target = target.into();
        let rows = self.check(width, y, target)?;
        if tally.columns.len() < width {
            tally.columns.resize(width, Column::default());
        }
        if let Target::Values(values) = target.target {
            for row in 0..rows {
                let weight = weight_of(target.weights, row);
                if weight == 0.0 {
                    continue;
                }
                tally.rows += 1;
                tally.weights += weight;
                let share = weight / tally.weights;
                for (column, place) in tally.columns.iter_mut().zip(row * width..) {
                    column.add(y[place].to_f64(), values[place].to_f64(), weight, share);
                }
            }
        }
        Ok(())
    }

    fn value(&self, tally: &Variances) -> f64 {
        if tally.rows < 2 {
            return f64::NAN;
        }
        let sum: f64 = tally.columns.iter().map(Column::r_squared).sum();
        sum / tally.columns.len() as f64
    }
}

/// For each column of the targets how much they vary, and how much predictions miss them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Variances {
    rows: u64,
    weights: f64,
    columns: Vec<Column>,
}

/// Sums over the rows of one column.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Column {
    /// The mean of the targets so far.
    mean: f64,
    /// Σ w (t - mean)².
    total: f64,
    /// Σ w (t - y)².
    residual: f64,
}

impl Column {
    /// Adds a row whose weight is this share of all so far. The mean moves along with the rows
    /// (Welford, 1962): Σ w t² - (Σ w t)² / Σ w would lose all digits for targets far from zero.
    fn add(&mut self, y: f64, target: f64, weight: f64, share: f64) {
        let from_mean = target - self.mean;
        self.mean += share * from_mean;
        self.total += weight * from_mean * (target - self.mean);
        self.residual += weight * (target - y) * (target - y);
    }

    fn r_squared(&self) -> f64 {
        if self.total > 0.0 {
            1.0 - self.residual / self.total
        } else if self.residual > 0.0 {
            0.0
        } else {
            // All is right, or NaN.
            1.0 - self.residual - self.total
        }
    }
}
