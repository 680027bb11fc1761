//! A slow and obvious form of every loss of rows, reduced, in `f64`, and what must hold between the
//! two.

use crate::inputs::{numbers, units};
use neuropil_losses::{Float, Loss, LossError, Reduction, Target, TargetKind, Weighted, Weights};

/// What is tried.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub rows: usize,
    pub width: usize,
    pub seed: u64,
    pub weighted: bool,
    pub reduction: Reduction,
}

/// Which numbers a loss takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Numbers {
    /// Any.
    Any,
    /// In (0, 1).
    Units,
    /// 1 and -1.
    Signs,
    /// 0 and 1.
    Bits,
}

impl Numbers {
    fn make(self, len: usize, seed: u64) -> Vec<f64> {
        let units = || units::<f64>(len, seed).into_iter();
        match self {
            Self::Any => numbers(len, 3.0, seed),
            Self::Units => units().map(|u| 0.02 + 0.96 * u).collect(),
            Self::Signs => units().map(|u| if u < 0.5 { -1.0 } else { 1.0 }).collect(),
            Self::Bits => units().map(f64::round).collect(),
        }
    }
}

/// The targets of all rows.
#[derive(Clone, Debug)]
pub enum Targets {
    Values(Vec<f64>),
    Labels(Vec<u32>),
}

impl Targets {
    pub fn values(kind: Numbers, shape: Shape) -> Self {
        Self::Values(kind.make(shape.rows * shape.width, shape.seed + 1))
    }

    /// Labels, of which some are `ignored`.
    pub fn labels(ignored: Option<u32>, shape: Shape) -> Self {
        let labels = units::<f64>(shape.rows, shape.seed + 2);
        let labels = labels.into_iter().map(|u| (u * shape.width as f64) as u32);
        let mut labels: Vec<u32> = labels.collect();
        for (label, u) in labels.iter_mut().zip(units::<f64>(shape.rows, shape.seed + 3)) {
            if let (Some(ignored), true) = (ignored, u < 0.3) {
                *label = ignored;
            }
        }
        Self::Labels(labels)
    }

    fn target(&self) -> Target<'_, f64> {
        match self {
            Self::Values(values) => Target::Values(values),
            Self::Labels(labels) => Target::Labels(labels),
        }
    }
}

/// The slow form of a loss.
pub struct Slow<'a> {
    /// The loss of a row.
    pub row: &'a dyn Fn(&[f64], Target<'_, f64>) -> f64,
    /// What a row counts.
    pub count: &'a dyn Fn(Target<'_, f64>) -> f64,
    /// Whether the loss of a row is a mean over its numbers.
    pub by_number: bool,
    pub x: Numbers,
}

/// Checks a loss, which has the reduction of the shape, against its slow form.
pub fn check(loss: &impl Loss, slow: &Slow<'_>, targets: &Targets, shape: Shape) {
    let Shape { rows, width, seed, weighted, reduction } = shape;
    assert_eq!(loss.reduction(), reduction);
    let x = slow.x.make(rows * width, seed);
    let target = targets.target();
    // A row of weight zero among them.
    let mut weights = units::<f64>(rows, seed + 4);
    weights[rows / 2] = 0.0;
    let weights = weighted.then_some(&weights[..]);
    let weight = |row: usize| weights.map_or(1.0, |weights| weights[row]);
    let all = Weighted { target, weights };
    let target_of = |row: usize| target.rows(row, row + 1, width);

    let row_loss = |row: usize, x: &[f64]| (slow.row)(&x[row * width..][..width], target_of(row));
    let total: f64 = (0..rows).map(|row| weight(row) * (slow.count)(target_of(row))).sum();
    let numbers = if slow.by_number { width as f64 } else { 1.0 };
    let factor = match reduction {
        Reduction::Mean => 1.0 / total,
        Reduction::Sum => numbers,
        Reduction::BatchMean => numbers / total,
    };
    let reduced =
        |x: &[f64]| (0..rows).map(|row| weight(row) * row_loss(row, x)).sum::<f64>() * factor;

    // The rows, whether or not they count.
    let mut each = vec![f64::NAN; rows];
    loss.each(width, &x, all, &mut each).expect("rows that fit");
    for (row, &each) in each.iter().enumerate() {
        close(each, weight(row) * row_loss(row, &x), 1e-12, &|| format!("{loss:?}: row {row}"));
    }

    let mut dx = vec![f64::NAN; x.len()];
    let value = match loss.both(width, &x, all, &mut dx) {
        Ok(value) => value,
        Err(error) => {
            let says =
                matches!(error, LossError::NothingCounts { .. } | LossError::NoWeight { .. });
            assert!(says && total == 0.0, "{error}");
            assert_eq!(loss.value(width, &x, all), Err(error));
            let weights = loss.weights(width, rows, all);
            if reduction != Reduction::Sum {
                assert!((0..rows).all(|row| weights.of(row) == 0.0));
                assert_eq!(loss.reduce(width, &vec![1.0; rows], all), 0.0);
            }
            return;
        }
    };
    assert!(total > 0.0, "{loss:?}: {value} of nothing");
    close(value, reduced(&x), 1e-12, &|| format!("{loss:?}: value"));
    assert_eq!(loss.value(width, &x, all).map(f64::to_bits), Ok(value.to_bits()));
    let of_each = each.iter().sum::<f64>() * factor;
    close(value, of_each, 1e-12, &|| format!("{loss:?}: by its rows"));

    gradient(loss, &|row, x| weight(row) * factor * row_loss(row, x), &x, &dx, width);

    // Each row is what it is alone.
    let mut losses = vec![f64::NAN; rows];
    let mut dx_of_rows = vec![f64::NAN; x.len()];
    let factors = loss.weights(width, rows, all);
    loss.rows(width, &x, target, factors, &mut losses, Some(&mut dx_of_rows));
    assert_eq!(bits(&dx), bits(&dx_of_rows));
    for row in 0..rows {
        let (mut alone, mut dx_alone) = ([f64::NAN], vec![f64::NAN; width]);
        let factor = Weights::uniform(factors.of(row));
        let x = &x[row * width..][..width];
        loss.rows(width, x, target_of(row), factor, &mut alone, Some(&mut dx_alone));
        assert_eq!(alone[0].to_bits(), losses[row].to_bits(), "{loss:?}: row {row}");
        assert_eq!(bits(&dx_alone), bits(&dx[row * width..][..width]), "{loss:?}: row {row}");
    }
    singles(loss, &x, all, width, value);
}

/// The gradient by central differences of the slow form, row by row.
fn gradient(
    loss: &impl Loss,
    row_loss: &dyn Fn(usize, &[f64]) -> f64,
    x: &[f64],
    dx: &[f64],
    width: usize,
) {
    const H: f64 = 1e-5;
    let mut moved = x.to_vec();
    for i in 0..x.len() {
        let mut at = |h: f64| {
            moved[i] = x[i] + h;
            let value = row_loss(i / width, &moved);
            moved[i] = x[i];
            value
        };
        let (below, here, above) = (at(-H), at(0.0), at(H));
        // At a kink there is no derivative.
        let (left, right) = ((here - below) / H, (above - here) / H);
        let expected = (above - below) / (2.0 * H);
        if (left - right).abs() > 1e-2 * (1e-3 + expected.abs().max(dx[i].abs())) {
            continue;
        }
        // Differences of a steep slope are off by a share of that slope, whatever the value.
        let of = here.abs().max(expected.abs()).max(1.0);
        close_to(dx[i], expected, 1e-6, of, &|| format!("{loss:?}: dx[{i}]"));
    }
}

/// `f32` follows.
fn singles(loss: &impl Loss, x: &[f64], all: Weighted<'_, f64>, width: usize, value: f64) {
    let single = |numbers: &[f64]| numbers.iter().map(|&x| x as f32).collect::<Vec<_>>();
    let (x, weights) = (single(x), all.weights.map(single));
    let values;
    let target = match all.target {
        Target::Values(numbers) => {
            values = single(numbers);
            Target::Values(&values)
        }
        Target::Labels(labels) => Target::Labels(labels),
    };
    let all = Weighted { target, weights: weights.as_deref() };
    let mut dx = vec![f32::NAN; x.len()];
    let single = loss.both(width, &x, all, &mut dx).expect("rows that fit");
    assert_eq!(loss.value(width, &x, all).map(f64::to_bits), Ok(single.to_bits()));
    // Terms of either sign may cancel; that of a row is some tens at most.
    close_to(single, value, 1e-3, value.abs().max(1.0), &|| format!("{loss:?} in f32"));
    assert!(dx.iter().all(|dx| dx.is_finite()));
    assert!(matches!(target.kind(), TargetKind::Values | TargetKind::Labels));
}

fn bits<T: Float>(numbers: &[T]) -> Vec<u64> {
    numbers.iter().map(|x| x.to_f64().to_bits()).collect()
}

fn close(found: f64, expected: f64, share: f64, what: &dyn Fn() -> String) {
    close_to(found, expected, share, expected.abs().max(1.0), what);
}

fn close_to(found: f64, expected: f64, share: f64, of: f64, what: &dyn Fn() -> String) {
    let error = (found - expected).abs();
    assert!(error <= share * of, "{} is {found}, should be {expected}", what());
}
