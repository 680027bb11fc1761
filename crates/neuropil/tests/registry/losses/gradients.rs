//! The gradient against central differences, and the promise that it overwrites.

use super::cases;
use super::samples::Sample;
use crate::faces::LossIn;
use crate::numbers::WIDTHS;

fn check(loss: &dyn LossIn<f64>, rows: usize, width: usize) {
    const H: f64 = 1e-5;
    for sample in Sample::all(loss, (rows, width), 7) {
        let mut dx = vec![f64::NAN; rows * width];
        loss.backward(width, &sample.x, sample.target(), &mut dx).expect("a good sample");

        let mut x = sample.x.clone();
        for i in 0..x.len() {
            let value = |x: &[f64]| loss.value(width, x, sample.target()).expect("a good sample");
            x[i] = sample.x[i] + H;
            let above = value(&x);
            x[i] = sample.x[i] - H;
            let below = value(&x);
            x[i] = sample.x[i];
            let expected = (above - below) / (2.0 * H);
            assert!(
                (dx[i] - expected).abs() <= 1e-8 * (1.0 + expected.abs() + above.abs()),
                "{loss:?}, {}: dx[{i}] is {}, by differences {expected}",
                sample.describe(),
                dx[i]
            );
        }
    }
}

#[test]
fn the_gradient_is_the_derivative_and_overwrites() {
    for case in cases() {
        for width in WIDTHS {
            check(&*case.loss, 3, width);
        }
        for rows in [1, 2, 8, 17] {
            check(&*case.loss, rows, 5);
        }
    }
}

#[test]
fn the_gradient_is_right_in_a_graph() {
    for case in cases() {
        if let Err(error) = case.loss.gradcheck() {
            panic!("{:?}: {error}", case.loss);
        }
    }
}
