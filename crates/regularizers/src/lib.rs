//! What keeps a network from learning its data by heart: penalties and constraints on weights,
//! averages of weights, mixed samples, dropout and its kin, and normalization.
//!
//! A [`Regularizer`] adds a price for the weights to the objective, and its gradient to theirs; as a
//! [`Proximal`] step it gives true zeros. A [`Constraint`] moves weights to where they may be after each
//! update, an [`Average`] follows them, a [`Mixture`] mixes the samples of a batch. [`Dropout`]
//! and the other rules that draw disturb units at random while training: each number by itself
//! ([`Noise`]) or units of several ([`UnitNoise`]). Normalizations are modules of functions, forward and
//! backward. All speak plain slices in `f32` and `f64`.
//!
//! | penalty | value | gradient | proximal step | when to use |
//! | --- | --- | --- | --- | --- |
//! | [`L1`] | λ Σ\|w\| | λ sign(w) | sign(w) max(\|w\| − rate λ, 0) | few weights are to remain |
//! | [`L2`] | λ/2 Σw² | λw | w/(1 + rate λ) | the usual one: small weights |
//! | [`ElasticNet`] | λ₁ Σ\|w\| + λ₂/2 Σw² | λ₁ sign(w) + λ₂w | that of L1, over 1 + rate λ₂ | few weights, and inputs that say the same |
//! | [`GroupLasso`] | λ√n Σ‖w_u‖ | λ√n w_u/‖w_u‖ | w_u max(1 − rate λ√n/‖w_u‖, 0) | whole units are to go |
//! | [`Orthogonal`] | λ‖WWᵀ − I‖² | 4λ(WWᵀ − I)W | | deep or recurrent nets: signals keep their length |
//!
//! | constraint | after each update | when to use |
//! | --- | --- | --- |
//! | [`MaxNorm`] | w_u min(1, max/‖w_u‖) | with dropout and high rates |
//! | [`NonNeg`] | max(w, 0) | parts that add up, monotone networks |
//! | [`UnitNorm`] | w_u/‖w_u‖ | directions alone count |
//! | [`MinMaxNorm`] | w_u to a length in \[min, max\], a share of the way | units are neither to die nor to grow |
//!
//! | average | the average becomes | when to use |
//! | --- | --- | --- |
//! | [`Ema`] | decay · average + (1 − decay) · w | nearly always: predicts better than the last weights |
//! | [`Swa`] | the mean of the weights since some update or epoch | the end of a training at a high rate |
//!
//! | mixture | sample i, with partner j | target | when to use |
//! | --- | --- | --- | --- |
//! | [`Mixup`] | λx_i + (1 − λ)x_j | λt_i + (1 − λ)t_j | classifiers of any numbers that are too sure |
//! | [`CutMix`] | x_j in a rectangle, else x_i | the same, λ the share outside | images |
//!
//! The rules that draw, in training; z is a normal draw, mask is 0 with probability p, else 1. None has a
//! state: the way back draws again.
//!
//! | rule | y | dx | when |
//! | --- | --- | --- | --- |
//! | [`Dropout`] | x · mask/(1 − p) | dy · mask/(1 − p) | wide dense layers; on a weight it is DropConnect, with one mask for all steps variational dropout |
//! | [`Dropout::classic`] | x · mask, in inference x · (1 − p) | dy · mask | as in the first papers |
//! | [`ChannelDropout`] | x · mask/(1 − p), one mask for a unit | dy · mask/(1 − p) | feature maps, whose neighbours are alike (Dropout1d to 3d); whole rows of a residual branch (DropPath) |
//! | [`AlphaDropout`] | a(x · mask − λα(1 − mask)) + b, λα = 1.758 that of SELU, a and b so that mean and variance stay | dy · a · mask | behind SELU: mean 0 and variance 1 stay |
//! | [`FeatureAlphaDropout`] | the same, one mask for a unit | dy · a · mask | feature maps behind SELU |
//! | [`GaussianDropout`] | x · (1 + z√(p/(1 − p))) | dy · (1 + z√(p/(1 − p))) | as dropout, nothing is lost altogether |
//! | [`GaussianNoise`] | x + σz | dy | on the data |
//!
//! Normalizations; μ and σ² are mean and variance, γ and β a gain and a shift:
//!
//! | functions | y | over | state | when |
//! | --- | --- | --- | --- | --- |
//! | [`batch_norm`] | (x − μ)/√(σ² + ε) · γ + β | a channel of all rows | running μ and σ² | convolutions in large batches |
//! | [`layer_norm`] | the same | a row | none | sequences; any size of batch |
//! | [`group_norm`] | the same | some channels of a row | none | images in small batches; a group a channel is instance normalization, for styles |
//! | [`rms_norm`] | x/√(mean of x² + ε) · γ | a row | none | as layer normalization, at half the work |
//! | [`local_response_norm`] | x/(k + α/size · Σx²)^β | neighbouring channels | none | networks of the time of AlexNet |
//! | [`weight_norm`] | g · v/‖v‖ | a weight's outputs | none | where rows must not be looked at |
//! | [`spectral_norm`] | w/σ(w) | a weight | first singular vectors | discriminators: the layer is 1-Lipschitz |
//!
//! Their gradients stand in their modules.
//!
//! The masks come from [`random`], a counter-based source: a draw is a function of a key and an
//! index, so nothing has to be saved for the way back, and pieces of a slice get the same mask as
//! the whole, in any order and on any number of threads.
//!
//! ```
//! use neuropil_regularizers::{Dropout, random};
//!
//! let dropout = Dropout::new(0.5)?;
//! let stream = random::key(&[42, 7]); // seed and step, say
//! let x = [1.0_f32; 100];
//! let mut y = [0.0; 100];
//! dropout.forward(stream, 0, &x, &mut y);
//! assert!(y.iter().all(|&y| y == 0.0 || y == 2.0));
//!
//! let mut dx = [0.0; 100];
//! dropout.backward(stream, 0, &x, &mut dx); // the same mask again
//! assert_eq!(dx, y);
//! # Ok::<(), neuropil_regularizers::RegularizerError>(())
//! ```
//!
//! # Costs
#![doc = include_str!("costs.md")]
#![forbid(unsafe_code)]

mod alpha_dropout;
mod average;
pub mod batch_norm;
mod channel_dropout;
mod constraint;
mod cut_mix;
mod deviation;
mod dropout;
mod elastic_net;
mod ema;
mod error;
mod feature_alpha_dropout;
mod gaussian_dropout;
mod gaussian_noise;
mod group_lasso;
pub mod group_norm;
mod l1;
mod l2;
pub mod layer_norm;
pub mod local_response_norm;
mod masked;
mod max_norm;
mod min_max_norm;
mod mixture;
mod mixup;
mod noise;
mod non_neg;
mod orthogonal;
mod proximal;
pub mod random;
mod regularizer;
pub mod rms_norm;
mod shrink;
pub mod spectral_norm;
mod swa;
mod unit_norm;
mod units;
pub mod weight_norm;

pub use alpha_dropout::AlphaDropout;
pub use average::{Average, take_average};
pub use channel_dropout::ChannelDropout;
pub use constraint::Constraint;
pub use cut_mix::CutMix;
pub use dropout::Dropout;
pub use elastic_net::ElasticNet;
pub use ema::Ema;
pub use error::RegularizerError;
pub use feature_alpha_dropout::FeatureAlphaDropout;
pub use gaussian_dropout::GaussianDropout;
pub use gaussian_noise::GaussianNoise;
pub use group_lasso::GroupLasso;
pub use l1::L1;
pub use l2::L2;
pub use max_norm::MaxNorm;
pub use min_max_norm::MinMaxNorm;
pub use mixture::{Mix, Mixture, partners};
pub use mixup::Mixup;
pub use noise::{Noise, UnitNoise};
pub use non_neg::NonNeg;
pub use orthogonal::Orthogonal;
pub use proximal::Proximal;
pub use regularizer::Regularizer;
pub use swa::Swa;
pub use unit_norm::UnitNorm;
pub use units::Units;

/// Normal draws that are made at a time.
const BLOCK: usize = 256;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
