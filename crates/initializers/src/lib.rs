//! Where a network starts: initializers that fill a slice with its first weights.
//!
//! An [`Initializer`] writes a whole weight at once, given its shape, its [`Fan`] (how many inputs
//! feed one output and how many outputs one input feeds) and a source of random numbers. It speaks
//! plain slices and a `rand` generator, so it serves beside any tensor library.
//!
//! | initializer | distribution | for |
//! | --- | --- | --- |
//! | [`Zeros`], [`Ones`], [`Constant`] | one number | biases; gains of normalizations |
//! | [`Uniform`] | U(low, high) | a range of your own |
//! | [`UniformFanIn`] | U(-1/√in, 1/√in) | weights and biases as in PyTorch's `Linear` |
//! | [`Normal`] | N(mean, std²) | a spread of your own |
//! | [`XavierUniform`], [`XavierNormal`] | variance gain² · 2/(in + out) | tanh, sigmoid, softmax |
//! | [`KaimingUniform`], [`KaimingNormal`] | variance gain²/in | the ReLU family |
//! | [`Orthogonal`] | orthonormal rows or columns, times a gain | the state of recurrent layers |
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
#![forbid(unsafe_code)]

mod constant;
mod error;
mod fan;
mod initializer;
mod kaiming;
mod nonlinearity;
mod normal;
mod orthogonal;
mod uniform;
mod xavier;

pub use constant::{Constant, Ones, Zeros};
pub use error::InitializerError;
pub use fan::{Fan, FanMode};
pub use initializer::Initializer;
pub use kaiming::{KaimingNormal, KaimingUniform};
pub use nonlinearity::Nonlinearity;
pub use normal::Normal;
pub use orthogonal::Orthogonal;
/// The source of random numbers in [`Initializer::fill`], so that an initializer of your own needs
/// no other crate.
pub use rand::Rng;
pub use uniform::{Uniform, UniformFanIn};
pub use xavier::{XavierNormal, XavierUniform};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
