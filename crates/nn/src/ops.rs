//! The ops, one file each; layers record them.

mod activate;
mod arithmetic;
mod batch_norm;
mod convolution;
mod dropout;
mod embedding;
mod linear;
mod loss;
mod pad;
mod parts;
mod pooling;
mod recurrent;

pub use activate::Activate;
pub use arithmetic::{Add, Copy, Multiply};
pub use batch_norm::BatchNormOp;
pub use convolution::{ConvOp, ConvTransposeOp};
pub use dropout::DropoutOp;
pub use embedding::EmbeddingOp;
pub use linear::LinearOp;
pub use loss::LossOp;
pub use pad::PadOp;
pub use parts::{ConcatOp, PartOp};
pub use pooling::adaptive::{AdaptiveAvgPoolOp, AdaptiveMaxPoolOp};
pub use pooling::average::AvgPoolOp;
pub use pooling::lp::LpPoolOp;
pub use pooling::max::MaxPoolOp;
pub use pooling::upsample::UpsampleOp;
pub use recurrent::{Gives, RecurrentOp};
