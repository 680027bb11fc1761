//! What a plan runs: the ops that its outputs need, in order, fused where that is possible.

use crate::graph::{NodeId, Record, Source};
use crate::op::{AnyOp, Op};
use crate::spec::Spec;
use neuropil_regularizers::random;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// One op to run.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub op: Arc<dyn AnyOp>,
    /// The values it reads; aliases are resolved when buffers are laid out.
    pub inputs: Vec<usize>,
    pub states: Vec<usize>,
    /// The value it writes: the finish's, if there is one.
    pub output: usize,
    /// The normalization that is done along with it, before `finish`.
    pub affine: Option<Folded>,
    /// The element-wise op that is done along with it.
    pub finish: Option<Arc<dyn AnyOp>>,
    /// The part of its random stream's key that does not change.
    pub stream: u64,
}

/// A normalization folded into the step before it.
#[derive(Clone, Debug)]
pub(crate) struct Folded {
    pub op: Arc<dyn AnyOp>,
    /// The values it reads, the step's own result first.
    pub inputs: Vec<usize>,
    pub states: Vec<usize>,
}

/// What is done along with the step before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fusion {
    /// Nothing.
    None,
    /// Element-wise ops.
    Finishes,
    /// And normalizations, in a program that never runs in training mode.
    Inference,
}

/// The steps for some outputs of a graph, without sizes.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub record: Record,
    pub steps: Vec<Step>,
    pub outputs: Vec<usize>,
    /// The value whose gradient starts the backward pass.
    pub cost: Option<usize>,
    /// The inputs whose gradients are wanted.
    pub tracked: Vec<usize>,
}

impl Program {
    pub fn new(record: Record, cost: Option<NodeId>, outputs: &[NodeId], fusion: Fusion) -> Self {
        let named = cost.iter().chain(outputs).map(|node| {
            assert!(node.graph == record.id, "an output belongs to another graph");
            node.index
        });
        // What is carried to the next run is wanted after this one.
        let outputs: Vec<usize> = named.chain(record.carried_from()).collect();
        let needed = needed(&record, &outputs);
        let mut steps = Vec::new();
        let mut ordinals = HashMap::<&str, u64>::new();
        for (index, value) in record.values.iter().enumerate() {
            let Source::Op { op, inputs, states } = &value.source else {
                continue;
            };
            // An op's stream is its path's and its number within it, counted whether needed or
            // not: what else a graph computes changes no dropout mask.
            let ordinal = ordinals.entry(&value.path).or_default();
            let stream = random::text(&value.path).wrapping_add(*ordinal);
            *ordinal += 1;
            if needed[index] {
                steps.push(Step {
                    op: Arc::clone(op),
                    inputs: inputs.clone(),
                    states: states.clone(),
                    output: index,
                    affine: None,
                    finish: None,
                    stream,
                });
            }
        }
        if fusion != Fusion::None {
            steps = fused(&record, steps, &readers(&record, &needed, &outputs), fusion);
        }
        let cost = cost.map(|cost| cost.index);
        Self { record, steps, outputs, cost, tracked: Vec::new() }
    }

    /// The inputs of the graph, with the range of the indices of each index input: that in which all
    /// steps can take them.
    pub fn inputs(&self) -> impl Iterator<Item = (NodeId, Spec, Option<Range<u32>>)> {
        let values = self.record.values.iter().enumerate();
        values.filter(|(_, value)| matches!(value.source, Source::Input)).map(|(index, value)| {
            let ranges = self.steps.iter().flat_map(|step| {
                let specs: Vec<Spec> =
                    step.inputs.iter().map(|&x| self.record.values[x].spec).collect();
                let places =
                    (0..specs.len()).filter(|&i| self.record.root(step.inputs[i]) == index);
                places.filter_map(|i| self.index_range(step, i, &specs)).collect::<Vec<_>>()
            });
            (NodeId { graph: self.record.id, index }, value.spec, ranges.reduce(both))
        })
    }

    /// The range of the indices of an index input of a step: what the op can take, and for lengths
    /// what they can be, whether or not the op says so.
    pub fn index_range(&self, step: &Step, input: usize, specs: &[Spec]) -> Option<Range<u32>> {
        if !specs[input].indices {
            return None;
        }
        let of_op = Op::<f32>::index_range(&*step.op, input, specs);
        let of_lengths = self.record.lengths.as_ref().and_then(|lengths| {
            let is_read = self.record.root(step.inputs[input]) == lengths.value;
            is_read.then(|| lengths.range())
        });
        of_op.into_iter().chain(of_lengths).reduce(both)
    }

    /// Whether a value still stands in the arena when forward is done.
    pub fn keeps(&self, index: usize) -> bool {
        let root = self.record.root(index);
        let source = &self.record.values[root].source;
        self.cost.is_some()
            || matches!(source, Source::Input | Source::Weight(_))
            || self.outputs.iter().any(|&output| self.record.root(output) == root)
    }

    /// The number of a value.
    pub fn value(&self, node: NodeId) -> usize {
        assert!(node.graph == self.record.id, "the node belongs to another graph");
        node.index
    }
}

/// What lies in both ranges.
fn both(a: Range<u32>, b: Range<u32>) -> Range<u32> {
    a.start.max(b.start)..a.end.min(b.end)
}

/// Which values some outputs depend on.
pub(crate) fn needed(record: &Record, outputs: &[usize]) -> Vec<bool> {
    let mut needed = vec![false; record.values.len()];
    for &output in outputs {
        needed[output] = true;
    }
    for index in (0..needed.len()).rev() {
        if !needed[index] {
            continue;
        }
        match &record.values[index].source {
            Source::Input | Source::Weight(_) => {}
            Source::Alias(of) | Source::Detached(of) => needed[*of] = true,
            Source::Op { inputs, .. } => inputs.iter().for_each(|&input| needed[input] = true),
        }
    }
    needed
}

/// How often each value is read.
fn readers(record: &Record, needed: &[bool], outputs: &[usize]) -> Vec<usize> {
    let mut readers = vec![0; record.values.len()];
    for &output in outputs {
        readers[output] += 1;
    }
    for (value, _) in record.values.iter().zip(needed).filter(|(_, needed)| **needed) {
        match &value.source {
            Source::Input | Source::Weight(_) => {}
            Source::Alias(of) | Source::Detached(of) => readers[*of] += 1,
            Source::Op { inputs, .. } => inputs.iter().for_each(|&input| readers[input] += 1),
        }
    }
    readers
}

/// Joins each element-wise op, and in inference each normalization, to the op that makes its input,
/// where that op can do it to its own output and nobody else reads what stood between them.
fn fused(record: &Record, steps: Vec<Step>, readers: &[usize], fusion: Fusion) -> Vec<Step> {
    let mut joined: Vec<Step> = Vec::with_capacity(steps.len());
    for step in steps {
        let producer = joined.iter().position(|earlier| {
            earlier.output == step.inputs[0]
                && earlier.finish.is_none()
                && readers[earlier.output] == 1
        });
        let Some(earlier) = producer.map(|producer| &mut joined[producer]) else {
            joined.push(step);
            continue;
        };
        let finishes = step.inputs.len() == 1 && Op::<f32>::as_finish(&*step.op).is_some();
        let is_weight =
            |&input: &usize| matches!(record.values[record.root(input)].source, Source::Weight(_));
        let folds = || {
            fusion == Fusion::Inference
                && earlier.affine.is_none()
                && Op::<f32>::as_affine(&*step.op).is_some()
                && step.inputs[1..].iter().all(is_weight)
                && Op::<f32>::takes_affine(&*earlier.op, record.values[earlier.output].spec)
        };
        if finishes && Op::<f32>::takes_finish(&*earlier.op) {
            earlier.output = step.output;
            earlier.finish = Some(step.op);
        } else if folds() {
            earlier.output = step.output;
            let Step { op, inputs, states, .. } = step;
            earlier.affine = Some(Folded { op, inputs, states });
        } else {
            joined.push(step);
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::{Fusion, Program};
    use crate::{BatchNorm, Graph, Linear, prelude::*};

    fn steps(sample: &[usize], layers: Sequential, fusion: Fusion) -> Vec<[bool; 2]> {
        let graph = Graph::new();
        let y = layers.build(graph.input("x", sample)).expect("good layers");
        let program = Program::new(graph.snapshot(), None, &[y.id()], fusion);
        let of = |step: &super::Step| [step.affine.is_some(), step.finish.is_some()];
        program.steps.iter().map(of).collect()
    }

    #[test]
    fn a_normalization_is_folded_in_inference_alone() {
        let layers = |norm: BatchNorm| {
            Sequential::new().then(Linear::new(4, 3)).then(norm).then(Relu).then(Linear::new(3, 3))
        };
        let norm = BatchNorm::new(3);
        let folded = steps(&[4], layers(norm), Fusion::Inference);
        assert_eq!(folded, [[true, true], [false, false]]);
        let finished = [[false, false], [false, true], [false, false]];
        assert_eq!(steps(&[4], layers(norm), Fusion::Finishes), finished);
        assert_eq!(steps(&[4], layers(norm), Fusion::None).len(), 4);
        // Statistics of the batch are no scale, and channels that are not the last axis no columns.
        let of_batch = layers(norm.without_running_statistics());
        assert_eq!(steps(&[4], of_batch, Fusion::Inference), finished);
        assert_eq!(steps(&[3, 4], layers(norm), Fusion::Inference), finished);
        // Behind an activation, or another normalization, it stays a step.
        let layers = Sequential::new().then(Linear::new(4, 3)).then(Tanh).then(norm);
        assert_eq!(steps(&[4], layers, Fusion::Inference), [[false, true], [false, false]]);
        let layers = Sequential::new().then(Linear::new(4, 3)).then(norm).then(norm);
        assert_eq!(steps(&[4], layers, Fusion::Inference), [[true, false], [false, false]]);
    }

    #[test]
    fn what_somebody_else_reads_is_not_folded() {
        let graph = Graph::new();
        let x = graph.input("x", [4]).named("0", &Linear::new(4, 4)).expect("it fits");
        let y = x.named("1", &BatchNorm::new(4)).expect("it fits").plus(x).expect("it fits");
        let program = Program::new(graph.snapshot(), None, &[y.id()], Fusion::Inference);
        assert!(program.steps.iter().all(|step| step.affine.is_none()));
        assert_eq!(program.steps.len(), 3);
    }
}
