//! The root of the mean squared distance from the target.

use crate::metrics::{Better, Mean, Metric, MetricError};
use crate::real::Real;
use neuropil_losses::{TargetKind, Weighted};

/// The root of the mean squared error, √(Σ w (y - t)² / Σ w) over all numbers of all rows, in the
/// units of the targets. torchmetrics' `MeanSquaredError(squared=False)`; scikit-learn's
/// `root_mean_squared_error` where rows have one number (of several it takes the mean of a root for
/// each).
///
/// NaN if a prediction or a target is.
///
/// ```
/// use neuropil_losses::Target;
/// use neuropil_nn::metrics::{Metric, RootMeanSquaredError};
///
/// let error = RootMeanSquaredError.of(2, &[1.0_f32, 9.0], Target::Values(&[2.0, 2.0]))?;
/// assert_eq!(error, 5.0);
/// # Ok::<(), neuropil_nn::metrics::MetricError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RootMeanSquaredError;

impl Metric for RootMeanSquaredError {
    type Tally = Mean;
    type Value = f64;

    fn name(&self) -> String {
        "root mean squared error".into()
    }

    fn accepts(&self, kind: TargetKind) -> bool {
        kind == TargetKind::Values
    }

    fn better(&self) -> Option<Better> {
        Some(Better::Lower)
    }

    fn add<'a, T: Real>(
        &self,
        tally: &mut Mean,
        width: usize,
        y: &[T],
        target: impl Into<Weighted<'a, T>>,
    ) -> Result<(), MetricError> {
        tally.add_differences(self, width, y, target.into(), |difference| difference * difference)
    }

    fn value(&self, tally: &Mean) -> f64 {
        tally.value().sqrt()
    }
}
