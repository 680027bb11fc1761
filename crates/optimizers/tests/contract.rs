//! What the optimizers, schedules and norms of this crate promise to their caller, one by one. What
//! holds for every one is shown by the registry, among the tests of the crate `neuropil`.

use neuropil_optimizers::{
    Adam, Constant, Cosine, Optimizer, OptimizerError, Schedule, Sgd, Step, clip_factor,
    clip_global_norm, clip_norm, global_norm, norm, scale,
};
use neuropil_simd::Float;

fn at(count: u64) -> Step<'static> {
    Step { rate: 0.1, count, shape: &[] }
}

/// Numbers of both signs and several sizes, without a generator.
fn numbers<T: Float>(n: usize, phase: f64) -> Vec<T> {
    (0..n)
        .map(|i| T::of((1.0 + 3.7 * i as f64 + phase).sin() * 2.0_f64.powi(i as i32 % 7 - 3)))
        .collect()
}

#[test]
fn slots_have_pytorchs_names() {
    assert_eq!(Sgd::new().slots(), 0);
    assert_eq!(Sgd::new().momentum(0.9).unwrap().slot_names(), ["momentum_buffer"]);
    assert_eq!(Adam::new().slot_names(), ["exp_avg", "exp_avg_sq"]);
}

#[test]
fn defaults_are_pytorchs() {
    assert_eq!((Sgd::new().name(), Sgd::new().default_rate()), ("Sgd", 1e-3));
    assert_eq!((Adam::new().name(), Adam::new().default_rate()), ("Adam", 1e-3));
    let spelled_out = Adam::new()
        .betas(0.9, 0.999)
        .and_then(|adam| adam.epsilon(1e-8))
        .and_then(|adam| adam.weight_decay(0.0));
    assert_eq!(spelled_out, Ok(Adam::new()));
    assert_eq!((Adam::default(), Sgd::default()), (Adam::new(), Sgd::new()));
}

#[test]
fn first_steps_by_hand() {
    // g = 0.5 + 0.25 * 2 = 1
    let sgd = Sgd::new().weight_decay(0.25).unwrap();
    let mut w = [2.0_f64];
    sgd.step(at(1), &mut w, &[0.5], &mut []);
    assert_eq!(w, [2.0 - 0.1]);

    // Nesterov's first step is (1 + momentum) times the plain one.
    let nesterov = Sgd::new().momentum(0.5).and_then(Sgd::nesterov).unwrap();
    let (mut w, mut b) = ([2.0_f64], [0.0]);
    nesterov.step(at(1), &mut w, &[1.0], &mut [&mut b]);
    assert_eq!((w, b), ([2.0 - 0.1 * 1.5], [1.0]));

    // Dampening spares the first step: b = 1, then b = 0.5 * 1 + (1 - 0.75) * 2 = 1.
    let dampened = Sgd::new().momentum(0.5).and_then(|sgd| sgd.dampening(0.75)).unwrap();
    let (mut w, mut b) = ([2.0_f64], [0.0]);
    dampened.step(at(1), &mut w, &[1.0], &mut [&mut b]);
    assert_eq!(b, [1.0]);
    dampened.step(at(2), &mut w, &[2.0], &mut [&mut b]);
    assert_eq!(b, [1.0]);

    // Adam: m = g/2 and v = g²/4, whose corrections are 1/2 and 1/4, so the step is
    // rate * g / (|g| + epsilon) = 0.1 * 3 / (3 + 1).
    let adam = Adam::new().betas(0.5, 0.75).and_then(|adam| adam.epsilon(1.0)).unwrap();
    let (mut w, mut m, mut v) = ([2.0_f64], [0.0], [0.0]);
    adam.step(at(1), &mut w, &[3.0], &mut [&mut m, &mut v]);
    assert_eq!((m, v), ([1.5], [2.25]));
    assert!((w[0] - (2.0 - 0.075)).abs() < 1e-15, "{w:?}");
}

#[test]
#[should_panic(expected = "dw has 2 numbers, but w has 3")]
fn a_gradient_of_another_length_panics() {
    Sgd::new().step(at(1), &mut [0.0_f32; 3], &[0.0; 2], &mut []);
}

#[test]
#[should_panic(expected = "the state has 1 slots, but the optimizer uses 2")]
fn a_missing_slot_panics() {
    Adam::new().step(at(1), &mut [0.0_f32; 3], &[0.0; 3], &mut [&mut [0.0; 3]]);
}

#[test]
#[should_panic(expected = "slot 1 of the state has 4 numbers, but w has 3")]
fn a_slot_of_another_length_panics() {
    let (mut m, mut v) = ([0.0; 3], [0.0; 4]);
    Adam::new().step(at(1), &mut [0.0_f32; 3], &[0.0; 3], &mut [&mut m, &mut v]);
}

#[test]
#[should_panic(expected = "the first step's count is 1, but count is 0")]
fn a_step_number_zero_panics() {
    let (mut m, mut v) = ([0.0; 3], [0.0; 3]);
    Adam::new().step(at(0), &mut [0.0_f32; 3], &[0.0; 3], &mut [&mut m, &mut v]);
}

#[test]
fn wrong_settings_are_refused_with_their_value() {
    for wrong in [-0.1, 1.0, f64::NAN, f64::INFINITY] {
        let errors = [
            ("Sgd: momentum", Sgd::new().momentum(wrong).unwrap_err()),
            ("Sgd: dampening", Sgd::new().dampening(wrong).unwrap_err()),
            ("Adam: beta1", Adam::new().betas(wrong, 0.9).unwrap_err()),
            ("Adam: beta2", Adam::new().betas(0.9, wrong).unwrap_err()),
        ];
        for (name, error) in errors {
            assert_eq!(
                error.to_string(),
                format!("{name} must be at least 0 and below 1, but is {wrong}")
            );
        }
    }
    for wrong in [-1e-9, f64::NAN, f64::INFINITY] {
        let errors = [
            ("Sgd: weight_decay", Sgd::new().weight_decay(wrong).unwrap_err()),
            ("Adam: weight_decay", Adam::new().weight_decay(wrong).unwrap_err()),
            ("Adam: epsilon", Adam::new().epsilon(wrong).unwrap_err()),
            ("Constant: rate", Constant::new(wrong).unwrap_err()),
            ("Cosine: rate", Cosine::new(wrong, 1).unwrap_err()),
            ("Cosine: floor", Cosine::new(1.0, 1).unwrap().floor(wrong).unwrap_err()),
        ];
        for (name, error) in errors {
            assert_eq!(
                error.to_string(),
                format!("{name} must be a finite number of at least 0, but is {wrong}")
            );
        }
    }
    assert_eq!(Cosine::new(1.0, 0), Err(OptimizerError::NoSteps { of: "Cosine" }));
    assert_eq!(
        Cosine::new(0.1, 9).unwrap().floor(0.2).unwrap_err().to_string(),
        "Cosine: floor must not lie above rate, but floor is 0.2 and rate is 0.1"
    );
}

#[test]
fn nesterov_needs_undampened_momentum_in_any_order() {
    let nesterov = Sgd::new().momentum(0.9).and_then(Sgd::nesterov).unwrap();
    assert_eq!(
        Sgd::new().nesterov().unwrap_err().to_string(),
        "Sgd: nesterov needs a momentum above 0 and a dampening of 0, but momentum is 0 and \
         dampening is 0"
    );
    assert!(nesterov.momentum(0.0).is_err());
    assert!(nesterov.dampening(0.1).is_err());
    assert!(nesterov.momentum(0.5).is_ok());
    let dampened = Sgd::new().momentum(0.9).and_then(|sgd| sgd.dampening(0.1));
    assert!(dampened.and_then(Sgd::nesterov).is_err());
}

#[test]
fn the_cosine_falls_from_rate_to_floor_and_stays() {
    let (rate, floor, steps) = (0.3, 0.1, 97);
    let cosine = Cosine::new(rate, steps).and_then(|cosine| cosine.floor(floor)).unwrap();
    assert_eq!(cosine.rate(0), rate);
    for step in 1..=steps {
        assert!(cosine.rate(step) < cosine.rate(step - 1), "at {step}");
        // The two halves of a cosine are each other's mirror image.
        let mirrored = cosine.rate(step) + cosine.rate(steps - step);
        assert!((mirrored - (rate + floor)).abs() < 1e-15, "at {step}");
        let progress = std::f64::consts::PI * step as f64 / steps as f64;
        let formula = floor + (rate - floor) * (1.0 + progress.cos()) / 2.0;
        assert!((cosine.rate(step) - formula).abs() < 1e-15, "at {step}");
    }
    for step in [steps, steps + 1, u64::MAX] {
        assert_eq!(cosine.rate(step), floor);
    }
}

#[test]
fn norms_have_the_range_of_f64() {
    assert_eq!(norm::<f32>(&[]), 0.0);
    assert_eq!(norm(&[0.0_f32; 9]), 0.0);
    for n in [1, 7, 100, 5_000] {
        let x = numbers::<f32>(n, 0.0);
        let exact = x.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>().sqrt();
        assert!((norm(&x) / exact - 1.0).abs() < 1e-6, "{n}");
        for power in [-140, -100, -60, 60, 100, 123] {
            let factor = 2.0_f64.powi(power);
            let x: Vec<f32> = x.iter().map(|&x| (f64::from(x) * factor) as f32).collect();
            let exact = x.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>().sqrt();
            assert!((norm(&x) / exact - 1.0).abs() < 1e-6, "{n} times 2^{power}");
        }
    }
    assert_eq!(norm(&[1.0_f32, f32::INFINITY]), f64::INFINITY);
    assert!(norm(&[1.0_f32, f32::NAN, f32::INFINITY]).is_nan());
    assert!(norm(&[f64::NAN]).is_nan());
}

#[test]
fn clipping_keeps_the_direction_and_meets_the_norm() {
    for n in 1..70 {
        let (before, mut after) = (numbers::<f64>(n, 0.0), numbers::<f64>(n, 0.0));
        let max = norm(&before) / 3.0;
        assert_eq!(clip_norm(&mut after, max), norm(&before));
        assert!((norm(&after) / max - 1.0).abs() < 1e-15);
        for (before, after) in before.iter().zip(&after) {
            assert!((before / 3.0 - after).abs() < 1e-15);
        }
        let untouched = before.clone();
        assert_eq!(clip_norm(&mut after, max * 2.0), norm(&after));
        assert_eq!(before, untouched);
    }
}

#[test]
fn parts_are_clipped_as_one_vector() {
    let whole = numbers::<f64>(50, 0.0);
    let (a, b) = whole.split_at(13);
    assert!((global_norm([a, b]) / norm(&whole) - 1.0).abs() < 1e-15);

    let (mut a, mut b) = (a.to_vec(), b.to_vec());
    let max = norm(&whole) / 2.0;
    clip_global_norm(&mut [&mut a, &mut b], max);
    assert!((global_norm([&a[..], &b]) / max - 1.0).abs() < 1e-15);

    let mut halved = whole.clone();
    scale(&mut halved, 0.5);
    assert!([a, b].concat().iter().zip(&halved).all(|(a, b)| (a - b).abs() < 1e-15));
}

#[test]
fn a_norm_that_is_no_number_leaves_the_gradients() {
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let (mut a, mut b) = ([3.0, bad], [4.0]);
        let before = (a.map(f32::to_bits), b);
        let norm = clip_global_norm(&mut [&mut a, &mut b], 1.0);
        assert!(!norm.is_finite());
        assert_eq!(norm.is_nan(), bad.is_nan());
        assert_eq!((a.map(f32::to_bits), b), before);
    }
}

#[test]
fn a_largest_norm_of_zero_or_infinity_is_allowed() {
    assert_eq!(clip_factor(5.0, f64::INFINITY), None);
    assert_eq!(clip_factor(5.0, 5.0), None);
    assert_eq!(clip_factor(5.0, 0.0), Some(0.0));
    assert_eq!(clip_factor(0.0, 0.0), None);
}

#[test]
#[should_panic(expected = "the largest norm must be at least 0, but max is NaN")]
fn a_largest_norm_of_nan_panics() {
    clip_norm(&mut [1.0_f32], f64::NAN);
}
