//! Optimizers: where 50 steps lead, and the state after them.

use crate::Failure;
use crate::closeness::Closeness;
use crate::golden::{Case, Family};
use neuropil::optimizers::{Adam, Optimizer, Sgd, Step};
use neuropil::simd::Float;

#[test]
fn optimizers_equal_pytorch() {
    let mut family = Family::open("optimizers");
    let or = |case: &Case, key, default| case.setting(key).unwrap_or(default);
    family.member("Adam", |case| {
        let adam = Adam::new().betas(or(case, "beta1", 0.9), or(case, "beta2", 0.999))?;
        let adam = adam.epsilon(or(case, "epsilon", 1e-8))?;
        check(case, adam.weight_decay(or(case, "weight_decay", 0.0))?)
    });
    family.member("Sgd", |case| {
        let sgd = Sgd::new().momentum(or(case, "momentum", 0.0))?;
        let sgd = sgd.dampening(or(case, "dampening", 0.0))?;
        let sgd = sgd.weight_decay(or(case, "weight_decay", 0.0))?;
        check(case, if case.flag("nesterov") { sgd.nesterov()? } else { sgd })
    });
    family.end();
}

fn check(case: &Case, optimizer: impl Optimizer) -> Result<(), Failure> {
    case.compare("default rate", &[optimizer.default_rate()], Closeness::VALUES)?;
    in_type::<f32>(case, &optimizer)?;
    in_type::<f64>(case, &optimizer)
}

/// Each gradient comes from the weights where they are.
fn in_type<T: Float>(case: &Case, optimizer: &impl Optimizer) -> Result<(), Failure> {
    let start = case.input::<T>("start")?;
    let (shape, mut w) = (start.shape, start.values);
    let curvature = case.input::<T>("curvature")?.values;
    let minimum = case.input::<T>("minimum")?.values;
    let noise = case.input::<T>("noise")?.values;
    let rounds = noise.len() / w.len();
    let recorded = case.indices("recorded").ok_or("no steps are recorded")?;
    let rate = case.setting("rate").unwrap_or_else(|| optimizer.default_rate());

    let mut slots = vec![vec![T::ZERO; w.len()]; optimizer.slots()];
    let mut found = Vec::new();
    for count in 1..=*recorded.last().ok_or("no step")? {
        let noise = &noise[(count as usize - 1) % rounds * w.len()..][..w.len()];
        let gradient = |i: usize| curvature[i] * (w[i] - minimum[i]) + noise[i];
        let dw: Vec<T> = (0..w.len()).map(gradient).collect();
        let mut state: Vec<&mut [T]> = slots.iter_mut().map(|slot| &mut **slot).collect();
        let at = Step { rate, count: count.into(), shape: &shape };
        optimizer.step(at, &mut w, &dw, &mut state);
        if recorded.contains(&count) {
            found.extend_from_slice(&w);
        }
    }
    case.compare("w", &found, Closeness::TRAJECTORIES)?;
    for (name, slot) in optimizer.slot_names().iter().zip(&slots) {
        case.compare(&format!("state {name}"), slot, Closeness::TRAJECTORIES)?;
    }
    Ok(())
}
