//! What the crate promises, proven from outside: right gradients, the same bits however it is run,
//! trainings that go on where they stopped, and errors where the input is bad.

mod bad_input;
mod checkpoint;
mod copies;
mod dag;
mod determinism;
mod gradients;
mod linear_stack;
mod refused;
mod registry;
mod resume;
mod samples;
