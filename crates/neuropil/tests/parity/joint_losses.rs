//! Losses of several inputs: of each row, reduced, and the gradient of each input.

use crate::Failure;
use crate::closeness::Closeness;
use crate::golden::{Array, Case, Family};
use neuropil::activations::{Activation, LogSoftmax};
use neuropil::losses::{
    CosineDistance, CosineEmbedding, Ctc, CtcBatch, CtcLabels, Distance, GaussianNll, JointLoss,
    LpDistance, MarginRanking, TripletMargin, TripletMarginWithDistance,
};
use neuropil::simd::Float;

#[test]
fn joint_losses_equal_pytorch() {
    let mut family = Family::open("joint_losses");
    family.member("CosineEmbedding", |case| {
        let loss = CosineEmbedding::new().margin(case.setting("margin").ok_or("no margin")?)?;
        check(case, if sums(case)? { loss.sum() } else { loss })
    });
    family.member("Ctc", |case| {
        let loss = Ctc::new().blank(case.setting("blank").ok_or("no blank")? as u32);
        let loss = loss.zero_infinity(case.flag("zero infinity"));
        let loss = if sums(case)? { loss.sum() } else { loss };
        ctc::<f32>(case, loss)?;
        ctc::<f64>(case, loss)
    });
    family.member("GaussianNll", |case| {
        let mut loss = GaussianNll::new().full(case.flag("full"));
        if let Some(epsilon) = case.setting("epsilon") {
            loss = loss.epsilon(epsilon)?;
        }
        if case.flag("shared") {
            loss = loss.shared_variance();
        }
        check(case, if sums(case)? { loss.sum() } else { loss })
    });
    family.member("MarginRanking", |case| {
        let loss = MarginRanking::new().margin(case.setting("margin").ok_or("no margin")?)?;
        check(case, if sums(case)? { loss.sum() } else { loss })
    });
    family.member("TripletMargin", |case| {
        let mut loss = TripletMargin::new().swap(case.flag("swap"));
        if let Some(margin) = case.setting("margin") {
            loss = loss.margin(margin)?;
        }
        if let Some(epsilon) = case.setting("epsilon") {
            loss = loss.epsilon(epsilon)?;
        }
        if let Some(p) = case.setting("p") {
            loss = loss.p(p)?;
        }
        check(case, if sums(case)? { loss.sum() } else { loss })
    });
    family.member("TripletMarginWithDistance", |case| match case.text("distance") {
        Some("euclidean") => with_distance(case, LpDistance::euclidean()),
        Some("cosine") => with_distance(case, CosineDistance),
        _ => Err("no such distance".into()),
    });
    family.end();
}

fn with_distance(case: &Case, distance: impl Distance) -> Result<(), Failure> {
    let mut loss = TripletMarginWithDistance::new(distance).swap(case.flag("swap"));
    if let Some(margin) = case.setting("margin") {
        loss = loss.margin(margin)?;
    }
    check(case, if sums(case)? { loss.sum() } else { loss })
}

/// Whether the rows are to be added up.
fn sums(case: &Case) -> Result<bool, Failure> {
    match case.text("reduction") {
        Some("mean") => Ok(false),
        Some("sum") => Ok(true),
        _ => Err("no such reduction".into()),
    }
}

fn check(case: &Case, loss: impl JointLoss<3>) -> Result<(), Failure> {
    in_type::<f32>(case, &loss)?;
    in_type::<f64>(case, &loss)
}

fn in_type<T: Float>(case: &Case, loss: &impl JointLoss<3>) -> Result<(), Failure> {
    if !case.is_for::<T>() {
        return Ok(());
    }
    let inputs: [Array<T>; 3] = [case.input("0")?, case.input("1")?, case.input("2")?];
    let x = inputs.each_ref().map(|input| &input.values[..]);
    let width = inputs[0].shape.last().copied().ok_or("input 0 is a single number")?;
    let weights = case.given::<T>("weights").map(|weights| weights.values);
    let weights = weights.as_deref();

    let mut rows = vec![T::NAN; x[0].len() / width];
    loss.each(width, x, None, &mut rows)?;
    case.compare("rows", &rows, Closeness::SUMS)?;

    let mut i = 0;
    let mut gradients = x.map(|x| {
        i += 1;
        loss.differentiates(i - 1).then(|| vec![T::NAN; x.len()])
    });
    let dx = gradients.each_mut().map(|dx| dx.as_deref_mut());
    let value = loss.both(width, x, weights, dx)?;
    case.compare("value", &[T::of(value)], Closeness::SUMS)?;
    for (i, dx) in gradients.iter().enumerate() {
        if let Some(dx) = dx {
            case.compare(&format!("d {i}"), dx, Closeness::GRADIENTS)?;
        }
    }
    Ok(())
}

/// From log-probabilities as they are, or from logits through a log-softmax.
fn ctc<T: Float>(case: &Case, ctc: Ctc) -> Result<(), Failure> {
    let logits = case.given::<T>("logits");
    let given = match &logits {
        Some(logits) => logits.clone(),
        None => case.input::<T>("x")?,
    };
    let [_, time, classes] = given.shape[..] else {
        return Err("not [rows, time, classes]".into());
    };
    let mut x = given.values.clone();
    if let Some(logits) = &logits {
        LogSoftmax.forward(classes, &logits.values, &mut x);
    }
    let labels = case.indices("labels").ok_or("no labels")?;
    let counts = case.indices("counts").ok_or("no counts")?;
    let steps = case.indices("steps");
    let mut batch = CtcBatch::new(time, classes, &x, CtcLabels::Concatenated(&labels), &counts);
    if let Some(steps) = &steps {
        batch = batch.steps(steps);
    }
    let longest = counts.iter().max().map_or(0, |&longest| longest as usize);
    let mut workspace = vec![T::NAN; Ctc::workspace_len(time, longest)];
    let mut dx = vec![T::NAN; x.len()];
    let value = ctc.both(&batch, &mut dx, &mut workspace)?;
    case.compare("value", &[T::of(value)], Closeness::VALUES)?;
    if logits.is_none() {
        let mut rows = vec![T::NAN; counts.len()];
        ctc.rows(&batch, &mut rows, None, &mut workspace)?;
        case.compare("rows", &rows, Closeness::VALUES)?;
        return case.compare("dx", &dx, Closeness::GRADIENTS);
    }
    let mut dlogits = vec![T::ZERO; x.len()];
    LogSoftmax.backward(classes, &given.values, &x, &dx, &mut dlogits);
    case.compare("dx", &dlogits, Closeness::GRADIENTS)
}
