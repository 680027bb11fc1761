//! How much work a piece must hold to be worth a thread: one table for all that is shared.
//!
//! Inside the pool, with threads that are awake, a join costs a tenth of a microsecond and the other
//! core takes its half after about one. So pieces of some five microseconds pay, on a machine with
//! nothing else to do; one that has waits longer for the second thread. The numbers below stand for
//! 5 to 10 microseconds a piece with AVX2. What `cargo run --release -p neuropil-tensor --example
//! grain` printed on two cores of an AMD EPYC (Zen 3), a whole against two halves (rows in a later
//! run, beside other work):
//!
//! | work | whole: µs | halves / whole |
//! | --- | ---: | ---: |
//! | product of 48^3, 64^3, 80^3, 112^3 | 2.5, 5.6, 10.7, 29 | 1.09, 0.80, 0.66, 0.82 |
//! | one row through 16K, 64K, 144K, 196K weights | 0.9, 3.7, 8.3, 11.8 | 1.68, 1.09, 0.82, 0.77 |
//! | adding 16K, 32K, 64K numbers | 1.8, 3.6, 7.2 | 1.24, 0.86, 0.71 |
//! | exp of 4K, 8K, 16K, 32K numbers | 1.9, 3.7, 7.6, 15.6 | 1.08, 0.80, 0.66, 0.68 |
//!
//! Thresholds change times only: bits do not depend on how work is cut.

/// Multiplications of a thread's part of a product: 10 microseconds. A product of fewer than two
/// such parts never touches the pool.
pub const PRODUCT: usize = 1 << 19;

/// Weights of a layer from which a single row is shared among threads, in parts of at most a quarter
/// as many: 2 microseconds, or the time to read as much from an outer cache.
pub const ROW: usize = 1 << 18;

/// Numbers of a piece of element-wise work: 2 to 8 microseconds. Work of fewer than two such pieces
/// never touches the pool.
pub const ELEMENTS: usize = 1 << 14;

/// Pieces from which work that comes from outside the pool is shared: to enter it takes 7 to 20
/// microseconds, and the threads of a server would queue there.
const FROM_OUTSIDE: usize = 8;

/// How many threads of the present pool some work is worth, in parts of `piece` or more; 1 is not to
/// touch the pool.
///
/// ```
/// use neuropil_tensor::grain::{ELEMENTS, threads};
/// assert_eq!(threads(2 * ELEMENTS - 1, ELEMENTS), 1);
/// assert_eq!(threads(2 * ELEMENTS, ELEMENTS), 1); // from outside it takes more
/// ```
#[inline]
pub fn threads(work: usize, piece: usize) -> usize {
    let pieces = work / piece;
    if pieces < 2 || pieces < FROM_OUTSIDE && rayon::current_thread_index().is_none() {
        return 1;
    }
    pieces.min(rayon::current_num_threads())
}
