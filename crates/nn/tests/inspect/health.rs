//! Means, saturated and dead units, updates: equal to those computed by hand, and looking leaves
//! no trace.

use crate::Failure;
use neuropil_nn::inspect::Health;
use neuropil_nn::{Backward, Forward, Op, Spec, prelude::*};
use neuropil_simd::Float;
use neuropil_tensor::ShapeError;

fn data() -> Result<Dataset, Failure> {
    Ok(Dataset::with_values([2], vec![1.0, 0.0, 0.0, 1.0, 1.0, 1.0], [1], vec![1.0, -1.0, 0.5])?)
}

fn health_of(
    net: &mut Network,
    optimizer: impl Optimizer,
    rate: f64,
    data: &Dataset,
) -> Result<Health, Failure> {
    let mut trainer = Trainer::new(net, MeanSquaredError::new(), optimizer)?.rate(rate);
    let batches = data.batches(data.len());
    let batch = (&batches).into_iter().next().ok_or("no batch")?;
    Ok(trainer.health(batch)?)
}

fn set(net: &mut Network, path: &str, to: &[f32]) -> Result<(), Failure> {
    net.params_mut().get_mut(path)?.copy_from_slice(to);
    Ok(())
}

#[test]
fn dead_units_and_moments() -> Result<(), Failure> {
    let layers = Sequential::new().then(Linear::new(2, 4)).then(Relu).then(Linear::new(4, 1));
    let mut net = Network::new(layers, [2], 1)?;
    // Unit 0 is off for all rows, unit 1 for one of three, units 2 and 3 for none.
    set(&mut net, "0.weight", &[-1.0, -1.0, 2.0, 1.0, -1.0, 3.0, 2.0, 1.0])?;
    set(&mut net, "0.bias", &[0.0; 4])?;
    let health = health_of(&mut net, Sgd::new(), 0.1, &data()?)?;
    let layer = &health.layers[0];
    assert_eq!((layer.op.as_str(), layer.units, layer.dead), ("Linear + Relu", 4, Some(1)));
    assert_eq!(layer.saturated, None);
    // Rows (0, 0, 2, 1), (0, 3, 2, 1), (0, 2, 4, 2).
    let values = [0.0, 0.0, 2.0, 1.0, 0.0, 3.0, 2.0, 1.0, 0.0, 2.0, 4.0, 2.0_f64];
    let mean = values.iter().sum::<f64>() / 12.0;
    let square = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 12.0;
    assert!((layer.mean - mean).abs() < 1e-12 && (layer.deviation - square.sqrt()).abs() < 1e-12);
    // The last layer neither rectifies nor saturates, and the loss is none.
    assert_eq!((health.layers.len(), health.layers[1].dead), (2, None));
    assert_eq!(health.rows, 3);
    Ok(())
}

#[test]
fn more_dead_than_alive_is_a_concern() -> Result<(), Failure> {
    let layers = Sequential::new().then(Linear::new(2, 4)).then(Relu).then(Linear::new(4, 1));
    let mut net = Network::new(layers, [2], 1)?;
    set(&mut net, "0.bias", &[-9.0, -9.0, 9.0, 9.0])?;
    let half = health_of(&mut net, Sgd::new(), 1e-5, &data()?)?;
    assert_eq!(half.layers[0].dead, Some(2));
    assert!(half.concerns().is_empty(), "{half}");
    set(&mut net, "0.bias", &[-9.0, -9.0, -9.0, 9.0])?;
    let most = health_of(&mut net, Sgd::new(), 1e-5, &data()?)?;
    assert_eq!(most.concerns(), ["0 Linear + Relu: 3 of 4 units are dead"]);
    assert!(most.to_string().ends_with("3 of 4 units are dead"), "{most}");
    Ok(())
}

/// A channel is dead where it is off at all places, and counts once.
#[test]
fn channels_are_units() -> Result<(), Failure> {
    let layers = Sequential::new()
        .then(Reshape::new([1, 1, 2]))
        .then(Conv2d::new(1, 2, 1))
        .then(Relu)
        .then(Flatten)
        .then(Linear::new(4, 1));
    let mut net = Network::new(layers, [2], 1)?;
    set(&mut net, "1.weight", &[-1.0, 1.0])?;
    set(&mut net, "1.bias", &[0.0, 0.0])?;
    let health = health_of(&mut net, Sgd::new(), 0.1, &data()?)?;
    assert_eq!((health.layers[0].units, health.layers[0].dead), (2, Some(1)));
    set(&mut net, "1.weight", &[-1.0, -1.0])?;
    let health = health_of(&mut net, Sgd::new(), 1e-5, &data()?)?;
    let concern = "1 Conv2d(1 -> 2, kernel 1x1) + Relu: 2 of 2 units are dead";
    assert!(health.concerns().iter().any(|it| it == concern), "{health}");
    Ok(())
}

#[test]
fn saturation() -> Result<(), Failure> {
    for sigmoid in [true, false] {
        let layers = Sequential::new().then(Linear::new(2, 4));
        let layers = if sigmoid { layers.then(Sigmoid) } else { layers.then(Tanh) };
        let mut net = Network::new(layers.then(Linear::new(4, 1)), [2], 1)?;
        set(&mut net, "0.weight", &[0.0; 8])?;
        // 0.99 and 0.98 are reached at ln 99 = 4.595 and at half of that.
        let edge = if sigmoid { 4.595 } else { 2.2976 };
        set(&mut net, "0.bias", &[edge + 0.01, edge - 0.01, -edge - 0.01, 0.0])?;
        let health = health_of(&mut net, Sgd::new(), 0.001, &data()?)?;
        assert_eq!((health.layers[0].saturated, health.layers[0].dead), (Some(0.5), None));
        // All rows are equal, since the first weights are zero.
        let concerns = health.concerns();
        assert!(concerns.len() == 1 && concerns[0].ends_with("throughout"), "{health}");
        set(&mut net, "0.bias", &[9.0, 9.0, -9.0, 0.0])?;
        let health = health_of(&mut net, Sgd::new(), 0.001, &data()?)?;
        assert_eq!(health.layers[0].saturated, Some(0.75));
        assert!(health.concerns()[0].ends_with("75 % saturated"), "{health}");
    }
    Ok(())
}

/// The update is the one that the trainer then makes, with whatever the optimizer remembers.
#[test]
fn the_update_is_the_real_one() -> Result<(), Failure> {
    let layers = Sequential::new().then(Linear::new(2, 3)).then(Tanh).then(Linear::new(3, 1));
    let mut net = Network::new(layers, [2], 1)?;
    net.params_mut().freeze("0.bias")?;
    let data = data()?;
    let mut trainer = Trainer::new(&mut net, MeanSquaredError::new(), Adam::new())?
        .rate(0.05)
        .penalty("2.weight", L2::new(0.1)?)?;
    for round in 0..4 {
        for batch in &data.batches(3) {
            let health = trainer.health(batch)?;
            let before = trainer.network().params().clone();
            let cost = trainer.gradients(batch)?;
            trainer.update();
            let after = trainer.network().params();
            assert_eq!(health.cost, cost);
            for weight in &health.weights {
                let norm = |x: &mut dyn Iterator<Item = f32>| {
                    x.map(|x| f64::from(x).powi(2)).sum::<f64>().sqrt()
                };
                let (old, new) = (before.get(&weight.path)?, after.get(&weight.path)?);
                let update = norm(&mut old.iter().zip(new).map(|(old, new)| new - old));
                assert!((weight.update - update).abs() < 1e-7, "{round} {}", weight.path);
                assert!((weight.norm - norm(&mut old.iter().copied())).abs() < 1e-12);
                let gradient = norm(&mut after.gradient(&weight.path)?.iter().copied());
                assert_eq!(weight.gradient, gradient);
                assert_eq!(weight.update == 0.0, weight.path == "0.bias");
                assert_eq!(weight.ratio(), Some(weight.update / weight.norm));
            }
        }
    }
    Ok(())
}

#[test]
fn an_update_that_is_too_large_is_a_concern() -> Result<(), Failure> {
    let layers = || Sequential::new().then(Linear::new(2, 3)).then(Tanh).then(Linear::new(3, 1));
    let mut net = Network::new(layers(), [2], 1)?;
    assert!(health_of(&mut net, Adam::new(), 1e-3, &data()?)?.concerns().is_empty());
    let concerns = health_of(&mut net, Adam::new(), 1.0, &data()?)?.concerns();
    assert!(concerns[0].starts_with("0.weight: the update is "), "{concerns:?}");
    Ok(())
}

/// y = x; its state counts the batches that were trained on.
#[derive(Clone, Copy, Debug)]
struct Count;

impl<T: Float> Op<T> for Count {
    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
        Ok(inputs[0])
    }
    fn forward(&self, mut step: Forward<'_, T>) {
        step.y.copy_from_slice(step.x.get(0));
        if let Some(count) = step.states.update(0) {
            count[0] += T::ONE;
        }
    }
    fn backward(&self, mut step: Backward<'_, T>) {
        if let Some(dx) = step.dx.get(0) {
            dx.iter_mut().zip(&*step.dy).for_each(|(dx, &dy)| *dx += dy);
        }
    }
}

impl Module for Count {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        let count = x.graph().state("count", [1], 0.0)?;
        x.graph().record(*self, &[x], &[count])
    }
}

/// A training with looks between its steps has the bits of one without: weights, moments, dropout
/// masks and running numbers.
#[test]
fn looking_changes_nothing() -> Result<(), Failure> {
    let train = |looks: bool| -> Result<Vec<f32>, Failure> {
        let dropout = Dropout::new(0.5)?;
        let layers = Sequential::new().then(Linear::new(2, 8)).then(Tanh).then(dropout);
        let layers = layers.then(Linear::new(8, 1)).then(Count);
        let mut net = Network::new(layers, [2], 1)?;
        let (data, other) = (data()?, data()?);
        let mut trainer = Trainer::new(&mut net, MeanSquaredError::new(), Adam::new())?.rate(0.1);
        for epoch in 0..3 {
            for (batch, look) in (&data.batches(2)).into_iter().zip(&other.batches(2)) {
                let see = |trainer: &mut Trainer<'_>| -> Result<(), Failure> {
                    if looks {
                        trainer.health(look)?;
                        let bias = neuropil_nn::inspect::Variable::weight("3.bias", [0]);
                        trainer.explain(look, &bias, 10)?;
                        trainer.audit()?;
                        assert!(trainer.lint().is_clean() && trainer.trace(5).rows == 5);
                    }
                    Ok(())
                };
                if epoch > 0 {
                    see(&mut trainer)?;
                }
                trainer.gradients(batch)?;
                see(&mut trainer)?;
                trainer.update();
            }
        }
        assert_eq!(net.params().state("4.count")?, [6.0], "three times two batches");
        Ok(net.params().weights().to_vec())
    };
    assert_eq!(train(true)?, train(false)?);
    Ok(())
}

#[test]
fn a_batch_that_is_refused_is_refused_here_too() -> Result<(), Failure> {
    let mut net = Network::new(Sequential::new().then(Linear::new(2, 1)), [2], 1)?;
    let bad = Dataset::with_values([2], vec![f32::NAN, 0.0], [1], vec![1.0])?;
    let before = net.params().weights().to_vec();
    assert!(health_of(&mut net, Sgd::new(), 0.1, &bad).is_err());
    assert_eq!(net.params().weights(), before);
    Ok(())
}
