//! The embedding op: tokens come first, unlike labels.

use crate::Failure;
use crate::closeness::Closeness;
use crate::golden::Case;
use crate::weighted_sum::WeightedSum;
use neuropil::initializers::Zeros;
use neuropil::ops::EmbeddingOp;
use neuropil::{Graph, Params, Plan, Real};

pub fn check(case: &Case) -> Result<(), Failure> {
    in_type::<f32>(case)?;
    in_type::<f64>(case)
}

fn in_type<T: Real>(case: &Case) -> Result<(), Failure> {
    let tokens = case.input::<f64>("tokens")?;
    let (table, dy) = (case.input::<T>("table")?, case.input::<T>("dy")?);

    let graph = Graph::new();
    let input = graph.index_input("tokens", &tokens.shape[1..]);
    let output =
        input.op_with([graph.param("table", &*table.shape, Zeros)?], EmbeddingOp::new())?;
    let slope = graph.input("dy", output.shape());
    let cost = output.loss(WeightedSum, slope)?;
    let mut params = Params::<T>::new(&[&graph], 1)?;
    params.get_mut("table")?.copy_from_slice(&table.values);
    let mut plan = Plan::training_unfused(&graph, cost, &[output])?;
    let mut run = plan.run(&mut params, tokens.shape[0])?;
    for (index, &token) in run.indices(input).iter_mut().zip(&tokens.values) {
        *index = token as u32;
    }
    run.input(slope).copy_from_slice(&dy.values);
    run.forward()?;
    run.backward();
    case.compare("y", run.value(output), Closeness::SUMS)?;
    case.compare("dx 1", params.gradient("table")?, Closeness::GRADIENTS)
}
