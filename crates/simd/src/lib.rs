#![doc = include_str!("../README.md")]
//!
//! ## Where things are
//!
//! | | |
//! | --- | --- |
//! | [`slices`] | the functions on slices |
//! | [`reduce`] | sums, dot products, extremes and where they are, log-sum-exp, and the order that they add in |
//! | [`rows`] | softmax, log-softmax, log-sum-exp and argmax of each row of a matrix |
//! | [`Map`], [`map()`], [`map_in_place`] | a function of your own on slices |
//! | [`reduce::Term`], [`reduce::sum_of`] | a sum of your own |
//! | [`Kernel`], [`dispatch`] | a loop of your own |
//! | [`Lanes`], [`math`], [`reduce::within`] | what kernels are written with |
//! | [`Float`] | `f32` or `f64` |
//! | [`Level`], [`at`], [`LEVEL_VARIABLE`] | which instructions run, for tests and benchmarks |
//! | [`AlignedVec`] | numbers that begin on a cache line |

mod aligned;
mod arch;
mod float;
mod lanes;
mod level;
mod map;
pub mod math;
pub mod reduce;
pub mod rows;
pub mod slices;

pub use aligned::{ALIGNMENT, AlignedVec};
pub use float::Float;
pub use lanes::{Kernel, Lanes};
pub use level::{LEVEL_VARIABLE, Level, at, dispatch};
pub use map::{Map, map, map_in_place};
