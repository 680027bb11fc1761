//! What holds for every optimizer: all that it remembers stands in its slots, pieces get the bits
//! of the whole if it says so, a training that goes on is the one that was never interrupted.

mod resume;
mod trajectories;

use crate::cases::OptimizerCase;
use crate::faces::{AnyOptimizer, OptimizerIn};
use crate::list;
use crate::numbers::{bits, numbers};
use neuropil::optimizers::{Cosine, MAX_SLOTS, Schedule, Step};
use neuropil::simd::Float;
use std::collections::BTreeSet;

/// Every optimizer in each of its settings.
pub fn cases() -> impl Iterator<Item = OptimizerCase> {
    list::optimizers::all().into_iter().flat_map(|member| member.cases)
}

/// A tensor in training: the weights, and all that the optimizer remembers.
#[derive(Clone)]
pub struct Tensor<T> {
    pub w: Vec<T>,
    pub slots: Vec<Vec<T>>,
}

impl<T: Float> Tensor<T> {
    /// Weights of several sizes, before the first step.
    pub fn new(optimizer: &dyn OptimizerIn<T>, n: usize) -> Self {
        Self { w: numbers(n, 2.0, 1), slots: vec![vec![T::ZERO; n]; optimizer.slots()] }
    }

    /// The gradients of a step.
    fn gradients(&self, count: u64) -> Vec<T> {
        numbers(self.w.len(), 3.0, 100 + count)
    }

    /// Step number `count`, of a tensor that is cut at these places.
    pub fn step(&mut self, optimizer: &dyn OptimizerIn<T>, count: u64, cuts: &[usize]) {
        let (n, dw) = (self.w.len(), self.gradients(count));
        let shape = optimizer.shape(n);
        let mut begin = 0;
        for &end in cuts.iter().chain([&n]) {
            let mut slots: Vec<&mut [T]> =
                self.slots.iter_mut().map(|slot| &mut slot[begin..end]).collect();
            let at = Step { rate: 0.1, count, shape: &shape };
            optimizer.step(at, &mut self.w[begin..end], &dw[begin..end], &mut slots);
            begin = end;
        }
    }

    /// All bits, weights first.
    pub fn bits(&self) -> Vec<u64> {
        self.slots.iter().fold(bits(&self.w), |mut all, slot| {
            all.extend(bits(slot));
            all
        })
    }
}

fn after<T: Float>(
    optimizer: &dyn OptimizerIn<T>,
    n: usize,
    steps: u64,
    cuts: &[usize],
) -> Tensor<T> {
    let mut tensor = Tensor::new(optimizer, n);
    (1..=steps).for_each(|count| tensor.step(optimizer, count, cuts));
    tensor
}

#[test]
fn pieces_give_the_bits_of_the_whole() {
    fn check<T: Float>(optimizer: &dyn OptimizerIn<T>) {
        for n in 0..70 {
            let whole = after(optimizer, n, 3, &[]);
            let stands_still = whole.w == Tensor::new(optimizer, n).w;
            assert!(n == 0 || !stands_still, "{optimizer:?} stands still");
            for cuts in [vec![n / 2], vec![n / 3, n / 2], vec![n.min(1)], (0..n).collect()] {
                let pieces = after(optimizer, n, 3, &cuts).bits();
                assert_eq!(pieces, whole.bits(), "{optimizer:?}: {n} weights cut at {cuts:?}");
            }
        }
    }
    for OptimizerCase { optimizer, .. } in cases() {
        if optimizer.is_elementwise() {
            check::<f32>(&*optimizer);
            check::<f64>(&*optimizer);
        }
    }
}

/// Padding between tensors is swept along, and stays zero.
#[test]
fn zeros_stay_zeros() {
    for OptimizerCase { optimizer, .. } in cases() {
        let face: &dyn OptimizerIn<f32> = &*optimizer;
        let (mut w, mut slots) = (vec![0.0; 9], vec![vec![0.0; 9]; face.slots()]);
        for count in 1..=5 {
            let mut state: Vec<&mut [f32]> = slots.iter_mut().map(|slot| &mut slot[..]).collect();
            let at = Step { rate: 0.1, count, shape: &face.shape(9) };
            face.step(at, &mut w, &[0.0; 9], &mut state);
        }
        assert!(w.iter().chain(slots.iter().flatten()).all(|&x| x == 0.0), "{optimizer:?}: {w:?}");
    }
}

/// One optimizer serves many tensors, and one that has never stepped goes on where another stopped:
/// neither could be if anything were kept outside of the slots.
#[test]
fn all_memory_is_in_the_slots() {
    fn check<T: Float>(optimizer: &dyn OptimizerIn<T>, fresh: &dyn OptimizerIn<T>) {
        let alone = after(optimizer, 13, 6, &[]).bits();
        let (mut one, mut other) = (Tensor::new(optimizer, 13), Tensor::new(optimizer, 29));
        for count in 1..=6 {
            one.step(optimizer, count, &[]);
            other.step(optimizer, count, &[]);
        }
        assert_eq!(alone, one.bits(), "{optimizer:?}: tensors know of each other");

        let mut resumed = after(optimizer, 13, 3, &[]);
        (4..=6).for_each(|count| resumed.step(fresh, count, &[]));
        assert_eq!(alone, resumed.bits(), "{optimizer:?}: something is lost between the steps");
    }
    for (case, fresh) in cases().zip(cases()) {
        check::<f32>(&*case.optimizer, &*fresh.optimizer);
        check::<f64>(&*case.optimizer, &*fresh.optimizer);
        check::<f64>(&*case.optimizer, &*case.optimizer.copy());
    }
}

#[test]
fn slots_have_a_name_each_and_are_used() {
    for OptimizerCase { optimizer, .. } in cases() {
        let face: &dyn OptimizerIn<f64> = &*optimizer;
        let names = optimizer.slot_names();
        assert_eq!(face.slots(), names.len(), "{optimizer:?}");
        assert!(face.slots() <= MAX_SLOTS, "{optimizer:?}");
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{names:?}");
        // What follows signs may come back to zero; what keeps means of rows leaves places free.
        let steps: Vec<_> = (1..=3).map(|steps| after(face, 5, steps, &[]).slots).collect();
        for (slot, name) in names.iter().enumerate() {
            let is_used = |place: usize| steps.iter().any(|slots| slots[slot][place] != 0.0);
            let used = (0..5).filter(|&place| is_used(place)).count();
            let least = if optimizer.is_elementwise() { 5 } else { 1 };
            assert!(used >= least, "{optimizer:?}: {used} numbers of {name} are used");
        }
    }
}

#[test]
fn names_are_those_of_the_types_and_rates_are_rates() {
    for member in list::optimizers::all() {
        for OptimizerCase { optimizer, .. } in &member.cases {
            assert_eq!(optimizer.name(), member.name());
            let rate = optimizer.default_rate();
            assert!(rate.is_finite() && rate > 0.0, "{optimizer:?}: {rate}");
        }
    }
}

#[test]
fn single_precision_follows_double() {
    for OptimizerCase { optimizer, .. } in cases() {
        let double = after::<f64>(&*optimizer, 40, 10, &[]);
        let single = after::<f32>(&*optimizer, 40, 10, &[]);
        for (i, (double, single)) in double.w.iter().zip(&single.w).enumerate() {
            let error = (f64::from(*single) - double).abs() / f64::from(f32::EPSILON);
            assert!(error <= 32.0, "{optimizer:?}: w[{i}] is {single}, in f64 {double}");
        }
    }
}

/// Six quadratics of one network, the steepest 100 times as steep as the flattest.
#[test]
fn a_quadratic_is_minimized() {
    fn end(optimizer: &dyn AnyOptimizer, rate: f64) -> [f64; 6] {
        let face: &dyn OptimizerIn<f64> = optimizer;
        let curvature = [0.02, 0.1, 0.3, 0.5, 1.0, 2.0];
        let mut w = [4.0_f64, -2.0, 1.0, -1.0, 3.0, -0.5];
        let mut buffers = vec![[0.0; 6]; face.slots()];
        // Annealed, since Adam at a fixed rate keeps jittering around the minimum.
        let schedule = Cosine::new(rate, 1_000).expect("a schedule");
        for step in 0..1_000 {
            let dw: Vec<f64> = w.iter().zip(curvature).map(|(w, c)| c * w).collect();
            let mut slots: Vec<&mut [f64]> = buffers.iter_mut().map(|slot| &mut slot[..]).collect();
            let shape = face.shape(6);
            let at = Step { rate: schedule.rate(step), count: step + 1, shape: &shape };
            face.step(at, &mut w, &dw, &mut slots);
        }
        w
    }
    let mut wrong = Vec::new();
    for OptimizerCase { optimizer, rate, .. } in cases() {
        let w = end(&*optimizer, rate);
        if !w.iter().all(|w| w.abs() < 0.05) {
            wrong.push(format!("{optimizer:?} ends at {w:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A gradient that is no number is not hidden, and harms no other weight.
#[test]
fn nan_passes_on() {
    fn check<T: Float>(optimizer: &dyn OptimizerIn<T>, is_elementwise: bool) {
        for first in [1, 2] {
            let mut tensor = after(optimizer, 9, first - 1, &[]);
            let mut dw = tensor.gradients(first);
            dw[4] = T::of(f64::NAN);
            let mut slots: Vec<&mut [T]> =
                tensor.slots.iter_mut().map(|slot| &mut slot[..]).collect();
            let at = Step { rate: 0.1, count: first, shape: &optimizer.shape(9) };
            optimizer.step(at, &mut tensor.w, &dw, &mut slots);
            assert!(tensor.w[4].is_nan(), "{optimizer:?} hides a NaN: {:?}", tensor.w);
            let others = tensor.w.iter().enumerate().filter(|&(i, _)| i != 4);
            let are_finite = others.into_iter().all(|(_, w)| w.is_finite());
            assert!(are_finite || !is_elementwise, "{optimizer:?}: {:?}", tensor.w);
        }
    }
    for OptimizerCase { optimizer, .. } in cases() {
        check::<f32>(&*optimizer, optimizer.is_elementwise());
        check::<f64>(&*optimizer, optimizer.is_elementwise());
    }
}

/// Gradients whose squares are still numbers leave numbers, in the first step and after it.
#[test]
fn huge_and_tiny_gradients_leave_finite_weights() {
    for OptimizerCase { optimizer, .. } in cases() {
        let face: &dyn OptimizerIn<f64> = &*optimizer;
        for size in [1e-150, 1e-30, 1e30, 1e70] {
            let mut tensor = Tensor::new(face, 9);
            for count in 1..=3 {
                let dw: Vec<f64> = tensor.gradients(count).iter().map(|g| g * size).collect();
                let mut slots: Vec<&mut [f64]> =
                    tensor.slots.iter_mut().map(|slot| &mut slot[..]).collect();
                face.step(
                    Step { rate: 0.1, count, shape: &face.shape(9) },
                    &mut tensor.w,
                    &dw,
                    &mut slots,
                );
                assert!(tensor.w.iter().all(|w| w.is_finite()), "{optimizer:?} at {size:e}");
            }
        }
    }
}

/// What lets weights decay can be told not to, and then leaves weights without a gradient alone.
#[test]
fn without_decay_nothing_decays() {
    for OptimizerCase { optimizer, .. } in cases() {
        // It forgets where weights begin, decay or not; so does the one that has its own decay.
        if ["Ftrl", "Asgd"].contains(&optimizer.name()) {
            continue;
        }
        let still = optimizer.still();
        let face: &dyn OptimizerIn<f64> = &*still;
        let mut tensor = Tensor::new(face, 9);
        let start = tensor.w.clone();
        for count in 1..=3 {
            let mut slots: Vec<&mut [f64]> =
                tensor.slots.iter_mut().map(|slot| &mut slot[..]).collect();
            let at = Step { rate: 0.1, count, shape: &face.shape(9) };
            face.step(at, &mut tensor.w, &[0.0; 9], &mut slots);
        }
        assert_eq!(tensor.w, start, "{still:?}");
        let kept = (still.name(), still.slot_names(), still.default_rate());
        let before = (optimizer.name(), optimizer.slot_names(), optimizer.default_rate());
        assert_eq!(kept, before);
    }
}
