//! Schedules: whole curves.

use crate::Failure;
use crate::closeness::Closeness;
use crate::golden::{Case, Family};
use neuropil::optimizers::{Constant, Cosine, Schedule};

#[test]
fn schedules_equal_pytorch() {
    let mut family = Family::open("schedules");
    family.member("Constant", |case| check(case, Constant::new(rate(case)?)?));
    family.member("Cosine", |case| {
        let steps = case.setting("steps").ok_or("no steps")? as u64;
        let floor = case.setting("floor").unwrap_or(0.0);
        check(case, Cosine::new(rate(case)?, steps)?.floor(floor)?)
    });
    family.end();
}

fn rate(case: &Case) -> Result<f64, Failure> {
    case.setting("rate").ok_or_else(|| "no rate".into())
}

fn check(case: &Case, schedule: impl Schedule) -> Result<(), Failure> {
    let steps = case.expected("rates").ok_or("no rates")?.values.len() as u64;
    let rates: Vec<f64> = (0..steps).map(|step| schedule.rate(step)).collect();
    // PyTorch gets each rate from the one before.
    case.compare("rates", &rates, Closeness::SUMS)
}
