//! How much of the machine's multiply-add peak the matrix product reaches.
//!
//! `cargo run --release -p neuropil-tensor --example gemm_throughput [-- SHAPE ..]` with shapes
//! such as `64x784x128`, which is C = A B with A `[64, 784]` and B `[784, 128]`. For each shape it
//! prints GFLOP/s and the share of the peak, which is measured anew next to it, with B (NT) or A
//! (TN) transposed and with B packed before (NP), on one thread and on two. Each number is the
//! best of many repetitions.

use neuropil_simd::{AlignedVec, Float, Kernel, Lanes, Level, dispatch};
use neuropil_tensor::gemm::{Matrix, MatrixMut, Packed, Plain, Right, gemm, scratch_len};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// How long each number is measured.
const PATIENCE: Duration = Duration::from_millis(60);

/// Twelve chains of multiply-adds that never leave the registers; counts their operations.
struct Chains;

impl<T: Float> Kernel<T> for Chains {
    type Out = f64;
    #[inline(always)]
    fn run<V: Lanes<T>>(self) -> f64 {
        const STEPS: usize = 40_000;
        let (x, y) = (black_box(V::of(0.999)), black_box(V::of(0.001)));
        let mut sums = [y; 12];
        for _ in 0..STEPS {
            for sum in &mut sums {
                *sum = sum.mul_add(x, y);
            }
        }
        black_box(sums);
        (2 * 12 * STEPS * V::LEN) as f64
    }
}

/// The time of the fastest run, in seconds; takes turns until the patience ends.
fn fastest(mut run: impl FnMut()) -> f64 {
    run();
    let start = Instant::now();
    let (mut best, mut runs) = (f64::INFINITY, 0);
    while runs < 5 || start.elapsed() < PATIENCE {
        runs += 1;
        // Short runs are timed several at a time, or the clock would weigh.
        let repeat = (2e-6 / best.max(1e-9)).ceil().clamp(1.0, 200.0) as usize;
        let start = Instant::now();
        for _ in 0..repeat {
            run();
        }
        best = best.min(start.elapsed().as_secs_f64() / repeat as f64);
    }
    best
}

/// GFLOP/s of bare multiply-adds on all threads of the pool.
fn peak<T: Float>() -> f64 {
    let operations = dispatch::<T, _>(Chains);
    let seconds = fastest(|| {
        rayon::broadcast(|_| dispatch::<T, _>(Chains));
    });
    operations * rayon::current_num_threads() as f64 / seconds / 1e9
}

fn row<T: Float>([m, k, n]: [usize; 3]) {
    let numbers = |len: usize| {
        let mut numbers = AlignedVec::<T>::zeros(len);
        for (i, x) in numbers.iter_mut().enumerate() {
            *x = T::of((i * 7919 % 1024) as f64 / 512.0 - 1.0);
        }
        numbers
    };
    let (a, b, mut c) = (numbers(m * k), numbers(k * n), numbers(m * n));
    let mut scratch = AlignedVec::<T>::zeros(scratch_len::<T>(m, n, k));
    let (rows_of_a, columns_of_a) = (Matrix::new(&a, m, k), Matrix::new(&a, k, m).transposed());
    let (rows_of_b, columns_of_b) = (Matrix::new(&b, k, n), Matrix::new(&b, n, k).transposed());
    let packed = Packed::new(rows_of_b);

    let peak = peak::<T>();
    print!("{:>14} {} {peak:6.1}", format!("{m}x{k}x{n}"), T::NAME);
    for (a, b) in [
        (rows_of_a, Right::from(rows_of_b)),
        (rows_of_a, columns_of_b.into()),
        (columns_of_a, rows_of_b.into()),
        (rows_of_a, (&packed).into()),
    ] {
        let seconds = fastest(|| {
            let c = MatrixMut::new(&mut c, m, n);
            gemm(black_box(a), black_box(b), T::ZERO, c, Plain, &mut scratch);
        });
        let rate = (2 * m * n * k) as f64 / seconds / 1e9;
        print!(" | {:9.2} us {rate:6.1} {:3.0} %", seconds * 1e6, 100.0 * rate / peak);
    }
    println!();
}

fn main() {
    let mut shapes: Vec<[usize; 3]> = std::env::args()
        .skip(1)
        .map(|shape| {
            let sides: Vec<usize> = shape.split('x').map(|x| x.parse().unwrap()).collect();
            sides.try_into().expect("a shape such as 64x784x128")
        })
        .collect();
    if shapes.is_empty() {
        shapes = [8, 16, 24, 32, 48, 64, 96, 128, 256, 512, 1024].map(|n| [n; 3]).into();
        // Forward, the gradient of the weights (TN) and of the input (NT); one sample.
        shapes.extend([[64, 784, 128], [64, 128, 10], [784, 64, 128], [128, 512, 512]]);
        shapes.extend([[1, 784, 512], [1, 64, 64]]);
    }
    for threads in [1, 2] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        println!("{} level, {threads} thread(s); time, GFLOP/s, share of peak", Level::current());
        println!(
            "{:>14} type  peak | {:^23} | {:^23} | {:^23} | {:^23}",
            "m x k x n", "NN", "NT", "TN", "NP"
        );
        pool.install(|| {
            for &shape in &shapes {
                row::<f32>(shape);
                row::<f64>(shape);
            }
        });
    }
}
