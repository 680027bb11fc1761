//! Connectionist temporal classification in each of its settings, on batches and in a graph.

use super::ctcs;
use crate::numbers::{bits, doubles, numbers, units};
use neuropil::losses::{Ctc, CtcBatch, CtcLabels};
use neuropil::simd::Float;
use neuropil::{Graph, Params, Plan, Real};

const CLASSES: usize = 5;

/// Two rows of log-probabilities, labels, and how many of both count.
struct Example<T> {
    time: usize,
    longest: usize,
    x: Vec<T>,
    labels: Vec<u32>,
    counts: [u32; 2],
    steps: [u32; 2],
}

impl<T: Float> Example<T> {
    fn new(ctc: Ctc, time: usize, longest: usize) -> Self {
        let x = numbers::<f64>(2 * time * CLASSES, 1.5, 1);
        let labels = units::<f64>(2 * longest, 2).into_iter();
        let labels = labels.map(|u| (u * (CLASSES - 1) as f64) as u32);
        Self {
            time,
            longest,
            x: x.into_iter().map(T::of).collect(),
            labels: labels.map(|label| label + u32::from(label >= ctc.blank_class())).collect(),
            counts: [longest as u32, longest as u32 - 1],
            steps: [time as u32, time as u32 - 2],
        }
    }

    fn batch(&self) -> CtcBatch<'_, T> {
        let labels = CtcLabels::Padded(&self.labels);
        CtcBatch::new(self.time, CLASSES, &self.x, labels, &self.counts).steps(&self.steps)
    }

    fn both(&self, ctc: Ctc) -> (f64, Vec<T>) {
        let mut workspace = vec![T::NAN; Ctc::workspace_len(self.time, self.longest)];
        let mut dx = vec![T::NAN; self.x.len()];
        let loss = ctc.both(&self.batch(), &mut dx, &mut workspace).expect("a batch");
        (loss, dx)
    }
}

/// The loss of an example and its gradient.
pub fn example<T: Float>(ctc: Ctc, time: usize, longest: usize) -> (f64, Vec<T>) {
    Example::new(ctc, time, longest).both(ctc)
}

#[test]
fn gradients_are_central_differences() {
    for ctc in ctcs() {
        for (time, longest) in [(3, 1), (9, 3), (23, 10)] {
            let example = Example::<f64>::new(ctc, time, longest);
            let (_, dx) = example.both(ctc);
            for (at, dx) in dx.into_iter().enumerate() {
                let moved = |step: f64| {
                    let mut example = Example::<f64>::new(ctc, time, longest);
                    example.x[at] += step;
                    example.both(ctc).0
                };
                let expected = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                assert!((dx - expected).abs() <= 1e-8, "{ctc:?}: {dx} for {expected}");
            }
        }
    }
}

#[test]
fn single_precision_follows_double() {
    for ctc in ctcs() {
        let ((double, slopes), (single, dx)) =
            (example::<f64>(ctc, 60, 20), example::<f32>(ctc, 60, 20));
        assert!((single - double).abs() <= 1e-6 * double.abs(), "{ctc:?}: {single} for {double}");
        for (dx, slope) in dx.iter().zip(slopes) {
            assert!((f64::from(*dx) - slope).abs() <= 1e-5, "{ctc:?}: {dx} for {slope}");
        }
    }
}

/// In a graph, beside the lengths of its sequences: the same numbers, on one thread or several.
fn in_a_graph<T: Real>(ctc: Ctc, time: usize, longest: usize) {
    let example = Example::<T>::new(ctc, time, longest);
    let (expected, expected_dx) = example.both(ctc);
    let graph = Graph::new();
    let x = graph.input("x", [time, CLASSES]);
    let lengths = graph.lengths_input(time);
    let (labels, counts) =
        (graph.index_input("labels", [longest]), graph.index_input("counts", []));
    let cost = x.ctc(ctc, labels, counts).expect("shapes that fit");
    let mut params = Params::<T>::new(&[&graph], 1).expect("no weights");
    let mut plan = Plan::<T>::training(&graph, cost, &[]).expect("a plan");
    plan.track(x);
    let mut run = plan.run(&mut params, 2).expect("rows");
    run.input(x).copy_from_slice(&example.x);
    run.indices(labels).copy_from_slice(&example.labels);
    run.indices(counts).copy_from_slice(&example.counts);
    run.indices(lengths).copy_from_slice(&example.steps);
    run.forward().expect("good indices");
    let value = run.value(cost)[0].to_f64();
    assert!((value - expected).abs() <= 2.0 * T::EPSILON.to_f64() * expected.abs(), "{value}");
    run.backward();
    let dx = run.gradient(x).expect("it is tracked");
    for (dx, expected) in doubles(dx).iter().zip(doubles(&expected_dx)) {
        assert!((dx - expected).abs() <= 4.0 * T::EPSILON.to_f64(), "{dx} for {expected}");
    }
}

#[test]
fn a_graph_gives_the_same() {
    for ctc in ctcs() {
        in_a_graph::<f32>(ctc, 9, 3);
        in_a_graph::<f64>(ctc, 40, 17);
    }
    // Enough work for two threads, inside the pool.
    neuropil::run(|| in_a_graph::<f32>(Ctc::new(), 200, 60));
}

#[test]
fn again_gives_the_same_bits() {
    for ctc in ctcs() {
        let (first, second) = (example::<f32>(ctc, 33, 8), example::<f32>(ctc, 33, 8));
        assert_eq!((first.0.to_bits(), bits(&first.1)), (second.0.to_bits(), bits(&second.1)));
    }
}
