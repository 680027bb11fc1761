//! Neural networks, trained and run on a CPU: one import for all of Neuropil.
//!
//! A [`Network`] is made of a module, most often [`Sequential`], and a seed. A [`Trainer`] fits it
//! to a [`data::Dataset`]; [`Network::predict`] and, for many threads, a [`Predictor`] use it.
//! Whoever needs several inputs or outputs records a [`Graph`] and runs a [`Plan`] over [`Params`].
//!
//! ```
//! use neuropil::prelude::*;
//!
//! // XOR
//! let inputs = vec![0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0];
//! let data = Dataset::labelled([2], inputs, vec![0, 1, 1, 0], 2)?;
//!
//! let layers = Sequential::new().then(Linear::new(2, 8)).then(Tanh).then(Linear::new(8, 2));
//! let mut net = Network::new(layers, [2], 42)?;
//! Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?
//!     .rate(0.05)
//!     .fit(&data, Fit::epochs(100))?;
//! assert_eq!(net.evaluate(&data, Accuracy)?, 1.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The parts are crates of their own, found here under short names: [`simd`], [`tensor`],
//! [`activations`], [`losses`], [`initializers`], [`regularizers`], [`optimizers`], [`data`]. All
//! but `tensor` speak plain slices, and all are of use without a network. What stands at the top is
//! the crate `neuropil-nn`.
//!
//! Some names occur twice, and are told apart by their module: the layer [`Dropout`] and its rule
//! [`regularizers::Dropout`], the layers [`RRelu`] and [`GumbelSoftmax`] and their rules in
//! [`activations`], the activation [`activations::Threshold`] and a metric's [`Threshold`], the activation
//! [`activations::Step`] and an optimizer's
//! [`optimizers::Step`], a loss's [`losses::TargetKind`] and a data set's [`data::TargetKind`], the
//! constant start [`initializers::Constant`] and the constant rate [`optimizers::Constant`], where a
//! gradient goes ([`Target`]) and what a loss compares with ([`losses::Target`]), [`inspect::Rule`]
//! and [`optimizers::Rule`], an op's [`Inputs`] and [`data::Inputs`]. The [`prelude`] has at most one
//! of each.
#![forbid(unsafe_code)]

pub use neuropil_activations as activations;
pub use neuropil_data as data;
pub use neuropil_initializers as initializers;
pub use neuropil_losses as losses;
#[doc(inline)]
pub use neuropil_nn::*;
pub use neuropil_optimizers as optimizers;
pub use neuropil_regularizers as regularizers;
pub use neuropil_simd as simd;
pub use neuropil_tensor as tensor;

/// What most programs want in scope: `use neuropil::prelude::*;`.
pub mod prelude {
    pub use neuropil_data::{MeanFill, Normalization, Text, Windows};
    #[cfg(feature = "readers")]
    pub use neuropil_data::{Missing, Table, mnist};
    pub use neuropil_nn::prelude::*;
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// The page of the whole workspace.
#[cfg(all(doctest, feature = "readers"))]
#[doc = include_str!("../../../README.md")]
struct Workspace;
