//! Metrics behind a pointer, in one number type.

use crate::metrics::{Better, Metric, MetricError};
use crate::real::Real;
use neuropil_losses::{TargetKind, Weighted};
use std::fmt::Debug;

/// A [`Metric`] whose value is a number, with its tally: what a list of metrics is made of.
///
/// ```
/// use neuropil_losses::{CrossEntropy, Target};
/// use neuropil_nn::metrics::{Accuracy, AnyMetric, Cost, Gathered};
///
/// let mut metrics: Vec<Box<dyn AnyMetric<f32>>> =
///     vec![Box::new(Gathered::new(Accuracy)), Box::new(Gathered::new(Cost(CrossEntropy::new())))];
/// for metric in &mut metrics {
///     metric.add(2, &[0.0, 1.0], Target::Labels(&[1]).into())?;
///     println!("{}: {:.4}", metric.name(), metric.value());
/// }
/// # Ok::<(), neuropil_nn::metrics::MetricError>(())
/// ```
pub trait AnyMetric<T>: Debug + Send + Sync {
    /// As [`Metric::name`].
    fn name(&self) -> String;
    /// As [`Metric::accepts`].
    fn accepts(&self, kind: TargetKind) -> bool;
    /// As [`Metric::better`].
    fn better(&self) -> Option<Better>;
    /// Forgets all that was added.
    fn reset(&mut self);
    /// Adds a batch of predictions, `[rows, width]`.
    ///
    /// # Errors
    /// As [`Metric::add`].
    fn add(&mut self, width: usize, y: &[T], target: Weighted<'_, T>) -> Result<(), MetricError>;
    /// The number for all that was added; NaN if nothing was.
    fn value(&self) -> f64;
    /// A copy, tally and all.
    fn clone_box(&self) -> Box<dyn AnyMetric<T>>;
}

impl<T> Clone for Box<dyn AnyMetric<T>> {
    fn clone(&self) -> Self {
        (**self).clone_box()
    }
}

/// A metric and what it has gathered.
#[derive(Clone, Debug)]
pub struct Gathered<M: Metric> {
    metric: M,
    tally: M::Tally,
}

impl<M: Metric> Gathered<M> {
    /// A metric to which nothing was added.
    pub fn new(metric: M) -> Self {
        Self { metric, tally: M::Tally::default() }
    }
}

impl<T: Real, M: Metric<Value = f64>> AnyMetric<T> for Gathered<M> {
    fn name(&self) -> String {
        self.metric.name()
    }

    fn accepts(&self, kind: TargetKind) -> bool {
        self.metric.accepts(kind)
    }

    fn better(&self) -> Option<Better> {
        self.metric.better()
    }

    fn reset(&mut self) {
        self.tally = M::Tally::default();
    }

    fn add(&mut self, width: usize, y: &[T], target: Weighted<'_, T>) -> Result<(), MetricError> {
        self.metric.add(&mut self.tally, width, y, target)
    }

    fn value(&self) -> f64 {
        self.metric.value(&self.tally)
    }

    fn clone_box(&self) -> Box<dyn AnyMetric<T>> {
        Box::new(self.clone())
    }
}
