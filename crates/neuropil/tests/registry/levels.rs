//! All of this at every instruction set of the machine, and what they compute side by side.

use crate::outputs::{self, FILE_VARIABLE, Output};
use neuropil::simd::{LEVEL_VARIABLE, Level};
use std::path::PathBuf;
use std::process::Command;

/// Units in the last place of the largest number of an output by which a level without fused
/// multiply-add may differ from one with it.
const UNFUSED_ULPS: f64 = 32.0;

/// Tests of what no level changes.
const ALIKE: [&str; 4] = ["docs::", "initializers::", "law::", "schedules::"];

/// Runs all other tests at a level, which is chosen once in a process: so they are started anew.
/// What the members compute there.
fn tested_at(level: Level) -> Vec<Output> {
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("outputs-{level}-{}", std::process::id()));
    let tests = Command::new(std::env::current_exe().expect("this program"))
        .args(ALIKE.iter().chain(&["levels::"]).flat_map(|skipped| ["--skip", skipped]))
        .env(LEVEL_VARIABLE, level.name())
        .env(FILE_VARIABLE, &file)
        .output()
        .expect("this program starts");
    let said = String::from_utf8_lossy(&tests.stdout);
    assert!(tests.status.success(), "at {level}:\n{said}");
    assert!(!said.contains(" 0 passed"), "nothing ran at {level}:\n{said}");
    let text = std::fs::read_to_string(&file).expect("the outputs");
    std::fs::remove_file(&file).expect("the file is there");
    let (name, outputs) = outputs::parse(&text).expect("what was written can be read");
    assert_eq!(name, level.name());
    outputs
}

/// AVX2 and AVX-512 agree to the bit; what has no fused multiply-add differs by a few last places.
fn compare(a: (Level, &[Output]), b: (Level, &[Output])) -> Result<(), String> {
    let ((a_level, a), (b_level, b)) = (a, b);
    assert_eq!(a.len(), b.len());
    let fused = ![a_level, b_level].contains(&Level::Portable);
    for (a, b) in a.iter().zip(b) {
        let what = format!("{} at {a_level} and {b_level}", a.what);
        assert_eq!((&a.what, a.bits.len()), (&b.what, b.bits.len()));
        let numbers = |output: &Output| -> Vec<f64> {
            output.bits.iter().map(|&bits| f64::from_bits(bits)).collect()
        };
        let (xs, ys) = (numbers(a), numbers(b));
        let largest = xs.iter().fold(f64::MIN_POSITIVE, |largest, x| largest.max(x.abs()));
        for (i, (x, y)) in xs.iter().zip(&ys).enumerate() {
            let error = (x - y).abs() / (a.epsilon * largest);
            let equal = if fused { a.bits[i] == b.bits[i] } else { error <= UNFUSED_ULPS };
            if !equal {
                return Err(format!("{what}: number {i} is {x} and {y}: {error} ULP"));
            }
        }
    }
    Ok(())
}

#[test]
fn all_tests_pass_at_every_level_and_the_bits_agree() {
    let of_level = |level| {
        let here = level == Level::current();
        (level, if here { outputs::all() } else { tested_at(level) })
    };
    let levels: Vec<_> = Level::available().map(of_level).collect();
    for pair in levels.windows(2) {
        assert_eq!(compare((pair[0].0, &pair[0].1), (pair[1].0, &pair[1].1)), Ok(()));
    }
}

#[test]
fn a_difference_between_levels_is_found() {
    let output = |numbers: [f64; 2]| {
        let bits = numbers.map(f64::to_bits).to_vec();
        [Output { what: "f".into(), epsilon: 0.5, bits }]
    };
    let compare = |levels: [Level; 2], other: [f64; 2]| {
        compare((levels[0], &output([1.0, 2.0])), (levels[1], &output(other))).is_ok()
    };
    let (fused, unfused) = ([Level::Avx2, Level::Avx512], [Level::Portable, Level::Avx2]);
    assert!(compare(fused, [1.0, 2.0]) && compare(unfused, [1.0, 2.0]));
    assert!(!compare(fused, [1.0, 2.000_000_1]) && compare(unfused, [1.0, 2.000_000_1]));
    // A unit is epsilon times the largest number, which is 1 here.
    assert!(compare(unfused, [33.0, 2.0]) && !compare(unfused, [33.1, 2.0]));
    assert!(!compare(unfused, [f64::NAN, 2.0]));
}
