//! Connectionist temporal classification against all paths, one by one.

use crate::inputs::numbers;
use neuropil_losses::{Ctc, CtcBatch, CtcLabels, Float, LossError};

/// The labels of a path: repetitions merged, blanks dropped.
fn collapsed(path: &[u32], blank: u32) -> Vec<u32> {
    let mut labels = Vec::new();
    let mut before = None;
    for &class in path {
        if Some(class) != before && class != blank {
            labels.push(class);
        }
        before = Some(class);
    }
    labels
}

/// All sequences of `len` classes.
fn sequences(len: usize, classes: u32) -> Vec<Vec<u32>> {
    let mut all = vec![vec![]];
    for _ in 0..len {
        let longer = |shorter: &Vec<u32>| -> Vec<Vec<u32>> {
            (0..classes).map(|class| [&shorter[..], &[class]].concat()).collect()
        };
        all = all.iter().flat_map(longer).collect();
    }
    all
}

/// The loss of a row and its gradient, over all paths.
fn by_paths(classes: usize, x: &[f64], labels: &[u32], blank: u32) -> (f64, Vec<f64>) {
    let steps = x.len() / classes;
    let (mut sum, mut through) = (0.0, vec![0.0; x.len()]);
    for path in sequences(steps, classes as u32) {
        if collapsed(&path, blank) != labels {
            continue;
        }
        let places = || path.iter().enumerate().map(|(t, &class)| t * classes + class as usize);
        let p = places().map(|at| x[at]).sum::<f64>().exp();
        sum += p;
        places().for_each(|at| through[at] += p);
    }
    (-sum.ln(), through.into_iter().map(|p| -p / sum).collect())
}

/// Rows of log-probabilities.
fn log_probabilities<T: Float>(rows: usize, classes: usize, seed: u64) -> Vec<T> {
    let x = numbers::<f64>(rows * classes, 2.0, seed);
    let of_row = |x: &[f64]| -> Vec<T> {
        let ln_sum = x.iter().map(|x| x.exp()).sum::<f64>().ln();
        x.iter().map(|x| T::of(x - ln_sum)).collect()
    };
    x.chunks(classes).flat_map(of_row).collect()
}

/// A row alone.
fn row<T: Float>(ctc: Ctc, classes: usize, x: &[T], labels: &[u32]) -> (T, Vec<T>) {
    // What the workspace held does not matter.
    let mut workspace = vec![T::NAN; Ctc::workspace_len(x.len() / classes, labels.len())];
    let mut dx = vec![T::NAN; x.len()];
    let loss = ctc.row(classes, x, labels, T::ONE, Some(&mut dx), &mut workspace);
    let alone = ctc.row(classes, x, labels, T::ONE, None, &mut workspace);
    assert!(loss == alone || loss.is_nan() && alone.is_nan());
    (loss, dx)
}

#[test]
fn all_paths_of_few_steps() {
    for blank in 0..3 {
        for steps in 1..=6 {
            let x = log_probabilities::<f64>(steps, 3, steps as u64);
            for labels in (0..=4).flat_map(|len| sequences(len, 3)) {
                if labels.contains(&blank) {
                    continue;
                }
                let (expected, slopes) = by_paths(3, &x, &labels, blank);
                let (loss, dx) = row(Ctc::new().blank(blank), 3, &x, &labels);
                if expected == f64::INFINITY {
                    assert_eq!(loss, f64::INFINITY, "{labels:?} in {steps}");
                    assert!(dx.iter().all(|dx| dx.is_nan()));
                    let (loss, dx) =
                        row(Ctc::new().blank(blank).zero_infinity(true), 3, &x, &labels);
                    assert_eq!((loss, dx), (0.0, vec![0.0; x.len()]));
                    continue;
                }
                assert!((loss - expected).abs() <= 1e-13 * expected.max(1.0), "{labels:?}: {loss}");
                for (dx, slope) in dx.iter().zip(&slopes) {
                    assert!((dx - slope).abs() <= 1e-13, "{labels:?}: {dx} for {slope}");
                }
                let (single, _) = row(
                    Ctc::new().blank(blank),
                    3,
                    &x.iter().map(|&x| x as f32).collect::<Vec<_>>(),
                    &labels,
                );
                assert!((f64::from(single) - expected).abs() <= 1e-5 * expected.max(1.0));
            }
        }
    }
}

/// Whatever is said, something is said.
#[test]
fn the_probabilities_of_all_labels_sum_to_one() {
    for steps in 1..=5 {
        let x = log_probabilities::<f64>(steps, 3, 7 + steps as u64);
        let labels = (0..=steps).flat_map(|len| sequences(len, 3)).filter(|l| !l.contains(&0));
        let sum: f64 = labels.map(|labels| (-row(Ctc::new(), 3, &x, &labels).0).exp()).sum();
        assert!((sum - 1.0).abs() <= 1e-14, "{steps} steps: {sum}");
    }
}

/// In each step the path is somewhere.
#[test]
fn the_gradient_of_a_step_sums_to_minus_one() {
    for (steps, labels) in [(1, 1), (9, 4), (40, 13), (60, 30), (200, 33)] {
        let x = log_probabilities::<f64>(steps, 7, 3);
        let labels: Vec<u32> = (0..labels).map(|i| 1 + i * i % 6).collect();
        let (loss, dx) = row(Ctc::new(), 7, &x, &labels);
        if !loss.is_finite() {
            continue;
        }
        for dx in dx.chunks(7) {
            assert!((dx.iter().sum::<f64>() + 1.0).abs() <= 1e-13);
            assert!(dx.iter().all(|&dx| (-1.0 - 1e-13..=0.0).contains(&dx)));
        }
    }
}

#[test]
fn gradients_are_central_differences() {
    let labels: Vec<u32> = vec![2, 2, 4, 1, 1, 3];
    let x = log_probabilities::<f64>(17, 5, 1);
    let (_, dx) = row(Ctc::new(), 5, &x, &labels);
    for i in 0..x.len() {
        let value = |step: f64| {
            let mut x = x.clone();
            x[i] += step;
            row(Ctc::new(), 5, &x, &labels).0
        };
        let expected = (value(1e-5) - value(-1e-5)) / 2e-5;
        assert!((dx[i] - expected).abs() <= 1e-8, "{i}: {} for {expected}", dx[i]);
    }
}

/// Logarithms that would be in the thousands keep their last digits, since the largest is taken away.
#[test]
fn long_sequences_in_single_precision() {
    let (steps, classes) = (700, 20);
    let x = log_probabilities::<f32>(steps, classes, 5);
    let double: Vec<f64> = x.iter().map(|&x| f64::from(x)).collect();
    let labels: Vec<u32> = (0..90).map(|i| 1 + (i * 7 + i / 5) % 19).collect();
    let (single, dx) = row(Ctc::new(), classes, &x, &labels);
    let (expected, slopes) = row(Ctc::new(), classes, &double, &labels);
    assert!(expected > 500.0);
    assert!((f64::from(single) - expected).abs() <= 2e-6 * expected, "{single} for {expected}");
    for (dx, slope) in dx.iter().zip(&slopes) {
        assert!((f64::from(*dx) - slope).abs() <= 1e-4, "{dx} for {slope}");
    }
}

/// Steps that are ruled out, and numbers that are none.
#[test]
fn what_is_not_finite() {
    let low = f64::NEG_INFINITY;
    // Blank, then 1 for certain.
    let x = [0.0, low, low, 0.0];
    assert_eq!(row(Ctc::new(), 2, &x, &[1]), (0.0, vec![-1.0, 0.0, 0.0, -1.0]));
    let (loss, dx) = row(Ctc::new(), 2, &x, &[]);
    assert!(loss == f64::INFINITY && dx.iter().all(|dx| dx.is_nan()));
    let (loss, dx) = row(Ctc::new().zero_infinity(true), 2, &x, &[]);
    assert_eq!((loss, dx), (0.0, vec![0.0; 4]));
    let (loss, dx) = row(Ctc::new().zero_infinity(true), 2, &[-1.0, f64::NAN, -1.0, -1.0], &[1]);
    assert!(loss.is_nan() && dx.iter().all(|dx| dx.is_nan()));
    // No steps.
    assert_eq!(row::<f64>(Ctc::new(), 2, &[], &[]).0, 0.0);
    assert_eq!(row::<f64>(Ctc::new(), 2, &[], &[1]).0, f64::INFINITY);
}

/// Three rows in all ways to say them, in all reductions, weighted or not.
#[test]
fn batches_are_their_rows() {
    batches::<f32>(1e-6);
    batches::<f64>(1e-14);
}

fn batches<T: Float>(tolerance: f64) {
    let (time, classes) = (9, 4);
    let x = log_probabilities::<T>(3 * time, classes, 11);
    let (padded, concatenated) = ([1, 1, 2, 0, 3, 0, 0, 0, 9, 9, 9, 9], [1, 1, 2, 3]);
    let (lengths, steps) = ([3, 1, 0], [9, 4, 6]);
    let weights: Vec<T> = [0.5, 2.0, 0.0].into_iter().map(T::of).collect();
    for option in 0..16_u32 {
        let [is_padded, has_steps, is_weighted, is_sum] = [1, 2, 4, 8].map(|bit| option & bit != 0);
        let labels = match is_padded {
            true => CtcLabels::Padded(&padded),
            false => CtcLabels::Concatenated(&concatenated),
        };
        let mut batch = CtcBatch::new(time, classes, &x, labels, &lengths);
        if has_steps {
            batch = batch.steps(&steps);
        }
        if is_weighted {
            batch = batch.weighted(&weights);
        }
        let ctc = if is_sum { Ctc::new().sum() } else { Ctc::new() };

        let mut workspace = vec![T::NAN; Ctc::workspace_len(time, 3)];
        let mut dx = vec![T::NAN; x.len()];
        let value = ctc.both(&batch, &mut dx, &mut workspace).expect("a batch");
        assert_eq!(value.to_bits(), ctc.value(&batch, &mut workspace).expect("a batch").to_bits());
        let mut again = vec![T::NAN; x.len()];
        ctc.backward(&batch, &mut again, &mut workspace).expect("a batch");
        assert!(dx == again);

        let (mut losses, mut slopes) = (vec![T::NAN; 3], vec![T::NAN; x.len()]);
        let rows = Some(&mut slopes[..]);
        ctc.rows(&batch, &mut losses, rows, &mut workspace).expect("a batch");
        let weight = |row: usize| if is_weighted { weights[row].to_f64() } else { 1.0 };
        let total = if is_sum { 1.0 } else { (0..3).map(weight).sum() };
        let factor = |row: usize| {
            let labels = if is_sum { 1.0 } else { f64::from(lengths[row].max(1)) };
            weight(row) / labels / total
        };
        let expected: f64 = (0..3).map(|row| factor(row) * losses[row].to_f64()).sum();
        assert!((value - expected).abs() <= tolerance * expected, "{option}: {value}");
        let mut start = 0;
        for at in 0..3 {
            let count = if has_steps { steps[at] as usize } else { time };
            let labels = &concatenated[start..start + lengths[at] as usize];
            start += labels.len();
            let x = &x[at * time * classes..][..count * classes];
            let (loss, of_row) = row(ctc, classes, x, labels);
            assert_eq!(loss, losses[at]);
            let slopes = &slopes[at * time * classes..][..time * classes];
            assert_eq!(&slopes[..x.len()], of_row);
            assert!(slopes[x.len()..].iter().all(|&dx| dx == T::ZERO));
            for (dx, slope) in dx[at * time * classes..].iter().zip(slopes) {
                let expected = slope.to_f64() * factor(at);
                assert!((dx.to_f64() - expected).abs() <= tolerance, "{option}: {dx}");
            }
        }
    }
}

#[test]
fn errors_name_what_is_wrong() {
    let x = [-1.0_f32; 2 * 3 * 4];
    let says = |ctc: Ctc, batch: CtcBatch<'_, f32>| {
        let (mut workspace, mut dx) = (vec![0.0; 100], vec![7.0; x.len()]);
        let error = ctc.value(&batch, &mut workspace).expect_err("it should have failed");
        assert_eq!(ctc.both(&batch, &mut dx, &mut workspace), Err(error.clone()));
        assert!(dx.iter().all(|&dx| dx == 7.0));
        error.to_string()
    };
    let padded = |labels| CtcLabels::Padded(labels);
    let good = CtcBatch::new(3, 4, &x, padded(&[1, 2, 3, 0]), &[2, 1]);
    assert!(Ctc::new().check(&good).is_ok());
    for (ctc, batch, expected) in [
        (
            Ctc::new(),
            CtcBatch::new(3, 4, &x, padded(&[1, 2, 3, 0]), &[2, 2]),
            "a label of row 1 is 0; it must be another class than the blank",
        ),
        (
            Ctc::new(),
            CtcBatch::new(3, 4, &x, padded(&[1, 2, 4, 0]), &[2, 1]),
            "the label of row 1 is 4, but there are only 4 classes",
        ),
        (
            Ctc::new(),
            CtcBatch::new(3, 4, &x, padded(&[1, 2, 3, 1]), &[2, 3]),
            "number of labels of row 1 is 3; it must be at most 2",
        ),
        (
            Ctc::new(),
            CtcBatch::new(3, 4, &x, padded(&[1, 2, 3]), &[1, 1]),
            "labels has the length 3, but 2 rows need 2",
        ),
        (
            Ctc::new(),
            CtcBatch::new(3, 4, &x, CtcLabels::Concatenated(&[1, 2]), &[2, 1]),
            "labels has the length 2, but 2 rows need 3",
        ),
        (
            Ctc::new(),
            CtcBatch::new(2, 4, &x, padded(&[1, 2]), &[1, 1]),
            "x has the length 24, but 2 rows need 16",
        ),
        (Ctc::new(), good.steps(&[3]), "steps has the length 1, but 2 rows need 2"),
        (Ctc::new(), good.steps(&[3, 4]), "number of steps of row 1 is 4; it must be at most 3"),
        (Ctc::new(), CtcBatch::new(3, 4, &[], padded(&[]), &[]), "there are no rows"),
        (Ctc::new().blank(4), good, "blank is 4; it must be below the number of classes"),
        (
            Ctc::new(),
            good.weighted(&[1.0, -1.0]),
            "the weight of row 1 is -1; it must be finite and not negative",
        ),
        (Ctc::new(), good.weighted(&[0.0; 2]), "the weights of all 2 rows are zero"),
    ] {
        assert_eq!(says(ctc, batch), format!("Ctc: {expected}"));
    }
    let needed = Ctc::workspace_len(3, 2);
    assert_eq!(
        Ctc::new().value(&good, &mut vec![0.0; needed - 1]),
        Err(LossError::Length {
            loss: "Ctc".into(),
            what: "workspace",
            rows: 2,
            expected: needed,
            found: needed - 1
        })
    );
}
