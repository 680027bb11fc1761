//! Neuropil and other libraries side by side: what `cargo xtask compare` does.
//!
//! A peer runs in a program of its own: the Rust peers are the programs of package `peers`, which is
//! built with one feature at a time; PyTorch and NumPy are scripts beside it. So a peer's threads,
//! memory, allocator and features touch neither ours nor another's, and one that does not build,
//! start or survive is reported and left out.
//!
//! - [`peer`], [`build`]: which peers there are, and how their programs come to be.
//! - [`message`], [`work`], [`connection`]: what is said between this program and theirs.
//! - [`program`]: a program that runs, dies or hangs.
//! - [`task`] and what is below it: the work with its numbers, which all get, and our result.
//! - [`agreement`]: whether a peer's result is ours; no time is quoted of one whose is not.
//! - [`run`]: all in turn. A round times each once, in an order that is shuffled for each round;
//!   what is quoted is the median of the rounds' ratios, since a machine that slows down for a while
//!   slows both sides of a round.
//! - [`report`], [`text`], [`json`]: the numbers as tables and as a file.
//! - [`options`]: the command line.

pub mod agreement;
pub mod build;
pub mod connection;
pub mod json;
pub mod message;
pub mod options;
pub mod peer;
pub mod program;
pub mod report;
pub mod run;
pub mod task;
pub mod text;
pub mod work;
