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
//! Losses of several inputs, all of the same rows, give a gradient of each input that has one. Those of
//! the trait [`JointLoss`] have the same three methods over an array of inputs; [`Ctc`] takes its own.
//!
//! | loss | of a row | gradient | inputs | when to use |
//! | --- | --- | --- | --- | --- |
//! | [`MarginRanking`] | 1/n Σ max(0, m - y (x1 - x2)) | ∓y/n within the margin | x1, x2, y = ±1 | which of two scores should be larger |
//! | [`CosineEmbedding`] | 1 - c if y = 1, max(0, c - m) if y = -1; c = cos(x1, x2) | ∓∂c | x1, x2, y = ±1 | whether two vectors should point the same way, whatever their lengths |
//! | [`TripletMargin`] | max(0, d(a, p) - d(a, n) + m), d = \|·\|_p | those of the distances, while not 0 | anchor a, positive p, negative n | embeddings in which like is near like |
//! | [`TripletMarginWithDistance`] | the same with a [`Distance`]: [`LpDistance`], [`CosineDistance`], yours | the same | the same | where another distance counts |
//! | [`GaussianNll`] | 1/2n Σ (ln v + (t - μ)²/v) | (μ - t)/nv; (1/v - (t - μ)²/v²)/2n | mean μ, target t, variance v | regression that says how sure it is |
//! | [`Ctc`] | -ln Σ over alignments Π p_t | minus the probability of a class in a step, given the labels | log-probabilities, labels, lengths | labels in order, without their places in time |
//!
//! Entropies and divergences of distributions are functions in [`information`].
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
pub mod information;
mod joint;
mod loss;
mod mean_squared_error;
mod shapes;
mod target;
mod weights;

pub use cross_entropy::CrossEntropy;
pub use error::LossError;
pub use joint::JointLoss;
pub use joint::cosine_embedding::CosineEmbedding;
pub use joint::ctc::{Ctc, CtcBatch, CtcLabels};
pub use joint::distance::{CosineDistance, Distance, LpDistance};
pub use joint::gaussian_nll::GaussianNll;
pub use joint::margin_ranking::MarginRanking;
pub use joint::triplet_margin::TripletMargin;
pub use joint::triplet_margin_with_distance::TripletMarginWithDistance;
pub use loss::{Loss, Prediction, Reduction};
pub use mean_squared_error::MeanSquaredError;
pub use neuropil_simd as simd;
pub use neuropil_simd::Float;
pub use target::{Target, TargetKind, Weighted};
pub use weights::Weights;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
