//! The gradient against central differences, and the promise that it overwrites.

use crate::inputs::{Case, KINDS};
use crate::registry::for_each_loss;
use neuropil_losses::Loss;

fn check<L: Loss>(loss: &L, rows: usize, width: usize) {
    const H: f64 = 1e-5;
    for (kind, weighted) in KINDS.into_iter().flat_map(|kind| [(kind, false), (kind, true)]) {
        let Some(case) = Case::<f64>::new(loss, kind, (rows, width), weighted, 7) else {
            continue;
        };
        let mut dx = vec![f64::NAN; rows * width];
        loss.backward(width, &case.x, case.target(), &mut dx).unwrap();

        let mut x = case.x.clone();
        for i in 0..x.len() {
            x[i] = case.x[i] + H;
            let above = loss.value(width, &x, case.target()).unwrap();
            x[i] = case.x[i] - H;
            let below = loss.value(width, &x, case.target()).unwrap();
            x[i] = case.x[i];
            let expected = (above - below) / (2.0 * H);
            assert!(
                (dx[i] - expected).abs() <= 1e-8 * (1.0 + expected.abs() + above.abs()),
                "{loss:?}, {kind}, weighted: {weighted}, [{rows}, {width}]: \
                 dx[{i}] is {}, by differences {expected}",
                dx[i]
            );
        }
    }
}

#[test]
fn the_gradient_is_the_derivative_and_overwrites() {
    for width in 1..=40 {
        for_each_loss!(|loss| check(loss, 3, width));
    }
    for rows in [1, 2, 8, 17] {
        for_each_loss!(|loss| check(loss, rows, 5));
    }
}
