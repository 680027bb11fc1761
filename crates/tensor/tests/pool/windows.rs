//! Windows of all kinds: maxima, averages, norms, and their gradients.

use crate::naive::{Naive, Seen};
use crate::{bits, numbers};
use neuropil_simd::Float;
use neuropil_tensor::pool::{AveragePooling, Divisor, LpPooling, MaxPooling};
use neuropil_tensor::{Rounding, Window};
use std::num::NonZeroUsize;

const ROWS: usize = 2;
const CHANNELS: usize = 3;

/// A window on every axis, all alike but for the strides.
fn windows<const N: usize>(window: Window, strides: [usize; N]) -> [Window; N] {
    strides.map(|stride| Window { stride, ..window })
}

/// Calls `check` for a grid of windows on axes of some lengths.
fn grid<const N: usize>(
    lengths: &[[usize; N]],
    check: impl Fn([usize; N], [Window; N], Rounding, &Naive),
) {
    let mut tried = 0;
    for &input in lengths {
        for kernel in 1_usize..=4 {
            for stride in 1..=3 {
                for dilation in 1..=2 {
                    let reach = (kernel - 1) * dilation + 1;
                    for padding in 0..=reach / 2 {
                        for rounding in [Rounding::Down, Rounding::Up] {
                            let (before, after) = (padding, padding);
                            let window = Window { kernel, stride, dilation, before, after };
                            let mut strides = [stride; N];
                            strides[0] = 1 + stride % 2;
                            for windows in [[window; N], windows(window, strides)] {
                                if let Some(naive) = Naive::new(&input, &windows, rounding) {
                                    check(input, windows, rounding, &naive);
                                    tried += 1;
                                }
                            }
                        }
                    }
                }
            }
        }
    }
    assert!(tried > 100, "{tried} windows fit");
}

fn all_ranks(
    one: impl Fn([usize; 1], [Window; 1], Rounding, &Naive),
    two: impl Fn([usize; 2], [Window; 2], Rounding, &Naive),
    three: impl Fn([usize; 3], [Window; 3], Rounding, &Naive),
) {
    grid(&[[1], [4], [5], [11], [20], [37]], one);
    grid(&[[1, 1], [4, 5], [6, 9], [3, 17], [7, 33]], two);
    grid(&[[2, 4, 5], [3, 3, 12]], three);
}

/// A shape with channels in front.
fn shape(input: &[usize]) -> Vec<usize> {
    [&[CHANNELS], input].concat()
}

fn same<T: Float>(what: &str, found: &[T], expected: &[T]) {
    assert_eq!(bits(found), bits(expected), "{what} in {}:\n{found:?}\n{expected:?}", T::NAME);
}

/// The largest number and its place, as PyTorch finds them.
fn largest<T: Float>(x: &[T], seen: &Seen) -> (T, u32) {
    let mut largest = T::ZERO - T::INFINITY;
    let mut place = seen.places.first().map_or(u32::MAX, |&at| at as u32);
    for &at in &seen.places {
        if x[at] > largest || x[at].is_nan() {
            (largest, place) = (x[at], at as u32);
        }
    }
    (largest, place)
}

fn maxima<T: Float, const N: usize>(
    input: [usize; N],
    windows: [Window; N],
    rounding: Rounding,
    naive: &Naive,
) {
    let what = format!("{windows:?}, {rounding:?} on {input:?}");
    let pool = MaxPooling::new(shape(&input), windows, rounding).expect(&what);
    assert_eq!(pool.output().dims()[1..], naive.output, "{what}");
    let (from, to) = (input.iter().product::<usize>(), naive.windows.len());
    let channels = ROWS * CHANNELS;
    // Few different numbers, so that ties are many, and some that are none.
    let mut x: Vec<T> = numbers(channels * from, 2, 1);
    for i in (0..x.len()).step_by(7) {
        x[i] = [T::NAN, T::INFINITY, T::ZERO - T::INFINITY][i % 3];
    }
    x[..from].fill(T::ZERO - T::INFINITY);
    let expected: Vec<(T, u32)> =
        x.chunks(from).flat_map(|x| naive.windows.iter().map(|seen| largest(x, seen))).collect();
    let (expected_y, expected_places): (Vec<T>, Vec<u32>) = expected.into_iter().unzip();
    let (mut y, mut places) = (vec![T::NAN; channels * to], vec![7; channels * to]);
    pool.forward(&x, &mut y, &mut places);
    same(&what, &y, &expected_y);
    assert_eq!(places, expected_places, "{what}");

    let dy: Vec<T> = numbers(y.len(), 9, 2);
    let mut expected: Vec<T> = numbers(x.len(), 9, 3);
    let (mut dx, mut over) = (expected.clone(), vec![T::NAN; x.len()]);
    let mut cleared = vec![T::ZERO; x.len()];
    for (i, (&dy, &place)) in dy.iter().zip(&places).enumerate() {
        if place != u32::MAX {
            expected[i / to * from + place as usize] += dy;
            cleared[i / to * from + place as usize] += dy;
        }
    }
    pool.backward(&places, &dy, &mut dx);
    same(&what, &dx, &expected);
    pool.backward_over(&places, &dy, &mut over);
    same(&what, &over, &cleared);
}

#[test]
fn maxima_and_their_places_are_those_of_the_slow_reference() {
    all_ranks(maxima::<f32, 1>, maxima::<f32, 2>, maxima::<f32, 3>);
    all_ranks(maxima::<f64, 1>, maxima::<f64, 2>, maxima::<f64, 3>);
}

fn averages<T: Float, const N: usize>(
    input: [usize; N],
    windows: [Window; N],
    rounding: Rounding,
    naive: &Naive,
) {
    let fixed = Divisor::Fixed(NonZeroUsize::new(5).expect("5 is not 0"));
    for divisor in [Divisor::Padded, Divisor::Seen, fixed] {
        let what = format!("{windows:?}, {rounding:?}, {divisor:?} on {input:?}");
        let pool = AveragePooling::new(shape(&input), windows, rounding, divisor).expect(&what);
        assert_eq!(pool.output().dims()[1..], naive.output, "{what}");
        let (from, to) = (input.iter().product::<usize>(), naive.windows.len());
        let channels = ROWS * CHANNELS;
        let count = |seen: &Seen| {
            T::of(match divisor {
                Divisor::Padded => seen.padded as f64,
                Divisor::Seen => seen.places.len() as f64,
                Divisor::Fixed(n) => n.get() as f64,
            })
        };
        let x: Vec<T> = numbers(channels * from, 9, 1);
        let mean = |x: &[T], seen: &Seen| {
            let mut sum = T::ZERO;
            seen.places.iter().for_each(|&at| sum += x[at]);
            if seen.places.is_empty() { sum } else { sum / count(seen) }
        };
        let expected: Vec<T> = x
            .chunks(from)
            .flat_map(|x| naive.windows.iter().map(|seen| mean(x, seen)).collect::<Vec<_>>())
            .collect();
        let mut y = vec![T::NAN; channels * to];
        pool.forward(&x, &mut y);
        same(&what, &y, &expected);

        let dy: Vec<T> = numbers(y.len(), 9, 2);
        let start: Vec<T> = numbers(x.len(), 9, 3);
        let (mut dx, mut over) = (start.clone(), vec![T::NAN; x.len()]);
        pool.backward(&dy, &mut dx);
        pool.backward_over(&dy, &mut over);
        let mut expected = vec![0.0; x.len()];
        for (i, dy) in dy.iter().enumerate() {
            let seen = &naive.windows[i % to];
            for &at in &seen.places {
                expected[i / to * from + at] += dy.to_f64() / count(seen).to_f64();
            }
        }
        near(&what, &over, &expected);
        for (expected, start) in expected.iter_mut().zip(start) {
            *expected += start.to_f64();
        }
        near(&what, &dx, &expected);
    }
}

/// Within some units in the last place of numbers up to about 100.
fn near<T: Float>(what: &str, found: &[T], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
        let error = (found.to_f64() - expected).abs();
        let allowed = 32.0 * T::EPSILON.to_f64() * expected.abs().max(4.0);
        assert!(error <= allowed, "{what} in {}: [{i}] is {found}, should be {expected}", T::NAME);
    }
}

#[test]
fn averages_are_those_of_the_slow_reference() {
    all_ranks(averages::<f32, 1>, averages::<f32, 2>, averages::<f32, 3>);
    all_ranks(averages::<f64, 1>, averages::<f64, 2>, averages::<f64, 3>);
}

fn norms<T: Float, const N: usize>(
    input: [usize; N],
    windows: [Window; N],
    rounding: Rounding,
    naive: &Naive,
) {
    if windows.iter().any(|window| window.before > 0) {
        return;
    }
    for p in [1.0, 1.5, 2.0, 3.0] {
        let what = format!("p {p}, {windows:?}, {rounding:?} on {input:?}");
        let pool = LpPooling::new(shape(&input), windows, rounding, p).expect(&what);
        assert_eq!(pool.output().dims()[1..], naive.output, "{what}");
        let (from, to) = (input.iter().product::<usize>(), naive.windows.len());
        let full: usize = windows.iter().map(|window| window.kernel).product();
        let channels = ROWS * CHANNELS;
        let mut x: Vec<T> = numbers(channels * from, 9, 1);
        x[..from].fill(T::ZERO);
        let scale = |seen: &Seen| full as f64 / seen.places.len() as f64;
        let norm = |x: &[T], seen: &Seen| {
            let sum: f64 = seen.places.iter().map(|&at| x[at].to_f64().abs().powf(p)).sum();
            (sum * scale(seen)).powf(1.0 / p)
        };
        let expected_y: Vec<f64> = x
            .chunks(from)
            .flat_map(|x| naive.windows.iter().map(|seen| norm(x, seen)).collect::<Vec<_>>())
            .collect();
        let mut y = vec![T::NAN; channels * to];
        pool.forward(&x, &mut y);
        near(&what, &y, &expected_y);

        let dy: Vec<T> = numbers(y.len(), 3, 2);
        let mut dx: Vec<T> = numbers(x.len(), 3, 3);
        let mut expected: Vec<f64> = dx.iter().map(|dx| dx.to_f64()).collect();
        for (i, dy) in dy.iter().enumerate() {
            let seen = &naive.windows[i % to];
            for at in seen.places.iter().map(|&at| i / to * from + at) {
                let (x, y) = (x[at].to_f64(), expected_y[i]);
                if x != 0.0 {
                    let slope = scale(seen) * (x.abs() / y).powf(p - 1.0) * x.signum();
                    expected[at] += dy.to_f64() * slope;
                }
            }
        }
        pool.backward(&x, &y, &dy, &mut dx);
        near(&what, &dx, &expected);
    }
}

#[test]
fn norms_are_those_of_the_slow_reference() {
    all_ranks(norms::<f32, 1>, norms::<f32, 2>, norms::<f32, 3>);
    all_ranks(norms::<f64, 1>, norms::<f64, 2>, norms::<f64, 3>);
}
