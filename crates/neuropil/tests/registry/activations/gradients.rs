//! Backward against central differences, and the promise that it adds.

use super::cases;
use crate::cases::ActivationCase;
use crate::faces::ActivationIn;
use crate::numbers::{WIDTHS, bits, numbers, numbers_off};

const ROWS: usize = 3;

/// Half the distance between the two points of a difference; kinks lie farther than that.
const H: f64 = 1e-5;

const RANGE: f64 = 4.0;

/// The input if it is read, else nothing at all.
fn if_read(read: bool, numbers: &[f64]) -> &[f64] {
    if read { numbers } else { &[] }
}

/// dx by central differences of Σ dy·f(x), a column of all rows at once: rows don't know of each
/// other, as another test shows.
fn differences(case: &ActivationCase, width: usize, x: &[f64], dy: &[f64]) -> Vec<f64> {
    let f: &dyn ActivationIn<f64> = &*case.f;
    let costs = |x: &[f64]| -> Vec<f64> {
        let mut y = vec![f64::NAN; dy.len()];
        match case.surrogate {
            None => f.forward(width, x, &mut y),
            Some(surrogate) => y = x.iter().map(|&x| surrogate(x)).collect(),
        }
        let of_row = |(y, dy): (&[f64], &[f64])| y.iter().zip(dy).map(|(y, dy)| y * dy).sum();
        let row = dy.len() / ROWS;
        y.chunks(row).zip(dy.chunks(row)).map(of_row).collect()
    };
    let mut dx = vec![f64::NAN; x.len()];
    for column in 0..width {
        let shifted = |by: f64| {
            let mut moved = x.to_vec();
            moved.iter_mut().skip(column).step_by(width).for_each(|x| *x += by);
            costs(&moved)
        };
        for (row, (above, below)) in shifted(H).into_iter().zip(shifted(-H)).enumerate() {
            dx[row * width + column] = (above - below) / (2.0 * H);
        }
    }
    dx
}

fn check(case: &ActivationCase, width: usize) {
    let f: &dyn ActivationIn<f64> = &*case.f;
    let Some(output_width) = f.output_width(width) else {
        return;
    };
    let x = numbers_off::<f64>(&case.kinks, ROWS * width, RANGE, width as u64);
    let dy = numbers::<f64>(ROWS * output_width, 2.0, 100 + width as u64);
    let mut y = vec![f64::NAN; ROWS * output_width];
    f.forward(width, &x, &mut y);

    let mut dx = numbers::<f64>(ROWS * width, 1.0, 200 + width as u64);
    let before = dx.clone();
    let (read_x, read_y) = (if_read(f.reads().input(), &x), if_read(f.reads().output(), &y));
    f.backward(width, read_x, read_y, &dy, &mut dx);

    let expected = differences(case, width, &x, &dy);
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

/// Or that of the function that is lent to it.
#[test]
fn backward_is_the_derivative_and_adds() {
    for case in cases() {
        for width in WIDTHS {
            check(&case, width);
        }
    }
}
