//! What Neuropil's speed is measured on, and how.
//!
//! - [`workload`]: the pieces of work, each with the operations that it cannot do without. The
//!   criterion benches (`cargo bench`) and the table (`cargo xtask bench`) time the same ones.
//! - [`peak`]: the multiply-adds of the bare machine, which every rate is compared with.
//! - [`measure`], [`statistics`], [`table`], [`report`]: the table. It is made in rounds; in each,
//!   every workload is built anew and its runs alternate with those of the peak, so that a machine
//!   that slows down for a while slows both, and the share of the peak stays true.
//!
//! ```text
//! cargo xtask bench                      the table, in about a minute
//! cargo xtask bench --quick              in some seconds, with a wider spread
//! cargo xtask bench --filter "step a"    only the workloads with these words in their names
//! cargo bench -p benches                 the same workloads under criterion, with its baselines
//! ```
#![forbid(unsafe_code)]

pub mod machine;
pub mod measure;
pub mod peak;
pub mod report;
pub mod statistics;
pub mod table;
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
