//! `f32` against `f64`, which runs through the same formula.

use crate::inputs::numbers;
use crate::registry::for_each_activation;
use neuropil_activations::Activation;

/// The numbers differ by no more than `ulps` ULP of the larger of |b| and `scale`.
fn assert_close<A: Activation>(f: &A, what: &str, a: &[f32], b: &[f64], ulps: f64, scale: f64) {
    for (i, (&a, &b)) in a.iter().zip(b).enumerate() {
        let ulp = f64::from(f32::EPSILON) * b.abs().max(scale);
        let error = (f64::from(a) - b).abs() / ulp;
        assert!(error <= ulps, "{f:?}: {what}[{i}] is {a}, in f64 {b}: {error} ULP");
    }
}

/// Element-wise formulas are a few roundings; a row's sum and the rounded x - largest of the
/// exponentials add some.
fn check<A: Activation>(f: &A) {
    let ulps = if f.is_elementwise() { 3.0 } else { 16.0 };
    for width in (1..=40).chain([100, 1000]) {
        let Some(output_width) = f.output_width(width) else {
            continue;
        };
        let (x, dy) =
            (numbers::<f64>(4 * width, 8.0, 11), numbers::<f64>(4 * output_width, 1.0, 12));
        let (mut y, mut dx) = (vec![f64::NAN; 4 * output_width], vec![0.0; 4 * width]);
        f.forward(width, &x, &mut y);
        f.backward(width, &x, &y, &dy, &mut dx);

        let single = |numbers: &[f64]| numbers.iter().map(|&x| x as f32).collect::<Vec<_>>();
        let (x, dy) = (single(&x), single(&dy));
        let (mut y32, mut dx32) = (vec![f32::NAN; 4 * output_width], vec![0.0; 4 * width]);
        f.forward(width, &x, &mut y32);
        f.backward(width, &x, &y32, &dy, &mut dx32);

        // The formula of the one from outside takes 1 away, and with it the last bits near 0.
        let scale = if f.name() == "BentIdentity" { 1.0 } else { f64::from(f32::MIN_POSITIVE) };
        assert_close(f, "y", &y32, &y, ulps, scale);
        // Slopes from the output have its absolute error: 1 - y has few bits where y is near 1.
        assert_close(f, "dx", &dx32, &dx, ulps, 1.0);
    }
}

#[test]
fn single_precision_follows_double() {
    for_each_activation!(|a| check(a));
}
