//! Batch normalization: several batches in training, fused and not, then inference with the running
//! statistics that they have left.

use crate::Failure;
use crate::closeness::Closeness;
use crate::golden::{Array, Case};
use crate::modules::{compare_gradients, compare_weights, set_weights};
use crate::weighted_sum::WeightedSum;
use neuropil::{BatchNorm, Graph, Module, Params, Plan, Real};

pub fn check(case: &Case) -> Result<(), Failure> {
    let mut layer = BatchNorm::new(case.setting("channels").ok_or("no channels")? as usize);
    if let Some(epsilon) = case.setting("epsilon") {
        layer = layer.epsilon(epsilon)?;
    }
    if let Some(momentum) = case.setting("momentum") {
        layer = layer.momentum(momentum)?;
    }
    if case.flag("cumulative") {
        layer = layer.cumulative();
    }
    if case.flag("without affine") {
        layer = layer.without_affine();
    }
    if case.flag("without running statistics") {
        layer = layer.without_running_statistics();
    }
    by_batches(case, &layer)
}

/// Any layer with states.
pub fn by_batches(case: &Case, layer: &dyn Module) -> Result<(), Failure> {
    in_type::<f32>(case, layer)?;
    in_type::<f64>(case, layer)
}

fn in_type<T: Real>(case: &Case, layer: &dyn Module) -> Result<(), Failure> {
    let batches: Vec<Array<T>> =
        (0..).map_while(|i| case.given::<T>(&format!("batch {i}"))).collect();
    let (first, last) = batches.first().zip(batches.last()).ok_or("no batches")?;
    let dy = case.input::<T>("dy")?;

    let graph = Graph::new();
    let input = graph.input("x", &first.shape[1..]);
    let output = layer.build(input)?;
    let slope = graph.input("dy", output.shape());
    let cost = output.loss(WeightedSum, slope)?;
    for mut plan in
        [Plan::training(&graph, cost, &[output])?, Plan::training_unfused(&graph, cost, &[output])?]
    {
        let mut params = Params::<T>::new(&[&graph], 1)?;
        set_weights(&mut params, case)?;
        plan.track(input);
        for x in &batches {
            let mut run = plan.run(&mut params, x.shape[0])?;
            run.update_states().input(input).copy_from_slice(&x.values);
            if std::ptr::eq(x, last) {
                run.input(slope).copy_from_slice(&dy.values);
            }
            run.forward()?;
            if std::ptr::eq(x, last) {
                run.backward();
                case.compare("y", run.value(output), Closeness::SUMS)?;
                let dx = run.gradient(input).ok_or("no gradient of the input")?;
                case.compare("dx", dx, Closeness::GRADIENTS)?;
            }
        }
        compare_gradients(&params, case, Closeness::GRADIENTS)?;
        compare_weights(&params, case, Closeness::SUMS)?;

        let mut plan = Plan::inference(&graph, &[output])?;
        let mut run = plan.run(&mut params, first.shape[0])?;
        run.input(input).copy_from_slice(&first.values);
        run.forward()?;
        case.compare("inference", run.value(output), Closeness::SUMS)?;
    }
    Ok(())
}
