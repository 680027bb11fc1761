//! The mean distance from the target.

use crate::metrics::{Better, Mean, Metric, MetricError};
use crate::real::Real;
use neuropil_losses::{TargetKind, Weighted};

/// The mean absolute error, Σ w |y - t| / Σ w over all numbers of all rows, in the units of the
/// targets. scikit-learn's `mean_absolute_error`, torchmetrics' `MeanAbsoluteError`.
///
/// NaN if a prediction or a target is.
///
/// ```
/// use neuropil_losses::Target;
/// use neuropil_nn::metrics::{MeanAbsoluteError, Metric};
///
/// let error = MeanAbsoluteError.of(1, &[1.0_f32, 5.0], Target::Values(&[2.0, 2.0]))?;
/// assert_eq!(error, 2.0);
/// # Ok::<(), neuropil_nn::metrics::MetricError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MeanAbsoluteError;

impl Metric for MeanAbsoluteError {
    type Tally = Mean;
    type Value = f64;

    fn name(&self) -> String {
        "mean absolute error".into()
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
        tally.add_differences(self, width, y, target.into(), f64::abs)
    }

    fn value(&self, tally: &Mean) -> f64 {
        tally.value()
    }
}
