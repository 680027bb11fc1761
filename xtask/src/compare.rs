//! `cargo xtask compare`: Neuropil and other libraries in turn, on the same work.
//!
//! A program of package `benches` does all of it: it builds the peers that are asked for, reports and
//! leaves out those that do not build, and measures. `cargo xtask compare --help` prints its options.

use lexopt::Parser;

use crate::{Failure, bench};

/// Passes the rest of the command line on.
pub(crate) fn run(arguments: &mut Parser) -> Result<(), Failure> {
    bench::start("compare", arguments)
}
