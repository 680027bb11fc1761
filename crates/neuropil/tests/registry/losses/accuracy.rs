//! Both types against the slow reference, and `f32` against `f64`, which runs through the same
//! formula.

use super::cases;
use super::samples::Sample;
use crate::cases::LossCase;
use crate::faces::LossIn;
use crate::numbers::doubles;
use neuropil::losses::Weights;
use neuropil::simd::Float;

/// Units in the last place by which the loss of a row may be off: those of its sum.
const ULPS: f64 = 8.0;

fn check_reference<T: Float>(case: &LossCase, loss: &dyn LossIn<T>, rows: usize, width: usize) {
    for sample in Sample::<T>::all(loss, (rows, width), 21) {
        let mut losses = vec![T::NAN; rows];
        let weights = Weights::uniform(T::ONE);
        loss.rows(width, &sample.x, sample.plain(), weights, &mut losses, None);

        let exact = sample.to::<f64>();
        let target_width = exact.target_len() / rows;
        for (row, x) in exact.x.chunks(width).enumerate() {
            let expected = (case.reference)(x, exact.plain().rows(row, row + 1, target_width));
            // The terms of most losses have the same sign, so none cancel.
            let target = exact.plain().rows(row, row + 1, target_width);
            let ulp = T::EPSILON.to_f64() * (case.magnitude)(x, target).max(0.1);
            let error = (losses[row].to_f64() - expected).abs() / ulp;
            assert!(
                error <= ULPS,
                "{loss:?}, {}, {}: row {row} costs {}, should cost {expected}: {error} ULP",
                T::NAME,
                sample.describe(),
                losses[row]
            );
        }
    }
}

#[test]
fn both_types_compute_the_loss() {
    for case in cases() {
        for width in (1..=40).chain([100, 1000]) {
            check_reference::<f32>(&case, &*case.loss, 3, width);
            check_reference::<f64>(&case, &*case.loss, 3, width);
        }
    }
}

fn check_single(loss: &LossCase, rows: usize, width: usize) {
    for sample in Sample::<f64>::all(&*loss.loss, (rows, width), 21) {
        let (double, single): (&dyn LossIn<f64>, &dyn LossIn<f32>) = (&*loss.loss, &*loss.loss);
        let mut dx = vec![f64::NAN; rows * width];
        let value = double.both(width, &sample.x, sample.target(), &mut dx).expect("a good sample");
        let what = format!("{double:?}, {}", sample.describe());
        let target_width = sample.target_len() / rows;
        let magnitudes: Vec<f64> = (0..rows)
            .map(|row| {
                let target = sample.plain().rows(row, row + 1, target_width);
                (loss.magnitude)(&sample.x[row * width..][..width], target)
            })
            .collect();
        let magnitude = double.reduce(width, &magnitudes, sample.target());
        let sample = sample.to::<f32>();
        let mut dx32 = vec![f32::NAN; rows * width];
        let value32 =
            single.both(width, &sample.x, sample.target(), &mut dx32).expect("a good sample");

        let error = (value32 - value).abs() / (f64::from(f32::EPSILON) * magnitude.max(0.1));
        assert!(error <= ULPS, "{what}: {value32}, in f64 {value}: {error} ULP");
        let largest = dx.iter().fold(0.0, |largest: f64, dx| largest.max(dx.abs()));
        for (i, (dx32, dx)) in doubles(&dx32).into_iter().zip(&dx).enumerate() {
            let error = (dx32 - dx).abs() / (f64::from(f32::EPSILON) * largest.max(1e-3));
            assert!(error <= ULPS, "{what}: dx[{i}] is {dx32}, in f64 {dx}: {error} ULP");
        }
    }
}

#[test]
fn single_precision_follows_double() {
    for case in cases() {
        for width in (1..=40).chain([100, 1000]) {
            check_single(&case, 5, width);
        }
        check_single(&case, 600, 10);
    }
}
