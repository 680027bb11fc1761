//! Datasets, seeded batches and readers: from a file or a slice to the rows that a training step reads.
//!
//! - A [`Dataset`] is samples of one shape, numbers or indices, each with a target: class labels or numbers. A row may
//!   have a weight ([`weighted`](Dataset::weighted), [`balanced`](Dataset::balanced)) and, as a padded sequence, a
//!   length ([`sequences`](Dataset::sequences)). It is cheap to clone, and [`split`](Dataset::split),
//!   [`split_stratified`](Dataset::split_stratified), [`folds`](Dataset::folds) and [`take`](Dataset::take) copy no
//!   sample: they are orders over shared storage.
//! - [`Batches`] cut a dataset into mini-batches. A [`Batch`] is row numbers; whoever trains gathers the rows into a
//!   buffer of its own, so an epoch allocates nothing.
//! - Every random order is a pure function of its seed (and epoch): the same on every machine, in every version of
//!   this crate, whatever was shuffled before. A run that resumes at epoch 7 sees the batches that an uninterrupted
//!   run sees.
//! - [`Normalization`] and [`MeanFill`] learn from the training part, apply to every part, can be kept and undone.
//! - [`Text`], [`Vocabulary`] and [`Windows`] turn what runs in time into rows.
//! - Readers (feature `readers`, on by default): tables ([`Table`], [`Csv`]), text ([`Text::open`]), sequences ([`ts`])
//!   and arrays ([`idx`]), gzipped or plain, from a path or from memory ([`Source`]). They trust no byte: what is
//!   malformed is an error with the file and the line or offset, and nothing is unpacked or padded beyond a limit.
//! - One line for each well-known data set: [`iris`], [`wine`], [`breast_cancer`], [`digits`], [`diabetes`],
//!   [`penguins`], [`mnist`], [`japanese_vowels`], [`pride_and_prejudice`], [`airline`], [`co2`], [`sunspots`],
//!   [`sunspots_monthly`].
//!
//! The crate speaks slices and std types alone and depends on no other part of Neuropil.
//!
//! ```
//! use neuropil_data::Dataset;
//!
//! // Four samples of two numbers, and the class of each.
//! let inputs = vec![0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0];
//! let xor: Dataset = Dataset::labelled([2], inputs, vec![0, 1, 1, 0], 2)?;
//!
//! let mut batches = xor.batches(3);
//! let (mut x, mut labels) = ([0.0; 6], [0; 3]);
//! for epoch in 0..2 {
//!     batches.shuffle(42, epoch);
//!     for batch in &batches {
//!         batch.gather_inputs(&mut x[..2 * batch.len()]);
//!         batch.gather_labels(&mut labels[..batch.len()]);
//!     }
//! }
//! # Ok::<(), neuropil_data::DataError>(())
//! ```
#![forbid(unsafe_code)]

mod batches;
mod convert;
mod dataset;
mod error;
#[cfg(feature = "readers")]
pub mod idx;
mod inputs;
#[cfg(feature = "readers")]
mod known;
mod lengths;
mod normalization;
mod number;
mod permutation;
mod rows;
#[cfg(feature = "readers")]
mod source;
mod split;
mod statistics;
#[cfg(feature = "readers")]
mod table;
mod targets;
mod text;
#[cfg(feature = "readers")]
pub mod ts;
mod weights;
mod windows;

pub use batches::{Batch, Batches, Iter};
pub use dataset::Dataset;
pub use error::DataError;
pub use inputs::{InputKind, Inputs};
#[cfg(feature = "readers")]
pub use known::{
    BREAST_CANCER_CLASSES, IRIS_CLASSES, PENGUIN_CLASSES, airline, breast_cancer, co2, diabetes,
    digits, iris, japanese_vowels, mnist, penguins, pride_and_prejudice, sunspots,
    sunspots_monthly, wine,
};
pub use lengths::rows_first;
pub use normalization::{MeanFill, Normalization};
pub use number::Number;
#[cfg(feature = "readers")]
pub use source::{DEFAULT_LIMIT, Source};
#[cfg(feature = "readers")]
pub use table::{Categories, Csv, Encoding, Features, Missing, Table, TableData, TableInputs};
pub use targets::{TargetKind, Targets};
pub use text::{Text, Vocabulary};
pub use windows::{Windows, interpolate};

#[cfg(all(doctest, feature = "readers"))]
#[doc = include_str!("../README.md")]
struct Readme;
