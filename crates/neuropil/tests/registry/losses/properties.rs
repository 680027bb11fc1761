//! What holds for all shapes, targets, weights and reductions.

use super::cases;
use super::samples::Sample;
use crate::faces::LossIn;
use crate::numbers::{WIDTHS, bits, units};
use neuropil::losses::{Prediction, Reduction, Target, Weighted, Weights};
use neuropil::simd::Float;

/// The unweighted loss of each row.
fn row_losses<T: Float>(loss: &dyn LossIn<T>, sample: &Sample<T>) -> Vec<T> {
    let mut losses = vec![T::NAN; sample.rows];
    loss.rows(sample.width, &sample.x, sample.plain(), Weights::uniform(T::ONE), &mut losses, None);
    losses
}

/// `both` is `value` and `backward`, and with them `rows`, `weights` and `reduce`, to the bit.
fn one_sweep<T: Float>(loss: &dyn LossIn<T>, sample: &Sample<T>) {
    let (width, target) = (sample.width, sample.target());
    let mut dx = vec![T::NAN; sample.x.len()];
    let value = loss.both(width, &sample.x, target, &mut dx).unwrap();
    assert_eq!(value.to_bits(), loss.value(width, &sample.x, target).unwrap().to_bits());
    let mut dx_alone = vec![T::NAN; sample.x.len()];
    loss.backward(width, &sample.x, target, &mut dx_alone).unwrap();
    assert_eq!(bits(&dx), bits(&dx_alone));

    let (mut losses, mut dx_of_rows) = (vec![T::NAN; sample.rows], vec![T::NAN; sample.x.len()]);
    let weights = loss.weights(width, sample.rows, target);
    loss.rows(width, &sample.x, target.target, weights, &mut losses, Some(&mut dx_of_rows));
    assert_eq!(bits(&dx), bits(&dx_of_rows));
    assert_eq!(bits(&losses), bits(&row_losses(loss, sample)));
    assert_eq!(value.to_bits(), loss.reduce(width, &losses, target).to_bits());
}

/// Value and gradient are the weighted mean or sum of those of the rows.
fn reduced<T: Float>(loss: &dyn LossIn<T>, sample: &Sample<T>) {
    let width = sample.width;
    let Weighted { target, weights } = sample.target();
    let weight = |row: usize| weights.map_or(1.0, |weights| weights[row].to_f64());
    let counts = |row: usize| weight(row) * loss.count(target, row);
    let mean = || (0..sample.rows).map(counts).sum::<f64>();
    let numbers = loss.numbers(width) as f64;
    let total = match loss.reduction() {
        Reduction::Sum => 1.0 / numbers,
        Reduction::Mean => mean(),
        Reduction::BatchMean => mean() / numbers,
    };
    let losses = row_losses(loss, sample);
    let expected =
        losses.iter().enumerate().map(|(row, loss)| weight(row) * loss.to_f64()).sum::<f64>()
            / total;
    let mut each = vec![T::NAN; sample.rows];
    loss.each(width, &sample.x, sample.target(), &mut each).unwrap();
    for (row, (&each, &loss)) in each.iter().zip(&losses).enumerate() {
        assert_eq!(each, if weights.is_some() { loss * T::of(weight(row)) } else { loss });
    }

    let mut dx = vec![T::NAN; sample.x.len()];
    let value = loss.both(width, &sample.x, sample.target(), &mut dx).unwrap();
    assert!((value - expected).abs() <= 1e-12 * expected.abs(), "{loss:?}: {value} for {expected}");

    let mut dx_of_rows = vec![T::NAN; sample.x.len()];
    loss.rows(
        width,
        &sample.x,
        target,
        Weights::uniform(T::ONE),
        &mut vec![T::NAN; sample.rows],
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
fn scaled_weights<T: Float>(loss: &dyn LossIn<T>, sample: &Sample<T>) {
    if sample.target().weights.is_none() {
        return;
    }
    let mut scaled = sample.clone();
    scaled.scale_weights(T::of(8.0)); // exact, so the bits stay
    let factor = match loss.reduction() {
        Reduction::Mean | Reduction::BatchMean => 1.0,
        Reduction::Sum => 8.0,
    };
    let (mut dx, mut dx_scaled) = (vec![T::NAN; sample.x.len()], vec![T::NAN; sample.x.len()]);
    let value = loss.both(sample.width, &sample.x, sample.target(), &mut dx).unwrap();
    let value_scaled = loss.both(sample.width, &sample.x, scaled.target(), &mut dx_scaled).unwrap();
    assert_eq!(value_scaled, value * factor);
    for (dx, dx_scaled) in dx.into_iter().zip(dx_scaled) {
        assert_eq!(dx_scaled, dx * T::of(factor));
    }
}

/// Equal weights are none.
fn equal_weights<T: Float>(loss: &dyn LossIn<T>, sample: &Sample<T>) {
    let ones = vec![T::ONE; sample.rows];
    let (mut dx, mut dx_weighted) = (vec![T::NAN; sample.x.len()], vec![T::NAN; sample.x.len()]);
    let value = loss.both(sample.width, &sample.x, sample.plain().into(), &mut dx).unwrap();
    let weighted = loss
        .both(sample.width, &sample.x, sample.plain().weighted(&ones), &mut dx_weighted)
        .unwrap();
    assert_eq!(value.to_bits(), weighted.to_bits());
    assert_eq!(bits(&dx), bits(&dx_weighted));
}

/// A NaN is not lost, and spoils no row but its own.
fn nan_shows<T: Float>(loss: &dyn LossIn<T>, sample: &Sample<T>, at: usize) {
    let mut sample = sample.clone();
    let before = row_losses(loss, &sample);
    let mut at = at % sample.x.len();
    // Of logarithms, only that of the label is looked at.
    if let (Prediction::LogProbabilities, Target::Labels(labels)) =
        (loss.prediction(), sample.plain())
    {
        let row = at / sample.width;
        at = row * sample.width + labels[row] as usize;
    }
    sample.x[at] = T::NAN;
    let mut dx = vec![T::ZERO; sample.x.len()];
    let mut losses = vec![T::ZERO; sample.rows];
    let weights = loss.weights(sample.width, sample.rows, sample.plain().into());
    loss.rows(sample.width, &sample.x, sample.plain(), weights, &mut losses, Some(&mut dx));
    let ignored = |row: usize| match sample.plain() {
        Target::Labels(labels) => Some(labels[row]) == loss.ignored_label(),
        Target::Values(_) => false,
    };
    if ignored(at / sample.width) {
        assert_eq!(losses, before);
        assert!(dx.iter().all(|dx| !dx.is_nan()));
        return;
    }
    for row in 0..sample.rows {
        if row == at / sample.width {
            assert!(losses[row].is_nan(), "{loss:?}");
        } else {
            assert_eq!(losses[row], before[row]);
            assert!(dx[row * sample.width..][..sample.width].iter().all(|dx| !dx.is_nan()));
        }
    }
    assert!(dx[at].is_nan());
    assert!(loss.value(sample.width, &sample.x, sample.plain().into()).unwrap().is_nan());
}

fn check<T: Float>(loss: &dyn LossIn<T>, shape: (usize, usize), seed: u64) {
    for sample in Sample::<T>::all(loss, shape, seed) {
        one_sweep(loss, &sample);
        reduced(loss, &sample);
        scaled_weights(loss, &sample);
        equal_weights(loss, &sample);
        nan_shows(loss, &sample, seed as usize);
    }
}

/// Shapes and seeds as they come.
#[test]
fn all_properties() {
    let below = |limit: f64, u: f64| (limit * u) as usize;
    for shape in units::<f64>(3 * 25, 5).chunks(3) {
        let (shape, seed) = ((1 + below(19.0, shape[0]), 1 + below(39.0, shape[1])), shape[2]);
        for case in cases() {
            check::<f32>(&*case.loss, shape, below(1e6, seed) as u64);
            check::<f64>(&*case.loss, shape, below(1e6, seed) as u64);
        }
    }
}

/// Around the blocks in which rows are swept, 64 and 256.
#[test]
fn all_properties_of_many_rows() {
    for rows in [63, 64, 65, 255, 256, 257] {
        for case in cases() {
            check::<f32>(&*case.loss, (rows, 3), rows as u64);
        }
    }
}

/// Each row has the loss, to the bit, that it has alone.
#[test]
fn rows_do_not_know_of_each_other() {
    fn check_rows<T: Float>(loss: &dyn LossIn<T>) {
        for width in WIDTHS {
            for sample in Sample::all(loss, (67, width), 5) {
                let all = row_losses(loss, &sample);
                let target_width = sample.target_len() / sample.rows;
                for row in [0, 1, 40, 63, 64, 66] {
                    let x = &sample.x[row * width..(row + 1) * width];
                    let target = sample.plain().rows(row, row + 1, target_width);
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
    for case in cases() {
        check_rows::<f32>(&*case.loss);
        check_rows::<f64>(&*case.loss);
    }
}

/// Nothing is written beside what was given.
#[test]
fn guards_stay() {
    fn guarded(loss: &dyn LossIn<f32>) {
        for width in 1..=20 {
            for sample in Sample::all(loss, (3, width), 9) {
                let (mut losses, mut dx) = (vec![7.0; 5], vec![7.0; 3 * width + 2]);
                loss.rows(
                    width,
                    &sample.x,
                    sample.plain(),
                    loss.weights(width, 3, sample.target()),
                    &mut losses[1..4],
                    Some(&mut dx[1..3 * width + 1]),
                );
                assert_eq!([losses[0], losses[4], dx[0], dx[3 * width + 1]], [7.0; 4]);
            }
        }
    }
    for case in cases() {
        guarded(&*case.loss);
    }
}

/// A loss takes its predictions for logits or for scores of classes if, and only if, it looks at their
/// differences: then a number added to all of a row changes nothing.
#[test]
fn logits_are_known_up_to_a_number() {
    for case in cases() {
        let loss: &dyn LossIn<f64> = &*case.loss;
        for sample in Sample::all(loss, (4, 6), 3) {
            let value = |x: &[f64]| loss.value(6, x, sample.target()).expect("a good sample");
            let shifted: Vec<f64> = sample.x.iter().map(|x| x + 1.0).collect();
            let (before, after) = (value(&sample.x), value(&shifted));
            let same = (before - after).abs() <= 1e-12 * before.abs();
            let says = loss.prediction();
            let of_classes = matches!(says, Prediction::Logits | Prediction::Scores);
            assert_eq!(same, of_classes, "{loss:?} says {says:?}");
        }
    }
}
