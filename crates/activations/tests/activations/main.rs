//! What holds for every activation, shown on all of them: see `registry`.

mod gradients;
mod in_place;
mod inputs;
mod lengths;
mod levels;
mod members;
mod outside;
mod precision;
mod registry;
