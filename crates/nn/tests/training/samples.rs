//! What these tests train on.

#[path = "../samples/mod.rs"]
mod shared;

use neuropil_nn::prelude::*;
pub use shared::*;

/// Other samples of the same kind: what is learned from [`labelled`] is of no use here.
pub fn others(rows: usize, width: usize, classes: usize) -> Dataset {
    of_seed(2, rows, width, classes)
}
