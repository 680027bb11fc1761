//! Convolutions against loops, at every level and on some threads, and what they refuse.

mod loops;
mod naive;
mod properties;
mod runs;
