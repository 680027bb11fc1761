//! Whole trainings: the cost of each of 50 steps and the weights that they lead to.

use crate::Failure;
use crate::closeness::Closeness;
use crate::golden::{Case, Family};
use crate::modules::{compare_weights, set_weights};
use neuropil::prelude::*;
use neuropil::{Error, Real};
use std::sync::Arc;

#[test]
fn trainings_equal_pytorch() {
    let mut family = Family::open("trainings");
    family.member("LstmAdamLengths", |case| {
        let layers = Sequential::new().then(Lstm::new(2, 5).last()).then(Linear::new(5, 3));
        let options = Options { rate: Arc::new(0.02), penalty: None, clip: Some(1.0) };
        check(case, &layers, CrossEntropy::new(), Adam::new(), options)
    });
    family.member("ReluAdamCrossEntropy", |case| {
        let layers = Sequential::new().then(Linear::new(4, 8)).then(Relu);
        let layers = layers.then(Linear::new(8, 5)).then(Relu).then(Linear::new(5, 3));
        let rate = Arc::new(Cosine::new(0.02, 50)?.floor(0.001)?);
        let penalty = Some(("*.weight", L2::new(0.02)?));
        check(
            case,
            &layers,
            CrossEntropy::new(),
            Adam::new(),
            Options { rate, penalty, clip: None },
        )
    });
    family.member("TanhMomentumMeanSquaredError", |case| {
        let layers = Sequential::new().then(Linear::new(3, 7)).then(Tanh).then(Linear::new(7, 2));
        let sgd = Sgd::new().momentum(0.9)?.nesterov()?.weight_decay(0.01)?;
        let options = Options { rate: Arc::new(0.1), penalty: None, clip: Some(0.5) };
        check(case, &layers, MeanSquaredError::new(), sgd, options)
    });
    family.end();
}

/// What a trainer is told besides loss and optimizer.
#[derive(Clone)]
struct Options {
    rate: Arc<dyn Schedule>,
    penalty: Option<(&'static str, L2)>,
    clip: Option<f64>,
}

fn check(
    case: &Case,
    layers: &Sequential,
    loss: impl Loss,
    optimizer: impl Optimizer,
    options: Options,
) -> Result<(), Failure> {
    in_type::<f32>(case, layers, loss.clone(), optimizer.clone(), options.clone())?;
    in_type::<f64>(case, layers, loss, optimizer, options)
}

fn in_type<T: Real>(
    case: &Case,
    layers: &Sequential,
    loss: impl Loss,
    optimizer: impl Optimizer,
    options: Options,
) -> Result<(), Failure> {
    let x = case.input::<T>("x")?;
    let sample = &x.shape[1..];
    let data = match (case.indices("labels"), case.given::<T>("target")) {
        (Some(labels), None) => {
            let classes = labels.iter().max().map_or(0, |&label| label as usize + 1);
            Dataset::labelled(sample, x.values, labels, classes)?
        }
        (None, Some(target)) => {
            Dataset::with_values(sample, x.values, [target.shape[1]], target.values)?
        }
        _ => return Err("neither a target nor labels, or both".into()),
    };
    let (data, mut net) = match case.indices("lengths") {
        Some(lengths) => (
            data.with_lengths(lengths)?,
            Network::<T>::build_with_lengths(layers.clone(), sample, 1)?,
        ),
        None => (data, Network::<T>::build(layers.clone(), sample, 1)?),
    };
    set_weights(net.params_mut(), case)?;
    let mut trainer = Trainer::new(&mut net, loss, optimizer)?.rate(options.rate);
    if let Some((pattern, penalty)) = options.penalty {
        trainer = trainer.penalty(pattern, penalty)?;
    }

    let rows = case.input::<f64>("rows")?.values[0] as usize;
    let batches: Vec<Vec<u32>> =
        (0..data.len() as u32).collect::<Vec<_>>().chunks(rows).map(<[u32]>::to_vec).collect();
    let steps = case.expected("costs").ok_or("no costs")?.values.len();
    let step = |rows: &Vec<u32>| {
        let cost = trainer.gradients(Batch { data: &data, rows })?;
        if let Some(max) = options.clip {
            trainer.clip_global_norm(max);
        }
        trainer.update();
        Ok(T::of(cost))
    };
    let costs = batches.iter().cycle().take(steps).map(step).collect::<Result<Vec<T>, Error>>()?;
    case.compare("costs", &costs, Closeness::TRAJECTORIES)?;
    compare_weights(net.params(), case, Closeness::TRAJECTORIES)
}
