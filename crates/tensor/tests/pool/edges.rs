//! Ties, NaN, padding, threads.

use crate::{bits, numbers};
use neuropil_simd::Float;
use neuropil_tensor::pool::{
    AdaptiveAverage, AdaptiveMax, AveragePooling, Divisor, Interpolation, LpPooling, MaxPooling,
    Upsampling,
};
use neuropil_tensor::{Rounding, Window};

const NAN: f32 = f32::NAN;

/// The largest of one window of four, and its place.
fn largest(x: [f32; 4]) -> (f32, u32) {
    let pool = MaxPooling::new([1, 4], [Window::new(4)], Rounding::Down).expect("it fits");
    let (mut y, mut places) = ([0.0], [0]);
    pool.forward(&x, &mut y, &mut places);
    (y[0], places[0])
}

#[test]
fn the_first_of_equals_and_the_last_nan_win() {
    assert_eq!(largest([1.0, 2.0, 2.0, 0.0]), (2.0, 1));
    assert_eq!(largest([f32::NEG_INFINITY; 4]), (f32::NEG_INFINITY, 0));
    assert_eq!(largest([0.0, -0.0, 0.0, -0.0]).1, 0);
    assert_eq!(largest([1.0, NAN, f32::INFINITY, 0.0]).1, 1);
    assert_eq!(largest([NAN, 1.0, NAN, 0.0]).1, 2);
    assert!(largest([NAN, 1.0, 2.0, 3.0]).0.is_nan());
}

/// PyTorch reads and writes beside its channel here.
#[test]
fn a_window_that_sees_padding_alone_has_no_gradient() {
    let apart = Window { dilation: 2, before: 1, after: 1, ..Window::new(2) };
    let pool = MaxPooling::new([1, 1], [apart], Rounding::Down).expect("it fits");
    let (mut y, mut places, mut dx) = ([0.0], [0], [0.0]);
    pool.forward(&[5.0_f32], &mut y, &mut places);
    assert_eq!((y, places), ([f32::NEG_INFINITY], [u32::MAX]));
    pool.backward(&places, &[1.0], &mut dx);
    assert_eq!(dx, [0.0]);
    let pool =
        AveragePooling::new([1, 1], [apart], Rounding::Down, Divisor::Seen).expect("it fits");
    pool.forward(&[5.0_f32], &mut y);
    pool.backward(&[1.0], &mut dx);
    assert_eq!((y, dx), ([0.0], [0.0]));
}

#[test]
fn the_norm_of_zeros_has_no_slope() {
    let pool = LpPooling::new([1, 2], [Window::new(2)], Rounding::Down, 3.0).expect("it fits");
    let mut dx = [1.0_f64; 2];
    pool.backward(&[0.0, 0.0], &[0.0], &[7.0], &mut dx);
    assert_eq!(dx, [1.0, 1.0]);
}

/// All that everything here makes of some rows, above the sizes from which they are shared.
fn everything<T: Float>() -> Vec<Vec<u64>> {
    let (rows, shape) = (40, [3, 33, 35]);
    let x: Vec<T> = numbers(rows * 3 * 33 * 35, 999, 1);
    let mut all = Vec::new();
    let mut push = |numbers: &[T]| all.push(bits(numbers));
    let window = Window { stride: 2, before: 1, after: 1, ..Window::new(3) };
    let halves = Window { stride: 2, ..Window::new(2) };
    for windows in [[window; 2], [halves; 2]] {
        let max = MaxPooling::new(shape, windows, Rounding::Down).expect("it fits");
        let len = rows * max.output().len();
        let (mut y, mut places) = (vec![T::NAN; len], vec![0; len]);
        let (dy, mut dx) = (numbers::<T>(len, 99, 2), vec![T::NAN; x.len()]);
        max.forward(&x, &mut y, &mut places);
        max.backward_over(&places, &dy, &mut dx);
        push(&y);
        push(&dx);
        let average =
            AveragePooling::new(shape, windows, Rounding::Down, Divisor::Seen).expect("it fits");
        average.forward(&x, &mut y);
        average.backward(&dy, &mut dx);
        push(&y);
        push(&dx);
    }
    let norm = LpPooling::new(shape, [halves; 2], Rounding::Up, 2.0).expect("it fits");
    let mut y = vec![T::NAN; rows * norm.output().len()];
    let (dy, mut dx) = (numbers::<T>(y.len(), 99, 2), vec![T::ZERO; x.len()]);
    norm.forward(&x, &mut y);
    norm.backward(&x, &y, &dy, &mut dx);
    push(&y);
    push(&dx);
    for output in [[1, 1], [7, 5], [11, 7]] {
        let (average, max) = (AdaptiveAverage::new(shape, output), AdaptiveMax::new(shape, output));
        let (average, max) = (average.expect("it fits"), max.expect("it fits"));
        let len = rows * average.output().len();
        let (mut y, mut places) = (vec![T::NAN; len], vec![0; len]);
        let (dy, mut dx) = (numbers::<T>(len, 99, 2), vec![T::ZERO; x.len()]);
        average.forward(&x, &mut y);
        average.backward(&dy, &mut dx);
        push(&y);
        max.forward(&x, &mut y, &mut places);
        max.backward(&places, &dy, &mut dx);
        push(&y);
        push(&dx);
    }
    for interpolation in [Interpolation::Nearest, Interpolation::Linear { align_corners: true }] {
        let plan = Upsampling::new(shape, [66, 70], interpolation).expect("it fits");
        let mut y = vec![T::NAN; rows * plan.output().len()];
        let (dy, mut dx) = (numbers::<T>(y.len(), 99, 2), vec![T::ZERO; x.len()]);
        plan.forward(&x, &mut y);
        plan.backward(&dy, &mut dx);
        push(&y);
        push(&dx);
    }
    all
}

#[test]
fn the_bits_are_those_of_one_thread() {
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        pool.install(|| (everything::<f32>(), everything::<f64>()))
    };
    let alone = on(1);
    assert!(
        on(2) == alone && on(3) == alone && (everything::<f32>(), everything::<f64>()) == alone
    );
}
