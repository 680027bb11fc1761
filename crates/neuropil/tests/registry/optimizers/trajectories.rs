//! Fifty steps of every optimizer beside those of the slow reference.

use super::cases;
use crate::cases::OptimizerCase;
use crate::faces::{AnyOptimizer, OptimizerIn};
use crate::list;
use crate::numbers::doubles;
use neuropil::optimizers::Step;
use neuropil::simd::Float;

const STEPS: u64 = 50;

/// Nine weights, so that vectors and tails of every level take part.
const START: [f64; 9] = [1.0, -1.0, 0.5, 3.0, -0.25, 2.0, -2.5, 0.125, 1e-3];

/// The gradient of Σ curvature/2 · w² + sin(w) with curvatures from 0.5 to 4.5: neither constant nor
/// of one sign.
fn gradient(w: &[f64]) -> Vec<f64> {
    w.iter().enumerate().map(|(i, w)| (0.5 + 0.5 * i as f64) * w + w.cos()).collect()
}

/// The numbers after a step: the weights, then the slots.
type After = Vec<Vec<f64>>;

fn at(count: u64, is_of_matrices: bool) -> Step<'static> {
    Step { rate: 0.02, count, shape: if is_of_matrices { &[3, 3] } else { &[9] } }
}

fn run<T: Float>(optimizer: &dyn OptimizerIn<T>, is_of_matrices: bool) -> Vec<After> {
    let (mut w, mut slots) = (START.map(T::of), vec![[T::ZERO; 9]; optimizer.slots()]);
    let step = |count| {
        let dw: Vec<T> = gradient(&doubles(&w)).into_iter().map(T::of).collect();
        let mut state: Vec<&mut [T]> = slots.iter_mut().map(|slot| &mut slot[..]).collect();
        optimizer.step(at(count, is_of_matrices), &mut w, &dw, &mut state);
        std::iter::once(&w).chain(&slots).map(|numbers| doubles(numbers)).collect()
    };
    (1..=STEPS).map(step).collect()
}

/// The slots that are no scratch.
fn kept(optimizer: &dyn AnyOptimizer) -> usize {
    optimizer.slot_names().iter().filter(|name| !name.starts_with("scratch")).count()
}

fn run_reference(case: &OptimizerCase) -> Vec<After> {
    let (mut w, mut slots) = (START.to_vec(), vec![vec![0.0; 9]; kept(&*case.optimizer)]);
    let step = |count| {
        let dw = gradient(&w);
        (case.reference)(at(count, case.is_of_matrices), &mut w, &dw, &mut slots);
        std::iter::once(&w).chain(&slots).cloned().collect()
    };
    (1..=STEPS).map(step).collect()
}

/// The largest distance of the weights, and of the slots in units of the largest number in a slot.
fn farthest(a: &[After], b: &[After]) -> [f64; 2] {
    let mut farthest = [0.0_f64; 2];
    for (a, b) in a.iter().zip(b) {
        // Behind what the reference keeps there may be scratch.
        for (place, (a, b)) in a.iter().zip(b).enumerate() {
            let slot = usize::from(place > 0);
            let largest = a.iter().fold(f64::MIN_POSITIVE, |largest, a| largest.max(a.abs()));
            let unit = if place > 0 { largest } else { 1.0 };
            for (a, b) in a.iter().zip(b) {
                assert!(!(a - b).is_nan(), "{a} and {b}");
                farthest[slot] = farthest[slot].max((a - b).abs() / unit);
            }
        }
    }
    farthest
}

/// Measured at AVX2, as the largest distance of all cases: weights 3.6e-15 in f64 and 4.4e-6 in f32, slots
/// 5.6e-15 and 6.1e-6 of their largest number; rules that follow signs say how far they jump. The settings
/// move the trajectories apart by 1e-3 and more: see `settings_matter`.
#[test]
fn every_optimizer_follows_the_slow_reference() {
    let mut wrong = Vec::new();
    for case in cases() {
        let (optimizer, expected) = (&case.optimizer, run_reference(&case));
        let [w, slots] = farthest(&run::<f64>(&*case.optimizer, case.is_of_matrices), &expected);
        if w >= 6e-15 || slots >= 1e-14 {
            wrong.push(format!("{optimizer:?} in f64: off by {w:e} and {slots:e}"));
        }
        let [w, slots] = farthest(&run::<f32>(&*case.optimizer, case.is_of_matrices), &expected);
        if w >= case.single[0] || slots >= case.single[1] {
            wrong.push(format!("{optimizer:?} in f32: off by {w:e} and {slots:e}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// No setting is without effect, or the comparison above would prove nothing about it.
#[test]
fn settings_matter() {
    for member in list::optimizers::all() {
        let of_case = |case: &OptimizerCase| run::<f64>(&*case.optimizer, case.is_of_matrices);
        let trajectories: Vec<Vec<After>> = member.cases.iter().map(of_case).collect();
        for (i, a) in trajectories.iter().enumerate() {
            for (j, b) in trajectories[..i].iter().enumerate() {
                let weights = |all: &[After]| -> Vec<After> {
                    all.iter().map(|after| after[..1].to_vec()).collect()
                };
                let [distance, _] = farthest(&weights(a), &weights(b));
                assert!(distance > 1e-3, "{}: cases {i} and {j}: {distance:e}", member.path);
            }
        }
    }
}
