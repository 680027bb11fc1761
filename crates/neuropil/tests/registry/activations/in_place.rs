//! The forms in place, which a matrix product uses on a part of its result.

use super::cases;
use crate::faces::ActivationIn;
use crate::numbers::{bits, numbers};
use neuropil::simd::Float;
use std::panic::{AssertUnwindSafe, catch_unwind};

fn check<T: Float>(f: &dyn ActivationIn<T>) {
    let x = numbers::<T>(37, 4.0, 1);
    if !f.is_elementwise() {
        let mut y = x.clone();
        assert!(catch_unwind(AssertUnwindSafe(|| f.apply_in_place(&mut y))).is_err());
        assert!(catch_unwind(AssertUnwindSafe(|| f.scale_by_slope(&x, &mut y))).is_err());
        assert_eq!(bits(&x), bits(&y), "{f:?} panicked too late");
        return;
    }
    let mut y = vec![T::NAN; 37];
    f.forward(37, &x, &mut y);
    let mut in_place = x.clone();
    f.apply_in_place(&mut in_place);
    assert_eq!(bits(&y), bits(&in_place), "{f:?}");

    let mut dy = numbers::<T>(37, 2.0, 2);
    if f.reads().input() {
        assert!(catch_unwind(AssertUnwindSafe(|| f.scale_by_slope(&y, &mut dy))).is_err());
    } else {
        let mut dx = vec![T::ZERO; 37];
        f.backward(37, &[], &y, &dy, &mut dx);
        f.scale_by_slope(&y, &mut dy);
        assert_eq!(dx, dy, "{f:?}"); // not by bits: 0 + -0 is 0
    }
}

#[test]
fn in_place_equals_forward_and_backward() {
    for case in cases() {
        check::<f32>(&*case.f);
        check::<f64>(&*case.f);
    }
}

/// What an activation says of itself as a clamp is what it does.
fn check_clamp(f: &dyn ActivationIn<f64>, (low, high): (f64, f64)) {
    assert_eq!(f.is_relu(), (low, high) == (0.0, f64::INFINITY), "{f:?}");
    let mut x = numbers::<f64>(100, 8.0, 3);
    x.extend([0.0, -0.0, f64::INFINITY, f64::NEG_INFINITY]);
    let mut y = vec![f64::NAN; x.len()];
    f.forward(x.len(), &x, &mut y);
    let mut slope = vec![1.0; x.len()];
    f.scale_by_slope(&y, &mut slope);
    for (x, (y, slope)) in x.into_iter().zip(y.into_iter().zip(slope)) {
        assert_eq!(y, x.max(low).min(high), "{f:?} of {x}");
        if y.is_finite() {
            assert_eq!(slope, f64::from(low < y && y < high), "slope of {f:?} at {x}");
        }
    }
}

#[test]
fn clamps_clamp() {
    let mut clamps = 0;
    for case in cases() {
        let f: &dyn ActivationIn<f64> = &*case.f;
        match f.clamp() {
            Some(ends) => {
                check_clamp(f, ends);
                clamps += 1;
            }
            None => assert!(!f.is_relu(), "{f:?}"),
        }
    }
    assert!(clamps >= 5); // Identity, Relu, Relu6, and Hardtanh twice
}
