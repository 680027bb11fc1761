//! What is true of single activations. What holds for every one is shown by the registry, among the
//! tests of the crate `neuropil`.

mod edges;
mod inputs;
mod levels;
mod members;
