//! Pooling and upsampling against slow and obvious forms of them, at every level of instructions
//! and on any number of threads.

mod bins;
mod edges;
mod naive;
mod refused;
mod upsampling;
mod windows;

use neuropil_simd::{Float, LEVEL_VARIABLE, Level};
use std::process::Command;

/// Whole numbers from -range to range that look arbitrary; sums of them are exact.
fn numbers<T: Float>(len: usize, range: u32, seed: u32) -> Vec<T> {
    let mut state = seed;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        T::of(f64::from((state >> 8) % (2 * range + 1)) - f64::from(range))
    };
    std::iter::repeat_with(next).take(len).collect()
}

fn bits<T: Float>(numbers: &[T]) -> Vec<u64> {
    numbers.iter().map(|x| x.to_f64().to_bits()).collect()
}

/// A level is chosen once in a process: the tests are started anew for the others.
#[test]
fn all_of_it_at_every_level() {
    for level in Level::available().filter(|level| *level != Level::current()) {
        let tests = Command::new(std::env::current_exe().expect("this program"))
            .args(["--skip", "all_of_it_at_every_level"])
            .env(LEVEL_VARIABLE, level.name())
            .output()
            .expect("this program starts");
        let said = String::from_utf8_lossy(&tests.stdout);
        assert!(tests.status.success(), "at {level}:\n{said}");
        assert!(!said.contains(" 0 passed"), "nothing ran at {level}:\n{said}");
    }
}
