//! Mixtures for given shares and places. What is drawn is chance.

use crate::Failure;
use crate::closeness::Closeness;
use crate::golden::{Case, Family};
use neuropil::regularizers::{CutMix, Mix};
use neuropil::simd::Float;

#[test]
fn mixtures_equal_torchvision() {
    let mut family = Family::open("mixtures");
    family.member("Mixup", |case| check(case, &Mix::of_all(number(case, "share")?)));
    family.member("CutMix", |case| {
        let middle = [number(case, "row")? as usize, number(case, "column")? as usize];
        let mix = CutMix::rectangle(number(case, "share")?, middle, [5, 7]);
        case.compare("share", &[mix.share()], Closeness::VALUES)?;
        check(case, &mix)
    });
    family.end();
}

fn number(case: &Case, key: &str) -> Result<f64, Failure> {
    case.setting(key).ok_or_else(|| format!("no {key}").into())
}

fn check(case: &Case, mix: &Mix) -> Result<(), Failure> {
    in_type::<f32>(case, mix)?;
    in_type::<f64>(case, mix)
}

fn in_type<T: Float>(case: &Case, mix: &Mix) -> Result<(), Failure> {
    let (mut x, partner) = (case.input::<T>("x")?.values, case.input::<T>("partner")?.values);
    mix.inputs(&mut x, &partner);
    case.compare("x", &x, Closeness::SUMS)?;
    let (mut t, others) = (case.input::<T>("t")?.values, case.input::<T>("other t")?.values);
    mix.targets(&mut t, &others);
    case.compare("t", &t, Closeness::SUMS)
}
