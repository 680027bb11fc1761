//! Schedules: whole curves.

use crate::Failure;
use crate::closeness::Closeness;
use crate::golden::{Case, Family};
use neuropil::optimizers::{
    Anneal, Chained, Constant, Cosine, CosineRestarts, Cyclic, ExponentialDecay, InverseTimeDecay,
    Lambda, LinearRamp, MultiStepDecay, Multiplicative, Noam, OneCycle, PolynomialDecay, Schedule,
    Sequence, StepDecay, SwaRate, Warmup, WarmupStableDecay,
};

#[test]
fn schedules_equal_pytorch() {
    let mut family = Family::open("schedules");
    family.member("Constant", |case| check(case, Constant::new(rate(case)?)?));
    family.member("Cosine", |case| {
        let steps = case.setting("steps").ok_or("no steps")? as u64;
        let floor = case.setting("floor").unwrap_or(0.0);
        check(case, Cosine::new(rate(case)?, steps)?.floor(floor)?)
    });
    let count = |case: &Case, key: &str| case.setting(key).map(|value| value as u64);
    let need = |case: &Case, key: &str| count(case, key).ok_or(format!("no {key}"));
    let anneal = |case: &Case| match case.text("anneal") {
        Some("linear") => Anneal::Linear,
        _ => Anneal::Cosine,
    };
    family.member("LinearRamp", |case| {
        let start = case.setting("start").unwrap_or(1.0 / 3.0);
        let end = case.setting("end").unwrap_or(1.0);
        let ramp = LinearRamp::new(rate(case)?)?.factors(start, end)?;
        match count(case, "steps") {
            Some(steps) => check(case, ramp.steps(steps)?),
            None => check(case, ramp),
        }
    });
    family.member("StepDecay", |case| {
        let decay = StepDecay::new(rate(case)?, need(case, "period")?)?;
        check(case, decay.gamma(case.setting("gamma").unwrap_or(0.1))?)
    });
    family.member("MultiStepDecay", |case| {
        let milestones = case.indices("milestones").ok_or("no milestones")?;
        let milestones: Vec<u64> = milestones.into_iter().map(u64::from).collect();
        let decay = MultiStepDecay::new(rate(case)?, &milestones)?;
        check(case, decay.gamma(case.setting("gamma").unwrap_or(0.1))?)
    });
    family.member("ExponentialDecay", |case| {
        let gamma = case.setting("gamma").ok_or("no gamma")?;
        check(case, ExponentialDecay::new(rate(case)?, gamma)?)
    });
    family.member("PolynomialDecay", |case| {
        let decay = PolynomialDecay::new(rate(case)?, need(case, "steps")?)?;
        check(case, decay.power(case.setting("power").unwrap_or(1.0))?)
    });
    family.member("CosineRestarts", |case| {
        let cosines = CosineRestarts::new(rate(case)?, need(case, "period")?)?;
        let cosines = cosines.growth(count(case, "growth").unwrap_or(1))?;
        check(case, cosines.floor(case.setting("floor").unwrap_or(0.0))?)
    });
    family.member("Cyclic", |case| {
        let base = case.setting("base").ok_or("no base")?;
        let mut cyclic = Cyclic::new(base, rate(case)?)?;
        if let Some(up) = count(case, "up") {
            cyclic = cyclic.steps(up, count(case, "down").unwrap_or(up))?;
        }
        match case.text("mode") {
            Some("triangular2") => check(case, cyclic.halving()),
            Some("exp_range") => {
                check(case, cyclic.decaying(case.setting("gamma").ok_or("no gamma")?)?)
            }
            _ => check(case, cyclic),
        }
    });
    family.member("OneCycle", |case| {
        let cycle = OneCycle::new(rate(case)?, need(case, "steps")?)?.anneal(anneal(case));
        let cycle = cycle.warm_up(case.setting("warm_up").unwrap_or(0.3))?;
        let div = case.setting("div").unwrap_or(25.0);
        let cycle = cycle.divisors(div, case.setting("final_div").unwrap_or(1e4))?;
        match count(case, "phases") {
            Some(3) => check(case, cycle.three_phases()),
            _ => check(case, cycle),
        }
    });
    family.member("Lambda", |case| {
        check(case, Lambda::new(rate(case)?, |t| 0.95_f64.powf((t / 3) as f64))?)
    });
    family.member("Multiplicative", |case| {
        let factor = |t: u64| 1.0 - 1.0 / (t as f64 + 2.0);
        check(case, Multiplicative::new(rate(case)?, need(case, "steps")?, factor)?)
    });
    family.member("Sequence", |case| {
        let rate = rate(case)?;
        let sequence = Sequence::new(LinearRamp::new(rate)?.factors(0.25, 1.0)?.steps(20)?);
        let sequence = sequence.then(20, Cosine::new(rate, 60)?)?;
        check(case, sequence.then(70, ExponentialDecay::new(rate, 0.9)?)?)
    });
    family.member("Chained", |case| {
        let chained = Chained::new(rate(case)?)?.with(LinearRamp::new(1.0)?.steps(20)?);
        let chained = chained.with(ExponentialDecay::new(1.0, 0.95)?);
        check(case, chained.with(StepDecay::new(1.0, 30)?.gamma(0.5)?))
    });
    family.member("SwaRate", |case| {
        let swa = case.setting("swa").ok_or("no rate of averaging")?;
        let schedule = SwaRate::new(Cosine::new(rate(case)?, 100)?, need(case, "start")?, swa)?;
        let steps = count(case, "steps").unwrap_or(10);
        check(case, schedule.steps(steps)?.anneal(anneal(case)))
    });
    family.member("Noam", |case| {
        let noam = Noam::new(need(case, "width")?, need(case, "warm_up")?)?;
        check(case, noam.factor(rate(case)?)?)
    });
    family.member("InverseTimeDecay", |case| {
        let decay = case.setting("decay").ok_or("no decay")?;
        check(case, InverseTimeDecay::new(rate(case)?, decay, need(case, "steps")?)?)
    });
    family.member("Warmup", |case| {
        let warmup = Warmup::new(need(case, "warm_up")?, Cosine::new(rate(case)?, 80)?)?;
        check(case, warmup.start(case.setting("start").unwrap_or(0.0))?)
    });
    family.member("WarmupStableDecay", |case| {
        let [warm_up, stable, decay] =
            [need(case, "warm_up")?, need(case, "stable")?, need(case, "decay")?];
        check(case, WarmupStableDecay::new(rate(case)?, warm_up, stable, decay)?)
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
