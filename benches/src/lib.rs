//! What Neuropil's speed is measured on, and how.
//!
//! - [`workload`]: the pieces of work, each with what it cannot do without. The criterion benches
//!   (`cargo bench`) and the table (`cargo xtask bench`) time the same ones.
//! - [`layer`]: what the networks among them are made of.
//! - [`scale`], [`peak`], [`copy`]: what every rate is compared with: the multiply-adds of the bare
//!   machine, or the bandwidth of a copy.
//! - [`measure`], [`statistics`], [`report`]: the numbers. They are taken in rounds; in each, every
//!   workload is built anew and its runs alternate with those of its scale, so that a machine that
//!   slows down for a while slows both, and the share stays true.
//! - [`text`], [`table`], [`json`], [`html`], [`chart`]: the numbers as a table, a file, a page.
//! - [`store`], [`baseline`]: numbers that are kept, and what got slower since.
//! - [`options`]: the command line.
//! - [`compare`]: the same workloads beside other libraries, for `cargo xtask compare`.
//! - [`costs`]: what each member of a family costs for a number, for `cargo xtask costs`.
//!
//! ```text
//! cargo xtask bench                      the table, in some minutes
//! cargo xtask bench --quick              sooner, with a wider spread
//! cargo xtask bench --filter "step a"    only the workloads with these words in their names
//! cargo xtask bench --threads 1,2,4      on so many threads; 1,2 by default
//! cargo xtask bench --html bench.html    also a page with charts; --json for the numbers
//! cargo xtask bench --save before        keeps the results in target/bench/before.json
//! cargo xtask bench --baseline before    also what got slower than those, beyond noise
//! cargo bench -p benches                 the same workloads under criterion, with its baselines
//! ```
#![forbid(unsafe_code)]

pub mod baseline;
pub mod chart;
pub mod compare;
pub mod copy;
pub mod costs;
pub mod html;
pub mod image;
pub mod json;
pub mod layer;
pub mod machine;
pub mod measure;
pub mod options;
pub mod peak;
pub mod report;
pub mod scale;
pub mod statistics;
pub mod stopwatch;
pub mod store;
pub mod table;
pub mod text;
pub mod workload;

/// A thread pool of its own size; what runs in its `install` need not enter it in parallel work.
///
/// # Panics
/// If the system cannot start so many threads.
pub fn pool(threads: usize) -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .expect("the system starts a few threads")
}
