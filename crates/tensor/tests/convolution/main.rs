//! Convolutions against loops, at every level and on some threads, and what they refuse.

mod after;
mod images;
mod loops;
mod naive;
mod properties;
mod refuses;
mod runs;
mod threads;
