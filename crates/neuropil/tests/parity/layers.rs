//! Layers: outputs, gradients of inputs and of weights; each op by itself, fused, and in inference.

mod activation;
mod batch_norm;
pub mod convolution;
mod embedding;
mod noise;
mod normalization;
mod pooling;
mod recurrent;

use crate::Failure;
use crate::closeness::Closeness;
use crate::golden::{Case, Family};
use crate::modules::{compare_gradients, set_weights};
use crate::weighted_sum::WeightedSum;
use neuropil::activations::{Relu, Softmax, Tanh};
use neuropil::{
    Bilinear, Graph, Linear, Module, Parallel, Params, Plan, Real, Residual, Sequential,
};

#[test]
fn layers_equal_pytorch() {
    let mut family = Family::open("layers");
    family.member("BatchNorm", batch_norm::check);
    family.member("Bilinear", |case| {
        let count = |key| Ok::<_, Failure>(case.setting(key).ok_or("no width")? as usize);
        check(case, &Bilinear::new(count("first")?, count("second")?, count("outputs")?))
    });
    family.member("Parallel", |case| {
        let branches = match case.text("join") {
            Some("concatenate") => Parallel::concatenate(),
            Some("add") => Parallel::add(),
            Some("multiply") => Parallel::multiply(),
            other => return Err(format!("no join {other:?}").into()),
        };
        let second = Sequential::new().then(Linear::new(4, 3)).then(Tanh);
        check(case, &branches.branch(Linear::new(4, 3)).branch(second))
    });
    family.member("Dropout", noise::dropout);
    family.member("Embedding", embedding::check);
    family.member("Linear", |case| {
        let count = |key| Ok::<_, Failure>(case.setting(key).ok_or("no width")? as usize);
        let linear = Linear::new(count("inputs")?, count("outputs")?);
        check(case, &if case.flag("without bias") { linear.without_bias() } else { linear })
    });
    family.member("Residual", |case| {
        check(case, &Residual::new(Sequential::new().then(Linear::new(4, 4)).then(Tanh)))
    });
    family.member("Sequential", |case| {
        let layers = Sequential::new().then(Linear::new(4, 6)).then(Relu).then(Linear::new(6, 3));
        check(case, &layers.then(Softmax))
    });
    activation::members(&mut family);
    convolution::members(&mut family);
    noise::members(&mut family);
    normalization::members(&mut family);
    pooling::members(&mut family);
    recurrent::members(&mut family);
    family.end();
}

fn check(case: &Case, module: &dyn Module) -> Result<(), Failure> {
    in_type::<f32>(case, module)?;
    in_type::<f64>(case, module)
}

fn in_type<T: Real>(case: &Case, module: &dyn Module) -> Result<(), Failure> {
    if !case.is_for::<T>() {
        return Ok(());
    }
    let x = case.input::<T>("x")?;
    let (&rows, dims) = x.shape.split_first().ok_or("x is a single number")?;

    let graph = Graph::new();
    let input = graph.input("x", dims);
    let output = module.build(input)?;
    let mut params = Params::<T>::new(&[&graph], 1)?;
    set_weights(&mut params, case)?;
    let mut plan = Plan::inference(&graph, &[output])?;
    let mut run = plan.run(&mut params, rows)?;
    run.input(input).copy_from_slice(&x.values);
    run.forward()?;
    case.compare("y", run.value(output), Closeness::SUMS)?;

    let Some(dy) = case.given::<T>("dy") else { return Ok(()) };
    let slope = graph.input("dy", output.shape());
    let cost = output.loss(WeightedSum, slope)?;
    for mut plan in
        [Plan::training(&graph, cost, &[output])?, Plan::training_unfused(&graph, cost, &[output])?]
    {
        plan.track(input);
        let mut run = plan.run(&mut params, rows)?;
        run.input(input).copy_from_slice(&x.values);
        run.input(slope).copy_from_slice(&dy.values);
        run.forward()?;
        run.backward();
        case.compare("y", run.value(output), Closeness::SUMS)?;
        let dx = run.gradient(input).ok_or("no gradient of the input")?;
        case.compare("dx", dx, Closeness::GRADIENTS)?;
        compare_gradients(&params, case, Closeness::GRADIENTS)?;
    }
    Ok(())
}
