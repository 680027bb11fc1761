//! Layers: modules that make weights and record ops.

mod dropout;
mod linear;
mod residual;
mod sequential;

pub use dropout::Dropout;
pub use linear::Linear;
pub use residual::Residual;
pub use sequential::Sequential;
