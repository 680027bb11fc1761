//! What a plan runs: the ops that its outputs need, in order, fused where that is possible.

use crate::graph::{NodeId, Record, Source};
use crate::op::{AnyOp, Op};
use crate::spec::Spec;
use neuropil_regularizers::random;
use std::collections::HashMap;
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
    /// The element-wise op that is done along with it.
    pub finish: Option<Arc<dyn AnyOp>>,
    /// The part of its random stream's key that does not change.
    pub stream: u64,
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
    pub fn new(record: Record, cost: Option<NodeId>, outputs: &[NodeId], fuse: bool) -> Self {
        let outputs: Vec<usize> = cost
            .iter()
            .chain(outputs)
            .map(|node| {
                assert!(node.graph == record.id, "an output belongs to another graph");
                node.index
            })
            .collect();
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
                    finish: None,
                    stream,
                });
            }
        }
        if fuse {
            steps = fused(&record, steps, &needed, &outputs);
        }
        let cost = cost.map(|cost| cost.index);
        Self { record, steps, outputs, cost, tracked: Vec::new() }
    }

    /// The inputs that the steps read, with the bound of each index input.
    pub fn inputs(&self) -> impl Iterator<Item = (NodeId, Spec, Option<usize>)> {
        let values = self.record.values.iter().enumerate();
        values.filter(|(_, value)| matches!(value.source, Source::Input)).map(|(index, value)| {
            let limits = self.steps.iter().flat_map(|step| {
                let specs: Vec<Spec> =
                    step.inputs.iter().map(|&x| self.record.values[x].spec).collect();
                let places =
                    (0..specs.len()).filter(|&i| self.record.root(step.inputs[i]) == index);
                places
                    .filter_map(|i| Op::<f32>::index_limit(&*step.op, i, &specs))
                    .collect::<Vec<_>>()
            });
            (NodeId { graph: self.record.id, index }, value.spec, limits.min())
        })
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

/// Joins each element-wise op to the op that makes its input, where that op can finish its own
/// output and nobody else reads what stood between them.
fn fused(record: &Record, steps: Vec<Step>, needed: &[bool], outputs: &[usize]) -> Vec<Step> {
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
    let mut joined: Vec<Step> = Vec::with_capacity(steps.len());
    for step in steps {
        let finish = Op::<f32>::as_finish(&*step.op).is_some() && step.inputs.len() == 1;
        let producer = joined.iter().position(|earlier| {
            finish
                && earlier.finish.is_none()
                && earlier.output == step.inputs[0]
                && readers[earlier.output] == 1
                && Op::<f32>::takes_finish(&*earlier.op)
        });
        match producer {
            Some(producer) => {
                joined[producer].finish = Some(step.op);
                joined[producer].output = step.output;
            }
            None => joined.push(step),
        }
    }
    joined
}
