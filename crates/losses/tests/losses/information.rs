//! Entropies and divergences.

use crate::inputs::units;
use neuropil_losses::information::{
    bits, cross_entropy, entropy, jensen_shannon, kl_divergence, self_information,
};

fn distribution(len: usize, seed: u64) -> Vec<f64> {
    let p = units::<f64>(len, seed);
    let sum: f64 = p.iter().sum();
    p.into_iter().map(|p| p / sum).collect()
}

#[test]
fn they_are_their_formulas_and_their_sums() {
    for len in (1..40).chain([1000, 10_000]) {
        let (p, q) = (distribution(len, 1), distribution(len, 2));
        let near = |a: f64, b: f64| assert!((a - b).abs() <= 1e-13, "{len}: {a} for {b}");
        let each =
            |f: fn(f64, f64) -> f64| -> f64 { p.iter().zip(&q).map(|(&p, &q)| f(p, q)).sum() };
        near(entropy(&p), each(|p, _| if p == 0.0 { 0.0 } else { -p * p.ln() }));
        near(cross_entropy(&p, &q), each(|p, q| -p * q.ln()));
        near(kl_divergence(&p, &q), each(|p, q| if p == 0.0 { 0.0 } else { p * (p / q).ln() }));
        near(cross_entropy(&p, &q), entropy(&p) + kl_divergence(&p, &q));
        let m: Vec<f64> = p.iter().zip(&q).map(|(p, q)| (p + q) / 2.0).collect();
        near(jensen_shannon(&p, &q), (kl_divergence(&p, &m) + kl_divergence(&q, &m)) / 2.0);
        near(jensen_shannon(&p, &q), jensen_shannon(&q, &p));
        near(jensen_shannon(&p, &q), entropy(&m) - (entropy(&p) + entropy(&q)) / 2.0);
        assert!(kl_divergence(&p, &q) >= 0.0 && kl_divergence(&p, &p) == 0.0);
        assert!(entropy(&p) <= (len as f64).ln() + 1e-12);
        let single: Vec<f32> = p.iter().map(|&p| p as f32).collect();
        assert!((entropy(&single) - entropy(&p)).abs() <= 1e-5);
    }
}

#[test]
fn what_cannot_happen_costs_nothing() {
    let (p, q) = ([0.0_f64, 1.0], [1.0, 0.0]);
    assert_eq!((entropy(&p), entropy::<f64>(&[])), (0.0, 0.0));
    assert_eq!((kl_divergence(&p, &q), cross_entropy(&p, &q)), (f64::INFINITY, f64::INFINITY));
    assert_eq!(bits(jensen_shannon(&p, &q)), 1.0);
    assert_eq!((kl_divergence(&p, &p), jensen_shannon(&p, &p)), (0.0, 0.0));
    assert_eq!(self_information(0.0_f64), f64::INFINITY);
    assert!(self_information(1.0_f64).is_sign_positive() && entropy(&p).is_sign_positive());
    for bad in [f64::NAN, -0.5] {
        assert!(self_information(bad).is_nan() && entropy(&[bad, 1.0]).is_nan());
        assert!(kl_divergence(&[bad, 1.0], &[0.5, 0.5]).is_nan());
        assert!(jensen_shannon(&[0.5, 0.5], &[bad, 1.0]).is_nan());
    }
    assert!(cross_entropy(&[0.0, 1.0], &[f64::NAN, 1.0]).is_nan());
}

#[test]
#[should_panic(expected = "kl_divergence: p has 2 numbers, q 1")]
fn lengths_that_differ() {
    kl_divergence(&[0.5_f32, 0.5], &[1.0]);
}
