//! Back through time against differences of the formulas, and against rows alone.

use crate::naive;
use crate::runs::{CELLS, Case, assert_close};
use neuropil_simd::Level;

/// What the gradient of Σ y dy is by central differences.
#[test]
fn differences() {
    let step = 1e-5;
    for cell in CELLS {
        for case in Case::options(cell) {
            let (mut n, dy) = (case.numbers::<f64>(), case.dy::<f64>());
            let sum = |n: &crate::runs::Numbers<f64>| -> f64 {
                naive::forward(&case, n).iter().zip(&dy).map(|(y, dy)| y * dy).sum()
            };
            let mut expected = n.clone();
            for kind in 0..8 {
                for i in 0..n.all()[kind].1.len() {
                    let x = n.all()[kind].1[i];
                    n.all()[kind].1[i] = x + step;
                    let above = sum(&n);
                    n.all()[kind].1[i] = x - step;
                    let below = sum(&n);
                    n.all()[kind].1[i] = x;
                    expected.all()[kind].1[i] = (above - below) / (2.0 * step);
                }
            }
            for level in Level::available() {
                for adds in [false, true] {
                    let mut found = case.backward::<f64>(level, &n, adds);
                    for ((name, found), (_, expected)) in
                        found.all().into_iter().zip(expected.all())
                    {
                        let wanted = match name {
                            "b" | "d" => case.bias,
                            "h" | "c" => case.begins,
                            _ => true,
                        };
                        if !wanted {
                            continue;
                        }
                        let before = if adds { 0.5 } else { 0.0 };
                        let expected: Vec<f64> = expected.iter().map(|x| x + before).collect();
                        let what = format!("d{name} of {case:?} at {level}");
                        assert_close(&what, found, &expected, 1e-8);
                    }
                }
            }
        }
    }
}

/// A batch of several shards gives each row's gradients, and the weights' as their sums.
#[test]
fn rows_alone() {
    for cell in CELLS {
        let mut case = Case::new(cell, 37, 6, 5, 9);
        case.lengths = Some((0..37).map(|row| row * 5 % 6 + 1).collect());
        (case.begins, case.asks) = (true, (true, true));
        let n = case.numbers::<f64>();
        let mut found = case.backward(Level::current(), &n, false);
        let mut sums = n.clone();
        sums.all().into_iter().for_each(|(_, values)| values.fill(0.0));
        let width = |len: usize| len / case.rows;
        for row in 0..case.rows {
            // The row among others that are like it, since dy is made by place.
            let mut alone = n.clone();
            for (name, values) in alone.all() {
                if matches!(name, "x" | "h" | "c") {
                    let width = width(values.len());
                    let of_row = values[row * width..(row + 1) * width].to_vec();
                    *values = of_row;
                }
            }
            let one = Case {
                rows: 1,
                lengths: case.lengths.as_ref().map(|lengths| vec![lengths[row]]),
                ..case.clone()
            };
            let dy = case.dy::<f64>();
            let width = case.outputs().row;
            let mut gradient = one.backward_of(&alone, &dy[row * width..(row + 1) * width]);
            for ((name, sums), (_, of_row)) in sums.all().into_iter().zip(gradient.all()) {
                match name {
                    "x" | "h" | "c" => {
                        let width = of_row.len();
                        sums[row * width..(row + 1) * width].copy_from_slice(of_row);
                    }
                    _ => sums.iter_mut().zip(of_row).for_each(|(sum, of_row)| *sum += *of_row),
                }
            }
        }
        for ((name, found), (_, expected)) in found.all().into_iter().zip(sums.all()) {
            assert_close(&format!("d{name} of {case:?}"), found, expected, 1e-12);
        }
    }
}
