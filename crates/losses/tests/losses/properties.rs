//! What holds for all shapes, targets, weights and reductions.

use crate::inputs::{Case, KINDS, bits, numbers};
use crate::registry::for_each_loss;
use neuropil_losses::{Float, Loss, Reduction, Weighted, Weights};
use proptest::prelude::*;

/// Every case of one shape that the loss takes.
fn cases<T: Float, L: Loss>(loss: &L, shape: (usize, usize), seed: u64) -> Vec<Case<T>> {
    let kinds = KINDS.into_iter().flat_map(|kind| [(kind, false), (kind, true)]);
    kinds.filter_map(|(kind, weighted)| Case::new(loss, kind, shape, weighted, seed)).collect()
}

/// The unweighted loss of each row.
fn row_losses<T: Float, L: Loss>(loss: &L, case: &Case<T>) -> Vec<T> {
    let mut losses = vec![T::NAN; case.rows];
    loss.rows(case.width, &case.x, case.plain(), Weights::uniform(T::ONE), &mut losses, None);
    losses
}

/// `both` is `value` and `backward`, and with them `rows`, `weights` and `reduce`, to the bit.
fn one_sweep<T: Float, L: Loss>(loss: &L, case: &Case<T>) {
    let (width, target) = (case.width, case.target());
    let mut dx = vec![T::NAN; case.x.len()];
    let value = loss.both(width, &case.x, target, &mut dx).unwrap();
    assert_eq!(value.to_bits(), loss.value(width, &case.x, target).unwrap().to_bits());
    let mut dx_alone = vec![T::NAN; case.x.len()];
    loss.backward(width, &case.x, target, &mut dx_alone).unwrap();
    assert_eq!(bits(&dx), bits(&dx_alone));

    let (mut losses, mut dx_of_rows) = (vec![T::NAN; case.rows], vec![T::NAN; case.x.len()]);
    let weights = loss.weights(case.rows, target);
    loss.rows(width, &case.x, target.target, weights, &mut losses, Some(&mut dx_of_rows));
    assert_eq!(bits(&dx), bits(&dx_of_rows));
    assert_eq!(bits(&losses), bits(&row_losses(loss, case)));
    assert_eq!(value.to_bits(), loss.reduce(&losses, target).to_bits());
}

/// Value and gradient are the weighted mean or sum of those of the rows.
fn reduced<T: Float, L: Loss>(loss: &L, case: &Case<T>) {
    let width = case.width;
    let Weighted { target, weights } = case.target();
    let weight = |row: usize| weights.map_or(1.0, |weights| weights[row].to_f64());
    let total = match loss.reduction() {
        Reduction::Sum => 1.0,
        Reduction::Mean => (0..case.rows).map(weight).sum(),
    };
    let losses = row_losses(loss, case);
    let expected =
        losses.iter().enumerate().map(|(row, loss)| weight(row) * loss.to_f64()).sum::<f64>()
            / total;
    let mut dx = vec![T::NAN; case.x.len()];
    let value = loss.both(width, &case.x, case.target(), &mut dx).unwrap();
    assert!((value - expected).abs() <= 1e-12 * expected.abs(), "{loss:?}: {value} for {expected}");

    let mut dx_of_rows = vec![T::NAN; case.x.len()];
    loss.rows(
        width,
        &case.x,
        target,
        Weights::uniform(T::ONE),
        &mut vec![T::NAN; case.rows],
        Some(&mut dx_of_rows),
    );
    // The 1 stands for the probabilities, whose difference the gradient of the cross entropy is.
    let largest = dx_of_rows.iter().fold(0.0, |largest: f64, dx| largest.max(dx.to_f64().abs()));
    for (i, (dx, of_row)) in dx.iter().zip(&dx_of_rows).enumerate() {
        let factor = weight(i / width) / total;
        let error = (dx.to_f64() - of_row.to_f64() * factor).abs();
        assert!(
            error <= 4.0 * T::EPSILON.to_f64() * (1.0 + largest) * factor,
            "{loss:?}: dx[{i}] is {dx}"
        );
    }
}

/// Weights count by their proportions in a mean, and by themselves in a sum.
fn scaled_weights<T: Float, L: Loss>(loss: &L, case: &Case<T>) {
    if case.target().weights.is_none() {
        return;
    }
    let mut scaled = case.clone();
    scaled.scale_weights(T::of(8.0)); // exact, so the bits stay
    let factor = match loss.reduction() {
        Reduction::Mean => 1.0,
        Reduction::Sum => 8.0,
    };
    let (mut dx, mut dx_scaled) = (vec![T::NAN; case.x.len()], vec![T::NAN; case.x.len()]);
    let value = loss.both(case.width, &case.x, case.target(), &mut dx).unwrap();
    let value_scaled = loss.both(case.width, &case.x, scaled.target(), &mut dx_scaled).unwrap();
    assert_eq!(value_scaled, value * factor);
    for (dx, dx_scaled) in dx.into_iter().zip(dx_scaled) {
        assert_eq!(dx_scaled, dx * T::of(factor));
    }
}

/// Equal weights are none.
fn equal_weights<T: Float, L: Loss>(loss: &L, case: &Case<T>) {
    let ones = vec![T::ONE; case.rows];
    let (mut dx, mut dx_weighted) = (vec![T::NAN; case.x.len()], vec![T::NAN; case.x.len()]);
    let value = loss.both(case.width, &case.x, case.plain(), &mut dx).unwrap();
    let weighted =
        loss.both(case.width, &case.x, case.plain().weighted(&ones), &mut dx_weighted).unwrap();
    assert_eq!(value.to_bits(), weighted.to_bits());
    assert_eq!(bits(&dx), bits(&dx_weighted));
}

/// A NaN is not lost, and spoils no row but its own.
fn nan_shows<T: Float, L: Loss>(loss: &L, case: &Case<T>, at: usize) {
    let mut case = case.clone();
    let before = row_losses(loss, &case);
    let at = at % case.x.len();
    case.x[at] = T::NAN;
    let mut dx = vec![T::ZERO; case.x.len()];
    let mut losses = vec![T::ZERO; case.rows];
    let weights = loss.weights(case.rows, case.plain());
    loss.rows(case.width, &case.x, case.plain(), weights, &mut losses, Some(&mut dx));
    for row in 0..case.rows {
        if row == at / case.width {
            assert!(losses[row].is_nan(), "{loss:?}");
        } else {
            assert_eq!(losses[row], before[row]);
            assert!(dx[row * case.width..][..case.width].iter().all(|dx| !dx.is_nan()));
        }
    }
    assert!(dx[at].is_nan());
    assert!(loss.value(case.width, &case.x, case.plain()).unwrap().is_nan());
}

fn check<T: Float, L: Loss>(loss: &L, shape: (usize, usize), seed: u64) {
    for case in cases::<T, L>(loss, shape, seed) {
        one_sweep(loss, &case);
        reduced(loss, &case);
        scaled_weights(loss, &case);
        equal_weights(loss, &case);
        nan_shows(loss, &case, seed as usize);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn all_properties(rows in 1_usize..20, width in 1_usize..40, seed in 0_u64..1_000_000) {
        for_each_loss!(|loss| check::<f32, _>(loss, (rows, width), seed));
        for_each_loss!(|loss| check::<f64, _>(loss, (rows, width), seed));
    }
}

/// Around the blocks in which rows are swept, 64 and 256.
#[test]
fn all_properties_of_many_rows() {
    for rows in [63, 64, 65, 255, 256, 257, 600] {
        for_each_loss!(|loss| check::<f32, _>(loss, (rows, 3), rows as u64));
    }
}

/// Each row has the loss and the gradient, to the bit, that it has alone.
#[test]
fn rows_do_not_know_of_each_other() {
    fn check_rows<T: Float, L: Loss>(loss: &L) {
        for width in 1..=40 {
            for case in cases::<T, L>(loss, (67, width), 5) {
                let all = row_losses(loss, &case);
                let target_width = case.target_len() / case.rows;
                for row in [0, 1, 40, 63, 64, 66] {
                    let x = &case.x[row * width..(row + 1) * width];
                    let target = case.plain().rows(row, row + 1, target_width);
                    let mut alone = [T::NAN];
                    loss.rows(width, x, target, Weights::uniform(T::ONE), &mut alone, None);
                    assert_eq!(
                        bits(&alone),
                        bits(&all[row..=row]),
                        "{loss:?}, width {width}, row {row}"
                    );
                }
            }
        }
    }
    for_each_loss!(|loss| check_rows::<f32, _>(loss));
    for_each_loss!(|loss| check_rows::<f64, _>(loss));
}

/// Nothing is read or written beside what was given.
#[test]
fn guards_stay() {
    fn guarded<L: Loss>(loss: &L) {
        for width in 1..=20 {
            for case in cases::<f32, L>(loss, (3, width), 9) {
                let (mut losses, mut dx) = (vec![7.0; 5], vec![7.0; 3 * width + 2]);
                let weights = loss.weights(3, case.target());
                loss.rows(
                    width,
                    &case.x,
                    case.plain(),
                    weights,
                    &mut losses[1..4],
                    Some(&mut dx[1..3 * width + 1]),
                );
                assert_eq!([losses[0], losses[4], dx[0], dx[3 * width + 1]], [7.0; 4]);
            }
        }
    }
    for_each_loss!(|loss| guarded(loss));
    // The numbers of the tests are what they should be.
    let x = numbers::<f32>(1000, 2.0, 1);
    assert!(
        x.iter().any(|x| *x < -1.0)
            && x.iter().any(|x| *x > 1.0)
            && x.iter().all(|x| x.abs() <= 2.0)
    );
}
