//! What a second thread costs and gains: where the thresholds of `neuropil_tensor::grain` come from.
//!
//! `cargo run --release -p neuropil-tensor --example grain` does each kind of work at several sizes
//! whole on one thread of a pool of two, and as two halves under `rayon::join`, in turn. It prints
//! the median times and the median of the ratios: below 1, the second thread pays.

use neuropil_simd::{AlignedVec, slices};
use neuropil_tensor::gemm::{
    Matrix, MatrixMut, Packed, Plain, RowLayer, RowLayers, gemm, scratch_len,
};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// How long each pair is measured.
const PATIENCE: Duration = Duration::from_millis(300);

/// The median.
fn middle(mut x: Vec<f64>) -> f64 {
    x.sort_by(f64::total_cmp);
    x[x.len() / 2]
}

/// Both ways in turn, after each other without a pause, as the steps of a training follow each
/// other: the threads are awake.
fn row(name: &str, size: usize, mut whole: impl FnMut(), mut halves: impl FnMut()) {
    let (mut one, mut two, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    let time = |run: &mut dyn FnMut()| {
        let start = Instant::now();
        for _ in 0..16 {
            run();
        }
        start.elapsed().as_secs_f64() / 16.0 * 1e6
    };
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        let (a, b) = (time(&mut whole), time(&mut halves));
        one.push(a);
        two.push(b);
        ratios.push(b / a);
    }
    println!(
        "| {name} | {size} | {:.2} | {:.2} | {:.2} |",
        middle(one),
        middle(two),
        middle(ratios)
    );
}

fn numbers(len: usize) -> AlignedVec<f32> {
    let mut numbers = AlignedVec::zeros(len);
    for (i, x) in numbers.iter_mut().enumerate() {
        *x = (i * 7919 % 1024) as f32 / 512.0 - 1.0;
    }
    numbers
}

/// Products of square matrices, the halves by rows.
fn products() {
    for side in [48, 64, 80, 96, 112, 120] {
        let (a, b, mut c) = (numbers(side * side), numbers(side * side), numbers(side * side));
        let mut d = c.clone();
        let scratch = || AlignedVec::<f32>::zeros(scratch_len::<f32>(side, side, side));
        let (mut first, mut second, mut third) = (scratch(), scratch(), scratch());
        let b = Matrix::new(&b, side, side);
        let half = side / 2 * side;
        let product = |a: &[f32], c: &mut [f32], scratch: &mut [f32]| {
            let rows = a.len() / side;
            let (a, c) = (Matrix::new(black_box(a), rows, side), MatrixMut::new(c, rows, side));
            gemm(a, b, 0.0, c, Plain, scratch);
        };
        let halves = || {
            let (upper, lower) = d.split_at_mut(half);
            rayon::join(
                || product(&a[..half], upper, &mut second),
                || product(&a[half..], lower, &mut third),
            );
        };
        row("product, multiplications", side.pow(3), || product(&a, &mut c, &mut first), halves);
    }
}

/// One row through a square layer, the halves by columns.
fn single_rows() {
    // From 512 on the whole would be shared, too.
    for side in [64, 128, 192, 256, 384, 448] {
        let weight = numbers(side * side);
        let layer = |cols| {
            let matrix = Matrix::with_strides(&weight, side, cols, side, 1);
            let weights = [Packed::new(matrix)];
            let layer = RowLayer { weight: 0, bias: None, relu: false, x: 0, y: side };
            (RowLayers::new(&[layer], &weights), weights)
        };
        let (whole, left, right) = (layer(side), layer(side / 2), layer(side / 2));
        let (mut x, mut y, mut z) = (numbers(2 * side), numbers(2 * side), numbers(2 * side));
        row(
            "row, weights",
            side * side,
            || whole.0.run(&whole.1, &[], &mut x),
            || {
                rayon::join(
                    || left.0.run(&left.1, &[], &mut y),
                    || right.0.run(&right.1, &[], &mut z),
                );
            },
        );
    }
}

/// Functions of each number.
fn elements() {
    let add: fn(&[f32], &mut [f32]) = |x, y| {
        for (y, x) in y.iter_mut().zip(x) {
            *y += x;
        }
    };
    for (name, function) in [("add, numbers", add), ("exp, numbers", slices::exp as _)] {
        for len in [4, 8, 16, 32, 64, 128, 256].map(|k| k * 1024) {
            let (x, mut y) = (numbers(len), numbers(len));
            let mut z = y.clone();
            let half = len / 2;
            row(
                name,
                len,
                || function(black_box(&x), &mut y),
                || {
                    let (left, right) = z.split_at_mut(half);
                    rayon::join(|| function(&x[..half], left), || function(&x[half..], right));
                },
            );
        }
    }
}

fn main() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().expect("a pool of two");
    println!(
        "| work | size | whole: µs | halves: µs | ratio |\n| --- | ---: | ---: | ---: | ---: |"
    );
    pool.install(|| {
        row(
            "nothing",
            0,
            || (),
            || {
                rayon::join(|| (), || ());
            },
        );
        products();
        single_rows();
        elements();
    });
}
