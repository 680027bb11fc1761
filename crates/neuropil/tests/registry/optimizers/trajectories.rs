//! Fifty steps of every optimizer beside those of the slow reference.

use super::cases;
use crate::cases::OptimizerCase;
use crate::faces::OptimizerIn;
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

fn at(count: u64) -> Step<'static> {
    Step { rate: 0.02, count, shape: &[9] }
}

fn run<T: Float>(optimizer: &dyn OptimizerIn<T>) -> Vec<After> {
    let (mut w, mut slots) = (START.map(T::of), vec![[T::ZERO; 9]; optimizer.slots()]);
    let step = |count| {
        let dw: Vec<T> = gradient(&doubles(&w)).into_iter().map(T::of).collect();
        let mut state: Vec<&mut [T]> = slots.iter_mut().map(|slot| &mut slot[..]).collect();
        optimizer.step(at(count), &mut w, &dw, &mut state);
        std::iter::once(&w).chain(&slots).map(|numbers| doubles(numbers)).collect()
    };
    (1..=STEPS).map(step).collect()
}

fn run_reference(case: &OptimizerCase) -> Vec<After> {
    let (mut w, mut slots) =
        (START.to_vec(), vec![vec![0.0; 9]; case.optimizer.slot_names().len()]);
    let step = |count| {
        let dw = gradient(&w);
        (case.reference)(at(count), &mut w, &dw, &mut slots);
        std::iter::once(&w).chain(&slots).cloned().collect()
    };
    (1..=STEPS).map(step).collect()
}

/// The largest distance of the weights, and of the slots in units of the largest number in a slot.
fn farthest(a: &[After], b: &[After]) -> [f64; 2] {
    let mut farthest = [0.0_f64; 2];
    for (a, b) in a.iter().zip(b) {
        assert_eq!(a.len(), b.len());
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

/// Measured at the portable level and at AVX2, as the largest distance of all cases: weights 8.9e-16
/// in f64 and 8.9e-7 in f32, slots 4.4e-15 and 2.1e-6 of their largest number. The settings move the
/// trajectories apart by 1e-3 and more: see `settings_matter`.
#[test]
fn every_optimizer_follows_the_slow_reference() {
    for case in cases() {
        let (optimizer, expected) = (&case.optimizer, run_reference(&case));
        let [w, slots] = farthest(&run::<f64>(&*case.optimizer), &expected);
        assert!(w < 2e-15 && slots < 1e-14, "{optimizer:?} in f64: off by {w:e} and {slots:e}");
        let [w, slots] = farthest(&run::<f32>(&*case.optimizer), &expected);
        assert!(w < 2e-6 && slots < 6e-6, "{optimizer:?} in f32: off by {w:e} and {slots:e}");
    }
}

/// No setting is without effect, or the comparison above would prove nothing about it.
#[test]
fn settings_matter() {
    for member in list::optimizers::all() {
        let of_case = |case: &OptimizerCase| run::<f64>(&*case.optimizer);
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
