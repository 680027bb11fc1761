#![doc = include_str!("../README.md")]

mod arithmetic;
pub mod convolution;
mod error;
pub mod gemm;
pub mod grain;
mod layout;
pub mod padding;
pub mod pool;
mod print;
mod product;
pub mod recurrent;
mod reduce;
mod shape;
mod tensor;
mod view;
mod window;
mod work;

pub use error::ShapeError;
pub use reduce::Over;
pub use shape::{MAX_RANK, Shape};
pub use tensor::Tensor;
pub use view::{Iter, View};
pub use window::{Axes, Rounding, Window};
