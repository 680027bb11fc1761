//! What holds for all shapes, weights and reductions.

use super::samples::Sample;
use super::{Joint, JointIn, joints};
use crate::numbers::{WIDTHS, bits, units};
use neuropil::losses::Reduction;
use neuropil::simd::Float;

/// The value and all gradients there are.
fn all<T: Float>(loss: &dyn JointIn<T>, sample: &Sample<T>) -> (f64, [Option<Vec<T>>; 3]) {
    let mut gradients = sample.gradients(loss);
    let dx = gradients.each_mut().map(|dx| dx.as_deref_mut());
    let value = loss.both(sample.width, sample.x(), sample.weights(), dx);
    (value.unwrap_or_else(|error| panic!("{loss:?}: {error}")), gradients)
}

/// The loss of each row, unweighted.
fn row_losses<T: Float>(loss: &dyn JointIn<T>, sample: &Sample<T>) -> Vec<T> {
    let mut losses = vec![T::NAN; sample.rows];
    loss.rows(sample.width, sample.x(), &mut losses, [None, None, None]);
    losses
}

/// The same bits whatever is asked for: the value alone, each gradient alone, all, or the rows.
fn one_sweep<T: Float>(loss: &dyn JointIn<T>, sample: &Sample<T>) {
    let (width, x, weights) = (sample.width, sample.x(), sample.weights());
    let (value, gradients) = all(loss, sample);
    assert_eq!(value.to_bits(), loss.value(width, x, weights).expect("a sample").to_bits());
    for (i, expected) in gradients.iter().enumerate() {
        let Some(expected) = expected else { continue };
        let mut alone = vec![T::NAN; expected.len()];
        let mut dx = [None, None, None];
        dx[i] = Some(&mut alone[..]);
        let again = loss.both(width, x, weights, dx).expect("a sample");
        assert_eq!((again.to_bits(), bits(&alone)), (value.to_bits(), bits(expected)), "{loss:?}");
    }
    let losses = row_losses(loss, sample);
    assert_eq!(value.to_bits(), loss.reduce(width, &losses, weights).to_bits());
    let mut each = vec![T::NAN; sample.rows];
    loss.each(width, x, weights, &mut each).expect("a sample");
    for (row, (each, loss)) in each.iter().zip(&losses).enumerate() {
        assert_eq!(*each, *loss * weights.map_or(T::ONE, |weights| weights[row]));
    }
}

/// Value and gradients are the weighted mean or sum of those of the rows.
fn reduced<T: Float>(loss: &dyn JointIn<T>, sample: &Sample<T>) {
    let weight = |row: usize| sample.weights().map_or(1.0, |weights| weights[row].to_f64());
    let (numbers, sum) = (loss.numbers(sample.width) as f64, || (0..sample.rows).map(weight).sum());
    let total: f64 = match loss.reduction() {
        Reduction::Mean => sum(),
        Reduction::Sum => 1.0 / numbers,
        Reduction::BatchMean => sum() / numbers,
    };
    let losses = row_losses(loss, sample);
    let expected = losses.iter().enumerate().map(|(row, loss)| weight(row) * loss.to_f64());
    let expected = expected.sum::<f64>() / total;
    let (value, gradients) = all(loss, sample);
    assert!((value - expected).abs() <= 1e-12 * expected.abs(), "{loss:?}: {value} for {expected}");

    let mut of_rows = sample.gradients(loss);
    let dx = of_rows.each_mut().map(|dx| dx.as_deref_mut());
    loss.rows(sample.width, sample.x(), &mut vec![T::NAN; sample.rows], dx);
    for (i, (dx, of_row)) in gradients.iter().zip(&of_rows).enumerate() {
        let (Some(dx), Some(of_row)) = (dx, of_row) else { continue };
        let width = loss.input_width(i, sample.width);
        let largest = of_row.iter().fold(0.0, |largest: f64, dx| largest.max(dx.to_f64().abs()));
        for (at, (dx, of_row)) in dx.iter().zip(of_row).enumerate() {
            let factor = weight(at / width) / total;
            let error = (dx.to_f64() - of_row.to_f64() * factor).abs();
            let allowed = 8.0 * T::EPSILON.to_f64() * largest * factor;
            assert!(error <= allowed, "{loss:?}: d {i}[{at}] is {dx}, not {of_row} {factor}");
        }
    }
}

/// Each row has the loss, to the bit, that it has alone.
fn rows_alone<T: Float>(loss: &dyn JointIn<T>, sample: &Sample<T>) {
    let losses = row_losses(loss, sample);
    for row in 0..sample.rows {
        let mut alone = [T::NAN];
        loss.rows(sample.width, sample.row(loss, row), &mut alone, [None, None, None]);
        assert_eq!(bits(&alone), bits(&losses[row..=row]), "{loss:?}, row {row}");
    }
}

/// The loss of each row is that of the slow reference.
fn accurate<T: Float>(joint: &Joint, loss: &dyn JointIn<T>, sample: &Sample<T>) {
    let double = sample.to::<f64>();
    let face: &dyn JointIn<f64> = &*joint.loss;
    for (row, found) in row_losses(loss, sample).into_iter().enumerate() {
        let expected = (joint.reference)(double.row(face, row));
        let error = (found.to_f64() - expected).abs() / T::EPSILON.to_f64();
        // Distances and cosines are taken from each other: to the size of what is, some 10.
        assert!(error <= 64.0 * (1.0 + expected.abs()), "{loss:?}: {found} for {expected}");
    }
}

/// Gradients are central differences, in `f64`.
fn differences(joint: &Joint, sample: &Sample<f64>) {
    const STEP: f64 = 3e-6;
    let loss: &dyn JointIn<f64> = &*joint.loss;
    let (_, gradients) = all(loss, sample);
    for (i, gradient) in gradients.iter().enumerate() {
        for (at, &gradient) in gradient.iter().flatten().enumerate() {
            let moved = |step: f64| {
                let mut sample = sample.clone();
                *sample.number(i, at) += step;
                loss.value(sample.width, sample.x(), sample.weights()).expect("a sample")
            };
            let expected = (moved(STEP) - moved(-STEP)) / (2.0 * STEP);
            let error = (gradient - expected).abs();
            let what = format!("{loss:?}, d {i}[{at}]");
            assert!(error <= 1e-7 * gradient.abs().max(1.0), "{what}: {gradient} for {expected}");
        }
    }
}

fn check(joint: &Joint, shape: (usize, usize), seed: u64) {
    for weighted in [false, true] {
        let loss: &dyn JointIn<f64> = &*joint.loss;
        let sample = Sample::new(loss, &joint.fill, shape, weighted, seed);
        one_sweep(loss, &sample);
        reduced(loss, &sample);
        rows_alone(loss, &sample);
        accurate(joint, loss, &sample);
        differences(joint, &sample);
        let loss: &dyn JointIn<f32> = &*joint.loss;
        let sample = Sample::new(loss, &joint.fill, shape, weighted, seed);
        one_sweep(loss, &sample);
        reduced(loss, &sample);
        rows_alone(loss, &sample);
        accurate(joint, loss, &sample);
    }
}

/// Shapes and seeds as they come. Cosines of vectors of one or two numbers have slopes that change
/// within a step of a difference.
#[test]
fn all_properties() {
    let below = |limit: f64, u: f64| (limit * u) as usize;
    for shape in units::<f64>(3 * 12, 5).chunks(3) {
        let (shape, seed) = ((1 + below(6.0, shape[0]), 3 + below(37.0, shape[1])), shape[2]);
        for joint in joints() {
            check(&joint, shape, below(1e6, seed) as u64);
        }
    }
}

#[test]
fn all_properties_of_widths_around_vectors() {
    for width in WIDTHS.into_iter().filter(|&width| width > 2) {
        for joint in joints() {
            check(&joint, (2, width), width as u64);
        }
    }
}

/// Around the blocks in which rows are swept.
#[test]
fn all_properties_of_many_rows() {
    for rows in [255, 256, 257] {
        for joint in joints() {
            let loss: &dyn JointIn<f32> = &*joint.loss;
            let sample = Sample::new(loss, &joint.fill, (rows, 3), true, rows as u64);
            one_sweep(loss, &sample);
            reduced(loss, &sample);
        }
    }
}

/// What does not fit is said with the numbers, whichever loss it is.
#[test]
fn errors_name_what_does_not_fit() {
    for joint in joints() {
        let loss: &dyn JointIn<f64> = &*joint.loss;
        let sample = Sample::new(loss, &joint.fill, (2, 3), false, 1);
        let x = sample.x();
        let says = |x: [&[f64]; 3], weights: Option<&[f64]>| joint.loss.complains(3, x, weights);
        assert_eq!(says([&x[0][..5], x[1], x[2]], None), "x has 5 numbers, which are no rows of 3");
        assert_eq!(says([&[], &[], &[]], None), "there are no rows");
        let expected = 2 * loss.input_width(2, 3);
        let short = says([x[0], x[1], &x[2][1..]], None);
        let end = format!("has the length {}, but 2 rows need {expected}", expected - 1);
        assert!(short.ends_with(&end), "{short}");
        assert_eq!(says(x, Some(&[1.0])), "weights has the length 1, but 2 rows need 2");
        assert_eq!(says(x, Some(&[0.0; 2])), "the weights of all 2 rows are zero");
        for (bad, shown) in [(-0.5, "-0.5"), (f64::NAN, "NaN"), (f64::INFINITY, "inf")] {
            let expected =
                format!("the weight of row 1 is {shown}; it must be finite and not negative");
            assert_eq!(says(x, Some(&[1.0, bad])), expected);
        }
    }
}
