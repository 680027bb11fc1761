//! What holds for every loss, shown on all of them: see `registry`.

mod errors;
mod gradients;
mod inputs;
mod levels;
mod members;
mod outside;
mod precision;
mod properties;
mod registry;
