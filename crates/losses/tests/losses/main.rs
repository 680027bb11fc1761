//! What is true of single losses. What holds for every one is shown by the registry, among the tests
//! of the crate `neuropil`.

mod ctc;
mod errors;
mod information;
mod inputs;
mod joint;
mod levels;
mod members;
mod options;
mod settings;
mod slow;
