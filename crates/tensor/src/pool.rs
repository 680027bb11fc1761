//! Pooling and upsampling of channels: numbers `[channels, width]`, `[channels, height, width]` or
//! `[channels, depth, height, width]` of one row of a batch, any number of rows behind each other.
//!
//! Each kind is a plan, made from the shape of a row and the options, which says what is wrong with
//! them; then `forward` and `backward` work on slices and allocate nothing.
//!
//! | plan | y | PyTorch's function |
//! | --- | --- | --- |
//! | [`MaxPooling`] | the largest number in a window | `max_pool2d` |
//! | [`AveragePooling`] | the mean of a window | `avg_pool2d` |
//! | [`LpPooling`] | (Σ \|x\|^p)^(1/p) of a window | `lp_pool2d` |
//! | [`AdaptiveMax`], [`AdaptiveAverage`] | the same of so many bins | `adaptive_max_pool2d`, `adaptive_avg_pool2d` |
//! | [`Upsampling`] | the nearest number, or one between neighbours | `interpolate` |
//!
//! Every channel is worked on by itself, and every y of windows or bins is one chain in the order of
//! its numbers (that of a bin which is a whole channel is the canonical order of
//! [`neuropil_simd::reduce`]): the bits depend on no thread.

mod adaptive;
mod average;
mod bins;
mod lp;
mod max;
mod planes;
mod share;
mod sliding;
mod sums;
mod upsample;
mod whole;

pub use adaptive::{AdaptiveAverage, AdaptiveMax};
pub use average::{AveragePooling, Divisor};
pub use lp::LpPooling;
pub use max::MaxPooling;
pub use upsample::{Interpolation, Upsampling};
