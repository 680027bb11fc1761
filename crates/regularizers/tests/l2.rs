//! L2's gradient is the slope of its penalty, and adds.

use neuropil_regularizers::{L2, Regularizer};
use neuropil_simd::Float;

fn numbers<T: Float>(n: usize) -> Vec<T> {
    (0..n).map(|i| T::of((1.0 + 2.9 * i as f64).sin() * 3.0)).collect()
}

#[test]
fn the_gradient_is_the_slope_of_the_penalty() {
    let l2 = L2::new(0.3).unwrap();
    for n in [1, 2, 9, 33] {
        let w = numbers::<f64>(n);
        let mut dw = vec![0.0; n];
        l2.backward(&w, &mut dw);
        for i in 0..n {
            let h = 1e-3;
            let (mut up, mut down) = (w.clone(), w.clone());
            up[i] += h;
            down[i] -= h;
            // Exact for a quadratic, up to rounding.
            let slope = (l2.penalty(&up) - l2.penalty(&down)) / (2.0 * h);
            assert!((slope - dw[i]).abs() < 1e-11, "{i} of {n}: {slope} and {}", dw[i]);
        }
    }
}

fn adds_lambda_w<T: Float>() {
    let lambda = 0.3;
    for n in 0..70 {
        let w = numbers::<T>(n);
        let mut dw = vec![T::of(5.0); n];
        L2::new(lambda).unwrap().backward(&w, &mut dw);
        for (dw, w) in dw.iter().zip(&w) {
            let expected = 5.0 + lambda * w.to_f64();
            // The rounding of λ and of the sum.
            let bound = 2.0 * T::EPSILON.to_f64() * 6.0;
            assert!((dw.to_f64() - expected).abs() < bound, "{} of {n}: {dw}", T::NAME);
        }
    }
}

#[test]
fn backward_adds_at_every_length() {
    adds_lambda_w::<f32>();
    adds_lambda_w::<f64>();
}

#[test]
fn the_penalty_is_half_lambda_times_the_square() {
    let l2 = L2::new(0.5).unwrap();
    assert_eq!(l2.penalty::<f32>(&[]), 0.0);
    assert_eq!(l2.penalty(&[3.0_f32, 4.0]), 6.25);
    for n in [10, 1_000, 50_000] {
        let exact: f64 = numbers::<f64>(n).iter().map(|w| 0.25 * w * w).sum();
        assert!((l2.penalty(&numbers::<f64>(n)) / exact - 1.0).abs() < 1e-13);
        assert!((l2.penalty(&numbers::<f32>(n)) / exact - 1.0).abs() < 1e-6);
    }
    assert_eq!(L2::new(0.0).unwrap().penalty(&[3.0, 4.0]), 0.0);
    assert!(l2.penalty(&[1.0, f64::NAN]).is_nan());
}

/// Plain gradient descent on the penalty alone shrinks by 1 - rate λ a step.
#[test]
fn descent_decays_the_weights() {
    let (l2, rate) = (L2::new(0.5).unwrap(), 0.25);
    let mut w = [8.0_f64, -16.0];
    for _ in 0..2 {
        let mut dw = [0.0; 2];
        l2.backward(&w, &mut dw);
        for (w, dw) in w.iter_mut().zip(dw) {
            *w -= rate * dw;
        }
    }
    assert_eq!(w, [8.0 * 0.875 * 0.875, -16.0 * 0.875 * 0.875]);
}

#[test]
fn wrong_strengths_are_refused_with_their_value() {
    for wrong in [-1e-9, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(
            L2::new(wrong).unwrap_err().to_string(),
            format!("L2: lambda must be a finite number of at least 0, but is {wrong}")
        );
    }
    assert_eq!(L2::new(1e-4).unwrap().name(), "L2(0.0001)");
    assert_eq!(L2::new(1e-4).unwrap().lambda(), 1e-4);
}

#[test]
#[should_panic(expected = "dw has 2 numbers, but w has 3")]
fn lengths_that_differ_panic() {
    L2::new(0.1).unwrap().backward(&[0.0_f32; 3], &mut [0.0; 2]);
}
