//! Measures the largest errors of the functions of `slices`: over all 2^32 arguments of `f32`, and
//! over the 10,000 points of `tests/golden` for `f64`. `cargo xtask sweep` runs this and writes the
//! table of `math` from what it prints.
//!
//! `cargo run --release -p neuropil-simd --example sweep -- all all 2`: a function or `all`, a level
//! or `all`, and how many threads.

#[path = "../tests/reference/mod.rs"]
mod reference;

use neuropil_simd::slices::*;
use neuropil_simd::{Level, Map, at};
use reference::{Fuses, Worst, golden, sweep, with_functions};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

/// A part of the 2^32 arguments that a thread takes at once.
const PART: u32 = 1 << 22;
const PARTS: u32 = 1 << 10;

/// The largest error at each level over all 2^32 arguments.
fn everywhere<F: Map + Send + Sync>(
    levels: &[Level],
    f: F,
    exact: fn(f64) -> f64,
    threads: usize,
) -> Vec<Worst<f32>> {
    let next = AtomicU32::new(0);
    let parts = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let part = next.fetch_add(1, Ordering::Relaxed);
                    if part >= PARTS {
                        break;
                    }
                    let first = part * PART;
                    let worst = sweep(levels, f, exact, first..=first + (PART - 1));
                    parts.lock().expect("no thread panics").push((part, worst));
                }
            });
        }
    });
    // In order, so that the first of equal errors is named whichever thread is faster.
    let mut parts = parts.into_inner().expect("no thread panics");
    parts.sort_by_key(|(part, _)| *part);
    let mut all = vec![Worst::none(); levels.len()];
    for (_, part) in parts {
        for (all, part) in all.iter_mut().zip(part) {
            all.see(part.error, part.x);
        }
    }
    all
}

fn measure<F: Map + Send + Sync>(
    name: &str,
    f: F,
    exact: fn(f64) -> f64,
    file: &[u8],
    levels: &[Level],
    threads: usize,
) {
    let start = Instant::now();
    let single = everywhere(levels, f, exact, threads);
    for (&level, single) in levels.iter().zip(single) {
        let double = golden(level, f, file);
        let fused = if at::<f32, _>(level, Fuses) { "fused" } else { "unfused" };
        println!("{name} {level} {fused} f32 {} {:?}", single.error, single.x);
        println!("{name} {level} {fused} f64 {} {:?}", double.error, double.x);
    }
    eprintln!("{name}: {:.0} s", start.elapsed().as_secs_f64());
}

macro_rules! run {
    ($($name:ident, $in_place:ident: $map:ident, $exact:expr, $golden:literal;)*) => {
        /// The names of the functions.
        const NAMES: &[&str] = &[$(stringify!($name)),*];

        fn run(chosen: &str, levels: &[Level], threads: usize) {$(
            if chosen == "all" || chosen == stringify!($name) {
                let file = include_bytes!(concat!("../tests/", $golden));
                measure(stringify!($name), $map, $exact, file, levels, threads);
            }
        )*}
    };
}
with_functions!(run);

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [function, level, threads] = &words[..] else {
        eprintln!("expected a function, a level and a number of threads, found {words:?}");
        return ExitCode::from(2);
    };
    if function != "all" && !NAMES.contains(&function.as_str()) {
        eprintln!("no function `{function}`; there are {}", NAMES.join(", "));
        return ExitCode::from(2);
    }
    let levels: Vec<Level> =
        Level::available().filter(|it| level == "all" || level == it.name()).collect();
    if levels.is_empty() {
        eprintln!("no level `{level}` on this machine");
        return ExitCode::from(2);
    }
    let Some(threads) = threads.parse().ok().filter(|&threads| threads > 0) else {
        eprintln!("`{threads}` is no number of threads");
        return ExitCode::from(2);
    };
    run(function, &levels, threads);
    ExitCode::SUCCESS
}
