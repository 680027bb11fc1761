//! Losses: of each row, reduced, and the gradient.

use crate::Failure;
use crate::closeness::Closeness;
use crate::golden::{Case, Family};
use neuropil::losses::{CrossEntropy, Loss, MeanSquaredError, Target, Weighted, Weights};
use neuropil::simd::Float;

#[test]
fn losses_equal_pytorch() {
    let mut family = Family::open("losses");
    family.member("CrossEntropy", |case| {
        let loss = CrossEntropy::new();
        check(case, if sums(case)? { loss.sum() } else { loss })
    });
    family.member("MeanSquaredError", |case| {
        let loss = MeanSquaredError::new();
        check(case, if sums(case)? { loss.sum() } else { loss })
    });
    family.end();
}

/// Whether the rows are to be added up.
fn sums(case: &Case) -> Result<bool, Failure> {
    match case.text("reduction") {
        Some("mean") => Ok(false),
        Some("sum") => Ok(true),
        _ => Err("no such reduction".into()),
    }
}

fn check(case: &Case, loss: impl Loss) -> Result<(), Failure> {
    in_type::<f32>(case, &loss)?;
    in_type::<f64>(case, &loss)
}

fn in_type<T: Float>(case: &Case, loss: &impl Loss) -> Result<(), Failure> {
    if !case.is_for::<T>() {
        return Ok(());
    }
    let x = case.input::<T>("x")?;
    let width = x.shape.last().copied().ok_or("x is a single number")?;
    let (values, labels) = (case.given::<T>("target"), case.indices("labels"));
    let target = match (&values, &labels) {
        (Some(values), None) => Target::Values(&values.values),
        (None, Some(labels)) => Target::Labels(labels),
        _ => return Err("neither a target nor labels, or both".into()),
    };
    let weights = case.given::<T>("weights").map(|weights| weights.values);
    let weighted = Weighted { target, weights: weights.as_deref() };

    let mut rows = vec![T::NAN; x.values.len() / width];
    loss.rows(width, &x.values, target, Weights::uniform(T::ONE), &mut rows, None);
    // A row's loss is a sum over its classes.
    case.compare("rows", &rows, Closeness::SUMS)?;

    let mut dx = vec![T::NAN; x.values.len()];
    let value = loss.both(width, &x.values, weighted, &mut dx)?;
    case.compare("value", &[T::of(value)], Closeness::VALUES)?;
    case.compare("dx", &dx, Closeness::GRADIENTS)
}
