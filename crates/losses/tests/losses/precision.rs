//! `f32` against `f64`, which runs through the same formula.

use crate::inputs::{Case, KINDS};
use crate::registry::for_each_loss;
use neuropil_losses::Loss;

fn check<L: Loss>(loss: &L, rows: usize, width: usize) {
    for (kind, weighted) in KINDS.into_iter().flat_map(|kind| [(kind, false), (kind, true)]) {
        let Some(case) = Case::<f64>::new(loss, kind, (rows, width), weighted, 21) else {
            continue;
        };
        let mut dx = vec![f64::NAN; rows * width];
        let value = loss.both(width, &case.x, case.target(), &mut dx).unwrap();
        let single = case.to::<f32>();
        let mut dx32 = vec![f32::NAN; rows * width];
        let value32 = loss.both(width, &single.x, single.target(), &mut dx32).unwrap();

        let shape = format!("{loss:?}, {kind}, weighted: {weighted}, [{rows}, {width}]");
        // All terms of a loss have the same sign, so none cancel.
        let error = (value32 - value).abs() / (f64::from(f32::EPSILON) * value.max(0.1));
        assert!(error <= 8.0, "{shape}: {value32}, in f64 {value}: {error} ULP");
        let largest = dx.iter().fold(0.0, |largest: f64, dx| largest.max(dx.abs()));
        for (i, (dx32, dx)) in dx32.iter().zip(&dx).enumerate() {
            let error =
                (f64::from(*dx32) - dx).abs() / (f64::from(f32::EPSILON) * largest.max(1e-3));
            assert!(error <= 8.0, "{shape}: dx[{i}] is {dx32}, in f64 {dx}: {error} ULP");
        }
    }
}

#[test]
fn single_precision_follows_double() {
    for width in (1..=40).chain([100, 1000]) {
        for_each_loss!(|loss| check(loss, 5, width));
    }
    for_each_loss!(|loss| check(loss, 600, 10));
}
