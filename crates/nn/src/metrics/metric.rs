//! The trait that every metric implements.

use crate::metrics::MetricError;
use crate::real::Real;
use neuropil_losses::{Target, TargetKind, Weighted};
use std::fmt::Debug;

/// A value that says how good predictions are, gathered batch by batch.
///
/// Predictions `y` are rows of `width` numbers, `[rows, width]`; each row has a target and, if the
/// target is [`weighted`](Target::weighted), counts as often as its weight says. The rows may come
/// in batches of any size: a tally is a sum over rows.
///
/// ```
/// use neuropil_losses::{Target, TargetKind, Weighted};
/// use neuropil_nn::{Real, metrics::{Better, Mean, Metric, MetricError}};
///
/// /// The share of numbers that miss their target by at most so much.
/// #[derive(Clone, Debug)]
/// struct Within(f64);
///
/// impl Metric for Within {
///     type Tally = Mean;
///     type Value = f64;
///
///     fn name(&self) -> String {
///         format!("within {}", self.0)
///     }
///
///     fn accepts(&self, kind: TargetKind) -> bool {
///         kind == TargetKind::Values
///     }
///
///     fn better(&self) -> Option<Better> {
///         Some(Better::Higher)
///     }
///
///     fn add<'a, T: Real>(
///         &self,
///         tally: &mut Mean,
///         width: usize,
///         y: &[T],
///         target: impl Into<Weighted<'a, T>>,
///     ) -> Result<(), MetricError> {
///         let target = target.into();
///         self.check(width, y, target)?;
///         if let Target::Values(values) = target.target {
///             for (at, (&y, &value)) in y.iter().zip(values).enumerate() {
///                 let weight = target.weights.map_or(1.0, |weights| weights[at / width].to_f64());
///                 tally.add(f64::from((y - value).abs().to_f64() <= self.0), weight);
///             }
///         }
///         Ok(())
///     }
///
///     fn value(&self, tally: &Mean) -> f64 {
///         tally.value()
///     }
/// }
///
/// assert_eq!(Within(0.5).of(2, &[1.0_f32, 3.0], Target::Values(&[1.25, 2.0]))?, 0.5);
/// # Ok::<(), MetricError>(())
/// ```
pub trait Metric: Clone + Debug + Send + Sync + 'static {
    /// What is gathered; its default is that of no rows.
    type Tally: Clone + Debug + Default + Send + Sync + 'static;

    /// What it comes to: `f64`, or more than a number.
    type Value;

    /// The name in reports.
    fn name(&self) -> String;

    /// Whether the metric can be had for such targets.
    fn accepts(&self, kind: TargetKind) -> bool;

    /// Which of two values is the better one, if that can be said.
    fn better(&self) -> Option<Better>;

    /// The numbers of a [`Target::Values`] for a row of `width` numbers.
    fn target_width(&self, width: usize) -> usize {
        width
    }

    /// The number of classes for a row of `width` numbers: labels are below it.
    fn classes(&self, width: usize) -> usize {
        width
    }

    /// Adds a batch: predictions `y`, `[rows, width]`, with their targets. A batch without rows
    /// adds nothing.
    ///
    /// # Errors
    /// As [`check`](Metric::check), before anything is added.
    fn add<'a, T: Real>(
        &self,
        tally: &mut Self::Tally,
        width: usize,
        y: &[T],
        target: impl Into<Weighted<'a, T>>,
    ) -> Result<(), MetricError>;

    /// What all that was added comes to. Where there are no rows, or only rows of weight zero, a
    /// number is NaN.
    fn value(&self, tally: &Self::Tally) -> Self::Value;

    /// The value for these predictions alone.
    ///
    /// # Errors
    /// As [`add`](Metric::add).
    fn of<'a, T: Real>(
        &self,
        width: usize,
        y: &[T],
        target: impl Into<Weighted<'a, T>>,
    ) -> Result<Self::Value, MetricError> {
        let mut tally = Self::Tally::default();
        self.add(&mut tally, width, y, target)?;
        Ok(self.value(&tally))
    }

    /// Whether predictions, targets and weights fit together; returns the number of rows.
    ///
    /// # Errors
    /// If `width` does not divide the length of `y`; if the metric cannot be had for such targets;
    /// if there are too many or too few targets or weights; if a label names no class; if a weight
    /// is negative, infinite or NaN.
    fn check<'a, T: Real>(
        &self,
        width: usize,
        y: &[T],
        target: impl Into<Weighted<'a, T>>,
    ) -> Result<usize, MetricError> {
        let Weighted { target, weights } = target.into();
        let metric = || self.name();
        let rows = y.len().checked_div(width).unwrap_or(0);
        if rows * width != y.len() {
            return Err(MetricError::Rows { metric: metric(), len: y.len(), width });
        }
        if !self.accepts(target.kind()) {
            return Err(MetricError::Kind { metric: metric(), kind: target.kind() });
        }
        let same = |what, expected: usize, found: usize| {
            if expected == found {
                return Ok(());
            }
            Err(MetricError::Length { metric: metric(), what, rows, expected, found })
        };
        match target {
            Target::Values(values) => {
                same("target values", rows * self.target_width(width), values.len())?;
            }
            Target::Labels(labels) => {
                same("labels", rows, labels.len())?;
                let classes = self.classes(width);
                let outside = |&label: &u32| label as usize >= classes;
                if let Some(row) = labels.iter().position(outside) {
                    let label = labels[row];
                    return Err(MetricError::Label { metric: metric(), row, label, classes });
                }
            }
        }
        if let Some(weights) = weights {
            same("weights", rows, weights.len())?;
            let wrong = |&weight: &T| !(weight >= T::ZERO && weight.is_finite());
            if let Some(row) = weights.iter().position(wrong) {
                let weight = weights[row].to_f64();
                return Err(MetricError::Weight { metric: metric(), row, weight });
            }
        }
        Ok(rows)
    }
}

/// Which of two values of a metric is the better one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Better {
    /// The higher one, as of an accuracy.
    Higher,
    /// The lower one, as of an error.
    Lower,
}

impl Better {
    /// Whether `new` is better than `old`. NaN is worse than any number, and not better than NaN.
    ///
    /// ```
    /// use neuropil_nn::metrics::Better;
    ///
    /// assert!(Better::Lower.than(0.1, 0.2));
    /// assert!(!Better::Higher.than(f64::NAN, 0.2));
    /// ```
    pub fn than(self, new: f64, old: f64) -> bool {
        let ahead = match self {
            Self::Higher => new > old,
            Self::Lower => new < old,
        };
        ahead || (old.is_nan() && !new.is_nan())
    }
}

/// How much a row counts: 1 without weights.
pub(super) fn weight_of<T: Real>(weights: Option<&[T]>, row: usize) -> f64 {
    weights.map_or(1.0, |weights| weights[row].to_f64())
}
