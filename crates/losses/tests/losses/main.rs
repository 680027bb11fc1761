//! What is true of single losses. What holds for every one is shown by the registry, among the tests
//! of the crate `neuropil`.

mod errors;
mod inputs;
mod levels;
mod members;
