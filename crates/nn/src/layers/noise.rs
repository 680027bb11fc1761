//! Rules that draw, as layers.

pub mod channel_dropout;
pub mod drop_connect;
pub mod drop_path;
pub mod elementwise;
pub mod variational;
