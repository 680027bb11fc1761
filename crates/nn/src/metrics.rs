//! How good predictions are, in numbers that people read.
//!
//! A [`Metric`] gathers batch after batch into a tally and makes its value of it: most values are a
//! number, that of a confusion matrix is a table. [`Network::evaluate`] does so
//! for a data set, [`Metric::of`] for one slice of predictions, and [`AnyMetric`] is a metric with
//! its tally behind a pointer, for lists of metrics.
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
//! [`Network::evaluate`]: crate::Network::evaluate

mod accuracy;
mod cost;
mod erased;
mod error;
mod mean;
mod metric;

pub use accuracy::Accuracy;
pub use cost::Cost;
pub use erased::{AnyMetric, Gathered};
pub use error::MetricError;
pub use mean::Mean;
pub use metric::{Better, Metric};
