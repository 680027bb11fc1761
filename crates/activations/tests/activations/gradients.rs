//! Backward against central differences, and the promise that it adds.

use crate::inputs::{bits, numbers};
use crate::registry::for_each_activation;
use neuropil_activations::Activation;

const ROWS: usize = 3;

/// The input if it is read, else nothing at all.
fn if_read(read: bool, numbers: &[f64]) -> &[f64] {
    if read { numbers } else { &[] }
}

/// dx by central differences of Σ dy·f(x).
fn differences<A: Activation>(f: &A, width: usize, x: &[f64], dy: &[f64]) -> Vec<f64> {
    const H: f64 = 1e-5;
    let value = |x: &[f64]| {
        let mut y = vec![f64::NAN; dy.len()];
        f.forward(width, x, &mut y);
        y.iter().zip(dy).map(|(y, dy)| y * dy).sum::<f64>()
    };
    let mut moved = x.to_vec();
    (0..x.len())
        .map(|i| {
            moved[i] = x[i] + H;
            let above = value(&moved);
            moved[i] = x[i] - H;
            let below = value(&moved);
            moved[i] = x[i];
            (above - below) / (2.0 * H)
        })
        .collect()
}

fn check<A: Activation>(f: &A, width: usize) {
    let Some(output_width) = f.output_width(width) else {
        return;
    };
    let x = numbers::<f64>(ROWS * width, 4.0, width as u64);
    let dy = numbers::<f64>(ROWS * output_width, 2.0, 100 + width as u64);
    let mut y = vec![f64::NAN; ROWS * output_width];
    f.forward(width, &x, &mut y);

    let mut dx = numbers::<f64>(ROWS * width, 1.0, 200 + width as u64);
    let before = dx.clone();
    let (read_x, read_y) = (if_read(f.reads().input(), &x), if_read(f.reads().output(), &y));
    f.backward(width, read_x, read_y, &dy, &mut dx);

    let expected = differences(f, width, &x, &dy);
    for (i, expected) in expected.iter().enumerate() {
        let added = dx[i] - before[i];
        assert!(
            (added - expected).abs() <= 1e-8 * (1.0 + expected.abs()),
            "{f:?}, width {width}: dx[{i}] is {added}, by differences {expected}"
        );
    }

    // What is not read may be there, whatever it holds.
    let (mut again, nothing) = (before, vec![f64::NAN; ROWS * width]);
    let x = if f.reads().input() { &x } else { &nothing };
    let y = if f.reads().output() { &y } else { &nothing[..y.len()] };
    f.backward(width, x, y, &dy, &mut again);
    assert_eq!(bits(&dx), bits(&again), "{f:?}, width {width}: reads what it says it does not");
}

#[test]
fn backward_is_the_derivative_and_adds() {
    for width in 1..=40 {
        for_each_activation!(|a| check(a, width));
    }
}
