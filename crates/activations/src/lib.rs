//! Activations with their derivatives, on slices, with SIMD, in `f32` and in `f64`.
//!
//! | activation | y | derivative | range | reads |
//! | --- | --- | --- | --- | --- |
//! | [`Identity`] | x | 1 | all | nothing |
//! | [`Step`] | 1 if x >= 0, else 0 | 0 | {0, 1} | nothing |
//! | [`Relu`] | max(x, 0) | 1 if y > 0, else 0 | [0, ∞) | output |
//! | [`Sigmoid`] | 1/(1 + e^-x) | y (1 - y) | (0, 1) | output |
//! | [`Tanh`] | tanh x | 1 - y² | (-1, 1) | output |
//! | [`Silu`] | x σ(x) | σ (1 + x (1 - σ)) | (-0.278.., ∞) | input |
//! | [`Gelu`] | x Φ(x), Φ the normal distribution | Φ + x e^(-x²/2)/√(2π) | (-0.170.., ∞) | input |
//! | [`Softplus`] | ln(1 + e^x) | 1 - e^-y | (0, ∞) | output |
//! | [`Softmax`] | e^(x_i) / Σ e^(x_j) over a row | y_i (dy_i - Σ dy_j y_j) | (0, 1), sum 1 | output |
//! | [`LogSoftmax`] | x_i - ln Σ e^(x_j) over a row | dy_i - e^(y_i) Σ dy_j | (-∞, 0] | output |
//! | [`Glu`] | a σ(b), a and b the halves of a row | σ(b), a σ(b) (1 - σ(b)) | all | input |
//!
//! All are [`Activation`]s: a forward that fills y, and a backward that *adds* dy · ∂y/∂x to dx, as
//! the chain rule over several paths wants it. What a derivative [reads](Reads) is what has to be
//! kept for it.
//!
//! ```
//! use neuropil_activations::{Activation, Tanh};
//!
//! let x = [-1.0_f32, 0.0, 2.0];
//! let mut y = [0.0; 3];
//! Tanh.forward(3, &x, &mut y);
//!
//! let dy = [1.0; 3];
//! let mut dx = [0.0; 3];
//! Tanh.backward(3, &[], &y, &dy, &mut dx); // from the output: x is not needed
//! assert_eq!(dx[1], 1.0);
//! ```
//!
//! An activation of your own that treats each number alone is two formulas: see [`Elementwise`]. They
//! are written with [`Lanes`] and [`math`], which come from the [`simd`] crate, and run on every
//! instruction set. NaN stays NaN in all of them.
#![forbid(unsafe_code)]

mod activation;
mod elementwise;
mod gelu;
mod glu;
mod identity;
mod log_softmax;
mod relu;
mod sigmoid;
mod silu;
mod softmax;
mod softplus;
mod step;
mod tanh;

pub use activation::Activation;
pub use elementwise::{Elementwise, Reads};
pub use gelu::Gelu;
pub use glu::Glu;
pub use identity::Identity;
pub use log_softmax::LogSoftmax;
pub use neuropil_simd as simd;
pub use neuropil_simd::{Float, Lanes, math};
pub use relu::Relu;
pub use sigmoid::Sigmoid;
pub use silu::Silu;
pub use softmax::Softmax;
pub use softplus::Softplus;
pub use step::Step;
pub use tanh::Tanh;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
