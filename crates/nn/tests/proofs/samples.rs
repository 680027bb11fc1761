//! What the proofs are shown on.

#[path = "../samples/mod.rs"]
mod shared;

use neuropil_nn::prelude::*;
pub use shared::*;

/// The bits of all weights.
pub fn weight_bits(net: &Network) -> Vec<u32> {
    bits(net.params().weights())
}
