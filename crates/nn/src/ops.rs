//! The ops, one file each; layers record them.

mod activate;
mod arithmetic;
mod dropout;
mod linear;
mod loss;

pub use activate::Activate;
pub use arithmetic::{Add, Copy, Multiply};
pub use dropout::DropoutOp;
pub use linear::LinearOp;
pub use loss::LossOp;
