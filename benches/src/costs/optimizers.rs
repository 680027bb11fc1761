//! All optimizers.

use std::hint::black_box;

use neuropil_optimizers::{
    Adadelta, Adafactor, Adagrad, Adam, AdamW, Adamax, Adan, Asgd, Ftrl, Lamb, Lbfgs, LbfgsSpace,
    Lion, Muon, NAdam, Optimizer, PerceptronRule, RAdam, RmsProp, Rprop, ScheduleFreeAdamW, Sgd,
    Step,
};
use neuropil_simd::{AlignedVec, Float};

use super::{LEN, Member, Run, spread};

/// With it, weights stay finite for any number of steps that is timed.
const RATE: f64 = 1e-6;

pub(super) fn all() -> Vec<Member> {
    vec![
        of(Sgd::new()),
        of(Sgd::new().momentum(0.9).expect("below 1")).with("momentum"),
        of(Adam::new()),
        of(Adam::new().amsgrad()).with("amsgrad"),
        of(AdamW::new()),
        of(NAdam::new()),
        of(RAdam::new()),
        of(Adamax::new()),
        of(RmsProp::new()),
        of(Adagrad::new()),
        of(Adadelta::new()),
        of(Lion::new()),
        of(Adan::new()),
        of(Lamb::new()),
        of(Adafactor::new()),
        of(Muon::new()),
        of(ScheduleFreeAdamW::new()),
        of(Ftrl::new()),
        of(Rprop::new()),
        of(Asgd::new()),
        lbfgs(),
        perceptron(),
    ]
}

fn of(optimizer: impl Optimizer) -> Member {
    let runs = vec![Some(step::<f32>(&optimizer)), Some(step::<f64>(&optimizer))];
    Member::new(&optimizer, runs)
}

fn step<T: Float>(optimizer: &impl Optimizer) -> Run {
    let (optimizer, mut w, dw) = (optimizer.clone(), spread::<T>(LEN, 6), spread::<T>(LEN, 7));
    let mut state = vec![AlignedVec::<T>::zeros(LEN); optimizer.slots()];
    let mut count = 0;
    Box::new(move || {
        count += 1;
        // As many as there may be: an iterator would have to be collected in each step.
        let mut slots: [&mut [T]; neuropil_optimizers::MAX_SLOTS] = Default::default();
        for (slot, state) in slots.iter_mut().zip(&mut state) {
            *slot = state;
        }
        let slots = &mut slots[..optimizer.slots()];
        let at = Step { rate: RATE, count, shape: &[64, 64] };
        optimizer.step(at, black_box(&mut w), black_box(&dw), slots);
    })
}

/// An iteration, with the cost and the gradient of a parabola in each number.
fn lbfgs() -> Member {
    let runs = [Some(lbfgs_run::<f32>()), Some(lbfgs_run::<f64>())];
    let member = Member::new(&Lbfgs::new(), runs.into()).with("an iteration with a full history");
    Member { len: LEN * ITERATIONS as usize, ..member }
}

/// Enough for a full history.
const ITERATIONS: u64 = 200;

fn lbfgs_run<T: Float>() -> Run {
    let start = spread::<T>(LEN, 8);
    let (mut x, mut space) = (start.clone(), LbfgsSpace::default());
    let lbfgs = Lbfgs::new().iterations(ITERATIONS).expect("some iterations");
    // It is to go on although it has arrived.
    let lbfgs = lbfgs.tolerances(0.0, 0.0).expect("tolerances").without_line_search();
    Box::new(move || {
        x.copy_from_slice(&start);
        let found = lbfgs.minimize_in(&mut space, black_box(&mut x), |x, dx| {
            let mut cost = 0.0;
            for (i, (x, dx)) in x.iter().zip(dx).enumerate() {
                // As many curvatures as the history is long, so that it stays of use.
                let curvature = T::of(1.0 + (i % 101) as f64 / 10.0);
                *dx = curvature * *x;
                cost += (*dx * *x).to_f64() / 2.0;
            }
            Ok::<_, std::convert::Infallible>(cost)
        });
        black_box(found.expect("a cost that cannot fail"));
    })
}

/// A step that moves the weights.
fn perceptron() -> Member {
    Member::new(
        &PerceptronRule::new(),
        vec![Some(perceptron_run::<f32>()), Some(perceptron_run::<f64>())],
    )
}

fn perceptron_run<T: Float>() -> Run {
    let (x, mut w, mut b) = (spread::<T>(LEN, 1), spread::<T>(LEN, 2), T::ZERO);
    let rule = PerceptronRule::new();
    Box::new(move || {
        // The target is what the neuron does not give.
        let target = T::ONE - rule.output(&x, &w, b);
        black_box(rule.step(black_box(&x), target, &mut w, &mut b));
    })
}
