//! Both types against the slow reference, and `f32` against `f64`, which runs through the same
//! formula.

use super::cases;
use crate::cases::ActivationCase;
use crate::faces::ActivationIn;
use crate::numbers::{doubles, numbers, singles};
use neuropil::simd::Float;

/// Element-wise formulas are a few roundings; a row's sum and the rounded x - largest of the
/// exponentials add some.
fn ulps(f: &dyn ActivationIn<f64>) -> f64 {
    if f.is_elementwise() { 3.0 } else { 16.0 }
}

/// The numbers differ by no more than `ulps` units in the last place of a type with `epsilon`, of
/// the larger of |b| and `scale`.
fn assert_close(what: &str, a: &[f64], b: &[f64], epsilon: f64, ulps: f64, scale: f64) {
    assert_eq!(a.len(), b.len(), "{what}");
    for (i, (&a, &b)) in a.iter().zip(b).enumerate() {
        let error = (a - b).abs() / (epsilon * b.abs().max(scale));
        assert!(error <= ulps, "{what}[{i}] is {a}, should be {b}: {error} ULP");
    }
}

fn check_reference<T: Float>(case: &ActivationCase, f: &dyn ActivationIn<T>) {
    for width in (1..=40).chain([100, 1000]) {
        let Some(output_width) = f.output_width(width) else {
            continue;
        };
        let x = numbers::<T>(4 * width, 8.0, 11);
        let mut y = vec![T::NAN; 4 * output_width];
        f.forward(width, &x, &mut y);
        let expected: Vec<f64> = doubles(&x).chunks(width).flat_map(&case.reference).collect();
        // The reference rounds, too, where it is no more exact than what it is for.
        let of_reference = if T::EPSILON.to_f64() < 1e-10 { 3.0 } else { 0.0 };
        assert_close(
            &format!("{f:?}, {}, width {width}: y", T::NAME),
            &doubles(&y),
            &expected,
            T::EPSILON.to_f64(),
            ulps(&*case.f) + of_reference,
            case.scale,
        );
    }
}

#[test]
fn both_types_compute_the_function() {
    for case in cases() {
        check_reference::<f32>(&case, &*case.f);
        check_reference::<f64>(&case, &*case.f);
    }
}

/// y and dx over zeros.
fn run<T: Float>(f: &dyn ActivationIn<T>, width: usize, x: &[T], dy: &[T]) -> [Vec<f64>; 2] {
    let (mut y, mut dx) = (vec![T::NAN; dy.len()], vec![T::ZERO; x.len()]);
    f.forward(width, x, &mut y);
    f.backward(width, x, &y, dy, &mut dx);
    [doubles(&y), doubles(&dx)]
}

#[test]
fn single_precision_follows_double() {
    for case in cases() {
        let f: &dyn ActivationIn<f64> = &*case.f;
        for width in (1..=40).chain([100, 1000]) {
            let Some(output_width) = f.output_width(width) else {
                continue;
            };
            let (x, dy) = (numbers(4 * width, 8.0, 11), numbers(4 * output_width, 1.0, 12));
            let [y, dx] = run(f, width, &x, &dy);
            let [y32, dx32] = run::<f32>(&*case.f, width, &singles(&x), &singles(&dy));
            let (epsilon, ulps) = (f64::from(f32::EPSILON), ulps(f));
            let what = format!("{f:?}, width {width}");
            assert_close(&format!("{what}: y"), &y32, &y, epsilon, ulps, case.scale);
            // Slopes from the output have its absolute error: 1 - y has few bits where y is near 1.
            assert_close(&format!("{what}: dx"), &dx32, &dx, epsilon, ulps, 1.0);
        }
    }
}
