//! What the crate promises, proven from outside: right gradients, the same bits however it is run,
//! trainings that go on where they stopped, and errors where the input is bad. What holds for every
//! layer and op is shown by the registry, among the tests of the crate `neuropil`.

mod bad_input;
mod batch_norm;
mod checkpoint;
mod convolution;
mod copies;
mod dag;
mod determinism;
mod linear_stack;
mod normalization;
mod refused;
mod resume;
mod samples;
mod single_row;
