//! Recurrent layers and cells: outputs and last states, and the gradients of inputs, first states and
//! weights.

use crate::Failure;
use crate::closeness::Closeness;
use crate::golden::{Case, Family};
use crate::modules::{compare_gradients, set_weights};
use crate::weighted_sum::WeightedSum;
use neuropil::prelude::*;
use neuropil::{HiddenStates, Real, Recurrent, RecurrentCell, RecurrentKind};

/// All of them.
pub fn members(family: &mut Family) {
    family.member("Recurrent", |case| {
        let (inputs, hidden) = sizes(case)?;
        match case.text("cell") {
            Some("RNN") => layer(case, rnn(case, inputs, hidden)),
            Some("GRU") => layer(case, gru(case, inputs, hidden)),
            Some("LSTM") => {
                let lstm = Lstm::new(inputs, hidden);
                match case.setting("projection") {
                    Some(state) => layer(case, lstm.projection(state as usize)?),
                    None => layer(case, lstm),
                }
            }
            other => Err(format!("no cell {other:?}").into()),
        }
    });
    family.member("RecurrentCell", |case| {
        let (inputs, hidden) = sizes(case)?;
        match case.text("cell") {
            Some("RNN") => cell(case, rnn(case, inputs, hidden)),
            Some("GRU") => cell(case, gru(case, inputs, hidden)),
            Some("LSTM") => cell(case, Lstm::new(inputs, hidden)),
            other => Err(format!("no cell {other:?}").into()),
        }
    });
}

fn sizes(case: &Case) -> Result<(usize, usize), Failure> {
    let size = |key| case.setting(key).ok_or_else(|| format!("no {key}"));
    Ok((size("inputs")? as usize, size("hidden")? as usize))
}

fn rnn(case: &Case, inputs: usize, hidden: usize) -> Rnn {
    let rnn = Rnn::new(inputs, hidden);
    if case.flag("relu") { rnn.relu() } else { rnn }
}

fn gru(case: &Case, inputs: usize, hidden: usize) -> Gru {
    let gru = Gru::new(inputs, hidden);
    if case.flag("reset before") { gru.reset_before() } else { gru }
}

fn layer<K: RecurrentKind>(case: &Case, mut layer: Recurrent<K>) -> Result<(), Failure> {
    if case.flag("without bias") {
        layer = layer.without_bias();
    }
    if let Some(layers) = case.setting("layers") {
        layer = layer.layers(layers as usize)?;
    }
    if case.flag("bidirectional") {
        layer = layer.bidirectional();
    }
    if case.flag("last") {
        layer = layer.last();
    }
    match case.flag("states") {
        true => check(case, &WithStates(layer)),
        false => check(case, &layer),
    }
}

fn cell<K: RecurrentKind>(case: &Case, layer: Recurrent<K>) -> Result<(), Failure> {
    let layer = if case.flag("without bias") { layer.without_bias() } else { layer };
    check(case, &layer.cell())
}

/// An output, if there is one beside the states, and the states.
type Built<'g> = Result<(Option<Node<'g>>, HiddenStates<'g>), BuildError>;

/// What makes outputs of an input and perhaps of states.
trait Build {
    fn outputs<'g>(&self, x: Node<'g>, begin: &HiddenStates<'g>) -> Built<'g>;
}

impl<K: RecurrentKind> Build for Recurrent<K> {
    fn outputs<'g>(&self, x: Node<'g>, _begin: &HiddenStates<'g>) -> Built<'g> {
        Ok((Some(self.build(x)?), HiddenStates::default()))
    }
}

/// A layer that is given states and gives them.
struct WithStates<K: RecurrentKind>(Recurrent<K>);

impl<K: RecurrentKind> Build for WithStates<K> {
    fn outputs<'g>(&self, x: Node<'g>, begin: &HiddenStates<'g>) -> Built<'g> {
        let (y, end) = self.0.with_states(x, Some(begin))?;
        Ok((Some(y), end))
    }
}

impl<K: RecurrentKind> Build for RecurrentCell<K> {
    fn outputs<'g>(&self, x: Node<'g>, begin: &HiddenStates<'g>) -> Built<'g> {
        Ok((None, self.step(x, begin)?))
    }
}

fn check(case: &Case, of: &impl Build) -> Result<(), Failure> {
    in_type::<f32>(case, of)?;
    in_type::<f64>(case, of)
}

fn in_type<T: Real>(case: &Case, of: &impl Build) -> Result<(), Failure> {
    let x = case.input::<T>("x")?;
    let (&rows, dims) = x.shape.split_first().ok_or("x is a single number")?;

    let graph = Graph::new();
    let lengths = case.indices("lengths").map(|lengths| (graph.lengths_input(dims[0]), lengths));
    let mut inputs = vec![("x".to_owned(), graph.input("x", dims), x.values)];
    let mut begin = HiddenStates::default();
    for (of, states) in [("h", &mut begin.h), ("c", &mut begin.c)] {
        for i in 0.. {
            let key = format!("{of} {i}");
            let Some(state) = case.given::<T>(&key) else { break };
            states.push(graph.input(&key, &state.shape[1..]));
            inputs.push((key, states[i], state.values));
        }
    }
    let (y, end) = of.outputs(inputs[0].1, &begin)?;
    let named = |of: &'static str| move |(i, node)| (format!("end {of} {i}"), node);
    let ends = end.h.into_iter().enumerate().map(named("h"));
    let ends = ends.chain(end.c.into_iter().enumerate().map(named("c")));
    let outputs: Vec<(String, Node<'_>)> =
        y.map(|y| ("y".to_owned(), y)).into_iter().chain(ends).collect();

    let mut cost: Option<Node<'_>> = None;
    let mut slopes = Vec::new();
    for (key, output) in &outputs {
        let key = format!("d{key}");
        let slope = graph.input(&key, output.shape());
        slopes.push((slope, case.input::<T>(&key)?.values));
        let term = output.loss(WeightedSum, slope)?;
        cost = Some(cost.map_or(Ok(term), |cost| cost.plus(term))?);
    }
    let cost = cost.ok_or("nothing comes out")?;

    let nodes: Vec<Node<'_>> = outputs.iter().map(|(_, node)| *node).collect();
    let mut params = Params::<T>::new(&[&graph], 1)?;
    set_weights(&mut params, case)?;
    let plans = [
        (Plan::inference(&graph, &nodes)?, false),
        (Plan::training(&graph, cost, &nodes)?, true),
        (Plan::training_unfused(&graph, cost, &nodes)?, true),
    ];
    for (mut plan, trains) in plans {
        if trains {
            inputs.iter().for_each(|(_, node, _)| plan.track(*node));
        }
        let mut run = plan.run(&mut params, rows)?;
        for (_, node, values) in &inputs {
            run.input(*node).copy_from_slice(values);
        }
        if let Some((node, lengths)) = &lengths {
            run.indices(*node).copy_from_slice(lengths);
        }
        if trains {
            for (node, values) in &slopes {
                run.input(*node).copy_from_slice(values);
            }
        }
        run.forward()?;
        for (key, node) in &outputs {
            case.compare(key, run.value(*node), Closeness::SUMS)?;
        }
        if trains {
            run.backward();
            for (key, node, _) in &inputs {
                let dx = run.gradient(*node).ok_or("no gradient of an input")?;
                case.compare(&format!("d{key}"), dx, Closeness::GRADIENTS)?;
            }
            compare_gradients(&params, case, Closeness::GRADIENTS)?;
        }
    }
    Ok(())
}
