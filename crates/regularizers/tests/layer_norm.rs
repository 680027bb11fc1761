//! Layer normalization against its definition and against differences of itself.

use neuropil_regularizers::layer_norm::{EPSILON, backward, backward_affine, forward};
use neuropil_simd::{Float, LEVEL_VARIABLE, Level};
use std::{env, process::Command};

/// Gain and shift.
type Affine<'a, T> = Option<(&'a [T], &'a [T])>;

fn numbers<T: Float>(n: usize, seed: f64) -> Vec<T> {
    (0..n).map(|i| T::of((seed + 2.9 * i as f64).sin() * 3.0 + 1.0)).collect()
}

fn run<T: Float>(width: usize, x: &[T], affine: Affine<'_, T>) -> [Vec<T>; 3] {
    let rows = x.len() / width;
    let (mut y, mut mean, mut rstd) =
        (vec![T::NAN; x.len()], vec![T::NAN; rows], vec![T::NAN; rows]);
    forward(width, x, affine, EPSILON, &mut y, &mut mean, &mut rstd);
    [y, mean, rstd]
}

fn follows_the_definition<T: Float>() {
    for width in (1..40).chain([64, 100, 1000]) {
        let x = numbers::<T>(3 * width, 1.0);
        let (gain, shift) = (numbers::<T>(width, 2.0), numbers::<T>(width, 3.0));
        let affine = (&gain[..], &shift[..]);
        let [y, mean, rstd] = run(width, &x, Some(affine));
        let [plain, ..] = run(width, &x, None);
        for (row, x) in x.chunks(width).enumerate() {
            let x: Vec<f64> = x.iter().map(|x| x.to_f64()).collect();
            let mu = x.iter().sum::<f64>() / width as f64;
            let variance = x.iter().map(|x| (x - mu).powi(2)).sum::<f64>() / width as f64;
            let rho = 1.0 / (variance + EPSILON).sqrt();
            // Where the variance is small, ρ makes the rounding of x - μ large.
            let near = |a: T, b: f64| {
                (a.to_f64() - b).abs()
                    < 20.0 * T::EPSILON.to_f64() * rho.max(1.0) * b.abs().max(4.0)
            };
            assert!(near(mean[row], mu) && near(rstd[row], rho), "row {row} of {width}");
            for (i, x) in x.iter().enumerate() {
                let normal = (x - mu) * rho;
                let scaled = normal * gain[i].to_f64() + shift[i].to_f64();
                let (y, plain) = (y[row * width + i], plain[row * width + i]);
                assert!(near(plain, normal), "{plain} for {normal}, {i} of {width}");
                assert!(near(y, scaled), "{y} for {scaled}, {i} of {width}");
            }
        }
    }
}

#[test]
fn a_row_has_mean_zero_and_variance_one() {
    follows_the_definition::<f32>();
    follows_the_definition::<f64>();
}

/// Σ weight y, whose gradient with respect to y is the weight.
fn weighted_sum(width: usize, x: &[f64], affine: Affine<'_, f64>, weight: &[f64]) -> f64 {
    let [y, ..] = run(width, x, affine);
    y.iter().zip(weight).map(|(y, w)| y * w).sum()
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
    for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
        let difference = (found - 5.0 - expected).abs();
        assert!(difference < 1e-6 * expected.abs().max(1.0), "{what}[{i}]: {found}, {expected}");
    }
}

#[test]
fn gradients_are_slopes_and_add() {
    for width in [2, 3, 4, 7, 8, 9, 33] {
        let x = numbers::<f64>(2 * width, 1.0);
        let dy = numbers::<f64>(2 * width, 4.0);
        let (gain, shift) = (numbers::<f64>(width, 2.0), numbers::<f64>(width, 3.0));
        let affine = (&gain[..], &shift[..]);
        for affine in [None, Some(affine)] {
            let [_, mean, rstd] = run(width, &x, affine);
            let mut dx = vec![5.0; x.len()];
            backward(width, &x, affine.map(|(gain, _)| gain), &mean, &rstd, &dy, &mut dx);
            let expected = differences(&x, |x| weighted_sum(width, x, affine, &dy));
            assert_added("dx", &dx, &expected);
        }

        let [_, mean, rstd] = run(width, &x, Some(affine));
        let (mut dgain, mut dshift) = (vec![5.0; width], vec![5.0; width]);
        backward_affine(&x, &mean, &rstd, &dy, &mut dgain, &mut dshift);
        let of_gain = |gain: &[f64]| weighted_sum(width, &x, Some((gain, &shift)), &dy);
        assert_added("dgain", &dgain, &differences(&gain, of_gain));
        let of_shift = |shift: &[f64]| weighted_sum(width, &x, Some((&gain, shift)), &dy);
        assert_added("dshift", &dshift, &differences(&shift, of_shift));
    }
}

#[test]
fn a_row_is_the_same_alone_and_among_others() {
    for width in [1, 10, 100] {
        let (x, dy) = (numbers::<f32>(4 * width, 1.0), numbers::<f32>(4 * width, 2.0));
        let [y, mean, rstd] = run(width, &x, None);
        let mut dx = vec![0.0; x.len()];
        backward(width, &x, None, &mean, &rstd, &dy, &mut dx);
        for row in 0..4 {
            let of_row = row * width..(row + 1) * width;
            let (x, dy) = (&x[of_row.clone()], &dy[of_row.clone()]);
            let [alone, mean, rstd] = run(width, x, None);
            assert_eq!(alone, y[of_row.clone()]);
            let mut alone = vec![0.0; width];
            backward(width, x, None, &mean, &rstd, dy, &mut alone);
            assert_eq!(alone, dx[of_row]);
        }
    }
}

const WIDTHS: [usize; 7] = [1, 3, 10, 100, 127, 1000, 5000];

/// Holds a row to the definition, by differences to its first number, which are exact.
fn near_a_mean<T: Float>(x: &[T]) {
    let width = x.len();
    let first = x[0].to_f64();
    let d: Vec<f64> = x.iter().map(|x| x.to_f64() - first).collect();
    let mu = d.iter().sum::<f64>() / width as f64;
    let variance = d.iter().map(|d| (d - mu).powi(2)).sum::<f64>() / width as f64;

    let [y, mean, rstd] = run(width, x, None);
    let epsilon = T::EPSILON.to_f64();
    let off = mean[0].to_f64() - first - mu;
    let allowed = 0.51 * epsilon * first.abs() + 20.0 * epsilon * variance.sqrt();
    assert!(off.abs() <= allowed, "mean of {width} near {first} off by {off}");
    // The mean of the squares about a number that is off by this.
    let rho = 1.0 / (variance + off * off + EPSILON).sqrt();
    let error = rstd[0].to_f64() / rho - 1.0;
    assert!(error.abs() < 20.0 * epsilon, "rstd of {width} near {first}: {error}");
    for (i, (y, d)) in y.iter().zip(d).enumerate() {
        let normal = (d - mu - off) * rho;
        let difference = (y.to_f64() - normal).abs();
        let allowed = 20.0 * epsilon * normal.abs().max(1.0);
        assert!(difference < allowed, "{y} for {normal}, {i} of {width} near {first}");
    }
}

fn large_means<T: Float>() {
    for width in WIDTHS {
        for base in [100.0, 30_000.1, -1e6, 1e6, 4e6] {
            for period in [2, 3, 10] {
                let x: Vec<T> = (0..width).map(|i| T::of(base + (i % period) as f64)).collect();
                near_a_mean(&x);
            }
        }
    }
}

#[test]
fn a_large_mean_costs_no_more_than_its_own_rounding() {
    large_means::<f32>();
    large_means::<f64>();

    let x: Vec<f32> = (0..100).map(|i| 1e6 + (i % 2) as f32).collect();
    let [y, mean, rstd] = run(100, &x, None);
    assert_eq!((mean[0], y[0], y[1]), (1_000_000.5, -y[1], 0.5 * rstd[0]));
    assert!((rstd[0] - 1.0 / (0.25_f32 + 1e-5).sqrt()).abs() < 1e-6);
}

fn constant_rows<T: Float>() {
    let rho = T::ONE / T::of(EPSILON).sqrt();
    for width in WIDTHS {
        let shift = numbers::<T>(width, 1.0);
        let gain = vec![T::of(1.5); width];
        for value in [0.0, 1e-42, 1e-30, 0.003, -0.1, 1.1, 30_000.1, -1e6, 1e20, 5e34] {
            let value = T::of(value);
            let x = vec![value; width];
            let [y, mean, rstd] = run(width, &x, None);
            assert_eq!((mean[0], rstd[0]), (value, rho), "{width} times {value}");
            assert!(y.iter().all(|&y| y == T::ZERO), "{width} times {value}: {y:?}");
            let [y, ..] = run(width, &x, Some((&gain, &shift)));
            assert_eq!(y, shift, "{width} times {value}");
        }
    }
}

#[test]
fn constant_rows_become_zeros() {
    constant_rows::<f32>();
    constant_rows::<f64>();
}

#[test]
fn any_positive_epsilon_keeps_constant_rows_from_nan() {
    for epsilon in [1e-45, 1e-40, 1e-12, 1.0, 1e38] {
        let (mut y, mut mean, mut rstd) = ([f32::NAN; 100], [0.0], [0.0]);
        forward(100, &[1.1; 100], None, epsilon, &mut y, &mut mean, &mut rstd);
        assert_eq!(y, [0.0; 100], "{epsilon}");
        let mut dx = [0.0; 100];
        backward(100, &[1.1; 100], None, &mean, &rstd, &[1.0; 100], &mut dx);
        assert!(dx.iter().all(|dx| dx.is_finite()), "{epsilon}: {dx:?}");
    }
}

#[test]
fn other_epsilons_are_refused() {
    let refusal = |epsilon| {
        let run = || forward::<f32>(1, &[], None, epsilon, &mut [], &mut [], &mut []);
        *std::panic::catch_unwind(run).unwrap_err().downcast::<String>().unwrap()
    };
    for (epsilon, name) in
        [(0.0, "0e0"), (-0.5, "-5e-1"), (1e-60, "1e-60"), (1e60, "1e60"), (f64::NAN, "NaN")]
    {
        let expected = format!("LayerNorm: epsilon is {name}, no positive finite f32");
        assert_eq!(refusal(epsilon), expected);
    }
}

#[test]
fn too_large_numbers_are_seen_in_the_result() {
    let [y, ..] = run(10, &[1e38_f32; 10], None);
    assert!(y.iter().all(|y| y.is_nan()));
    let [y, _, rstd] = run(2, &[-1e20_f32, 1e20], None);
    assert_eq!((&y[..], rstd[0]), (&[0.0, 0.0][..], 0.0));
}

#[test]
fn no_rows_are_fine() {
    forward::<f32>(3, &[], None, EPSILON, &mut [], &mut [], &mut []);
    backward::<f32>(3, &[], None, &[], &[], &[], &mut []);
    backward_affine::<f32>(&[], &[], &[], &[], &mut [0.0; 3], &mut [0.0; 3]);
}

#[test]
#[should_panic(expected = "LayerNorm: 7 numbers are no rows of 3")]
fn half_a_row_is_refused() {
    run::<f32>(3, &[0.0; 7], None);
}

#[test]
#[should_panic(expected = "LayerNorm: gain has 2 numbers instead of 3")]
fn a_short_gain_is_refused() {
    run::<f32>(3, &[0.0; 6], Some((&[1.0; 2], &[0.0; 3])));
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
