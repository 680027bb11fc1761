//! Prints how long each function takes for a number in the first-level cache, at every level.
//!
//! `cargo run --release -p neuropil-simd --example throughput`

use neuropil_simd::reduce::within;
use neuropil_simd::slices::*;
use neuropil_simd::{Float, Kernel, Lanes, Level, Map, at, rows};
use std::hint::black_box;
use std::time::Instant;

struct Apply<'a, T, F>(F, &'a [T], &'a mut [T]);

impl<T: Float, F: Map> Kernel<T> for Apply<'_, T, F> {
    type Out = ();
    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        for (x, y) in self.1.chunks_exact(V::LEN).zip(self.2.chunks_exact_mut(V::LEN)) {
            self.0.map(V::load(x)).store(y);
        }
    }
}

/// Nanoseconds of one call, the least of many runs.
fn least(mut work: impl FnMut()) -> f64 {
    let mut least = f64::INFINITY;
    for _ in 0..300 {
        let start = Instant::now();
        for _ in 0..10 {
            work();
        }
        least = least.min(start.elapsed().as_secs_f64() * 1e8);
    }
    least
}

/// Clock cycles in a nanosecond: a chain of shifts and exclusive ors, a cycle each.
fn cycles_per_nanosecond() -> f64 {
    const STEPS: usize = 20_000;
    let nanoseconds = least(|| {
        let mut x = black_box(1_u64);
        for _ in 0..STEPS {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
        }
        black_box(x);
    });
    (6 * STEPS) as f64 / nanoseconds
}

fn time<T: Float, F: Map>(level: Level, f: F, low: f64, high: f64) -> f64 {
    const COUNT: usize = 1024;
    let x: Vec<T> = (0..COUNT)
        .map(|i| T::of(low + (high - low) * ((i * 619) % COUNT) as f64 / COUNT as f64))
        .collect();
    let mut y = vec![T::ZERO; COUNT];
    least(|| at(level, Apply(f, black_box(&x), black_box(&mut y)))) / COUNT as f64
}

/// One of the reductions over two slices.
#[derive(Clone, Copy)]
enum Reduction {
    Sum,
    Dot,
    Largest,
    Argmax,
    LogSumExp,
}

struct Reduce<'a, T>(Reduction, &'a [T], &'a [T]);

impl<T: Float> Kernel<T> for Reduce<'_, T> {
    type Out = T;
    #[inline(always)]
    fn run<V: Lanes<T>>(self) -> T {
        match self.0 {
            Reduction::Sum => within::sum::<T, V>(self.1),
            Reduction::Dot => within::dot::<T, V>(self.1, self.2),
            Reduction::Largest => within::largest::<T, V>(self.1),
            Reduction::Argmax => T::of(within::argmax::<T, V>(self.1).unwrap_or_default() as f64),
            Reduction::LogSumExp => within::log_sum_exp::<T, V>(self.1),
        }
    }
}

fn time_reduction<T: Float>(level: Level, reduction: Reduction, count: usize) -> f64 {
    let x: Vec<T> = (0..count).map(|i| T::of((i % 7) as f64)).collect();
    let least = least(|| {
        black_box(at(level, Reduce(black_box(reduction), black_box(&x), black_box(&x))));
    });
    least / count as f64
}

/// The softmax of rows of a width.
struct Softmax<'a, T>(usize, &'a [T], &'a mut [T]);

impl<T: Float> Kernel<T> for Softmax<'_, T> {
    type Out = ();
    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        for (x, y) in self.1.chunks_exact(self.0).zip(self.2.chunks_exact_mut(self.0)) {
            rows::within::softmax::<T, V>(x, y);
        }
    }
}

fn time_softmax<T: Float>(level: Level, width: usize) -> f64 {
    let x: Vec<T> = (0..2000).map(|i| T::of((i % 7) as f64)).collect();
    let mut y = x.clone();
    let least = least(|| at(level, Softmax(width, black_box(&x), black_box(&mut y))));
    least / x.len() as f64
}

fn row<T: Float>(level: Level, clock: f64) {
    let times = [
        ("exp", time::<T, _>(level, Exp, -80.0, 80.0)),
        ("expm1", time::<T, _>(level, Expm1, -80.0, 80.0)),
        ("ln", time::<T, _>(level, Ln, 1e-3, 1e3)),
        ("log1p", time::<T, _>(level, Log1p, -0.9, 1e3)),
        ("sigmoid", time::<T, _>(level, Sigmoid, -20.0, 20.0)),
        ("softplus", time::<T, _>(level, Softplus, -20.0, 20.0)),
        ("tanh", time::<T, _>(level, Tanh, -4.0, 4.0)),
        ("erf", time::<T, _>(level, Erf, -4.0, 4.0)),
        ("erfc", time::<T, _>(level, Erfc, -4.0, 8.0)),
        ("sin", time::<T, _>(level, Sin, -300.0, 300.0)),
        ("cos", time::<T, _>(level, Cos, -300.0, 300.0)),
        ("sin of large angles", time::<T, _>(level, Sin, 1e7, 1e9)),
        ("softmax of rows of 10", time_softmax::<T>(level, 10)),
        ("softmax of rows of 1,000", time_softmax::<T>(level, 1000)),
        ("sum of 2,048", time_reduction::<T>(level, Reduction::Sum, 2048)),
        ("dot of 2,048", time_reduction::<T>(level, Reduction::Dot, 2048)),
        ("largest of 2,048", time_reduction::<T>(level, Reduction::Largest, 2048)),
        ("argmax of 2,048", time_reduction::<T>(level, Reduction::Argmax, 2048)),
        ("log_sum_exp of 2,048", time_reduction::<T>(level, Reduction::LogSumExp, 2048)),
        ("sum of 10", time_reduction::<T>(level, Reduction::Sum, 10)),
    ];
    for (name, ns) in times {
        println!("| {level} | {} | {name} | {ns:.3} | {:.2} |", T::NAME, ns * clock);
    }
}

fn main() {
    let clock = cycles_per_nanosecond();
    println!("clock: {clock:.2} GHz");
    println!("| level | type | function | ns | cycles |");
    println!("| --- | --- | --- | --- | --- |");
    for level in Level::available() {
        row::<f32>(level, clock);
        row::<f64>(level, clock);
    }
}
