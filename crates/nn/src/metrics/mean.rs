//! The tally of all metrics that are a mean.

use crate::metrics::metric::weight_of;
use crate::metrics::{Metric, MetricError};
use crate::real::Real;
use neuropil_losses::{Target, Weighted};

/// A weighted mean: Σ w x / Σ w, summed in `f64`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Mean {
    pub(crate) sum: f64,
    pub(crate) weights: f64,
}

impl Mean {
    /// Adds a number that counts as often as its weight says. One of weight zero does not count at
    /// all, be it NaN.
    pub fn add(&mut self, x: f64, weight: f64) {
        if weight != 0.0 {
            self.sum += weight * x;
            self.weights += weight;
        }
    }

    /// The mean; NaN if nothing counts.
    pub fn value(&self) -> f64 {
        self.sum / self.weights
    }

    /// Adds which rows a metric of labels calls right, given the row and its label.
    pub(super) fn add_right<T: Real>(
        &mut self,
        metric: &impl Metric,
        width: usize,
        y: &[T],
        target: Weighted<'_, T>,
        is_right: impl Fn(&[T], usize) -> bool,
    ) -> Result<(), MetricError> {
        if metric.check(width, y, target)? == 0 {
            return Ok(());
        }
        if let Target::Labels(labels) = target.target {
            for (row, (y, &label)) in y.chunks_exact(width).zip(labels).enumerate() {
                let right = is_right(y, label as usize);
                self.add(f64::from(right), weight_of(target.weights, row));
            }
        }
        Ok(())
    }

    /// Adds what a metric of values makes of each difference y - t.
    pub(super) fn add_differences<T: Real>(
        &mut self,
        metric: &impl Metric,
        width: usize,
        y: &[T],
        target: Weighted<'_, T>,
        of: impl Fn(f64) -> f64,
    ) -> Result<(), MetricError> {
        metric.check(width, y, target)?;
        if let Target::Values(values) = target.target {
            for (place, (y, value)) in y.iter().zip(values).enumerate() {
                let difference = y.to_f64() - value.to_f64();
                self.add(of(difference), weight_of(target.weights, place / width));
            }
        }
        Ok(())
    }
}
