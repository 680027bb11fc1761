//! Embeddings: tokens in, and the gradient of the table.

use crate::Failure;
use crate::closeness::Closeness;
use crate::golden::Case;
use crate::modules::{compare_gradients, set_weights};
use crate::weighted_sum::WeightedSum;
use neuropil::{Embedding, Graph, Module, Params, Plan, Real};

pub fn check(case: &Case) -> Result<(), Failure> {
    let count = |key| Ok::<_, Failure>(case.setting(key).ok_or("no size")? as usize);
    let mut layer = Embedding::new(count("tokens")?, count("width")?);
    if let Some(token) = case.setting("padding index") {
        layer = layer.padding_index(token as usize)?;
    }
    if let Some(norm) = case.setting("max norm") {
        layer = layer.max_norm(norm)?;
    }
    in_type::<f32>(case, &layer)?;
    in_type::<f64>(case, &layer)
}

fn in_type<T: Real>(case: &Case, layer: &Embedding) -> Result<(), Failure> {
    // The shape is that of whole numbers read as any.
    let x = case.input::<f64>("x")?;
    let (&rows, dims) = x.shape.split_first().ok_or("x is a single number")?;
    let tokens: Vec<u32> = x.values.iter().map(|&token| token as u32).collect();
    let dy = case.input::<T>("dy")?;

    let graph = Graph::new();
    let input = graph.index_input("x", dims);
    let output = layer.build(input)?;
    let slope = graph.input("dy", output.shape());
    let cost = output.loss(WeightedSum, slope)?;
    let mut params = Params::<T>::new(&[&graph], 1)?;
    set_weights(&mut params, case)?;
    let mut plan = Plan::training(&graph, cost, &[output])?;
    let mut run = plan.run(&mut params, rows)?;
    run.indices(input).copy_from_slice(&tokens);
    run.input(slope).copy_from_slice(&dy.values);
    run.forward()?;
    run.backward();
    case.compare("y", run.value(output), Closeness::SUMS)?;
    compare_gradients(&params, case, Closeness::GRADIENTS)
}
