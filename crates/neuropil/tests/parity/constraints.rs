//! Constraints on weights divided into units.

use crate::Failure;
use crate::closeness::Closeness;
use crate::golden::{Case, Family};
use crate::regularizers::penalties::units;
use neuropil::regularizers::{Constraint, MaxNorm, MinMaxNorm, NonNeg, UnitNorm};
use neuropil::simd::Float;

#[test]
fn constraints_equal_pytorch() {
    let mut family = Family::open("constraints");
    family.member("MaxNorm", |case| check(case, &MaxNorm::new(number(case, "max")?)?));
    family.member("MinMaxNorm", |case| {
        let constraint = MinMaxNorm::new(number(case, "min")?, number(case, "max")?)?;
        check(case, &constraint.rate(number(case, "rate")?)?)
    });
    family.member("NonNeg", |case| check(case, &NonNeg));
    family.member("UnitNorm", |case| check(case, &UnitNorm));
    family.end();
}

fn number(case: &Case, key: &str) -> Result<f64, Failure> {
    case.setting(key).ok_or_else(|| format!("no {key}").into())
}

fn check(case: &Case, constraint: &impl Constraint) -> Result<(), Failure> {
    in_type::<f32>(case, constraint)?;
    in_type::<f64>(case, constraint)
}

fn in_type<T: Float>(case: &Case, constraint: &impl Constraint) -> Result<(), Failure> {
    let mut w = case.input::<T>("w")?.values;
    constraint.project(units(case)?, &mut w);
    case.compare("w", &w, Closeness::VALUES)
}
