//! Ops of losses of several inputs.

use super::check;
use crate::Failure;
use crate::closeness::Closeness;
use crate::golden::{Case, Family};
use neuropil::activations::LogSoftmax;
use neuropil::losses::{Ctc, TripletMargin};
use neuropil::ops::{JointLossOp, LinearCrossEntropyOp};
use neuropil::{Graph, Params, Plan, Real};

pub fn members(family: &mut Family) {
    family.member("CtcOp", |case| {
        ctc::<f32>(case)?;
        ctc::<f64>(case)
    });
    family.member("JointLossOp", |case| check(case, || JointLossOp::new(TripletMargin::new())));
    family.member("LinearCrossEntropyOp", |case| {
        let mut op = LinearCrossEntropyOp::new();
        if case.flag("no bias") {
            op = op.without_bias();
        }
        if let Some(smoothing) = case.setting("label smoothing") {
            op = op.label_smoothing(smoothing)?;
        }
        if let Some(ignored) = case.setting("ignored") {
            op = op.ignore_index(ignored as u32);
        }
        if case.flag("sum") {
            op = op.sum();
        }
        check(case, || op)
    });
}

/// From logits through a log-softmax, whose gradient is PyTorch's.
fn ctc<T: Real>(case: &Case) -> Result<(), Failure> {
    let logits = case.input::<T>("logits")?;
    let [rows, time, classes] = logits.shape[..] else { return Err("not three axes".into()) };
    let index = |key: &str| case.indices(key).ok_or_else(|| format!("no {key}"));
    let given = [index("labels")?, index("counts")?, index("steps")?];
    let ctc = match case.text("reduction") {
        Some("mean") => Ctc::new(),
        Some("sum") => Ctc::new().sum(),
        _ => return Err("no such reduction".into()),
    };

    let graph = Graph::new();
    let x = graph.input("x", [time, classes]);
    let steps = graph.lengths_input(time);
    let labels = graph.index_input("labels", [given[0].len() / rows]);
    let counts = graph.index_input("counts", []);
    let cost = x.then(LogSoftmax)?.ctc(ctc, labels, counts)?;
    let mut params = Params::<T>::new(&[&graph], 1)?;
    let mut plan = Plan::training(&graph, cost, &[])?;
    plan.track(x);
    let mut run = plan.run(&mut params, rows)?;
    run.input(x).copy_from_slice(&logits.values);
    for (node, given) in [labels, counts, steps].into_iter().zip(&given) {
        run.indices(node).copy_from_slice(given);
    }
    run.forward()?;
    run.backward();
    case.compare("y", run.value(cost), Closeness::VALUES)?;
    case.compare("dx", run.gradient(x).ok_or("no gradient")?, Closeness::GRADIENTS)
}
