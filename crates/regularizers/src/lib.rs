//! What keeps a network from learning its data by heart: penalties on weights, and dropout.
//!
//! A [`Regularizer`] adds a price for the weights to the objective, and its gradient to theirs.
//! [`Dropout`] silences units at random while training. Both speak plain slices in `f32` and `f64`.
//!
//! | name | what it does |
//! | --- | --- |
//! | [`L2`] | objective += λ/2 · Σw², gradient += λw: every step shrinks the weights |
//! | [`layer_norm`] | y = (x − mean)/√(variance + ε) · gain + shift, of each row |
//! | [`batch_norm`] | the same of each channel, over all rows of a batch |
//! | [`Dropout`] | y = x · mask / (1 − rate), each unit dropped with probability `rate` |
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
#![forbid(unsafe_code)]

pub mod batch_norm;
mod deviation;
mod dropout;
mod error;
mod l2;
pub mod layer_norm;
pub mod random;
mod regularizer;

pub use dropout::Dropout;
pub use error::RegularizerError;
pub use l2::L2;
pub use regularizer::Regularizer;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
