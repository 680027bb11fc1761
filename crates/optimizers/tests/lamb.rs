//! LAMB, written outside of the crate: an optimizer that needs the whole tensor at once fits the
//! trait without a change to it.
//!
//! You et al., "Large Batch Optimization for Deep Learning: Training BERT in 76 minutes" (2020),
//! algorithm 2, with the trust ratio ‖w‖/‖update‖ and 1 where either norm is 0.

use neuropil_optimizers::{Adam, Optimizer, Rule, Step, norm, sweep};
use neuropil_simd::{Float, Lanes};

#[derive(Clone, Debug)]
struct Lamb {
    weight_decay: f64,
}

const BETA1: f64 = 0.9;
const BETA2: f64 = 0.999;
const EPSILON: f64 = 1e-6;

/// Moves both moments and leaves the update itself in the third slot.
struct Direction {
    correction1: f64,
    correction2: f64,
    weight_decay: f64,
}

impl Rule<3> for Direction {
    #[inline(always)]
    fn update<T: Float, V: Lanes<T>>(&self, w: V, dw: V, [m, v, update]: &mut [V; 3]) -> V {
        *m = V::of(BETA1) * *m + V::of(1.0 - BETA1) * dw;
        *v = V::of(BETA2) * *v + V::of(1.0 - BETA2) * dw * dw;
        let (m, v) = (*m / V::of(self.correction1), *v / V::of(self.correction2));
        *update = m / (v.sqrt() + V::of(EPSILON)) + V::of(self.weight_decay) * w;
        w
    }
}

struct Move {
    length: f64,
}

impl Rule<0> for Move {
    #[inline(always)]
    fn update<T: Float, V: Lanes<T>>(&self, w: V, update: V, _state: &mut [V; 0]) -> V {
        w - V::of(self.length) * update
    }
}

impl Optimizer for Lamb {
    fn name(&self) -> &'static str {
        "Lamb"
    }

    fn default_rate(&self) -> f64 {
        1e-3
    }

    fn slot_names(&self) -> &'static [&'static str] {
        &["exp_avg", "exp_avg_sq", "update"]
    }

    fn is_elementwise(&self) -> bool {
        false
    }

    fn step<T: Float>(&self, at: Step<'_>, w: &mut [T], dw: &[T], state: &mut [&mut [T]]) {
        assert_eq!(w.len(), at.shape.iter().product::<usize>(), "a piece of a tensor");
        let direction = Direction {
            correction1: 1.0 - BETA1.powf(at.count as f64),
            correction2: 1.0 - BETA2.powf(at.count as f64),
            weight_decay: self.weight_decay,
        };
        sweep(direction, w, dw, state);
        let (weights, update) = (norm(w), norm(state[2]));
        let trust = if weights > 0.0 && update > 0.0 { weights / update } else { 1.0 };
        let length = at.rate * trust;
        sweep(Move { length }, w, state[2], &mut []);
    }
}

fn descend<T: Float>(
    optimizer: &impl Optimizer,
    start: &[f64],
    scale: f64,
    steps: u64,
) -> Vec<f64> {
    let n = start.len();
    let mut w: Vec<T> = start.iter().map(|&w| T::of(w)).collect();
    let mut buffers = vec![vec![T::ZERO; n]; optimizer.slots()];
    for count in 1..=steps {
        let dw: Vec<T> = w.iter().map(|&w| w * T::of(scale)).collect();
        let mut slots: Vec<&mut [T]> = buffers.iter_mut().map(|slot| &mut slot[..]).collect();
        let at = Step { rate: 0.01, count, shape: &[n] };
        optimizer.step(at, &mut w, &dw, &mut slots);
    }
    w.iter().map(|w| w.to_f64()).collect()
}

/// What makes LAMB LAMB: a tensor's step is rate · ‖w‖ long, whatever the gradient's size.
#[test]
fn a_step_is_as_long_as_the_weights_say() {
    let lamb = Lamb { weight_decay: 0.0 };
    let start: Vec<f64> = (1..=37).map(|i| f64::from(i) * 0.1).collect();
    for scale in [1e-2, 1.0, 1e4] {
        for (w, tolerance) in [
            (descend::<f64>(&lamb, &start, scale, 1), 1e-12),
            (descend::<f32>(&lamb, &start, scale, 1), 1e-5),
        ] {
            let moved: Vec<f64> = w.iter().zip(&start).map(|(w, s)| w - s).collect();
            let ratio = norm(&moved) / norm(&start);
            assert!((ratio / 0.01 - 1.0).abs() < tolerance, "scale {scale}: {ratio}");
        }
    }
}

#[test]
fn lamb_descends_and_is_not_adam() {
    let lamb = Lamb { weight_decay: 0.01 };
    let start = [2.0, -3.0, 0.5, 1.0, -0.1];
    let w = descend::<f64>(&lamb, &start, 1.0, 300);
    assert!(norm(&w) < 0.2 * norm(&start), "{w:?}");
    let adam = descend::<f64>(&Adam::new(), &start, 1.0, 300);
    assert!(w.iter().zip(adam).any(|(a, b)| (a - b).abs() > 1e-3));
}

#[test]
fn its_pieces_are_not_the_whole() {
    let lamb = Lamb { weight_decay: 0.0 };
    assert!(!lamb.is_elementwise() && Adam::new().is_elementwise());
    let start = [2.0, -3.0, 0.5, 10.0];
    let whole = descend::<f64>(&lamb, &start, 1.0, 1);
    let pieces =
        [descend::<f64>(&lamb, &start[..2], 1.0, 1), descend::<f64>(&lamb, &start[2..], 1.0, 1)]
            .concat();
    assert_ne!(whole, pieces);
}
