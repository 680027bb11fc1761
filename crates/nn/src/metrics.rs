//! How good predictions are, in numbers that people read.
//!
//! A [`Metric`] gathers batch after batch into a tally and makes its value of it: most values are a
//! number, that of a [`ConfusionMatrix`] is a table. [`Network::evaluate`] does so for a data set,
//! [`Metric::of`] for a slice of predictions, and [`AnyMetric`] is a metric with its tally behind a
//! pointer, for lists of metrics.
//!
//! ```
//! use neuropil_losses::Target;
//! use neuropil_nn::metrics::{Accuracy, Metric};
//!
//! let y = [0.1_f32, 0.9, 0.8, 0.2]; // [2, 2]
//! assert_eq!(Accuracy.of(2, &y, Target::Labels(&[1, 1]))?, 0.5);
//! # Ok::<(), neuropil_nn::metrics::MetricError>(())
//! ```
//!
//! | metric | of predictions y | targets |
//! | --- | --- | --- |
//! | [`Accuracy`] | the share of rows whose largest number stands at the label | labels |
//! | [`TopKAccuracy`] | the share of rows whose label has one of the k largest | labels |
//! | [`BinaryAccuracy`] | the share of numbers on the right side of a threshold | labels 0 and 1, or values |
//! | [`Precision`] | TP / (TP + FP) | labels; with a threshold values as well |
//! | [`Recall`] | TP / (TP + FN) | as precision |
//! | [`FBeta`] | the harmonic mean of the two, in which recall counts β times | as precision |
//! | [`ConfusionMatrix`] | how often each class was taken for each | labels |
//! | [`RocAuc`] | how probably a positive row ranks above a negative one | labels or values |
//! | [`MeanAbsoluteError`] | the mean of \|y - t\| | values |
//! | [`RootMeanSquaredError`] | the root of the mean of (y - t)² | values |
//! | [`RSquared`] | 1 - Σ (t - y)² / Σ (t - mean t)² | values |
//! | [`Perplexity`] | e to the mean cross entropy | labels or probabilities |
//! | [`Cost`] | the mean of any loss | those of the loss |
//!
//! Each is computed in `f64` from predictions of either type. Rows that have weights count as often
//! as their weights say (scikit-learn's `sample_weight`), those of weight zero not at all. Counts of
//! rows without weights are exact, whatever the order; sums depend on the order of the rows in
//! their last bits, but never on where batches end.
//!
//! [`Network::evaluate`]: crate::Network::evaluate

mod accuracy;
mod binary_accuracy;
mod class_counts;
mod confusion_matrix;
mod cost;
mod erased;
mod error;
mod f_beta;
mod mean;
mod mean_absolute_error;
mod metric;
mod perplexity;
mod precision;
mod r_squared;
mod recall;
mod roc_auc;
mod root_mean_squared_error;
mod threshold;
mod top_k_accuracy;

pub use accuracy::Accuracy;
pub use binary_accuracy::BinaryAccuracy;
pub use class_counts::{Average, ClassCounts};
pub use confusion_matrix::{Confusion, ConfusionMatrix, NamedConfusion};
pub use cost::Cost;
pub use erased::{AnyMetric, Gathered};
pub use error::MetricError;
pub use f_beta::FBeta;
pub use mean::Mean;
pub use mean_absolute_error::MeanAbsoluteError;
pub use metric::{Better, Metric};
pub use perplexity::Perplexity;
pub use precision::Precision;
pub use r_squared::{RSquared, Variances};
pub use recall::Recall;
pub use roc_auc::{RocAuc, Scores};
pub use root_mean_squared_error::RootMeanSquaredError;
pub use threshold::Threshold;
pub use top_k_accuracy::TopKAccuracy;
