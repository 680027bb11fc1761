//! Optimizers: where 100 steps lead, and the state after them.

mod lbfgs;

use crate::Failure;
use crate::closeness::Closeness;
use crate::golden::{Case, Family};
use neuropil::optimizers::{
    Adadelta, Adafactor, Adagrad, Adam, AdamW, Adamax, Adan, Asgd, Ftrl, Lamb, Lion, Muon, NAdam,
    Optimizer, RAdam, RmsProp, Rprop, ScheduleFreeAdamW, Sgd, Step,
};
use neuropil::simd::Float;

/// A setting of a case, or what it is by default.
fn or(case: &Case, key: &str, default: f64) -> f64 {
    case.setting(key).unwrap_or(default)
}

fn betas(case: &Case) -> (f64, f64) {
    (or(case, "beta1", 0.9), or(case, "beta2", 0.999))
}

#[test]
fn optimizers_equal_pytorch() {
    let mut family = Family::open("optimizers");
    adam_and_relatives(&mut family);
    others(&mut family);
    beyond(&mut family);
    family.member("Sgd", |case| {
        let sgd = Sgd::new().momentum(or(case, "momentum", 0.0))?;
        let sgd = sgd.dampening(or(case, "dampening", 0.0))?;
        let sgd = sgd.weight_decay(or(case, "weight_decay", 0.0))?;
        check(case, if case.flag("nesterov") { sgd.nesterov()? } else { sgd })
    });
    family.member("Lbfgs", lbfgs::check);
    family.end();
}

fn adam_and_relatives(family: &mut Family) {
    family.member("Adam", |case| {
        let (beta1, beta2) = betas(case);
        let adam = Adam::new().betas(beta1, beta2)?.epsilon(or(case, "epsilon", 1e-8))?;
        let adam = adam.weight_decay(or(case, "weight_decay", 0.0))?;
        check(case, if case.flag("amsgrad") { adam.amsgrad() } else { adam })
    });
    family.member("AdamW", |case| {
        let (beta1, beta2) = betas(case);
        let adam_w = AdamW::new().betas(beta1, beta2)?.epsilon(or(case, "epsilon", 1e-8))?;
        let adam_w = adam_w.weight_decay(or(case, "weight_decay", 0.01))?;
        check(case, if case.flag("amsgrad") { adam_w.amsgrad() } else { adam_w })
    });
    family.member("NAdam", |case| {
        let (beta1, beta2) = betas(case);
        let nadam = NAdam::new().betas(beta1, beta2)?.epsilon(or(case, "epsilon", 1e-8))?;
        let nadam = nadam.momentum_decay(or(case, "momentum_decay", 4e-3))?;
        let nadam = nadam.weight_decay(or(case, "weight_decay", 0.0))?;
        check(case, if case.flag("decoupled") { nadam.decoupled() } else { nadam })
    });
    family.member("RAdam", |case| {
        let (beta1, beta2) = betas(case);
        let radam = RAdam::new().betas(beta1, beta2)?.epsilon(or(case, "epsilon", 1e-8))?;
        let radam = radam.weight_decay(or(case, "weight_decay", 0.0))?;
        check(case, if case.flag("decoupled") { radam.decoupled() } else { radam })
    });
    family.member("Adamax", |case| {
        let (beta1, beta2) = betas(case);
        let adamax = Adamax::new().betas(beta1, beta2)?.epsilon(or(case, "epsilon", 1e-8))?;
        check(case, adamax.weight_decay(or(case, "weight_decay", 0.0))?)
    });
}

fn others(family: &mut Family) {
    family.member("Adagrad", |case| {
        let adagrad = Adagrad::new().rate_decay(or(case, "rate_decay", 0.0))?;
        let adagrad = adagrad.initial_accumulator(or(case, "initial_accumulator", 0.0))?;
        let adagrad = adagrad.epsilon(or(case, "epsilon", 1e-10))?;
        check(case, adagrad.weight_decay(or(case, "weight_decay", 0.0))?)
    });
    family.member("Adadelta", |case| {
        let adadelta = Adadelta::new().rho(or(case, "rho", 0.9))?;
        let adadelta = adadelta.epsilon(or(case, "epsilon", 1e-6))?;
        check(case, adadelta.weight_decay(or(case, "weight_decay", 0.0))?)
    });
    family.member("RmsProp", |case| {
        let rmsprop = RmsProp::new().alpha(or(case, "alpha", 0.99))?;
        let rmsprop = rmsprop.epsilon(or(case, "epsilon", 1e-8))?;
        let rmsprop = rmsprop.momentum(or(case, "momentum", 0.0))?;
        let rmsprop = rmsprop.weight_decay(or(case, "weight_decay", 0.0))?;
        check(case, if case.flag("centered") { rmsprop.centered() } else { rmsprop })
    });
    family.member("Rprop", |case| {
        let rprop = Rprop::new().etas(or(case, "shrink", 0.5), or(case, "grow", 1.2))?;
        check(case, rprop.step_sizes(or(case, "smallest", 1e-6), or(case, "largest", 50.0))?)
    });
    family.member("Asgd", |case| {
        let asgd = Asgd::new().lambda(or(case, "lambda", 1e-4))?;
        let asgd = asgd.alpha(or(case, "alpha", 0.75))?.start(or(case, "start", 1e6))?;
        check(case, asgd.weight_decay(or(case, "weight_decay", 0.0))?)
    });
    family.member("Adafactor", |case| {
        let adafactor = Adafactor::new().beta2_decay(or(case, "beta2_decay", -0.8))?;
        let adafactor = adafactor.threshold(or(case, "threshold", 1.0))?;
        let adafactor = adafactor.weight_decay(or(case, "weight_decay", 0.0))?;
        check(
            case,
            match (case.setting("epsilon1"), case.setting("epsilon2")) {
                (Some(epsilon1), Some(epsilon2)) => adafactor.epsilons(epsilon1, epsilon2)?,
                _ => adafactor,
            },
        )
    });
    family.member("Muon", |case| {
        let muon = Muon::new().momentum(or(case, "momentum", 0.95))?;
        let muon = muon.weight_decay(or(case, "weight_decay", 0.1))?;
        let muon = muon.iterations(or(case, "iterations", 5.0) as u32)?;
        let muon = muon.epsilon(or(case, "epsilon", 1e-7))?;
        let coefficients = [("a", 3.4445), ("b", -4.775), ("c", 2.0315)];
        let muon = muon.coefficients(coefficients.map(|(key, default)| or(case, key, default)))?;
        let is_plain = case.flag("without_nesterov");
        let muon = if is_plain { muon.without_nesterov() } else { muon };
        let matches = case.flag("match_rms_adamw");
        check(case, if matches { muon.match_rms_adamw() } else { muon })
    });
}

/// What PyTorch lacks.
fn beyond(family: &mut Family) {
    family.member("Lion", |case| {
        let lion = Lion::new().betas(or(case, "beta1", 0.9), or(case, "beta2", 0.99))?;
        check(case, lion.weight_decay(or(case, "weight_decay", 0.0))?)
    });
    family.member("Lamb", |case| {
        let (beta1, beta2) = betas(case);
        let lamb = Lamb::new().betas(beta1, beta2)?.epsilon(or(case, "epsilon", 1e-6))?;
        check(case, lamb.weight_decay(or(case, "weight_decay", 0.0))?)
    });
    family.member("Adan", |case| {
        let betas = [("beta1", 0.98), ("beta2", 0.92), ("beta3", 0.99)];
        let [beta1, beta2, beta3] = betas.map(|(key, default)| or(case, key, default));
        let adan = Adan::new().betas(beta1, beta2, beta3)?.epsilon(or(case, "epsilon", 1e-8))?;
        check(case, adan.weight_decay(or(case, "weight_decay", 0.0))?)
    });
    family.member("Ftrl", |case| {
        let ftrl = Ftrl::new().initial_accumulator(or(case, "initial_accumulator", 0.1))?;
        let ftrl = ftrl.beta(or(case, "beta", 0.0))?.l1(or(case, "l1", 0.0))?;
        check(case, ftrl.l2(or(case, "l2", 0.0))?)
    });
    family.member("ScheduleFreeAdamW", |case| {
        let (beta1, beta2) = betas(case);
        let free = ScheduleFreeAdamW::new().betas(beta1, beta2)?;
        let free = free.weight_decay(or(case, "weight_decay", 0.0))?;
        check(case, free.warmup(or(case, "warmup", 0.0) as u64))
    });
}

fn check(case: &Case, optimizer: impl Optimizer) -> Result<(), Failure> {
    case.compare("default rate", &[optimizer.default_rate()], Closeness::VALUES)?;
    in_type::<f32>(case, &optimizer)?;
    in_type::<f64>(case, &optimizer)
}

/// What is minimized.
enum Hill<T> {
    /// Quadratic, with noise that comes again.
    Quadratic { curvature: Vec<T>, minimum: Vec<T>, noise: Vec<T> },
    /// Rosenbrock's function of the first two columns, of a steepness.
    Valley(T),
}

impl<T: Float> Hill<T> {
    fn of(case: &Case) -> Result<Self, Failure> {
        if let Some(steepness) = case.given::<T>("steepness") {
            return Ok(Self::Valley(steepness.values[0]));
        }
        let values = |key| case.input::<T>(key).map(|array| array.values);
        let (curvature, minimum) = (values("curvature")?, values("minimum")?);
        Ok(Self::Quadratic { curvature, minimum, noise: values("noise")? })
    }

    /// The gradient at a step, counted from 0.
    fn gradient(&self, step: usize, columns: usize, w: &[T]) -> Vec<T> {
        match self {
            Self::Quadratic { curvature, minimum, noise } => {
                let noise = &noise[step % (noise.len() / w.len()) * w.len()..][..w.len()];
                let gradient = |i: usize| curvature[i] * (w[i] - minimum[i]) + noise[i];
                (0..w.len()).map(gradient).collect()
            }
            Self::Valley(steepness) => {
                let mut gradient = vec![T::ZERO; w.len()];
                for (w, dw) in w.chunks(columns).zip(gradient.chunks_mut(columns)) {
                    let beside = w[1] - w[0] * w[0];
                    dw[0] =
                        T::of(-4.0) * *steepness * w[0] * beside - T::of(2.0) * (T::of(1.0) - w[0]);
                    dw[1] = T::of(2.0) * *steepness * beside;
                }
                gradient
            }
        }
    }
}

/// Each gradient comes from the weights where they are.
fn in_type<T: Float>(case: &Case, optimizer: &impl Optimizer) -> Result<(), Failure> {
    let start = case.input::<T>("start")?;
    let (shape, mut w) = (start.shape, start.values);
    let hill = Hill::<T>::of(case)?;
    let columns = shape.last().copied().unwrap_or(1);
    let recorded = case.indices("recorded").ok_or("no steps are recorded")?;
    let rate = case.setting("rate").unwrap_or_else(|| optimizer.default_rate());

    let mut slots = vec![vec![T::ZERO; w.len()]; optimizer.slots()];
    let mut found = Vec::new();
    for count in 1..=*recorded.last().ok_or("no step")? {
        let dw = hill.gradient(count as usize - 1, columns, &w);
        let mut state: Vec<&mut [T]> = slots.iter_mut().map(|slot| &mut **slot).collect();
        let at = Step { rate, count: count.into(), shape: &shape };
        optimizer.step(at, &mut w, &dw, &mut state);
        if recorded.contains(&count) {
            found.extend_from_slice(&w);
        }
    }
    case.compare("w", &found, Closeness::TRAJECTORIES)?;
    for (name, slot) in optimizer.slot_names().iter().zip(&slots) {
        if !name.starts_with("scratch") {
            case.compare(&format!("state {name}"), slot, Closeness::TRAJECTORIES)?;
        }
    }
    if case.expects("evaluation") {
        let state: Vec<&[T]> = slots.iter().map(|slot| &**slot).collect();
        optimizer.evaluation_weights(&mut w, &state);
        case.compare("evaluation", &w, Closeness::TRAJECTORIES)?;
    }
    Ok(())
}
