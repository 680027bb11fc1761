//! What is true of one loss and not of the others.

use crate::inputs::{numbers, units};
use neuropil_losses::{CrossEntropy, Float, Loss, MeanSquaredError, Target};

const LOW: f32 = f32::NEG_INFINITY;

/// Value and gradient.
fn both<T: Float, L: Loss>(
    loss: &L,
    width: usize,
    x: &[T],
    target: Target<'_, T>,
) -> (f64, Vec<T>) {
    let mut dx = vec![T::NAN; x.len()];
    let value = loss.both(width, x, target, &mut dx).unwrap();
    (value, dx)
}

#[test]
fn mean_squared_error_of_the_course() {
    let (x, target) = ([1.0_f32, 2.0], [1.5, 1.5]);
    assert_eq!(
        both(&MeanSquaredError::new(), 2, &x, Target::Values(&target)),
        (0.25, vec![-0.5, 0.5])
    );
    // Rows of one number: the mean over the rows is the same mean.
    assert_eq!(
        both(&MeanSquaredError::new(), 1, &x, Target::Values(&target)),
        (0.25, vec![-0.5, 0.5])
    );
    assert_eq!(
        both(&MeanSquaredError::new().sum(), 1, &x, Target::Values(&target)),
        (0.5, vec![-1.0, 1.0])
    );
}

#[test]
fn mean_squared_error_is_the_mean_over_all_numbers() {
    for (rows, width) in [(1, 1), (300, 1), (7, 13), (2, 1000), (257, 4)] {
        let (x, t) = (numbers::<f64>(rows * width, 3.0, 1), numbers::<f64>(rows * width, 3.0, 2));
        let expected = x.iter().zip(&t).map(|(x, t)| (x - t).powi(2)).sum::<f64>() / x.len() as f64;
        let (value, dx) = both(&MeanSquaredError::new(), width, &x, Target::Values(&t));
        assert!(
            (value - expected).abs() <= 1e-14 * expected,
            "[{rows}, {width}]: {value} for {expected}"
        );
        for ((dx, x), t) in dx.iter().zip(&x).zip(&t) {
            assert!((dx - 2.0 * (x - t) / (rows * width) as f64).abs() <= 1e-15);
        }
    }
}

#[test]
fn cross_entropy_of_the_course() {
    let p = [0.05_f64, 0.1, 0.7, 0.15];
    let x = p.map(f64::ln);
    let (by_label, dx) = both(&CrossEntropy::new(), 4, &x, Target::Labels(&[2]));
    let (by_value, dx_by_value) =
        both(&CrossEntropy::new(), 4, &x, Target::Values(&[0.0, 0.0, 1.0, 0.0]));
    assert!((by_label - 0.356_674_943_938_732_4).abs() <= 1e-15, "{by_label}");
    assert!((by_label - by_value).abs() <= 1e-15);
    for (i, (dx, by_value)) in dx.into_iter().zip(dx_by_value).enumerate() {
        let expected = p[i] - f64::from(i == 2);
        assert!((dx - expected).abs() <= 1e-15 && (by_value - expected).abs() <= 1e-15);
    }
}

/// H(p, q) = H(p) + KL(p, q), and it is least where q is p.
#[test]
fn cross_entropy_is_entropy_and_divergence() {
    let distribution = |seed| {
        let p = units::<f64>(9, seed);
        let sum = p.iter().sum::<f64>();
        p.into_iter().map(|p| p / sum).collect::<Vec<_>>()
    };
    let (p, q) = (distribution(1), distribution(2));
    let ln = |p: &[f64]| p.iter().map(|p| p.ln()).collect::<Vec<_>>();
    let entropy = -p.iter().map(|p| p * p.ln()).sum::<f64>();
    let divergence = p.iter().zip(&q).map(|(p, q)| p * (p / q).ln()).sum::<f64>();
    let (to_q, _) = both(&CrossEntropy::new(), 9, &ln(&q), Target::Values(&p));
    assert!((to_q - (entropy + divergence)).abs() <= 1e-14);
    let (to_itself, dx) = both(&CrossEntropy::new(), 9, &ln(&p), Target::Values(&p));
    assert!((to_itself - entropy).abs() <= 1e-14);
    assert!(dx.iter().all(|dx| dx.abs() <= 1e-15));
}

#[test]
fn equal_logits_cost_the_logarithm_of_their_number() {
    for n in (1..=70).chain([1000, 50_257]) {
        for x in [0.0, -3.5, 1e30] {
            let (value, dx) =
                both(&CrossEntropy::new(), n, &vec![x; n], Target::Labels(&[n as u32 / 2]));
            let expected = (n as f64).ln();
            assert!(
                (value - expected).abs() <= 4.0 * f64::EPSILON * expected,
                "{n}: {value} for {expected}"
            );
            assert!((dx[0] - (1.0 / n as f64 - f64::from(n < 2))).abs() <= f64::EPSILON);
        }
    }
}

#[test]
fn the_gradient_of_labels_sums_to_zero() {
    for width in 1..=70 {
        let (x, label) = (numbers::<f64>(width, 8.0, 3), width as u32 - 1);
        let (_, dx) = both(&CrossEntropy::new(), width, &x, Target::Labels(&[label]));
        assert!(dx.iter().sum::<f64>().abs() <= 8.0 * f64::EPSILON);
        assert!(dx[..width - 1].iter().all(|&dx| dx > 0.0) && dx[width - 1] <= 0.0);
    }
}

#[test]
fn huge_logits() {
    let (value, dx) = both(&CrossEntropy::new(), 3, &[3e38_f32, -3e38, 1.0], Target::Labels(&[0]));
    assert_eq!((value, dx), (0.0, vec![0.0; 3]));
    let (value, dx) = both(&CrossEntropy::new(), 3, &[0.0_f32, -2e38, 1e38], Target::Labels(&[0]));
    assert_eq!((value, dx), (f64::from(1e38_f32), vec![-1.0, 0.0, 1.0]));
    let (value, dx) =
        both(&CrossEntropy::new(), 2, &[1e300_f64, 1e300], Target::Values(&[0.5, 0.5]));
    assert!((value - 2_f64.ln()).abs() <= 1e-15);
    assert_eq!(dx, [0.0, 0.0]);
}

#[test]
fn classes_ruled_out() {
    // ln 2 in f32, for the two classes that are left.
    let ln_2 = f64::from(std::f32::consts::LN_2);
    let (value, dx) = both(&CrossEntropy::new(), 3, &[LOW, 5.0, 5.0], Target::Labels(&[1]));
    assert!((value - ln_2).abs() <= 1e-7);
    assert_eq!(dx, [0.0, -0.5, 0.5]);
    let (value, dx) =
        both(&CrossEntropy::new(), 3, &[LOW, 5.0, 5.0], Target::Values(&[0.0, 0.25, 0.75]));
    assert!((value - ln_2).abs() <= 1e-7);
    assert_eq!(dx, [0.0, 0.25, -0.25]);
    // It happened all the same.
    let (value, dx) = both(&CrossEntropy::new(), 3, &[LOW, 5.0, 5.0], Target::Labels(&[0]));
    assert_eq!((value, dx), (f64::INFINITY, vec![-1.0, 0.5, 0.5]));
    let (value, _) =
        both(&CrossEntropy::new(), 3, &[LOW, 5.0, 5.0], Target::Values(&[0.5, 0.5, 0.0]));
    assert_eq!(value, f64::INFINITY);
    // All ruled out, or one beyond all: there is no distribution.
    for x in [[LOW, LOW], [f32::INFINITY, 0.0]] {
        for target in [Target::Labels(&[0]), Target::Values(&[1.0, 0.0])] {
            let (value, dx) = both(&CrossEntropy::new(), 2, &x, target);
            assert!(value.is_nan() && dx.iter().all(|dx| dx.is_nan()), "{x:?}: {value}, {dx:?}");
        }
    }
}

#[test]
fn one_class_costs_nothing() {
    let (value, dx) = both(&CrossEntropy::new(), 1, &[-80.0_f32, 3.0], Target::Labels(&[0, 0]));
    assert_eq!((value, dx), (0.0, vec![0.0, 0.0]));
}

/// The loss of a row over a block of rows is that of the row alone, with its own label.
#[test]
fn many_rows() {
    let (rows, width) = (1000, 7);
    let x = numbers::<f64>(rows * width, 5.0, 1);
    let labels = units::<f64>(rows, 2).into_iter().map(|u| (u * 7.0) as u32).collect::<Vec<_>>();
    let expected = x.chunks(width).zip(&labels).map(|(x, &label)| {
        let sum = x.iter().map(|x| x.exp()).sum::<f64>();
        sum.ln() - x[label as usize]
    });
    let expected = expected.sum::<f64>() / rows as f64;
    let (value, _) = both(&CrossEntropy::new(), width, &x, Target::Labels(&labels));
    assert!((value - expected).abs() <= 1e-14 * expected, "{value} for {expected}");
}
