//! Losses with their gradients, on slices, with SIMD, in `f32` and in `f64`.
//!
//! A [`Loss`] says how far rows of numbers are from their [`Target`]s: one number to make small, and
//! its gradient, the direction in which it grows. Both come from one sweep over the rows.
//!
//! Of the difference d = x - t, or of counts and probabilities t; a row of n numbers costs 1/n Σ f, and
//! targets are values:
//!
//! | loss | f | ∂f/∂x | range | for |
//! | --- | --- | --- | --- | --- |
//! | [`MeanSquaredError`] | d² | 2 d | [0, ∞) | regression; outliers pull hard |
//! | [`MeanAbsoluteError`] | \|d\| | sign d | [0, ∞) | regression with outliers; the median |
//! | [`Huber`] | d²/2, or δ (\|d\| - δ/2) beyond δ | clamp(d, ±δ) | [0, ∞) | between the two |
//! | [`SmoothL1`] | d²/(2β), or \|d\| - β/2 beyond β | clamp(d/β, ±1) | [0, ∞) | the same, for boxes |
//! | [`LogCosh`] | ln cosh d | tanh d | [0, ∞) | the same, without a kink in the slope |
//! | [`Lp`] | \|d\|^p | p \|d\|^(p-1) sign d | [0, ∞) | any power from 1 on |
//! | [`Quantile`] | max(-τ d, (1 - τ) d) | -τ or 1 - τ | [0, ∞) | intervals, unequal costs |
//! | [`MeanAbsolutePercentageError`] | 100 \|d\|/\|t\| | 100 sign d/\|t\| | [0, ∞) | errors that count by size |
//! | [`MeanSquaredLogError`] | ln²((1 + x)/(1 + t)) | 2 ln(..)/(1 + x) | [0, ∞) | numbers over many magnitudes |
//! | [`PoissonNll`] | e^x - t x | e^x - t | ℝ | counts |
//! | [`KlDivergence`] | t (ln t - x) | -t | ℝ | distributions; x is a logarithm |
//!
//! Of yes or no, t in {0, 1}, or {-1, 1} for the hinges; a row costs 1/n Σ f, and targets are values:
//!
//! | loss | f | ∂f/∂x | range | for |
//! | --- | --- | --- | --- | --- |
//! | [`BinaryCrossEntropyWithLogits`] | -t ln σ(x) - (1 - t) ln σ(-x) | σ(x) - t | [0, ∞) | yes or no, by a logit |
//! | [`BinaryCrossEntropy`] | -t ln x - (1 - t) ln(1 - x) | (x - t)/(x (1 - x)) | [0, ∞) | the same, by a probability |
//! | [`BinaryFocal`] | α_t (1 - p_t)^γ times the first | see there | [0, ∞) | few that are hard among many that are easy |
//! | [`MultiLabelSoftMargin`] | v_i times the first | v_i (σ(x) - t) | [0, ∞) | several labels a row, weights of classes |
//! | [`SoftMargin`] | ln(1 + e^(-t x)) | -t σ(-t x) | [0, ∞) | the first, for -1 and 1 |
//! | [`Hinge`] | max(0, 1 - t x) | -t inside | [0, ∞) | support vectors |
//! | [`SquaredHinge`] | max(0, 1 - t x)² | -2 t max(0, 1 - t x) | [0, ∞) | the same, smooth |
//! | [`PerceptronCriterion`] | max(0, -t x) | -t if wrong | [0, ∞) | the perceptron rule |
//! | [`HingeEmbedding`] | x, or max(0, margin - x) | 1, or -1 inside | ℝ | distances of pairs |
//!
//! Of rows as a whole, with p = softmax(x):
//!
//! | loss | of a row | gradient | range | targets, for |
//! | --- | --- | --- | --- | --- |
//! | [`CrossEntropy`] | -Σ t ln p | p Σt - t | [0, ∞) | labels, or probabilities t: classes |
//! | [`Nll`] | -x_label | -1 at the label | ℝ | labels: classes, by logarithms of probabilities |
//! | [`GeneralizedCrossEntropy`] | (1 - p_label^q)/q | p_label^q (p - t) | [0, 1/q) | labels that may be wrong |
//! | [`CategoricalFocal`] | -α (1 - p_label)^γ ln p_label | see there | [0, ∞) | labels: few hard among many easy |
//! | [`MultiMargin`] | v_label/C Σ over i ≠ label of max(0, m - x_label + x_i)^p | see there | [0, ∞) | labels: support vectors |
//! | [`CategoricalHinge`] | max(0, 1 - x_label + max x_i), i ≠ label | 1 at i, -1 at the label | [0, ∞) | labels: support vectors |
//! | [`MultiLabelMargin`] | 1/C Σ max(0, 1 - x_j + x_i), j of the right classes and i of the others | see there | [0, ∞) | values: several labels a row, ranked |
//! | [`Dice`] | 1 - 2 Σxt/(Σx + Σt) | see there | [0, 1] | values: sets, masks of pictures |
//! | [`Tversky`] | 1 - I/(I + α P + β N) | see there | [0, 1] | values: the same, where misses cost more |
//!
//! Each reduces the rows to their mean (the default), their sum, or the mean over the batch of the sums
//! over the rows ([`Reduction`]), with a weight per row if the target is
//! [`weighted`](Target::weighted). The losses of the rows themselves come from [`Loss::each`]. Losses of
//! labels can ignore one, and have weights of classes and label smoothing where those make sense: see
//! [`CrossEntropy`]. What cannot be right is an error that names the row and the numbers:
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
//! The cross entropy of logits that are too many to stand in memory, fused with the product that makes
//! them, is an op of the crate `neuropil-nn`: `LinearCrossEntropyOp`. Entropies and divergences of
//! distributions are functions in [`information`].
//!
//! A loss of your own implements [`Loss`]: which targets it takes and what the loss of a row is, on
//! plain loops or with the [`simd`] crate, which is exported here. One that looks at each number alone is
//! two formulas: [`ElementwiseLoss`].
//!
//! The losses of the rows are added in `f64` in their order; what is summed within a row is summed in
//! the order of [`simd::reduce`]. So the result depends on neither the instruction set (where
//! multiply and add fuse) nor on how rows are dealt out to threads.
//!
//! # Costs
#![doc = include_str!("costs.md")]
#![forbid(unsafe_code)]

mod binary_cross_entropy;
mod binary_cross_entropy_with_logits;
mod binary_focal;
mod categorical_focal;
mod categorical_hinge;
mod class_weights;
mod cross_entropy;
mod dice;
mod elementwise;
mod error;
mod generalized_cross_entropy;
mod hinge;
mod hinge_embedding;
mod huber;
pub mod information;
mod joint;
mod kl_divergence;
mod log_cosh;
mod loss;
mod lp;
mod mean_absolute_error;
mod mean_absolute_percentage_error;
mod mean_squared_error;
mod mean_squared_log_error;
mod multi_label_margin;
mod multi_label_soft_margin;
mod multi_margin;
mod nll;
mod of_cross_entropy;
mod perceptron_criterion;
mod poisson_nll;
mod powers;
mod quantile;
mod reductions;
mod shapes;
mod smooth_l1;
mod soft_margin;
mod squared_hinge;
mod target;
mod tversky;
mod weights;

pub use binary_cross_entropy::BinaryCrossEntropy;
pub use binary_cross_entropy_with_logits::BinaryCrossEntropyWithLogits;
pub use binary_focal::BinaryFocal;
pub use categorical_focal::CategoricalFocal;
pub use categorical_hinge::CategoricalHinge;
pub use cross_entropy::CrossEntropy;
pub use dice::Dice;
pub use elementwise::ElementwiseLoss;
pub use error::LossError;
pub use generalized_cross_entropy::GeneralizedCrossEntropy;
pub use hinge::Hinge;
pub use hinge_embedding::HingeEmbedding;
pub use huber::Huber;
pub use joint::JointLoss;
pub use joint::cosine_embedding::CosineEmbedding;
pub use joint::ctc::{Ctc, CtcBatch, CtcLabels};
pub use joint::distance::{CosineDistance, Distance, LpDistance};
pub use joint::gaussian_nll::GaussianNll;
pub use joint::margin_ranking::MarginRanking;
pub use joint::triplet_margin::TripletMargin;
pub use joint::triplet_margin_with_distance::TripletMarginWithDistance;
pub use kl_divergence::KlDivergence;
pub use log_cosh::LogCosh;
pub use loss::{Loss, Prediction, Reduction};
pub use lp::Lp;
pub use mean_absolute_error::MeanAbsoluteError;
pub use mean_absolute_percentage_error::MeanAbsolutePercentageError;
pub use mean_squared_error::MeanSquaredError;
pub use mean_squared_log_error::MeanSquaredLogError;
pub use multi_label_margin::MultiLabelMargin;
pub use multi_label_soft_margin::MultiLabelSoftMargin;
pub use multi_margin::MultiMargin;
pub use neuropil_simd as simd;
pub use neuropil_simd::Float;
pub use nll::Nll;
pub use perceptron_criterion::PerceptronCriterion;
pub use poisson_nll::PoissonNll;
pub use quantile::Quantile;
pub use smooth_l1::SmoothL1;
pub use soft_margin::SoftMargin;
pub use squared_hinge::SquaredHinge;
pub use target::{Target, TargetKind, Weighted};
pub use tversky::Tversky;
pub use weights::Weights;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
