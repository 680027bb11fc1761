//! Penalties on tensors and on units, and their proximal steps.

use crate::Failure;
use crate::closeness::Closeness;
use crate::golden::{Case, Family};
use neuropil::regularizers::{
    ElasticNet, GroupLasso, L1, L2, Orthogonal, Proximal, Regularizer, Units,
};
use neuropil::simd::Float;

/// Checks the members of this part.
pub fn members(family: &mut Family) {
    family.member("ElasticNet", |case| {
        let penalty = ElasticNet::new(number(case, "l1")?, number(case, "l2")?)?;
        both(case, &penalty)
    });
    family.member("GroupLasso", |case| both(case, &GroupLasso::new(number(case, "lambda")?)?));
    family.member("L1", |case| both(case, &L1::new(number(case, "lambda")?)?));
    family.member("Orthogonal", |case| {
        let penalty = Orthogonal::new(number(case, "lambda")?)?;
        value_and_gradient::<f32>(case, &penalty)?;
        value_and_gradient::<f64>(case, &penalty)
    });
}

/// The proximal step of L2, whose other cases are elsewhere.
pub fn step_of_l2(case: &Case) -> Result<(), Failure> {
    both(case, &L2::new(number(case, "lambda")?)?)
}

fn number(case: &Case, key: &str) -> Result<f64, Failure> {
    case.setting(key).ok_or_else(|| format!("no {key}").into())
}

/// How the case divides its weights.
pub fn units(case: &Case) -> Result<Units, Failure> {
    let [outer, count, inner] =
        ["outer", "count", "inner"].map(|key| case.setting(key).map(|number| number as usize));
    let all = outer.zip(count).zip(inner).ok_or("no units")?;
    let ((outer, count), inner) = all;
    Ok(Units { outer, count, inner })
}

fn both(case: &Case, penalty: &impl Proximal) -> Result<(), Failure> {
    if case.expects("shrunk") {
        step::<f32>(case, penalty)?;
        return step::<f64>(case, penalty);
    }
    value_and_gradient::<f32>(case, penalty)?;
    value_and_gradient::<f64>(case, penalty)
}

fn value_and_gradient<T: Float>(case: &Case, penalty: &impl Regularizer) -> Result<(), Failure> {
    let (w, units) = (case.input::<T>("w")?.values, units(case)?);
    let value = penalty.penalty_of_units(units, &w);
    case.compare("penalty", &[T::of(value)], Closeness::VALUES)?;
    let mut dw = vec![T::ZERO; w.len()];
    penalty.backward_of_units(units, &w, &mut dw);
    case.compare("dw", &dw, Closeness::GRADIENTS)
}

fn step<T: Float>(case: &Case, penalty: &impl Proximal) -> Result<(), Failure> {
    let mut w = case.input::<T>("w")?.values;
    penalty.shrink(units(case)?, number(case, "rate")?, &mut w);
    case.compare("shrunk", &w, Closeness::GRADIENTS)
}
