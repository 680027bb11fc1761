//! Chosen shapes and options, in both types.

use crate::naive::Naive;
use crate::runs::{case, check, window};
use neuropil_simd::Float;
use neuropil_tensor::convolution::Convolution;

/// Shapes and options that reach every path: in place, packed, side by side, in blocks, by strips and
/// dense, with phases and kinds.
fn cases() -> Vec<(Convolution, Naive)> {
    let mut all = Vec::new();
    let axes = [
        window(1, 1, 1, 0, 0),
        window(2, 1, 1, 0, 0),
        window(3, 1, 1, 1, 1),
        window(3, 2, 1, 1, 1),
        window(3, 1, 2, 2, 2),
        window(2, 3, 1, 0, 1),
        window(1, 2, 1, 0, 0),
        window(5, 2, 3, 4, 6),
        window(3, 4, 2, 3, 0),
        window(2, 2, 1, 5, 5),
    ];
    for (i, &first) in axes.iter().enumerate() {
        for (len, channels) in [(13, [1, 1, 1]), (40, [3, 7, 1]), (9, [4, 6, 2])] {
            all.push(case(channels, &[len], &[first]));
        }
        for second in [axes[(i + 3) % 10], axes[(i + 4) % 10], first] {
            for (size, channels) in [
                ([9, 7], [2, 3, 1]),
                ([7, 20], [3, 13, 1]),
                ([8, 9], [4, 8, 4]),
                ([11, 8], [3, 3, 3]),
            ] {
                all.push(case(channels, &size, &[first, second]));
            }
        }
        all.push(case([2, 3, 1], &[4, 6, 7], &[axes[(i + 2) % 10], first, axes[(i + 5) % 10]]));
    }
    // Images of one number, of one row, of one column.
    for size in [[1, 1], [1, 17], [17, 1], [2, 2]] {
        all.push(case([20, 19, 1], &size, &[window(3, 1, 1, 1, 1); 2]));
    }
    // Channels that compete for places of the cache; more places than a block has; many channels.
    all.push(case([9, 2, 1], &[32, 32], &[window(1, 1, 1, 0, 0); 2]));
    all.push(case([2, 2, 1], &[70, 61], &[window(3, 1, 1, 1, 1); 2]));
    all.push(case([2, 2, 1], &[70, 61], &[window(3, 2, 1, 0, 1); 2]));
    all.push(case([1, 2, 1], &[5000], &[window(3, 1, 1, 1, 1)]));
    all.push(case([1, 7, 1], &[3000], &[window(4, 2, 1, 1, 1)]));
    all.push(case([1, 1, 1], &[9, 18, 19], &[window(3, 1, 1, 1, 1); 3]));
    all
}

fn check_all<T: Float>() {
    for (of, naive) in cases() {
        check::<T>(&of, &naive, 3);
    }
}

#[test]
fn single_precision_follows_the_loops() {
    check_all::<f32>();
}

#[test]
fn double_precision_follows_the_loops() {
    check_all::<f64>();
}
