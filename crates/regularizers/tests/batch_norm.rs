//! Batch normalization against its definition, however the work is cut.

use neuropil_regularizers::batch_norm::{
    EPSILON, backward, backward_rectified, backward_transform, normalize, reciprocals,
    scale_and_shift, statistics, sums, sums_rectified, transform, update,
};
use neuropil_simd::{Float, LEVEL_VARIABLE, Level};
use std::{env, process::Command};

/// One number, vectors and what is left of them, planes on both sides of where they are worked
/// through by themselves, more rows than are summed up together, more channels than stand in a block.
const SHAPES: [[usize; 3]; 18] = [
    [2, 1, 1],
    [3, 5, 1],
    [2, 3, 2],
    [65, 17, 1],
    [130, 3, 1],
    [3, 700, 1],
    [5, 3, 4],
    [66, 40, 9],
    [2, 70, 16],
    [3, 4, 31],
    [3, 4, 32],
    [2, 70, 33],
    [1, 3, 7],
    [1, 2, 100],
    [4, 3, 1000],
    [2, 2, 5000],
    [7, 1, 64],
    [1, 2, 2],
];

fn numbers<T: Float>(n: usize, seed: f64) -> Vec<T> {
    (0..n).map(|i| T::of((seed + 2.9 * i as f64).sin() * 3.0 + 1.0)).collect()
}

fn len([rows, channels, inner]: [usize; 3]) -> usize {
    rows * channels * inner
}

/// The numbers of a channel, in `f64`.
fn of_channel<T: Float>([_, channels, inner]: [usize; 3], c: usize, x: &[T]) -> Vec<f64> {
    let planes = x.chunks(inner).skip(c).step_by(channels);
    planes.flatten().map(|x| x.to_f64()).collect()
}

/// A sum with what each addition loses summed up beside it.
fn sum_of(terms: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut lost) = (0.0, 0.0);
    for x in terms {
        let next: f64 = sum + x;
        lost += if f64::abs(sum) > x.abs() { sum - next + x } else { x - next + sum };
        sum = next;
    }
    sum + lost
}

/// Mean and variance, by differences to the first number, which are exact for large means.
fn slow_statistics(x: &[f64]) -> (f64, f64) {
    let (n, first) = (x.len() as f64, x[0]);
    let offset = sum_of(x.iter().map(|x| x - first)) / n;
    (first + offset, sum_of(x.iter().map(|x| (x - first - offset).powi(2))) / n)
}

fn found_statistics<T: Float>(shape: [usize; 3], x: &[T]) -> [Vec<T>; 3] {
    let [mut mean, mut variance, mut rstd] = [(); 3].map(|()| vec![T::NAN; shape[1]]);
    statistics(shape, 0, x, &mut mean, &mut variance);
    reciprocals(&variance, EPSILON, &mut rstd);
    [mean, variance, rstd]
}

#[track_caller]
fn assert_near<T: Float>(what: &str, found: T, expected: f64, scale: f64) {
    let error = (found.to_f64() - expected).abs() / (T::EPSILON.to_f64() * scale);
    assert!(error < 20.0, "{what}: {found} for {expected}, {error} units");
}

fn follows_the_definition<T: Float>() {
    for shape in SHAPES {
        let [rows, channels, inner] = shape;
        let x = numbers::<T>(len(shape), 1.0);
        let (gain, shift) = (numbers::<T>(channels, 2.0), numbers::<T>(channels, 3.0));
        let [mean, variance, rstd] = found_statistics(shape, &x);
        let [mut plain, mut scaled] = [(); 2].map(|()| vec![T::NAN; x.len()]);
        let of_batch = (&mean[..], &rstd[..]);
        normalize(shape, 0..channels, &x, of_batch, None, &mut plain);
        normalize(shape, 0..channels, &x, of_batch, Some((&gain, &shift)), &mut scaled);

        let (old_mean, old_variance) = (numbers::<T>(channels, 5.0), numbers::<T>(channels, 6.0));
        let (mut running_mean, mut running_variance) = (old_mean.clone(), old_variance.clone());
        let n = (rows * inner) as f64;
        update(0.25, 1.0, &mean, &mut running_mean);
        update(0.25, n / (n - 1.0), &variance, &mut running_variance);
        for c in 0..channels {
            let what = format!("{shape:?}, channel {c}");
            let x = of_channel(shape, c, &x);
            let (mu, sigma) = slow_statistics(&x);
            assert_near(&what, mean[c], mu, 1.0);
            assert_near(&what, variance[c], sigma, sigma.max(1e-3));
            let rho = 1.0 / (sigma + EPSILON).sqrt();
            assert_near(&what, rstd[c], rho, rho);
            assert_near(&what, running_mean[c], 0.75 * old_mean[c].to_f64() + 0.25 * mu, 4.0);
            let unbiased = sigma * x.len() as f64 / (x.len() - 1) as f64;
            let expected = 0.75 * old_variance[c].to_f64() + 0.25 * unbiased;
            assert_near(&what, running_variance[c], expected, unbiased + 4.0);

            let (gain, shift) = (gain[c].to_f64(), shift[c].to_f64());
            let (plain, scaled) = (of_channel(shape, c, &plain), of_channel(shape, c, &scaled));
            for ((x, plain), scaled) in x.iter().zip(plain).zip(scaled) {
                let normal = (x - mu) * rho;
                assert_near(&what, T::of(plain), normal, rho.max(1.0) * 4.0);
                assert_near(&what, T::of(scaled), normal * gain + shift, rho.max(1.0) * 16.0);
            }
        }
    }
}

#[test]
fn a_channel_has_mean_zero_and_variance_one() {
    follows_the_definition::<f32>();
    follows_the_definition::<f64>();
}

fn inference_follows_the_definition<T: Float>() {
    for shape in SHAPES {
        let channels = shape[1];
        let (x, dy) = (numbers::<T>(len(shape), 1.0), numbers::<T>(len(shape), 2.0));
        let (gain, shift) = (numbers::<T>(channels, 3.0), numbers::<T>(channels, 4.0));
        let mean = numbers::<T>(channels, 5.0);
        let variance: Vec<T> = numbers::<T>(channels, 6.0).iter().map(|&x| x * x).collect();
        for affine in [None, Some((&gain[..], &shift[..]))] {
            let [mut a, mut b] = [(); 2].map(|()| vec![T::NAN; channels]);
            let mut rstd = vec![T::NAN; channels];
            reciprocals(&variance, EPSILON, &mut rstd);
            a.copy_from_slice(&rstd);
            scale_and_shift(&mean, affine, &mut a, &mut b);
            let (mut y, mut dx) = (vec![T::NAN; x.len()], vec![T::NAN; x.len()]);
            transform(shape, 0..channels, &x, (&a, &b), &mut y);
            let gain = affine.map(|(gain, _)| gain);
            backward_transform(shape, 0..channels, &dy, (&rstd, gain), (&mut dx, false));
            for c in 0..channels {
                let (gain, shift) = affine
                    .map_or((1.0, 0.0), |(gain, shift)| (gain[c].to_f64(), shift[c].to_f64()));
                let scale = gain / (variance[c].to_f64() + EPSILON).sqrt();
                let [x, dy, y, dx] = [&x, &dy, &y, &dx].map(|x| of_channel(shape, c, x));
                for i in 0..x.len() {
                    let expected = (x[i] - mean[c].to_f64()) * scale + shift;
                    assert_near("y", T::of(y[i]), expected, 8.0 * scale.abs().max(1.0));
                    assert_near("dx", T::of(dx[i]), dy[i] * scale, 4.0 * scale.abs().max(1.0));
                }
            }
        }
    }
}

#[test]
fn inference_is_a_scale_and_a_shift() {
    inference_follows_the_definition::<f32>();
    inference_follows_the_definition::<f64>();
}

fn gradients_follow_the_definition<T: Float>() {
    for shape in SHAPES {
        let [rows, channels, inner] = shape;
        let n = rows * inner;
        let (x, dy) = (numbers::<T>(len(shape), 1.0), numbers::<T>(len(shape), 2.0));
        let gain = numbers::<T>(channels, 3.0);
        let [mean, _, rstd] = found_statistics(shape, &x);
        let [mut sum, mut moment] = [(); 2].map(|()| vec![T::NAN; channels]);
        sums(shape, 0, (&x, &dy), &mean, (&mut sum, &mut moment));
        for gain in [None, Some(&gain[..])] {
            let (mut dx, mut added) = (vec![T::NAN; x.len()], vec![T::of(5.0); x.len()]);
            for (dx, adds) in [(&mut dx, false), (&mut added, true)] {
                let of_sums = (&sum[..], &moment[..], n);
                let of_batch = (&mean[..], &rstd[..]);
                let slices = (&x[..], &dy[..]);
                backward(shape, 0..channels, slices, of_batch, gain, of_sums, (dx, adds));
            }
            for c in 0..channels {
                let [x, dy, dx, added] = [&x, &dy, &dx, &added].map(|x| of_channel(shape, c, x));
                let (mu, sigma) = slow_statistics(&x);
                let rho = 1.0 / (sigma + EPSILON).sqrt();
                let beta = sum_of(dy.iter().copied());
                let gamma = sum_of(x.iter().zip(&dy).map(|(x, dy)| dy * (x - mu)));
                assert_near("Σ dy", sum[c], beta, 4.0 * n as f64);
                assert_near("Σ dy (x - μ)", moment[c], gamma, 12.0 * n as f64);
                let scale = rho * gain.map_or(1.0, |gain| gain[c].to_f64());
                for i in 0..n {
                    let normal = (x[i] - mu) * rho;
                    let inner = dy[i] - beta / n as f64 - normal * gamma * rho / n as f64;
                    // What is off by the rounding of x - μ is multiplied by ρ² and more.
                    let size = 16.0 * scale.abs().max(1.0) * rho.max(1.0).powi(2);
                    assert_near("dx", T::of(dx[i]), scale * inner, size);
                    assert_near("5 + dx", T::of(added[i]), 5.0 + scale * inner, size + 5.0);
                }
            }
        }
    }
}

#[test]
fn gradients_go_through_the_statistics() {
    gradients_follow_the_definition::<f32>();
    gradients_follow_the_definition::<f64>();
}

/// As if dy had been zero where y is not above it.
fn a_rectifier_masks_the_gradient<T: Float>() {
    for shape in SHAPES {
        let [rows, channels, inner] = shape;
        let (x, dy) = (numbers::<T>(len(shape), 1.0), numbers::<T>(len(shape), 2.0));
        let (gain, shift) = (numbers::<T>(channels, 3.0), numbers::<T>(channels, 4.0));
        let [mean, _, rstd] = found_statistics(shape, &x);
        let of_batch = (&mean[..], &rstd[..]);
        for affine in [None, Some((&gain[..], &shift[..]))] {
            let mut y = vec![T::NAN; x.len()];
            normalize(shape, 0..channels, &x, of_batch, affine, &mut y);
            let masked = dy.iter().zip(&y).map(|(&dy, &y)| if y > T::ZERO { dy } else { T::ZERO });
            let masked: Vec<T> = masked.collect();

            let [mut a, mut b, mut c, mut d] = [(); 4].map(|()| vec![T::NAN; channels]);
            sums_rectified(shape, 0, (&x, &dy), of_batch, affine, (&mut a, &mut b));
            sums(shape, 0, (&x, &masked), &mean, (&mut c, &mut d));
            assert_eq!((&a, &b), (&c, &d), "{shape:?}");
            let (mut dx, mut expected) = (vec![T::ONE; x.len()], vec![T::ONE; x.len()]);
            let (of_sums, slices) = ((&a[..], &b[..], rows * inner), (&x[..], &dy[..]));
            let channels = 0..channels;
            let (adds, gain) = (affine.is_some(), affine.map(|(gain, _)| gain));
            let into = (&mut dx[..], adds);
            backward_rectified(shape, channels.clone(), slices, of_batch, affine, of_sums, into);
            let (slices, into) = ((&x[..], &masked[..]), (&mut expected[..], adds));
            backward(shape, channels, slices, of_batch, gain, of_sums, into);
            assert_eq!(dx, expected, "{shape:?}");
        }
    }
}

#[test]
fn behind_a_rectifier_dy_counts_where_y_is_above_zero() {
    a_rectifier_masks_the_gradient::<f32>();
    a_rectifier_masks_the_gradient::<f64>();
}

/// Any cut into channels for what is summed, into rows and channels for what is not.
#[test]
fn a_part_has_the_bits_of_the_whole() {
    for shape in SHAPES {
        let [rows, channels, inner] = shape;
        let (width, n) = (channels * inner, rows * inner);
        let (x, dy) = (numbers::<f32>(len(shape), 1.0), numbers::<f32>(len(shape), 2.0));
        let gain = numbers::<f32>(channels, 3.0);
        let [mean, variance, rstd] = found_statistics(shape, &x);
        let of_batch = (&mean[..], &rstd[..]);
        let affine = Some((&gain[..], &mean[..]));
        let [mut sum, mut moment] = [(); 2].map(|()| vec![f32::NAN; channels]);
        sums(shape, 0, (&x, &dy), &mean, (&mut sum, &mut moment));
        let of_sums = (&sum[..], &moment[..], n);
        let [mut y, mut z, mut dx] = [(); 3].map(|()| vec![f32::NAN; x.len()]);
        normalize(shape, 0..channels, &x, of_batch, affine, &mut y);
        transform(shape, 0..channels, &x, (&gain, &mean), &mut z);
        let all = 0..channels;
        backward(shape, all, (&x, &dy), of_batch, Some(&gain), of_sums, (&mut dx, false));

        let cut = channels / 3;
        for part in [0..cut, cut..channels] {
            let mut found = [(); 4].map(|()| vec![f32::NAN; part.len()]);
            let [a, b, c, d] = &mut found;
            statistics(shape, part.start, &x, a, b);
            sums(shape, part.start, (&x, &dy), &mean, (c, d));
            for (found, whole) in found.iter().zip([&mean, &variance, &sum, &moment]) {
                assert_eq!(found, &whole[part.clone()], "{shape:?}, {part:?}");
            }
        }
        let [mut y_parts, mut z_parts, mut dx_parts] = [(); 3].map(|()| vec![f32::NAN; x.len()]);
        for of_rows in [0..rows / 2, rows / 2..rows] {
            let shape = [of_rows.len(), channels, inner];
            let at = of_rows.start * width..of_rows.end * width;
            let (x, dy) = (&x[at.clone()], &dy[at.clone()]);
            for part in [0..cut, cut..channels] {
                normalize(shape, part.clone(), x, of_batch, affine, &mut y_parts[at.clone()]);
                transform(shape, part.clone(), x, (&gain, &mean), &mut z_parts[at.clone()]);
                let dx = (&mut dx_parts[at.clone()], false);
                backward(shape, part, (x, dy), of_batch, Some(&gain), of_sums, dx);
            }
        }
        assert_eq!((y, z, dx), (y_parts, z_parts, dx_parts), "{shape:?}");
    }
}

fn large_means<T: Float>() {
    for shape in SHAPES.into_iter().filter(|[rows, _, inner]| rows * inner > 3) {
        for base in [100.0, 30_000.1, -1e6, 1e6, 4e6] {
            let x: Vec<T> = (0..len(shape)).map(|i| T::of(base + (i % 7) as f64)).collect();
            let [mean, variance, _] = found_statistics(shape, &x);
            for c in 0..shape[1] {
                let (mu, sigma) = slow_statistics(&of_channel(shape, c, &x));
                let epsilon = T::EPSILON.to_f64();
                let off = (mean[c].to_f64() - mu).abs();
                let allowed = epsilon * base.abs() + 20.0 * epsilon * sigma.sqrt();
                assert!(off <= allowed, "{shape:?} near {base}: mean off by {off}");
                // Means of pieces are rounded, as if the numbers themselves were; and chains of
                // numbers that repeat err to one side.
                let rounding = epsilon * base.abs() * (epsilon * base.abs() + sigma.sqrt());
                let error = (variance[c].to_f64() - sigma).abs();
                let allowed = 40.0 * epsilon * sigma + rounding;
                assert!(error <= allowed, "{shape:?} near {base}: variance off by {error}");
            }
        }
    }
}

#[test]
fn a_large_mean_costs_no_more_than_its_own_rounding() {
    large_means::<f32>();
    large_means::<f64>();
}

fn constant_channels<T: Float>() {
    let rho = T::ONE / T::of(EPSILON).sqrt();
    for shape in SHAPES {
        let channels = shape[1];
        let (gain, shift) = (numbers::<T>(channels, 1.0), numbers::<T>(channels, 2.0));
        for value in [0.0, 1e-42, 0.003, -0.1, 1.1, 30_000.1, -1e6, 1e20] {
            let x = vec![T::of(value); len(shape)];
            let [mean, variance, rstd] = found_statistics(shape, &x);
            let what = format!("{shape:?} of {value}");
            assert!(mean.iter().all(|&mean| mean == T::of(value)), "{what}: {mean:?}");
            assert!(
                variance
                    .iter()
                    .all(|&v| v.to_f64() <= T::MIN_POSITIVE.to_f64().max(1e-14 * value * value)),
                "{what}: {variance:?}"
            );
            assert!(value.abs() > 1e6 || rstd.iter().all(|&rstd| rstd == rho), "{what}: {rstd:?}");
            let mut y = vec![T::NAN; x.len()];
            normalize(shape, 0..channels, &x, (&mean, &rstd), None, &mut y);
            assert!(y.iter().all(|&y| y == T::ZERO), "{what}: {y:?}");
            normalize(shape, 0..channels, &x, (&mean, &rstd), Some((&gain, &shift)), &mut y);
            for c in 0..channels {
                let shift = shift[c].to_f64();
                assert!(of_channel(shape, c, &y).iter().all(|&y| y == shift), "{what}");
            }
        }
    }
}

#[test]
fn constant_channels_become_zeros() {
    constant_channels::<f32>();
    constant_channels::<f64>();
}

#[test]
fn one_number_has_no_variance() {
    let [mean, variance, rstd] = found_statistics([1, 2, 1], &[3.0_f32, 4.0]);
    assert_eq!((&mean[..], &variance[..]), (&[3.0, 4.0][..], &[0.0, 0.0][..]));
    assert!(rstd.iter().all(|rstd| rstd.is_finite()));
}

#[test]
fn what_is_not_finite_is_seen_in_the_result() {
    for shape in [[3, 2, 1], [3, 2, 5], [3, 2, 40]] {
        let mut x = numbers::<f32>(len(shape), 1.0);
        x[0] = f32::NAN;
        let [mean, variance, _] = found_statistics(shape, &x);
        assert!(mean[0].is_nan() && variance[0].is_nan(), "{shape:?}");
        assert!(mean[1].is_finite() && variance[1].is_finite(), "{shape:?}");
    }
}

#[test]
fn no_rows_are_fine() {
    let [mean, variance, _] = found_statistics::<f32>([0, 2, 3], &[]);
    assert_eq!((mean, variance), (vec![0.0; 2], vec![0.0; 2]));
    let (mut sum, mut moment) = ([1.0_f32; 2], [1.0; 2]);
    sums([0, 2, 3], 0, (&[], &[]), &[0.0; 2], (&mut sum, &mut moment));
    assert_eq!((sum, moment), ([0.0; 2], [0.0; 2]));
    transform::<f32>([0, 2, 3], 0..2, &[], (&[0.0; 2], &[0.0; 2]), &mut []);
}

#[test]
#[should_panic(expected = "BatchNorm: x has 7 numbers instead of 6")]
fn another_length_is_refused() {
    found_statistics::<f32>([3, 2, 1], &[0.0; 7]);
}

#[test]
#[should_panic(expected = "BatchNorm: channels 1 to 3 of 2")]
fn channels_that_are_not_there_are_refused() {
    statistics::<f32>([3, 2, 1], 1, &[0.0; 6], &mut [0.0; 2], &mut [0.0; 2]);
}

#[test]
#[should_panic(expected = "BatchNorm: epsilon is 0e0, no positive finite f32")]
fn an_epsilon_of_zero_is_refused() {
    reciprocals::<f32>(&[1.0], 0.0, &mut [0.0]);
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
