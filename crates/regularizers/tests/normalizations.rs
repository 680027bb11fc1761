//! Group, RMS, local response, weight and spectral normalization: against their definitions in large
//! means and constants, gradients against differences, rows alone and among others.

use neuropil_regularizers::local_response_norm::Response;
use neuropil_regularizers::{
    group_norm, layer_norm, local_response_norm, rms_norm, spectral_norm, weight_norm,
};
use neuropil_simd::{Float, LEVEL_VARIABLE, Level};
use std::{env, process::Command};

fn numbers<T: Float>(n: usize, seed: f64) -> Vec<T> {
    (0..n).map(|i| T::of((seed + 2.9 * i as f64).sin() * 3.0 + 1.0)).collect()
}

/// (f(x + h) - f(x - h)) / 2h for each place of x.
fn differences(x: &[f64], f: impl Fn(&[f64]) -> f64) -> Vec<f64> {
    let h = 1e-5;
    let moved = |i: usize, by: f64| {
        let mut x = x.to_vec();
        x[i] += by;
        f(&x)
    };
    (0..x.len()).map(|i| (moved(i, h) - moved(i, -h)) / (2.0 * h)).collect()
}

/// What was added to a buffer of fives.
fn assert_added(what: &str, found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
        let difference = (found - 5.0 - expected).abs();
        assert!(difference < 1e-6 * expected.abs().max(1.0), "{what}[{i}]: {found}, {expected}");
    }
}

fn weighted(y: &[f64], dy: &[f64]) -> f64 {
    y.iter().zip(dy).map(|(y, dy)| y * dy).sum()
}

/// Gain and shift.
type Affine<'a, T> = Option<(&'a [T], &'a [T])>;

fn group<T: Float>(
    shape: [usize; 3],
    groups: usize,
    x: &[T],
    affine: Affine<'_, T>,
) -> [Vec<T>; 3] {
    let count = shape[0] * groups;
    let (mut y, mut mean, mut rstd) =
        (vec![T::NAN; x.len()], vec![T::NAN; count], vec![T::NAN; count]);
    group_norm::forward(shape, groups, x, affine, 1e-5, &mut y, &mut mean, &mut rstd);
    [y, mean, rstd]
}

const SHAPES: [[usize; 3]; 6] =
    [[3, 4, 1], [2, 4, 3], [2, 8, 33], [1, 4, 100], [2, 36, 1], [3, 4, 17]];

#[test]
fn gradients_of_groups_are_slopes_and_add() {
    for shape @ [rows, channels, inner] in SHAPES {
        for groups in [1, 2, 4] {
            let len = rows * channels * inner;
            let (x, dy) = (numbers::<f64>(len, 1.0), numbers::<f64>(len, 4.0));
            let (gain, shift) = (numbers::<f64>(channels, 2.0), numbers::<f64>(channels, 3.0));
            for affine in [None, Some((&gain[..], &shift[..]))] {
                let [_, mean, rstd] = group(shape, groups, &x, affine);
                let (mut sum, mut moment) =
                    (vec![0.0; rows * channels], vec![0.0; rows * channels]);
                let (slices, of_group) = ((&x[..], &dy[..]), (&mean[..], &rstd[..]));
                let sums = (&mut sum[..], &mut moment[..]);
                let gain_of = affine.map(|(gain, _)| gain);
                let mut dx = vec![5.0; len];
                let to = Some((&mut dx[..], true));
                group_norm::backward(shape, groups, slices, of_group, gain_of, sums, to);
                // Not more places than it takes.
                let f = |x: &[f64]| weighted(&group(shape, groups, x, affine)[0], &dy);
                let expected = differences(&x, f);
                assert_added(&format!("dx of {shape:?} in {groups}"), &dx, &expected);

                let mut over = vec![f64::NAN; len];
                let (mut sum, mut moment) =
                    (vec![0.0; rows * channels], vec![0.0; rows * channels]);
                let sums = (&mut sum[..], &mut moment[..]);
                let to = Some((&mut over[..], false));
                group_norm::backward(shape, groups, slices, of_group, gain_of, sums, to);
                for (dx, over) in dx.iter().zip(&over) {
                    assert!((dx - 5.0 - over).abs() < 1e-12);
                }
                let (mut dgain, mut dshift) = (vec![5.0; channels], vec![5.0; channels]);
                let sums = (&sum[..], &moment[..]);
                let (to_gain, to_shift) = (Some(&mut dgain[..]), Some(&mut dshift[..]));
                group_norm::backward_affine(groups, sums, &rstd, to_gain, to_shift);
                if affine.is_some() {
                    let f = |gain: &[f64]| {
                        weighted(&group(shape, groups, &x, Some((gain, &shift)))[0], &dy)
                    };
                    assert_added("dgain", &dgain, &differences(&gain, f));
                    let f = |shift: &[f64]| {
                        weighted(&group(shape, groups, &x, Some((&gain, shift)))[0], &dy)
                    };
                    assert_added("dshift", &dshift, &differences(&shift, f));
                }
            }
        }
    }
}

/// With one group of places alone it is layer normalization, to the bit.
#[test]
fn one_group_of_channels_alone_is_layer_normalization() {
    for width in [1, 3, 16, 37, 100] {
        let x = numbers::<f32>(3 * width, 1.0);
        let (gain, shift) = (numbers::<f32>(width, 2.0), numbers::<f32>(width, 3.0));
        let [y, ..] = group([3, width, 1], 1, &x, Some((&gain, &shift)));
        let mut of_layer = vec![0.0; x.len()];
        let (mut mean, mut rstd) = (vec![0.0; 3], vec![0.0; 3]);
        let affine = Some((&gain[..], &shift[..]));
        layer_norm::forward(width, &x, affine, 1e-5, &mut of_layer, &mut mean, &mut rstd);
        assert_eq!(y, of_layer, "{width}");
    }
}

fn large_means_and_constants<T: Float>() {
    for shape @ [rows, channels, inner] in SHAPES {
        let shift = numbers::<T>(channels, 3.0);
        let gain = vec![T::of(1.5); channels];
        for value in [0.0, 1e-42, -0.1, 30_000.1, 1e6, 5e30] {
            let x = vec![T::of(value); rows * channels * inner];
            let [y, mean, _] = group(shape, 2, &x, Some((&gain, &shift)));
            assert!(mean.iter().all(|&mean| mean == T::of(value)), "{value} {shape:?}");
            for (i, y) in y.iter().enumerate() {
                assert_eq!(*y, shift[i / inner % channels], "{value} {shape:?}");
            }
        }
        // Two numbers by turns, around a mean a million times as large.
        let base = 2.0_f64.powi(20);
        let len = rows * channels * inner;
        let x: Vec<T> = (0..len).map(|i| T::of(base + (i % 2) as f64)).collect();
        let n = channels / 2 * inner;
        let [y, ..] = group(shape, 2, &x, None);
        for (x, y) in x.chunks(n).zip(y.chunks(n)) {
            let mean = x.iter().map(|x| x.to_f64() - base).sum::<f64>() / n as f64;
            let of = |x: &T| x.to_f64() - base - mean;
            let variance = x.iter().map(|x| of(x).powi(2)).sum::<f64>() / n as f64;
            for (x, y) in x.iter().zip(y) {
                let expected = of(x) / (variance + 1e-5).sqrt();
                // The mean is off by no more than half a place of its own.
                let allowed = T::EPSILON.to_f64() * base / (variance + 1e-5).sqrt();
                assert!((y.to_f64() - expected).abs() <= allowed + 1e-5, "{y} for {expected}");
            }
        }
    }
}

/// A group of a single number becomes β, and has no gradient but that of β, to the last digit.
#[test]
fn a_number_alone_becomes_the_shift() {
    let (x, dy) = (numbers::<f32>(12, 1.0), numbers::<f32>(12, 2.0));
    let (gain, shift) = (numbers::<f32>(4, 3.0), numbers::<f32>(4, 4.0));
    let [y, mean, rstd] = group([3, 4, 1], 4, &x, Some((&gain, &shift)));
    assert_eq!(y, shift.repeat(3));
    let (mut sum, mut moment, mut dx) = ([0.0; 12], [0.0; 12], [5.0; 12]);
    let (slices, of_group) = ((&x[..], &dy[..]), (&mean[..], &rstd[..]));
    for adds in [true, false] {
        let (sums, to) = ((&mut sum[..], &mut moment[..]), Some((&mut dx[..], adds)));
        group_norm::backward([3, 4, 1], 4, slices, of_group, Some(&gain), sums, to);
        assert_eq!(dx, [if adds { 5.0 } else { 0.0 }; 12]);
    }
    assert_eq!((&sum[..], moment), (&dy[..], [0.0; 12]));

    let (mut y, mut mean, mut rstd) = ([0.0; 12], [0.0; 12], [0.0; 12]);
    let affine = Some((&gain[..1], &shift[..1]));
    layer_norm::forward(1, &x, affine, 1e-5, &mut y, &mut mean, &mut rstd);
    assert_eq!(y, [shift[0]; 12]);
    let mut dx = [5.0; 12];
    layer_norm::backward(1, &x, Some(&gain[..1]), &mean, &rstd, &dy, &mut dx);
    assert_eq!(dx, [5.0; 12]);
}

#[test]
fn constants_become_zeros_and_large_means_cost_their_rounding() {
    large_means_and_constants::<f32>();
    large_means_and_constants::<f64>();
}

#[test]
fn rows_are_the_same_alone_and_among_others() {
    for shape @ [rows, channels, inner] in SHAPES {
        let width = channels * inner;
        let x = numbers::<f32>(rows * width, 1.0);
        let [y, ..] = group(shape, 2, &x, None);
        let (mut r, mut rrms) = (vec![0.0; x.len()], vec![0.0; rows]);
        rms_norm::forward(width, &x, None, 1e-6, &mut r, &mut rrms);
        let of = Response { alpha: 0.5, ..Response::new(3) };
        let (mut l, mut d) = (vec![0.0; x.len()], vec![0.0; x.len()]);
        local_response_norm::forward(shape, of, &x, &mut l, &mut d);
        for row in 0..rows {
            let at = row * width..(row + 1) * width;
            let one = [1, channels, inner];
            assert_eq!(group(one, 2, &x[at.clone()], None)[0], y[at.clone()]);
            let (mut alone, mut rrms) = (vec![0.0; width], vec![0.0; 1]);
            rms_norm::forward(width, &x[at.clone()], None, 1e-6, &mut alone, &mut rrms);
            assert_eq!(alone, r[at.clone()]);
            let mut d = vec![0.0; width];
            local_response_norm::forward(one, of, &x[at.clone()], &mut alone, &mut d);
            assert_eq!(alone, l[at]);
        }
    }
}

#[test]
fn gradients_of_roots_are_slopes_and_add() {
    for width in [1, 2, 7, 16, 33] {
        let (x, dy) = (numbers::<f64>(2 * width, 1.0), numbers::<f64>(2 * width, 4.0));
        let gain = numbers::<f64>(width, 2.0);
        let run = |x: &[f64], gain: Option<&[f64]>| {
            let (mut y, mut rrms) = (vec![f64::NAN; x.len()], vec![f64::NAN; 2]);
            rms_norm::forward(width, x, gain, 1e-5, &mut y, &mut rrms);
            (y, rrms)
        };
        for gain in [None, Some(&gain[..])] {
            let (_, rrms) = run(&x, gain);
            let mut dx = vec![5.0; x.len()];
            rms_norm::backward(width, &x, gain, &rrms, &dy, &mut dx);
            let expected = differences(&x, |x| weighted(&run(x, gain).0, &dy));
            assert_added(&format!("dx of {width}"), &dx, &expected);
        }
        let (_, rrms) = run(&x, Some(&gain));
        let mut dgain = vec![5.0; width];
        // In two parts: the bits are those of the whole.
        let (left, right) = dgain.split_at_mut(width / 2);
        rms_norm::backward_gain(width, 0, &x, &rrms, &dy, left);
        rms_norm::backward_gain(width, width / 2, &x, &rrms, &dy, right);
        let expected = differences(&gain, |gain| weighted(&run(&x, Some(gain)).0, &dy));
        assert_added("dgain", &dgain, &expected);
    }
}

#[test]
fn tiny_and_huge_rows_keep_their_digits() {
    for size in [1e-30, 1e-10, 1.0, 1e10, 1e15] {
        let x: Vec<f32> = numbers::<f32>(20, 1.0).iter().map(|x| x * size as f32).collect();
        let (mut y, mut rrms) = (vec![0.0; 20], [0.0]);
        rms_norm::forward(20, &x, None, rms_norm::epsilon::<f32>(), &mut y, &mut rrms);
        let x: Vec<f64> = x.iter().map(|&x| f64::from(x)).collect();
        let square = x.iter().map(|x| x * x).sum::<f64>() / 20.0;
        for (y, x) in y.iter().zip(&x) {
            let expected = x / (square + f64::from(f32::EPSILON)).sqrt();
            assert!((f64::from(*y) / expected - 1.0).abs() < 1e-6, "{y} for {expected}");
        }
        let mut dx = vec![0.0; 20];
        rms_norm::backward(20, &numbers::<f32>(20, 1.0), None, &rrms, &y, &mut dx);
        assert!(dx.iter().all(|dx| dx.is_finite()), "{size}");
    }
    // Beyond the squares that a number can hold, a row becomes zeros.
    let (mut y, mut rrms) = ([1.0_f32; 2], [0.0]);
    rms_norm::forward(2, &[1e20, -1e20], None, 1e-6, &mut y, &mut rrms);
    assert_eq!((y, rrms), ([0.0; 2], [0.0]));
    rms_norm::forward(2, &[0.0, 0.0], None, 1e-6, &mut y, &mut rrms);
    assert_eq!(y, [0.0; 2]);
}

#[test]
fn gradients_of_responses_are_slopes_and_add() {
    for shape @ [rows, channels, inner] in [[2, 5, 1], [1, 6, 9], [2, 3, 20]] {
        for size in [1, 2, 3, 7] {
            let of = Response { size, alpha: 0.7, beta: 0.6, k: 1.5 };
            let len = rows * channels * inner;
            let (x, dy) = (numbers::<f64>(len, 1.0), numbers::<f64>(len, 4.0));
            let run = |x: &[f64]| {
                let (mut y, mut d) = (vec![f64::NAN; len], vec![f64::NAN; len]);
                local_response_norm::forward(shape, of, x, &mut y, &mut d);
                (y, d)
            };
            let (_, d) = run(&x);
            let (mut dx, mut scratch) = (vec![5.0; len], vec![f64::NAN; len]);
            local_response_norm::backward(shape, of, (&x, &d, &dy), &mut scratch, &mut dx);
            let expected = differences(&x, |x| weighted(&run(x).0, &dy));
            assert_added(&format!("dx of {shape:?}, size {size}"), &dx, &expected);
        }
    }
}

const WEIGHTS: [[usize; 3]; 4] = [[1, 3, 10], [4, 3, 1], [2, 3, 5], [1, 1, 7]];

#[test]
fn gradients_of_lengths_and_directions_are_slopes_and_add() {
    for shape @ [outer, n, inner] in WEIGHTS {
        let len = outer * n * inner;
        let (v, dw, g) =
            (numbers::<f64>(len, 1.0), numbers::<f64>(len, 4.0), numbers::<f64>(n, 2.0));
        let run = |v: &[f64], g: &[f64]| {
            let (mut w, mut norm) = (vec![f64::NAN; len], vec![f64::NAN; n]);
            weight_norm::forward(shape, v, g, &mut w, &mut norm);
            (w, norm)
        };
        let (w, norm) = run(&v, &g);
        for (j, g) in g.iter().enumerate() {
            let square: f64 = (0..len).filter(|i| i / inner % n == j).map(|i| w[i] * w[i]).sum();
            assert!((square.sqrt() - g.abs()).abs() < 1e-12, "{shape:?}");
        }
        let (mut dv, mut dg, mut scratch) = (vec![5.0; len], vec![5.0; n], vec![f64::NAN; n]);
        let (to_v, to_g) = (Some(&mut dv[..]), Some(&mut dg[..]));
        weight_norm::backward(shape, (&v, &g, &norm), &dw, &mut scratch, to_v, to_g);
        assert_added("dv", &dv, &differences(&v, |v| weighted(&run(v, &g).0, &dw)));
        assert_added("dg", &dg, &differences(&g, |g| weighted(&run(&v, g).0, &dw)));
    }
    // No direction, no weight.
    let (mut w, mut norm) = ([0.0_f32; 2], [0.0]);
    weight_norm::forward([1, 1, 2], &[0.0, 0.0], &[1.0], &mut w, &mut norm);
    assert!(w.iter().all(|w| w.is_nan()));
}

#[test]
fn gradients_of_spectra_are_slopes_for_constant_vectors_and_add() {
    for shape @ [outer, n, inner] in WEIGHTS {
        let (len, others) = (outer * n * inner, outer * inner);
        let (w, dy) = (numbers::<f64>(len, 1.0), numbers::<f64>(len, 4.0));
        let (mut u, mut v) = (vec![1.0; n], vec![1.0; others]);
        spectral_norm::iterate(shape, &w, 1e-12, &mut u, &mut v);
        for vector in [&u, &v] {
            assert!((vector.iter().map(|x| x * x).sum::<f64>() - 1.0).abs() < 1e-12);
        }
        let run = |w: &[f64]| {
            let mut y = vec![f64::NAN; len];
            let sigma = spectral_norm::forward(shape, w, (&u, &v), &mut y);
            (y, sigma)
        };
        let (y, sigma) = run(&w);
        let mut dw = vec![5.0; len];
        spectral_norm::backward(shape, &y, (&u, &v, sigma), &dy, &mut dw);
        assert_added("dw", &dw, &differences(&w, |w| weighted(&run(w).0, &dy)));

        // Many iterations: no vector is made longer than by σ, and the first one by just that.
        for _ in 0..500 {
            spectral_norm::iterate(shape, &w, 1e-12, &mut u, &mut v);
        }
        let mut y = vec![0.0; len];
        spectral_norm::forward(shape, &w, (&u, &v), &mut y);
        let longest = |x: &[f64]| {
            let at = |j: usize| -> f64 {
                let place = |o: usize| (o / inner) * n * inner + j * inner + o % inner;
                (0..others).map(|o| y[place(o)] * x[o]).sum()
            };
            (0..n).map(|j| at(j).powi(2)).sum::<f64>().sqrt()
        };
        assert!((longest(&v) - 1.0).abs() < 1e-9, "{shape:?}");
        let other = numbers::<f64>(others, 7.0);
        let norm = other.iter().map(|x| x * x).sum::<f64>().sqrt();
        assert!(longest(&other) <= norm * (1.0 + 1e-9), "{shape:?}");
    }
    // A weight of zeros: ε keeps the vectors from 0/0.
    let (mut u, mut v) = ([1.0_f32], [1.0, 0.0]);
    spectral_norm::iterate([1, 1, 2], &[0.0, 0.0], 1e-12, &mut u, &mut v);
    assert_eq!((u, v), ([0.0], [0.0, 0.0]));
}

#[test]
fn empty_shapes_are_fine_where_they_can_be() {
    group_norm::forward::<f32>([0, 4, 2], 2, &[], None, 1e-5, &mut [], &mut [], &mut []);
    rms_norm::forward::<f32>(3, &[], None, 1e-5, &mut [], &mut []);
    local_response_norm::forward::<f32>([0, 4, 2], Response::new(3), &[], &mut [], &mut []);
}

#[test]
#[should_panic(expected = "GroupNorm: 4 channels are no 3 groups")]
fn channels_that_cannot_be_shared_out_are_refused() {
    group::<f32>([1, 4, 1], 3, &[0.0; 4], None);
}

#[test]
#[should_panic(expected = "RmsNorm: epsilon is -1e0, no positive finite f32")]
fn a_negative_epsilon_is_refused() {
    rms_norm::forward::<f32>(1, &[1.0], None, -1.0, &mut [0.0], &mut [0.0]);
}

/// The level is chosen once in a process, so this starts the other tests anew for each.
#[test]
fn all_tests_pass_at_every_level() {
    for level in Level::available() {
        let tests = Command::new(env::current_exe().unwrap())
            .args(["--skip", "all_tests_pass_at_every_level", "--test-threads", "1"])
            .env(LEVEL_VARIABLE, level.name())
            .output()
            .unwrap();
        let output = String::from_utf8_lossy(&tests.stdout);
        assert!(tests.status.success(), "at {level}:\n{output}");
        assert!(!output.contains(" 0 passed"), "nothing ran at {level}:\n{output}");
    }
}
