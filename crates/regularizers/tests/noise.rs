//! The rules that draw keep what they promise: rates, means and variances; whole units; pieces as the whole.

use neuropil_regularizers::random::{key, normals};
use neuropil_regularizers::{
    AlphaDropout, ChannelDropout, Dropout, FeatureAlphaDropout, GaussianDropout, GaussianNoise,
    Noise, UnitNoise,
};
use neuropil_simd::{Float, LEVEL_VARIABLE, Level};
use std::{env, process::Command};

/// Mean, and mean of the squares about it.
fn moments(x: &[f64]) -> (f64, f64) {
    let n = x.len() as f64;
    let mean = x.iter().sum::<f64>() / n;
    (mean, x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n)
}

const MANY: usize = 200_000;

#[test]
fn normal_draws_are_normal() {
    let mut z = vec![0.0; MANY];
    normals(key(&[1]), 0, &mut z);
    let n = MANY as f64;
    let (mean, variance) = moments(&z);
    assert!(mean.abs() < 4.5 / n.sqrt(), "{mean}");
    assert!((variance - 1.0).abs() < 4.5 * (2.0 / n).sqrt(), "{variance}");
    let fourth = z.iter().map(|z| z.powi(4)).sum::<f64>() / n;
    assert!((fourth - 3.0).abs() < 4.5 * (96.0 / n).sqrt(), "{fourth}");
    // Shares beyond 1, 2 and 3 deviations.
    for (bound, share) in [(1.0, 0.317_310_5), (2.0, 0.045_500_3), (3.0, 0.002_699_8)] {
        let beyond = z.iter().filter(|z| z.abs() > bound).count() as f64 / n;
        let deviation = (share * (1.0 - share) / n).sqrt();
        assert!((beyond - share).abs() < 4.5 * deviation, "beyond {bound}: {beyond}");
    }
    // Neighbours, the two of a pair among them, do not go together.
    for lag in [1, 2, 3] {
        let product: f64 = z.iter().zip(&z[lag..]).map(|(a, b)| a * b).sum::<f64>() / n;
        assert!(product.abs() < 4.5 / n.sqrt(), "lag {lag}: {product}");
    }
}

#[test]
fn pieces_of_normal_draws_are_those_of_the_whole() {
    let mut whole = vec![0.0; 300];
    normals(key(&[2]), 5, &mut whole);
    for start in [0, 1, 2, 63, 64, 65, 128] {
        for len in [0, 1, 2, 3, 63, 64, 65, 130] {
            let mut piece = vec![0.0; len];
            normals(key(&[2]), 5 + start as u64, &mut piece);
            assert_eq!(piece, whole[start..start + len], "{len} from {start}");
        }
    }
}

/// Forward of numbers that are all `x`.
fn made(rule: impl Noise, x: f64) -> Vec<f64> {
    let mut y = vec![f64::NAN; MANY];
    rule.forward(key(&[3]), 0, &vec![x; MANY], &mut y);
    y
}

#[test]
fn gaussian_rules_have_their_mean_and_variance() {
    for rate in [0.1, 0.5, 0.9] {
        let rule = GaussianDropout::new(rate).unwrap();
        let (mean, variance) = moments(&made(rule, 2.0));
        let expected = 4.0 * rate / (1.0 - rate);
        let n = MANY as f64;
        assert!((mean - 2.0).abs() < 4.5 * (expected / n).sqrt(), "rate {rate}: {mean}");
        assert!((variance / expected - 1.0).abs() < 4.5 * (2.0 / n).sqrt(), "{rate}: {variance}");
    }
    let (mean, variance) = moments(&made(GaussianNoise::new(0.5).unwrap(), -3.0));
    assert!((mean + 3.0).abs() < 0.005 && (variance - 0.25).abs() < 0.004, "{mean} {variance}");
    assert_eq!(made(GaussianDropout::new(0.0).unwrap(), 1.7), vec![1.7; MANY]);
    assert_eq!(made(GaussianNoise::new(0.0).unwrap(), 1.7), vec![1.7; MANY]);
}

/// What SELU makes of normal numbers has mean 0 and variance 1, and alpha dropout leaves it so.
#[test]
fn alpha_dropout_keeps_what_selu_makes() {
    let mut x = vec![0.0; MANY];
    normals(key(&[4]), 0, &mut x);
    let (scale, alpha) = (1.050_700_987_355_480_5, 1.673_263_242_354_377_2);
    for x in &mut x {
        *x = scale * if *x > 0.0 { *x } else { alpha * x.exp_m1() };
    }
    let (mean, variance) = moments(&x);
    assert!(mean.abs() < 0.01 && (variance - 1.0).abs() < 0.02, "{mean} {variance}");
    for rate in [0.05, 0.2, 0.5, 0.9] {
        let mut y = vec![f64::NAN; MANY];
        AlphaDropout::new(rate).unwrap().forward(key(&[5]), 0, &x, &mut y);
        let (mean, variance) = moments(&y);
        assert!(mean.abs() < 0.02 && (variance - 1.0).abs() < 0.04, "{rate}: {mean} {variance}");
        let floor = y.iter().copied().fold(f64::INFINITY, f64::min);
        let share = y.iter().filter(|&&y| y < floor + 1e-9).count() as f64 / MANY as f64;
        assert!((share - rate).abs() < 0.01, "rate {rate}: {share} dropped");
    }
}

#[test]
fn units_are_dropped_whole_and_as_numbers_are() {
    let n = 20_000;
    for rate in [0.1, 0.5, 0.8] {
        let (stream, rule) = (key(&[6]), ChannelDropout::new(rate).unwrap());
        let (x, mut y) = (vec![1.0_f32; 7 * n], vec![f32::NAN; 7 * n]);
        rule.forward(stream, 3, 7, &x, &mut y);
        let mut numbers = vec![f32::NAN; n];
        Dropout::new(rate).unwrap().forward(stream, 3, &vec![1.0; n], &mut numbers);
        for (unit, number) in y.chunks(7).zip(&numbers) {
            assert!(unit.iter().all(|y| y == number), "{unit:?} {number}");
        }
        let dropped = numbers.iter().filter(|&&y| y == 0.0).count() as f64;
        let z = (dropped - n as f64 * rate) / (n as f64 * rate * (1.0 - rate)).sqrt();
        assert!(z.abs() < 4.5, "rate {rate}: z = {z}");
    }
}

/// A piece that begins at unit n has the offset n larger.
#[test]
fn pieces_become_what_they_are_in_the_whole() {
    fn of_numbers(rule: impl Noise) {
        let x: Vec<f32> = (0..777).map(|i| (i as f32 * 0.37).sin()).collect();
        let (mut whole, mut pieces) = (vec![0.0; 777], vec![0.0; 777]);
        rule.forward(8, 5, &x, &mut whole);
        for step in [1, 2, 13, 64, 255, 257] {
            for (i, (x, y)) in x.chunks(step).zip(pieces.chunks_mut(step)).enumerate() {
                rule.forward(8, 5 + (i * step) as u64, x, y);
            }
            assert_eq!(pieces, whole, "{} by {step}", rule.name());
        }
    }
    fn of_units(rule: impl UnitNoise) {
        let x: Vec<f32> = (0..770).map(|i| (i as f32 * 0.37).sin()).collect();
        let (mut whole, mut pieces) = (vec![0.0; 770], vec![0.0; 770]);
        rule.forward(8, 5, 7, &x, &mut whole);
        for step in [1, 2, 11, 64] {
            for (i, (x, y)) in x.chunks(7 * step).zip(pieces.chunks_mut(7 * step)).enumerate() {
                rule.forward(8, 5 + (i * step) as u64, 7, x, y);
            }
            assert_eq!(pieces, whole, "{} by {step}", rule.name());
        }
    }
    of_numbers(AlphaDropout::default());
    of_numbers(GaussianDropout::new(0.3).unwrap());
    of_numbers(GaussianNoise::new(0.3).unwrap());
    of_units(ChannelDropout::default());
    of_units(FeatureAlphaDropout::default());
}

/// What is dropped is forgotten, whatever it was; what stays NaN was not.
#[test]
fn dropped_nan_is_gone_and_kept_nan_stays() {
    fn check<T: Float>() {
        let mut y = vec![T::ZERO; 400];
        AlphaDropout::default().forward(9, 0, &[T::NAN; 400], &mut y);
        let nan = y.iter().filter(|y| y.is_nan()).count();
        assert!((150..250).contains(&nan), "{nan}");
        FeatureAlphaDropout::default().forward(9, 0, 2, &[T::NAN; 400], &mut y);
        let nan = y.iter().filter(|y| y.is_nan()).count();
        assert!((130..270).contains(&nan), "{nan}");
        AlphaDropout::new(1.0).unwrap().forward(9, 0, &[T::NAN; 400], &mut y);
        assert!(y.iter().all(|&y| y == T::ZERO));
        GaussianDropout::new(0.5).unwrap().forward(9, 0, &[T::NAN; 400], &mut y);
        assert!(y.iter().all(|y| y.is_nan()));
    }
    check::<f32>();
    check::<f64>();
}

/// The classic form: not scaled in training, and as much less in inference.
#[test]
fn the_classic_form_is_the_inverted_one_times_the_rate_that_stays() {
    let (rule, mut y, mut classic) = (Dropout::new(0.2).unwrap(), [0.0_f64; 100], [0.0; 100]);
    rule.forward(1, 0, &[1.5; 100], &mut y);
    rule.classic().forward(1, 0, &[1.5; 100], &mut classic);
    for (y, classic) in y.iter().zip(classic) {
        assert!((y * 0.8 - classic).abs() < 1e-15 && (classic == 0.0 || classic == 1.5));
    }
    assert_eq!((rule.inference_scale(), rule.classic().inference_scale()), (1.0, 0.8));
}

#[test]
fn settings_out_of_range_are_refused_with_their_value() {
    for rate in [-0.1, 1.5, f64::NAN, f64::INFINITY] {
        let message = |error: neuropil_regularizers::RegularizerError| error.to_string();
        let end = format!("rate must lie in [0, 1], but is {rate}");
        assert_eq!(message(AlphaDropout::new(rate).unwrap_err()), format!("AlphaDropout: {end}"));
        assert_eq!(
            message(ChannelDropout::new(rate).unwrap_err()),
            format!("ChannelDropout: {end}")
        );
        assert_eq!(
            message(FeatureAlphaDropout::new(rate).unwrap_err()),
            format!("FeatureAlphaDropout: {end}")
        );
        assert_eq!(
            message(GaussianDropout::new(rate).unwrap_err()),
            format!("GaussianDropout: rate must lie in [0, 1), but is {rate}")
        );
    }
    assert!(GaussianDropout::new(1.0).is_err());
    for deviation in [-0.1, f64::NAN, f64::INFINITY] {
        assert_eq!(
            GaussianNoise::new(deviation).unwrap_err().to_string(),
            format!(
                "GaussianNoise: deviation must be a finite number of at least 0, but is {deviation}"
            )
        );
    }
}

#[test]
#[should_panic(expected = "ChannelDropout: 7 numbers are no units of 3")]
fn half_a_unit_is_refused() {
    ChannelDropout::default().forward(1, 0, 3, &[0.0_f32; 7], &mut [0.0; 7]);
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
