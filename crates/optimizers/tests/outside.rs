//! LARS, written outside of the crate: an optimizer that needs the whole tensor at once fits the trait
//! without a change to it.
//!
//! You, Gitman and Ginsburg, "Large Batch Training of Convolutional Networks" (2017), with the local
//! rate ‖w‖/‖dw‖ and 1 where either norm is 0.

use neuropil_optimizers::{Lamb, Optimizer, Rule, Sgd, Step, norm, sweep};
use neuropil_simd::{Float, Lanes};

#[derive(Clone, Debug)]
struct Lars {
    momentum: f64,
}

struct Move {
    momentum: f64,
    rate: f64,
}

impl Rule<1> for Move {
    #[inline(always)]
    fn update<T: Float, V: Lanes<T>>(&self, w: V, dw: V, [b]: &mut [V; 1]) -> V {
        *b = V::of(self.momentum) * *b + V::of(self.rate) * dw;
        w - *b
    }
}

impl Optimizer for Lars {
    fn name(&self) -> &'static str {
        "Lars"
    }

    fn default_rate(&self) -> f64 {
        1e-2
    }

    fn slot_names(&self) -> &'static [&'static str] {
        &["momentum_buffer"]
    }

    fn is_elementwise(&self) -> bool {
        false
    }

    fn step<T: Float>(&self, at: Step<'_>, w: &mut [T], dw: &[T], state: &mut [&mut [T]]) {
        assert_eq!(w.len(), at.shape.iter().product::<usize>(), "a piece of a tensor");
        let (weights, gradient) = (norm(w), norm(dw));
        let local = if weights > 0.0 && gradient > 0.0 { weights / gradient } else { 1.0 };
        sweep(Move { momentum: self.momentum, rate: at.rate * local }, w, dw, state);
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

/// What makes both what they are: a tensor's step is rate · ‖w‖ long, whatever the gradient's size.
#[test]
fn a_step_is_as_long_as_the_weights_say() {
    fn check(optimizer: &impl Optimizer) {
        let start: Vec<f64> = (1..=37).map(|i| f64::from(i) * 0.1).collect();
        for scale in [1e-2, 1.0, 1e4] {
            for (w, tolerance) in [
                (descend::<f64>(optimizer, &start, scale, 1), 1e-12),
                (descend::<f32>(optimizer, &start, scale, 1), 1e-5),
            ] {
                let moved: Vec<f64> = w.iter().zip(&start).map(|(w, s)| w - s).collect();
                let ratio = norm(&moved) / norm(&start);
                assert!((ratio / 0.01 - 1.0).abs() < tolerance, "{optimizer:?}, {scale}: {ratio}");
            }
        }
    }
    check(&Lars { momentum: 0.9 });
    check(&Lamb::new());
}

#[test]
fn it_descends() {
    let start = [2.0, -3.0, 0.5, 1.0, -0.1];
    let w = descend::<f64>(&Lars { momentum: 0.0 }, &start, 1.0, 300);
    assert!(norm(&w) < 0.2 * norm(&start), "{w:?}");
}

#[test]
fn its_pieces_are_not_the_whole() {
    fn check(optimizer: &impl Optimizer) {
        assert!(!optimizer.is_elementwise() && Sgd::new().is_elementwise());
        let start = [2.0, -3.0, 0.5, 10.0];
        // Another gradient, so that the tensor and its pieces have other ratios.
        let dw = [1.0, 1.0, -30.0, 2.0];
        let step = |at: std::ops::Range<usize>| {
            let mut w = start[at.clone()].to_vec();
            let mut buffers = vec![vec![0.0; w.len()]; optimizer.slots()];
            let mut slots: Vec<&mut [f64]> = buffers.iter_mut().map(|slot| &mut slot[..]).collect();
            let here = Step { rate: 0.01, count: 1, shape: &[at.len()] };
            optimizer.step(here, &mut w, &dw[at], &mut slots);
            w
        };
        assert_ne!(step(0..4), [step(0..2), step(2..4)].concat(), "{optimizer:?}");
    }
    check(&Lars { momentum: 0.9 });
    check(&Lamb::new());
}
