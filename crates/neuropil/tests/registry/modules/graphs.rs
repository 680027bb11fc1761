//! Layers and ops in a graph of their own, run once in training or inference.

use crate::cases::{LayerCase, OpCase};
use crate::numbers::{doubles, numbers, units};
use neuropil::initializers::Uniform;
use neuropil::simd::Float;
use neuropil::tensor::ShapeError;
use neuropil::{Backward, BuildError, Forward, Graph, Node, Op, Params, Plan, Real, Spec};
use std::ops::Range;

/// Rows in the batch.
const ROWS: usize = 3;

/// What was recorded: all inputs, weights among them, and the output.
pub type Recorded<'g> = Result<(Vec<Node<'g>>, Node<'g>), BuildError>;

/// What a run has made of its inputs.
pub struct Made<T: Real> {
    pub params: Params<T>,
    /// The numbers of the inputs; indices are numbers, too.
    pub inputs: Vec<Vec<f64>>,
    pub y: Vec<f64>,
}

/// What can be recorded into a graph of its own.
pub trait Record {
    fn record<'g>(&self, graph: &'g Graph) -> Recorded<'g>;

    /// What indices can be: two classes, or tokens, unless the case says other.
    fn indices(&self) -> Range<u32> {
        0..2
    }
}

impl Record for LayerCase {
    fn record<'g>(&self, graph: &'g Graph) -> Recorded<'g> {
        let x = match self.sample.indices {
            true => graph.index_input("x", self.sample.shape),
            false => graph.input("x", self.sample.shape),
        };
        Ok((vec![x], self.module.build(x)?))
    }
}

/// What the i-th input of an op is called.
fn input_name(i: usize) -> String {
    format!("input {i}")
}

/// Single inputs are weights.
impl Record for OpCase {
    fn record<'g>(&self, graph: &'g Graph) -> Recorded<'g> {
        let node = |(i, spec): (usize, &Spec)| {
            let name = input_name(i);
            match (spec.per_row, spec.indices) {
                (true, false) => Ok(graph.input(&name, spec.shape)),
                (true, true) => Ok(graph.index_input(&name, spec.shape)),
                (false, _) => {
                    graph.param(&name, spec.shape, Uniform::new(-1.5, 1.5).expect("a range"))
                }
            }
        };
        let inputs = self.inputs.iter().enumerate().map(node).collect::<Result<Vec<_>, _>>()?;
        let y = (self.record)(&inputs)?;
        Ok((inputs, y))
    }

    fn indices(&self) -> Range<u32> {
        self.indices.clone()
    }
}

/// A run forward in inference.
pub fn inference<T: Real>(case: &impl Record) -> Made<T> {
    let graph = Graph::new();
    let (inputs, y) = case.record(&graph).expect("a good case");
    let mut params = Params::<T>::new(&[&graph], 1).expect("weights");
    let mut plan = Plan::<T>::inference(&graph, &[y]).expect("a plan");
    let mut run = plan.run(&mut params, ROWS).expect("rows");
    let filled: Vec<Vec<f64>> =
        inputs.iter().enumerate().map(|(i, &node)| fill(case, &mut run, node, i)).collect();
    run.forward().expect("indices within their limits");
    let y = doubles(run.value(y));
    let all = inputs.iter().zip(filled).enumerate();
    let numbers = all.map(|(i, (node, filled))| match node.spec().per_row {
        true => filled,
        false => doubles(params.get(&input_name(i)).expect("a weight")),
    });
    let inputs = numbers.collect();
    Made { params, inputs, y }
}

/// The output, then the gradients of all inputs and of all weights, of a run in training whose cost
/// is a fixed weighting of the output.
pub fn training<T: Real>(case: &impl Record) -> Vec<Vec<f64>> {
    let graph = Graph::new();
    let (inputs, y) = case.record(&graph).expect("a good case");
    let cost = y.op(Projection).expect("a cost");
    let mut params = Params::<T>::new(&[&graph], 1).expect("weights");
    let mut plan = Plan::<T>::training(&graph, cost, &[y]).expect("a plan");
    let is_tracked = |node: &&Node<'_>| node.spec().per_row && !node.spec().indices;
    let tracked: Vec<Node<'_>> = inputs.iter().filter(is_tracked).copied().collect();
    for &node in &tracked {
        plan.track(node);
    }
    let mut run = plan.run(&mut params, ROWS).expect("rows");
    run.random(1, 2);
    for (i, &node) in inputs.iter().enumerate() {
        fill(case, &mut run, node, i);
    }
    run.forward().expect("indices within their limits");
    let mut all = vec![doubles(run.value(y))];
    run.backward();
    all.extend(tracked.iter().map(|&node| doubles(run.gradient(node).expect("it is tracked"))));
    let gradient = |path| doubles(params.gradient(path).expect("it is a weight's"));
    all.extend(params.paths().map(gradient));
    all
}

/// Fills an input that is no weight.
fn fill<T: Real>(
    case: &impl Record,
    run: &mut neuropil::Run<'_, T>,
    node: Node<'_>,
    place: usize,
) -> Vec<f64> {
    let (spec, seed) = (node.spec(), 10 + place as u64);
    if !spec.per_row {
        return Vec::new();
    }
    if spec.indices {
        let Range { start, end } = case.indices();
        let indices = run.indices(node);
        let drawn: Vec<f64> = units(indices.len(), seed);
        for (index, u) in indices.iter_mut().zip(drawn) {
            *index = start + (f64::from(end - start) * u) as u32;
        }
        return indices.iter().map(|&index| f64::from(index)).collect();
    }
    let x = run.input(node);
    x.copy_from_slice(&numbers::<T>(x.len(), 1.5, seed));
    doubles(x)
}

/// The sum of all elements, each times another factor.
#[derive(Clone, Copy, Debug)]
struct Projection;

fn factor<T: Float>(i: usize) -> T {
    T::of(1.0 + (i % 7) as f64 / 8.0)
}

impl<T: Float> Op<T> for Projection {
    fn output(&self, _inputs: &[Spec]) -> Result<Spec, ShapeError> {
        Ok(Spec::single([]))
    }

    fn forward(&self, step: Forward<'_, T>) {
        let terms = step.x.get(0).iter().enumerate().map(|(i, &x)| factor::<T>(i) * x);
        step.y[0] = terms.sum();
    }

    fn backward(&self, mut step: Backward<'_, T>) {
        let dy = step.dy[0];
        if let Some(dx) = step.dx.get(0) {
            for (i, dx) in dx.iter_mut().enumerate() {
                *dx += factor::<T>(i) * dy;
            }
        }
    }
}
