//! Ops: outputs and the gradients of all inputs, in training, each by itself.

mod activation;
mod convolution;
mod embedding;
mod losses;
mod noise;
mod normalization;
mod pooling;
mod recurrent;

use crate::Failure;
use crate::closeness::Closeness;
use crate::golden::{Case, Family};
use crate::weighted_sum::WeightedSum;
use neuropil::activations::Tanh;
use neuropil::initializers::Zeros;
use neuropil::losses::CrossEntropy;
use neuropil::ops::{
    Activate, Add, BatchNormOp, BilinearOp, Copy, DropoutOp, LinearOp, LossOp, Multiply, PenaltyOp,
};
use neuropil::regularizers::{Dropout, L1};
use neuropil::{AnyOp, BuildError, Graph, Node, Params, Plan, Real};

#[test]
fn ops_equal_pytorch() {
    let mut family = Family::open("ops");
    family.member("Activate", |case| check(case, || Activate(Tanh)));
    family.member("Add", |case| check(case, || Add));
    family.member("BatchNormOp", |case| {
        let channels = case.setting("channels").ok_or("no channels")? as usize;
        check(case, || BatchNormOp::new(channels).without_running_statistics())
    });
    family.member("BilinearOp", |case| check(case, || BilinearOp));
    family.member("Copy", |case| check(case, || Copy));
    family.member("DropoutOp", |case| {
        let rule = Dropout::new(case.setting("rate").ok_or("no rate")?)?;
        check(case, || DropoutOp(rule))
    });
    family.member("EmbeddingOp", embedding::check);
    family.member("LinearOp", |case| check(case, || LinearOp));
    family.member("LossOp", |case| check(case, || LossOp::new(CrossEntropy::new())));
    family.member("Multiply", |case| check(case, || Multiply));
    family
        .member("PenaltyOp", |case| check(case, || PenaltyOp(L1::new(0.25).expect("a strength"))));
    activation::members(&mut family);
    convolution::members(&mut family);
    losses::members(&mut family);
    noise::members(&mut family);
    normalization::members(&mut family);
    pooling::members(&mut family);
    recurrent::members(&mut family);
    family.end();
}

fn check<O: AnyOp>(case: &Case, op: impl Fn() -> O) -> Result<(), Failure> {
    check_recorded(case, |inputs| inputs[0].graph().record(op(), inputs, &[]))
}

/// The same of what is recorded over the inputs.
fn check_recorded(
    case: &Case,
    record: impl for<'g> Fn(&[Node<'g>]) -> Result<Node<'g>, BuildError>,
) -> Result<(), Failure> {
    in_type::<f32>(case, &record)?;
    in_type::<f64>(case, &record)
}

fn in_type<T: Real>(
    case: &Case,
    record: impl for<'g> Fn(&[Node<'g>]) -> Result<Node<'g>, BuildError>,
) -> Result<(), Failure> {
    let graph = Graph::new();
    let (mut rows, mut inputs) = (0, Vec::<Node<'_>>::new());
    for i in 0.. {
        let input = if let Some(x) = case.given::<T>(&format!("{i} rows")) {
            rows = x.shape[0];
            graph.input(&format!("{i}"), &x.shape[1..])
        } else if let Some(x) = case.given::<T>(&format!("{i} single")) {
            graph.param(&format!("{i}"), &*x.shape, Zeros)?
        } else {
            break;
        };
        inputs.push(input);
    }
    let labels = case.indices("labels");
    let label = labels.as_ref().map(|_| graph.index_input("labels", []));
    let all: Vec<Node<'_>> = inputs.iter().copied().chain(label).collect();
    let output = record(&all)?;
    let dy = case.input::<T>("dy")?;
    // A cost is its own end, and its gradient is 1.
    let slope = output.spec().per_row.then(|| graph.input("dy", output.shape()));
    let cost = match slope {
        Some(slope) => output.loss(WeightedSum, slope)?,
        None => output,
    };

    let mut params = Params::<T>::new(&[&graph], 1)?;
    let mut plan = Plan::training_unfused(&graph, cost, &[output])?;
    let per_row = |i: usize| inputs[i].spec().per_row;
    for (i, &input) in inputs.iter().enumerate() {
        if per_row(i) {
            plan.track(input);
        } else {
            let x = case.input::<T>(&format!("{i} single"))?.values;
            params.get_mut(&format!("{i}"))?.copy_from_slice(&x);
        }
    }
    let mut run = plan.run(&mut params, rows)?;
    for (i, &input) in inputs.iter().enumerate().filter(|&(i, _)| per_row(i)) {
        run.input(input).copy_from_slice(&case.input::<T>(&format!("{i} rows"))?.values);
    }
    if let (Some(label), Some(labels)) = (label, &labels) {
        run.indices(label).copy_from_slice(labels);
    }
    if let Some(slope) = slope {
        run.input(slope).copy_from_slice(&dy.values);
    }
    run.forward()?;
    run.backward();
    case.compare("y", run.value(output), Closeness::SUMS)?;
    for (i, &input) in inputs.iter().enumerate() {
        let dx = match per_row(i) {
            true => run.gradient(input).ok_or("no gradient of an input")?,
            false => run.params().gradient(&format!("{i}"))?,
        };
        case.compare(&format!("dx {i}"), dx, Closeness::GRADIENTS)?;
    }
    Ok(())
}
