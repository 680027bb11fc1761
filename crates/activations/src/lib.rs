//! Activations with their derivatives, on slices, with SIMD, in `f32` and in `f64`.
//!
//! | activation | y | derivative | range | reads | when |
//! | --- | --- | --- | --- | --- | --- |
//! | [`Identity`] | x | 1 | all | nothing | outputs of regression |
//! | [`Step`] | 1 if x >= 0, else 0 | 0 | {0, 1} | nothing | the perceptron |
//! | [`Sign`] | 1, 0, -1 by the sign of x | 0 | {-1, 0, 1} | nothing | binarized networks |
//! | [`StraightThrough`] | f(x) | 1 where \|x\| <= bound | that of f | input | to learn through [`Step`], [`Sign`] |
//! | [`SigmoidSurrogate`] | f(x) | k σ(kx) (1 - σ(kx)) | that of f | input | spiking neurons |
//! | [`Threshold`] | x if x > θ, else v | 1 if x > θ, else 0 | v, (θ, ∞) | input | to cut off |
//! | [`Relu`] | max(x, 0) | 1 if y > 0, else 0 | [0, ∞) | output | the first choice of hidden layers |
//! | [`Relu6`] | min(max(x, 0), 6) | 1 if 0 < y < 6, else 0 | [0, 6] | output | numbers of few bits |
//! | [`LeakyRelu`] | x if x > 0, else a x | 1 if y > 0, else a | all | output | where units die |
//! | [`ThresholdedRelu`] | x if x > θ, else 0 | 1 if y > θ, else 0 | 0, (θ, ∞) | output | sparse codes |
//! | [`ReluSquared`] | max(x, 0)² | 2 √y | [0, ∞) | output | transformers |
//! | [`Elu`] | x if x > 0, else α (e^x - 1) | 1 if y > 0, else y + α | (-α, ∞) | output | means near zero |
//! | [`Celu`] | x if x > 0, else α (e^(x/α) - 1) | 1 if y > 0, else y/α + 1 | (-α, ∞) | output | the same, smooth for each α |
//! | [`Selu`] | λ x if x > 0, else λα (e^x - 1) | λ if y > 0, else y + λα | (-1.758.., ∞) | output | deep networks without normalization |
//! | [`Gelu`] | x Φ(x), Φ the normal distribution | Φ + x e^(-x²/2)/√(2π) | \[-0.16997, ∞) | input | transformers |
//! | [`GeluTanh`] | x σ(2u), u = √(2/π) (x + 0.044715 x³) | σ + x σ (1 - σ) 2u' | \[-0.1700, ∞) | input | weights trained with it |
//! | [`Silu`] | x σ(x) | σ (1 + x (1 - σ)) | \[-0.2785, ∞) | input | deep convolutional networks |
//! | [`Swish`] | x σ(βx) | σ (1 + βx (1 - σ)) | \[-0.2785/β, ∞) for β > 0 | input | SiLU with another bend |
//! | [`Mish`] | x tanh(ln(1 + e^x)) | w + x (1 - w²) σ(x), w the tanh | \[-0.3088, ∞) | input | detectors of objects |
//! | [`Hardswish`] | x min(max(x + 3, 0), 6)/6 | x/3 + 1/2 if \|x\| < 3, else 0 or 1 | [-0.375, ∞) | input | small devices |
//! | [`Softplus`] | ln(1 + e^x) | 1 - e^-y | (0, ∞) | output | positive outputs |
//! | [`ScaledSoftplus`] | ln(1 + e^(βx))/β | σ(βx) | (0, ∞) | input | softplus with another bend |
//! | [`Squareplus`] | (x + √(x² + b))/2 | y²/(y² + b/4) | (0, ∞) | output | softplus without exponentials |
//! | [`SparsePlus`] | (x + 1)²/4 if \|x\| < 1, else 0 or x | √min(y, 1) | [0, ∞) | output | softplus with true zeros |
//! | [`Exponential`] | e^x | y | (0, ∞) | output | rates |
//! | [`Sigmoid`] | 1/(1 + e^-x) | y (1 - y) | (0, 1) | output | probabilities, gates |
//! | [`LogSigmoid`] | ln σ(x) | 1 - e^y | (-∞, 0) | output | logarithms of probabilities |
//! | [`Hardsigmoid`] | min(max(x/6 + 1/2, 0), 1) | 1/6 if 0 < y < 1, else 0 | [0, 1] | output | gates on small devices |
//! | [`SparseSigmoid`] | min(max((x + 1)/2, 0), 1) | 1/2 if 0 < y < 1, else 0 | [0, 1] | output | gates that close |
//! | [`Tanh`] | tanh x | 1 - y² | (-1, 1) | output | recurrent networks |
//! | [`Hardtanh`] | min(max(x, low), high) | 1 if low < y < high, else 0 | [low, high] | output | tanh at no cost |
//! | [`Softsign`] | x/(1 + \|x\|) | (1 - \|y\|)² | (-1, 1) | output | tanh that saturates slowly |
//! | [`Tanhshrink`] | x - tanh x | tanh² x | all | input | sparse codes |
//! | [`Hardshrink`] | x if \|x\| > λ, else 0 | 1 if y ≠ 0, else 0 | all | output | sparse codes |
//! | [`Softshrink`] | x - min(max(x, -λ), λ) | 1 if y ≠ 0, else 0 | all | output | sparse codes |
//! | [`Gaussian`] | e^(-x²) | -2 x y | (0, 1] | both | radial basis functions |
//! | [`BentIdentity`] | (√(x² + 1) - 1)/2 + x | x/(2 √(x² + 1)) + 1 | all | input | a line that bends a little |
//! | [`Sine`] | sin(ω₀ x) | ω₀ cos(ω₀ x) | [-1, 1] | input | images as functions (SIREN) |
//! | [`Snake`] | x + sin²(a x)/a | 1 + sin(2 a x) | all | input | periodic data |
//! | [`Softmax`] | e^(x_i) / Σ e^(x_j) over a row | y_i (dy_i - Σ dy_j y_j) | (0, 1), sum 1 | output | one of several classes |
//! | [`LogSoftmax`] | x_i - ln Σ e^(x_j) over a row | dy_i - e^(y_i) Σ dy_j | (-∞, 0] | output | the same in logarithms |
//! | [`Softmin`] | e^(-x_i) / Σ e^(-x_j) over a row | -y_i (dy_i - Σ dy_j y_j) | (0, 1), sum 1 | output | distances as weights |
//! | [`SoftmaxPlusOne`] | e^(x_i) / (1 + Σ e^(x_j)) over a row | y_i (dy_i - Σ dy_j y_j) | (0, 1), sum < 1 | output | attention that may be silent |
//! | [`Sparsemax`] | max(x_i - τ, 0), the sum of a row 1 | dy_i - mean dy where y > 0 | [0, 1], sum 1 | output | few classes |
//! | [`GumbelSoftmax`] | softmax of (x + noise)/τ | y_i (dy_i - Σ dy_j y_j)/τ | (0, 1), sum 1 | output | samples of classes |
//! | [`Glu`] | a σ(b), a and b the halves of a row | σ(b), a σ(b) (1 - σ(b)) | all | input | gated convolutions |
//! | [`ReGlu`] | a max(b, 0) | max(b, 0), a if b > 0 | all | input | transformers |
//! | [`GeGlu`] | a g(b), g the GELU | g(b), a g'(b) | all | input | transformers |
//! | [`SwiGlu`] | a g(b), g the SiLU | g(b), a g'(b) | all | input | transformers |
//! | [`Maxout`] | the largest of some blocks of a row | 1 for the largest | all | both | activations that are learned |
//! | [`RRelu`] | x if x > 0, else a x, a random | 1 if x > 0, else a | all | input | small data |
//!
//! Activations with learned parameters (PReLU, swish, snake) and the layers of random ones are in the
//! crate `neuropil-nn`. Settings that cannot be are refused with an [`ActivationError`].
//!
//! All are [`Activation`]s, but for [`GumbelSoftmax`] and [`RRelu`], which need draws: a forward that fills y, and a backward that *adds* dy · ∂y/∂x to dx, as
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
//!
//! # Costs
#![doc = include_str!("costs.md")]
#![forbid(unsafe_code)]

mod activation;
mod bent_identity;
mod celu;
mod elementwise;
mod elu;
mod error;
mod exponential;
mod gate;
mod gaussian;
mod ge_glu;
mod gelu;
mod gelu_tanh;
mod glu;
mod gumbel_softmax;
mod hardshrink;
mod hardsigmoid;
mod hardswish;
mod hardtanh;
mod identity;
mod leaky_relu;
mod log_sigmoid;
mod log_softmax;
mod maxout;
mod mish;
mod r_relu;
mod re_glu;
mod relu;
mod relu6;
mod relu_squared;
mod scaled_softplus;
mod selu;
mod sigmoid;
mod sigmoid_surrogate;
mod sign;
mod silu;
mod sine;
mod snake;
mod softmax;
mod softmax_plus_one;
mod softmin;
mod softplus;
mod softshrink;
mod softsign;
mod sparse_plus;
mod sparse_sigmoid;
mod sparsemax;
mod squareplus;
mod step;
mod straight_through;
mod swi_glu;
mod swish;
mod tanh;
mod tanhshrink;
mod threshold;
mod thresholded_relu;

pub use activation::Activation;
pub use bent_identity::BentIdentity;
pub use celu::Celu;
pub use elementwise::{Elementwise, Reads};
pub use elu::Elu;
pub use error::ActivationError;
pub use exponential::Exponential;
pub use gaussian::Gaussian;
pub use ge_glu::GeGlu;
pub use gelu::Gelu;
pub use gelu_tanh::GeluTanh;
pub use glu::Glu;
pub use gumbel_softmax::GumbelSoftmax;
pub use hardshrink::Hardshrink;
pub use hardsigmoid::Hardsigmoid;
pub use hardswish::Hardswish;
pub use hardtanh::Hardtanh;
pub use identity::Identity;
pub use leaky_relu::LeakyRelu;
pub use log_sigmoid::LogSigmoid;
pub use log_softmax::LogSoftmax;
pub use maxout::Maxout;
pub use mish::Mish;
pub use neuropil_simd as simd;
pub use neuropil_simd::{Float, Lanes, math};
pub use r_relu::RRelu;
pub use re_glu::ReGlu;
pub use relu::Relu;
pub use relu_squared::ReluSquared;
pub use relu6::Relu6;
pub use scaled_softplus::ScaledSoftplus;
pub use selu::Selu;
pub use sigmoid::Sigmoid;
pub use sigmoid_surrogate::SigmoidSurrogate;
pub use sign::Sign;
pub use silu::Silu;
pub use sine::Sine;
pub use snake::Snake;
pub use softmax::Softmax;
pub use softmax_plus_one::SoftmaxPlusOne;
pub use softmin::Softmin;
pub use softplus::Softplus;
pub use softshrink::Softshrink;
pub use softsign::Softsign;
pub use sparse_plus::SparsePlus;
pub use sparse_sigmoid::SparseSigmoid;
pub use sparsemax::Sparsemax;
pub use squareplus::Squareplus;
pub use step::Step;
pub use straight_through::StraightThrough;
pub use swi_glu::SwiGlu;
pub use swish::Swish;
pub use tanh::Tanh;
pub use tanhshrink::Tanhshrink;
pub use threshold::Threshold;
pub use thresholded_relu::ThresholdedRelu;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
