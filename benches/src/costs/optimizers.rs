//! All optimizers.

use std::hint::black_box;

use neuropil_optimizers::{Adam, Optimizer, Sgd, Step};
use neuropil_simd::{AlignedVec, Float};

use super::{LEN, Member, Run, spread};

/// With it, weights stay finite for any number of steps that is timed.
const RATE: f64 = 1e-6;

pub(super) fn all() -> Vec<Member> {
    vec![
        of(Sgd::new()),
        of(Sgd::new().momentum(0.9).expect("below 1")).with("momentum"),
        of(Adam::new()),
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
