//! Averages of weights over some updates.

use crate::Failure;
use crate::closeness::Closeness;
use crate::golden::{Case, Family};
use neuropil::regularizers::{Average, Ema, Swa, take_average};
use neuropil::simd::Float;

#[test]
fn averages_equal_pytorch() {
    let mut family = Family::open("averages");
    family.member("Ema", |case| {
        let ema = Ema::new(case.setting("decay").ok_or("no decay")?)?;
        let ema = match case.text("kind").ok_or("no kind")? {
            "warm-up" => ema.warm_up(),
            "bias-corrected" => ema.bias_corrected(),
            _ => ema,
        };
        let (start, every) = start_and_every(case)?;
        assert_eq!((start, every), (1, 1));
        check(case, &ema)
    });
    family.member("Swa", |case| {
        let (start, every) = start_and_every(case)?;
        check(case, &Swa::updates(start, every)?)
    });
    family.end();
}

fn start_and_every(case: &Case) -> Result<(u64, u64), Failure> {
    let whole = |key| Ok::<_, Failure>(case.setting(key).ok_or("no setting")? as u64);
    Ok((whole("start")?, whole("every")?))
}

fn check(case: &Case, rule: &impl Average) -> Result<(), Failure> {
    in_type::<f32>(case, rule)?;
    in_type::<f64>(case, rule)
}

fn in_type<T: Float>(case: &Case, rule: &impl Average) -> Result<(), Failure> {
    let (mut average, mut taken) = (Vec::new(), 0);
    for (step, w) in (1..).zip(case.parts::<T>("weights").ok_or("no weights")?) {
        if rule.after_update(step) {
            average.resize(w.values.len(), T::NAN);
            take_average(rule.share(taken), &w.values, &mut average);
            case.compare(&format!("average {taken}"), &average, Closeness::TRAJECTORIES)?;
            taken += 1;
        }
    }
    Ok(())
}
