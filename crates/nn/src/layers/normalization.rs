//! Normalizations of rows, of channels of rows, and of weights, as layers.

pub mod group;
pub mod instance;
pub mod layer;
pub mod local_response;
pub mod rms;
pub mod spectral;
pub mod weight;
