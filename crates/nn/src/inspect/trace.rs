//! The shape of every value on the way through a network, and the memory that it takes.

use super::table;
use crate::graph::{Record, Source};
use crate::network::Network;
use crate::op::{Memory, Op};
use crate::params::Params;
use crate::plan::Program;
use crate::plan::layout::Layout;
use crate::real::Real;
use crate::spec::Spec;
use std::fmt;

/// Every step of a run in order: shapes in and out, weights, memory. `Display` prints a table.
///
/// ```
/// use neuropil_nn::prelude::*;
///
/// let layers = Sequential::new().then(Linear::new(4, 5)).then(Relu).then(Linear::new(5, 3));
/// let net = Network::new(layers, [4], 42)?;
/// let trace = net.trace(64);
/// assert_eq!(trace.steps[0].fused.as_deref(), Some("Relu"));
/// assert_eq!(trace.steps[1].output.to_string(), "[rows, 3]");
/// assert_eq!(trace.weights, 4 * (4 * 5 + 5 + 5 * 3 + 3)); // bytes
/// println!("{trace}");
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Trace {
    /// Rows of the batch.
    pub rows: usize,
    /// The inputs, by name.
    pub inputs: Vec<(String, Spec)>,
    /// The steps.
    pub steps: Vec<TraceStep>,
    /// Bytes of all weights that the steps read, each counted once.
    pub weights: usize,
    /// Bytes of the buffers that the whole run takes beside weights and their gradients: values
    /// that are used again or kept, gradients, what is saved, scratch.
    pub buffers: usize,
}

/// One step of a [`Trace`]. Sizes are in bytes.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TraceStep {
    /// The path of the layer; empty outside of all.
    pub path: String,
    /// The op.
    pub op: String,
    /// The element-wise op that is done along with it.
    pub fused: Option<String>,
    /// What it reads, weights left out.
    pub inputs: Vec<Spec>,
    /// What it makes.
    pub output: Spec,
    /// Numbers in the weights that it reads first.
    pub weights: usize,
    /// Its output.
    pub value: usize,
    /// The gradient of its output, if one is wanted.
    pub gradient: usize,
    /// What it keeps from forward to backward.
    pub saved: usize,
    /// What it uses and leaves, shared with all other steps.
    pub scratch: usize,
}

pub(crate) fn trace<T: Real>(program: &Program, params: &Params<T>, rows: usize) -> Trace {
    let layout = Layout::new(program, params, rows);
    let record = &program.record;
    let number = size_of::<T>();
    let mut counted = vec![false; record.values.len()];
    let mut all = 0;
    let mut steps = Vec::with_capacity(program.steps.len());
    for (step, at) in program.steps.iter().zip(&layout.steps) {
        let mut weights = 0;
        let mut inputs = Vec::new();
        for &input in &step.inputs {
            let root = record.root(input);
            if !matches!(record.values[root].source, Source::Weight(_)) {
                inputs.push(record.values[input].spec);
            } else if !std::mem::replace(&mut counted[root], true) {
                weights += record.values[root].spec.shape.len();
            }
        }
        all += weights;
        let Memory { saved, words, scratch } = T::op(&*step.op).memory(rows, &at.specs);
        steps.push(TraceStep {
            path: place(record, step.output, &step.inputs),
            op: Op::<f32>::name(&*step.op),
            fused: step.finish.as_ref().map(|finish| Op::<f32>::name(&**finish)),
            inputs,
            output: record.values[step.output].spec,
            weights,
            value: at.output.len * number,
            gradient: at.dy.map_or(0, |dy| dy.slot.len * number),
            saved: saved * number + words * size_of::<u32>(),
            scratch: scratch * number,
        });
    }
    let sizes = layout.sizes;
    let numbers = sizes.values + sizes.gradients + sizes.saved + sizes.scratch;
    let inputs = program.inputs().map(|(node, spec, _)| {
        let name = record.values[node.index].path.clone();
        (name, spec)
    });
    Trace {
        rows,
        inputs: inputs.collect(),
        steps,
        weights: all * number,
        buffers: numbers * number + (sizes.words + sizes.indices) * size_of::<u32>(),
    }
}

impl<T: Real> Network<T> {
    /// Every step of a prediction for so many rows: shapes, weights, memory. That of a training
    /// step, with gradients, is [`Trainer::trace`](crate::Trainer::trace).
    ///
    /// ```
    /// use neuropil_nn::prelude::*;
    ///
    /// let net = Network::new(Linear::new(4, 3), [4], 42)?;
    /// assert_eq!(net.trace(10).steps[0].value, 10 * 3 * 4); // bytes
    /// # Ok::<(), Error>(())
    /// ```
    pub fn trace(&self, rows: usize) -> Trace {
        trace(&self.plan.program, &self.params, rows)
    }
}

/// The path of the layer that has the weights of a step, or that made the value.
pub(crate) fn place(record: &Record, output: usize, inputs: &[usize]) -> String {
    let of_weight = inputs.iter().find_map(|&input| match record.values[input].source {
        Source::Weight(weight) => record.weights[weight].path.rsplit_once('.'),
        _ => None,
    });
    of_weight.map_or_else(|| record.values[output].path.clone(), |(layer, _)| layer.to_owned())
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head =
            ["layer", "op", "input", "output", "weights", "value", "gradient", "saved", "scratch"];
        let mut rows = vec![head.map(str::to_owned)];
        for (name, spec) in &self.inputs {
            let mut row: [String; 9] = Default::default();
            (row[0], row[1], row[3]) = (name.clone(), "input".into(), spec.to_string());
            rows.push(row);
        }
        for step in &self.steps {
            let inputs: Vec<String> = step.inputs.iter().map(Spec::to_string).collect();
            let op = match &step.fused {
                None => step.op.clone(),
                Some(fused) => format!("{} + {fused}", step.op),
            };
            rows.push([
                step.path.clone(),
                op,
                inputs.join(" "),
                step.output.to_string(),
                step.weights.to_string(),
                table::bytes(step.value),
                table::bytes(step.gradient),
                table::bytes(step.saved),
                table::bytes(step.scratch),
            ]);
        }
        let left = [true, true, true, true];
        let right = std::array::from_fn(|column| column >= left.len());
        table::write(f, right, &rows)?;
        write!(
            f,
            "\n{} rows: {} of weights, {} of buffers",
            self.rows,
            table::bytes(self.weights),
            table::bytes(self.buffers)
        )
    }
}

/// How many lines of a trail are shown.
const TRAIL: usize = 12;

/// The values that lead to an op that could not be recorded, a line each, the last ones at most.
pub(crate) fn trail(record: &Record, inputs: &[usize]) -> Vec<String> {
    let mut leads = vec![false; record.values.len()];
    inputs.iter().for_each(|&input| leads[input] = true);
    for index in (0..leads.len()).rev() {
        if !leads[index] {
            continue;
        }
        match &record.values[index].source {
            Source::Input | Source::Weight(_) => {}
            Source::Alias(of) | Source::Detached(of) => leads[*of] = true,
            Source::Op { inputs, .. } => inputs.iter().for_each(|&input| leads[input] = true),
        }
    }
    let lines: Vec<String> = record
        .values
        .iter()
        .zip(leads)
        .filter(|(value, leads)| *leads && !matches!(value.source, Source::Weight(_)))
        .map(|(value, _)| {
            let what = match &value.source {
                Source::Op { op, .. } => Op::<f32>::name(&**op),
                Source::Alias(_) => "reshaped".into(),
                Source::Detached(_) => "detached".into(),
                Source::Input | Source::Weight(_) => "input".into(),
            };
            let place =
                if value.path.is_empty() { String::new() } else { value.path.clone() + " " };
            format!("{place}{what} {}", value.spec)
        })
        .collect();
    let hidden = lines.len().saturating_sub(TRAIL);
    let more = (hidden > 0).then(|| format!("({hidden} before)"));
    more.into_iter().chain(lines.into_iter().skip(hidden)).collect()
}
