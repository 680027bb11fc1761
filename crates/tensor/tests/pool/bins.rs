//! Bins of all sizes: one place, equal, overlapping, whole channels.

use crate::{bits, numbers};
use neuropil_simd::Float;
use neuropil_tensor::pool::{AdaptiveAverage, AdaptiveMax};

const CHANNELS: usize = 4;

/// The places of each bin of a channel `[height, width]`, in order.
fn bins(input: [usize; 2], output: [usize; 2]) -> Vec<Vec<usize>> {
    let axis = |axis: usize, i: usize| {
        let (input, output) = (input[axis] as f64, output[axis] as f64);
        let start = (i as f64 * input / output).floor() as usize;
        start..((i + 1) as f64 * input / output).ceil() as usize
    };
    let mut all = Vec::new();
    for row in 0..output[0] {
        for column in 0..output[1] {
            let rows = axis(0, row);
            all.push(rows.flat_map(|y| axis(1, column).map(move |x| y * input[1] + x)).collect());
        }
    }
    all
}

fn check<T: Float>(input: [usize; 2], output: [usize; 2]) {
    let what = format!("{input:?} to {output:?} in {}", T::NAME);
    let shape = [CHANNELS, input[0], input[1]];
    let bins = bins(input, output);
    let (from, to) = (input[0] * input[1], bins.len());
    let average = AdaptiveAverage::new(shape, output).expect(&what);
    let max = AdaptiveMax::new(shape, output).expect(&what);
    assert_eq!(average.output().dims(), [CHANNELS, output[0], output[1]]);
    assert_eq!(max.output(), average.output());

    let mut x: Vec<T> = numbers(2 * CHANNELS * from, 5, 1);
    let dy: Vec<T> = numbers(2 * CHANNELS * to, 5, 2);
    let mut y = vec![T::NAN; dy.len()];
    average.forward(&x, &mut y);
    let mut dx = vec![T::ONE; x.len()];
    average.backward(&dy, &mut dx);
    let mut expected_dx = vec![1.0; x.len()];
    for (i, y) in y.iter().enumerate() {
        let (bin, channel) = (&bins[i % to], i / to * from);
        let sum: f64 = bin.iter().map(|&at| x[channel + at].to_f64()).sum();
        assert_eq!(y.to_f64(), (T::of(sum) / T::of(bin.len() as f64)).to_f64(), "{what}, {i}");
        for &at in bin {
            expected_dx[channel + at] += dy[i].to_f64() / bin.len() as f64;
        }
    }
    for (dx, expected) in dx.iter().zip(&expected_dx) {
        assert!((dx.to_f64() - expected).abs() < 64.0 * T::EPSILON.to_f64(), "{what}");
    }

    x[..from].fill(T::ZERO - T::INFINITY);
    for i in (from..x.len()).step_by(11) {
        x[i] = [T::NAN, T::INFINITY][i % 2];
    }
    let mut places = vec![7; y.len()];
    max.forward(&x, &mut y, &mut places);
    let mut dx = vec![T::ONE; x.len()];
    max.backward(&places, &dy, &mut dx);
    let mut expected_dx = vec![T::ONE; x.len()];
    for (i, &y) in y.iter().enumerate() {
        let (bin, channel) = (&bins[i % to], i / to * from);
        let (mut largest, mut place) = (T::ZERO - T::INFINITY, bin[0]);
        for &at in bin {
            let x = x[channel + at];
            if x > largest || x.is_nan() {
                (largest, place) = (x, at);
            }
        }
        assert_eq!((bits(&[y]), places[i]), (bits(&[largest]), place as u32), "{what}, {i}");
        expected_dx[channel + place] += dy[i];
    }
    assert_eq!(bits(&dx), bits(&expected_dx), "{what}");
}

#[test]
fn bins_are_those_of_the_slow_reference() {
    for input in [[1, 1], [4, 6], [5, 7], [9, 33], [20, 17]] {
        for output in [[1, 1], [1, 3], [2, 3], [4, 1], [3, 5], [7, 2], [10, 17], input] {
            check::<f32>(input, output);
            check::<f64>(input, output);
        }
    }
}

#[test]
fn one_and_three_axes() {
    let (mut y, mut places) = ([0.0_f64; 2], [0; 2]);
    AdaptiveMax::new([1, 5], [2]).expect("it fits").forward(
        &[1.0, 9.0, 2.0, 8.0, 3.0],
        &mut y,
        &mut places,
    );
    assert_eq!((y, places), ([9.0, 8.0], [1, 3]));
    let x: Vec<f64> = (0..24).map(f64::from).collect();
    let average = AdaptiveAverage::new([1, 2, 3, 4], [1, 2, 2]).expect("it fits");
    let mut y = [0.0; 4];
    average.forward(&x, &mut y);
    // Rows 0 and 1, 1 and 2; columns 0 and 1, 2 and 3; both layers, 12 apart.
    assert_eq!(y, [8.5, 10.5, 12.5, 14.5]);
}
