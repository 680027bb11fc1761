//! Forward, at every level.

use crate::naive;
use crate::runs::{CELLS, Case, assert_close};
use neuropil_simd::Level;

fn check(case: &Case) {
    let expected = naive::forward(case, &case.numbers());
    // Numbers of f32 are those of f64, so the same sequences are compared.
    for level in Level::available() {
        let what = format!("{case:?} at {level}");
        let (y, ..) = case.forward::<f64>(level, &case.numbers());
        assert_close(&what, &y, &expected, 1e-14);
    }
    let expected = naive::forward(case, &widened(case));
    for level in Level::available() {
        let what = format!("{case:?} at {level}");
        let (y, ..) = case.forward::<f32>(level, &case.numbers());
        assert_close(&what, &y, &expected, 2e-6);
    }
}

fn widened(case: &Case) -> crate::runs::Numbers<f64> {
    let (mut single, mut double) = (case.numbers::<f32>(), case.numbers::<f64>());
    for ((_, from), (_, to)) in single.all().into_iter().zip(double.all()) {
        *to = from.iter().map(|&x| f64::from(x)).collect();
    }
    double
}

#[test]
fn all_options() {
    for cell in CELLS {
        Case::options(cell).for_each(|case| check(&case));
    }
}

/// Widths around those of vectors and tiles, batches of several shards.
#[test]
fn sizes() {
    for cell in CELLS {
        for (rows, steps, inputs, hidden) in
            [(1, 1, 1, 3), (2, 3, 5, 16), (17, 2, 3, 17), (35, 5, 9, 33), (70, 3, 16, 8)]
        {
            let mut case = Case::new(cell, rows, steps, inputs, hidden);
            check(&case);
            let length = |row: usize| (row * 7 % steps + 1) as u32;
            case.lengths = Some((0..rows).map(length).collect());
            case.of.reverse = true;
            case.asks = (true, true);
            check(&case);
        }
    }
}
