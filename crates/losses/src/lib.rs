//! Losses with their gradients, on slices, with SIMD, in `f32` and in `f64`.
//!
//! A [`Loss`] says how far rows of numbers are from their [`Target`]s: one number to make small, and
//! its gradient, the direction in which it grows. Both come from one sweep over the rows.
//!
//! | loss | of a row x of n numbers | gradient | targets |
//! | --- | --- | --- | --- |
//! | [`MeanSquaredError`] | 1/n Σ (x - t)² | 2/n (x - t) | values t |
//! | [`CrossEntropy`] | -Σ p ln softmax(x) | softmax(x) Σp - p | labels, or probabilities p |
//!
//! Each reduces the rows to their mean (the default) or their sum, with a weight per row if the
//! target is [`weighted`](Target::weighted). The losses of the rows themselves come from
//! [`Loss::rows`]. What cannot be right is an error that names the row and the numbers:
//!
//! ```
//! use neuropil_losses::{CrossEntropy, Loss, Target};
//!
//! let logits = [2.0_f32, 0.5, -1.0, 0.0, 3.0, 0.0]; // [2, 3]
//! let mut gradient = [0.0; 6];
//! let loss = CrossEntropy::new().both(3, &logits, Target::Labels(&[0, 1]), &mut gradient)?;
//! assert!((loss - 0.1681).abs() < 1e-4);
//!
//! let error = CrossEntropy::new().value(3, &logits, Target::Labels(&[0, 3])).unwrap_err();
//! assert_eq!(error.to_string(), "CrossEntropy: the label of row 1 is 3, but there are only 3 classes");
//! # Ok::<(), neuropil_losses::LossError>(())
//! ```
//!
//! A loss of your own implements [`Loss`]: which targets it takes and what the loss of a row is, on
//! plain loops or with the [`simd`] crate, which is exported here.
//!
//! The losses of the rows are added in `f64` in their order; what is summed within a row is summed in
//! the order of [`simd::reduce`]. So the result depends on neither the instruction set (where
//! multiply and add fuse) nor on how rows are dealt out to threads.
#![forbid(unsafe_code)]

mod cross_entropy;
mod error;
mod loss;
mod mean_squared_error;
mod shapes;
mod target;
mod weights;

pub use cross_entropy::CrossEntropy;
pub use error::LossError;
pub use loss::{Loss, Prediction, Reduction};
pub use mean_squared_error::MeanSquaredError;
pub use neuropil_simd as simd;
pub use neuropil_simd::Float;
pub use target::{Target, TargetKind, Weighted};
pub use weights::Weights;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
