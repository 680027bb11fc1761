//! Layers that draw: with the masks that the scripts have made from their definition.

use super::check;
use crate::Failure;
use crate::closeness::Closeness;
use crate::golden::{Case, Family};
use crate::modules::{compare_gradients, set_weights};
use crate::weighted_sum::WeightedSum;
use neuropil::{
    AlphaDropout, ChannelDropout, DropConnect, DropPath, Dropout, FeatureAlphaDropout,
    GaussianDropout, GaussianNoise, Graph, Linear, Mode, Module, Params, Plan, Real,
    VariationalDropout,
};

fn rate(case: &Case) -> Result<f64, Failure> {
    Ok(case.setting("rate").ok_or("no rate")?)
}

/// Dropout, whose cases from PyTorch itself have inference alone.
pub fn dropout(case: &Case) -> Result<(), Failure> {
    let layer = Dropout::new(rate(case)?)?;
    if case.flag("classic") { drawn(case, &layer.classic()) } else { check(case, &layer) }
}

/// All others.
pub fn members(family: &mut Family) {
    family.member("AlphaDropout", |case| drawn(case, &AlphaDropout::new(rate(case)?)?));
    family.member("ChannelDropout", |case| drawn(case, &ChannelDropout::new(rate(case)?)?));
    family.member("DropConnect", |case| {
        drawn(case, &DropConnect::new(Linear::new(4, 3), rate(case)?)?)
    });
    family.member("DropPath", |case| {
        let layer = DropPath::new(rate(case)?)?;
        drawn(case, &if case.flag("whole batch") { layer.whole_batch() } else { layer })
    });
    family
        .member("FeatureAlphaDropout", |case| drawn(case, &FeatureAlphaDropout::new(rate(case)?)?));
    family.member("GaussianDropout", |case| drawn(case, &GaussianDropout::new(rate(case)?)?));
    family.member("GaussianNoise", |case| {
        drawn(case, &GaussianNoise::new(case.setting("deviation").ok_or("no deviation")?)?)
    });
    family.member("VariationalDropout", |case| drawn(case, &VariationalDropout::new(rate(case)?)?));
}

fn drawn(case: &Case, module: &dyn Module) -> Result<(), Failure> {
    in_type::<f32>(case, module)?;
    in_type::<f64>(case, module)
}

/// Training in the stream of key 0, then inference.
fn in_type<T: Real>(case: &Case, module: &dyn Module) -> Result<(), Failure> {
    let (x, dy) = (case.input::<T>("x")?, case.input::<T>("dy")?);
    let (&rows, dims) = x.shape.split_first().ok_or("x is a single number")?;
    let graph = Graph::new();
    let input = graph.input("x", dims);
    let output = module.build(input)?;
    let slope = graph.input("dy", output.shape());
    let cost = output.loss(WeightedSum, slope)?;
    let mut params = Params::<T>::new(&[&graph], 1)?;
    set_weights(&mut params, case)?;
    let mut plan = Plan::training(&graph, cost, &[output])?;
    plan.track(input);
    for mode in [Mode::Training, Mode::Inference] {
        let mut run = plan.run(&mut params, rows)?;
        run.mode(mode).input(input).copy_from_slice(&x.values);
        run.input(slope).copy_from_slice(&dy.values);
        run.forward()?;
        run.backward();
        let y = run.value(output);
        if mode == Mode::Inference {
            case.compare("inference", y, Closeness::SUMS)?;
            continue;
        }
        case.compare("y", y, Closeness::SUMS)?;
        let dx = run.gradient(input).ok_or("no gradient of the input")?;
        case.compare("dx", dx, Closeness::GRADIENTS)?;
        compare_gradients(&params, case, Closeness::GRADIENTS)?;
    }
    Ok(())
}
