//! Where a network starts: initializers that fill a slice with its first weights.
//!
//! An [`Initializer`] writes a whole weight at once, given its shape, its [`Fan`] (how many inputs
//! feed one output and how many outputs one input feeds) and a source of random numbers. It speaks
//! plain slices and a `rand` generator, so it serves beside any tensor library.
//!
//! | initializer | law of a number | mean | variance | range | for |
//! | --- | --- | --- | --- | --- | --- |
//! | [`Zeros`], [`Ones`], [`Constant`] | one number c: 0, 1, your own | c | 0 | c | biases; gains of normalizations |
//! | [`ClassPrior`] | -ln((1 - p)/p) everywhere | that | 0 | that | the bias before a sigmoid whose class is rare |
//! | [`ForgetBias`] | value (1) in the forget gate, 0 elsewhere | | | | the bias of an LSTM |
//! | [`Chrono`] | ±ln u, u from U(1, longest - 1), in the forget and input gates | | | ±ln(longest - 1) | the bias of an LSTM with a long memory |
//! | [`Eye`] | gain (1) on the diagonal, 0 elsewhere | | | | dense layers that start as the identity |
//! | [`Dirac`] | 1 from channel d to channel d in the middle of the window, 0 elsewhere | | | | convolutions that start as the identity |
//! | [`Uniform`] | U(low, high), U(0, 1) by default | (low + high)/2 | (high - low)²/12 | low to high | a range of your own |
//! | [`UniformFanIn`] | U(-A, A), A = 1/√in | 0 | 1/(3 in) | ±A | biases as in PyTorch's `Linear` |
//! | [`Normal`] | N(mean, std²), N(0, 1) by default | mean | std² | all | a spread of your own |
//! | [`TruncatedNormal`] | N(mean, std²) between low (-2) and high (2) | mean, if the bounds lie around it | 0.7737 std², cut at 2 std | low to high | transformers; a spread without outliers |
//! | [`LecunUniform`] | U(-A, A), A = √(3/in) | 0 | 1/in | ±A | SELU; layers without activation |
//! | [`LecunNormal`] | N(0, 1/in) | 0 | 1/in | all | the same |
//! | [`XavierUniform`] | U(-A, A), A = gain √(6/(in + out)) | 0 | gain² · 2/(in + out) | ±A | tanh, sigmoid, softmax |
//! | [`XavierNormal`] | N(0, gain² · 2/(in + out)) | 0 | gain² · 2/(in + out) | all | the same |
//! | [`KaimingUniform`] | U(-A, A), A = gain √(3/fan) | 0 | gain²/fan | ±A | the ReLU family |
//! | [`KaimingNormal`] | N(0, gain²/fan) | 0 | gain²/fan | all | the same |
//! | [`VarianceScaling`] | N cut at 2 std, N or U, of variance scale/fan | 0 | scale/fan | ±2.27 √(scale/fan), all, ±√(3 scale/fan) | what Keras's initializers are |
//! | [`Siren`] | U(-A, A), A = 1/in first, then √(6/in)/ω | 0 | A²/3 | ±A | networks of sines |
//! | [`Sparse`] | 0 with a share of sparsity, else N(0, std²), std = 0.01 | 0 | (1 - sparsity) std² | all | many inputs, few of which should count |
//! | [`Orthogonal`] | orthonormal rows or columns, times a gain | 0 | gain²/max(rows, columns) | ±gain | the state of recurrent layers; deep networks |
//! | [`DeltaOrthogonal`] | [`Orthogonal`] in the middle of the window, 0 elsewhere | 0 | | ±gain | deep convolutions without normalization |
//! | [`Icnr`] | that of another initializer, each filter scale² times | | | | sub-pixel convolutions |
//!
//! `in` and `out` are fan-in and fan-out, `fan` one of them or their mean ([`FanMode`]). What depends on data, LSUV,
//! is a pass over a whole network (`neuropil_nn::Network::lsuv`).
//!
//! Xavier and Kaiming keep the size of the signal from layer to layer: the [`Nonlinearity`] says
//! which gain makes up for what its activation takes away.
//!
//! ```
//! use neuropil_initializers::{Fan, Initializer, KaimingNormal};
//! use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
//!
//! let shape = [784, 128]; // 784 inputs, 128 outputs
//! let mut w = vec![0.0_f32; 784 * 128];
//! let mut rng = ChaCha8Rng::seed_from_u64(42);
//! KaimingNormal::new().fill_f32(&mut w, &shape, Fan::of(&shape), &mut rng);
//!
//! let mean_square = w.iter().map(|w| w * w).sum::<f32>() / w.len() as f32;
//! assert!((mean_square.sqrt() - (2.0_f32 / 784.0).sqrt()).abs() < 5e-4);
//! ```
//!
//! # Costs
#![doc = include_str!("costs.md")]
#![forbid(unsafe_code)]

mod class_prior;
mod constant;
mod delta_orthogonal;
mod dirac;
mod error;
mod eye;
mod fan;
mod gates;
mod icnr;
mod initializer;
mod kaiming;
mod lecun;
mod nonlinearity;
mod normal;
mod orthogonal;
mod siren;
mod sparse;
mod truncated;
mod uniform;
mod variance_scaling;
mod xavier;

pub use class_prior::ClassPrior;
pub use constant::{Constant, Ones, Zeros};
pub use delta_orthogonal::DeltaOrthogonal;
pub use dirac::Dirac;
pub use error::InitializerError;
pub use eye::Eye;
pub use fan::{Fan, FanMode};
pub use gates::{Chrono, ForgetBias};
pub use icnr::Icnr;
pub use initializer::Initializer;
pub use kaiming::{KaimingNormal, KaimingUniform};
pub use lecun::{LecunNormal, LecunUniform};
pub use nonlinearity::Nonlinearity;
pub use normal::Normal;
pub use orthogonal::Orthogonal;
/// The source of random numbers in [`Initializer::fill`], so that an initializer of your own needs
/// no other crate.
pub use rand::Rng;
pub use siren::Siren;
pub use sparse::Sparse;
pub use truncated::TruncatedNormal;
pub use uniform::{Uniform, UniformFanIn};
pub use variance_scaling::VarianceScaling;
pub use xavier::{XavierNormal, XavierUniform};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
