//! Weights with a rate or an optimizer of their own.

use crate::samples::{Failure, folder, labelled};
use neuropil_nn::{Group, prelude::*};

fn network(seed: u64) -> Result<Network, Error> {
    let layers = Sequential::new().then(Linear::new(5, 40)).then(Tanh).then(Linear::new(40, 3));
    Network::new(layers, [5], seed)
}

/// Each weight moves as it does in a training in which all weights have its rule, as long as the
/// gradients are the same: in the first update.
#[test]
fn each_weight_follows_its_own_rule() -> Result<(), Failure> {
    let data = labelled(20, 5, 3);
    let batch = Batch { data: &data, rows: &(0..20).collect::<Vec<_>>() };
    let after = |rule: &dyn Fn(Trainer<'_>) -> Result<(), Error>| -> Result<Network, Error> {
        let mut net = network(42)?;
        rule(Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?.rate(0.01))?;
        Ok(net)
    };
    let step = |mut trainer: Trainer<'_>| -> Result<(), Error> {
        trainer.gradients(batch)?;
        trainer.update();
        Ok(())
    };
    let before = network(42)?;
    let all_adam = after(&step)?;
    let slow_adam = after(&|trainer| step(trainer.rate(0.001)))?;
    let mut all_sgd = network(42)?;
    step(Trainer::new(&mut all_sgd, CrossEntropy::new(), Sgd::new())?.rate(0.5))?;
    let groups = after(&|trainer| {
        let trainer = trainer
            .group("0.*", Group::rate_factor(0.1)?)?
            .group("*.bias", Group::optimizer(Sgd::new(), 0.5))?;
        step(trainer)
    })?;
    let of = |net: &Network, path: &str| net.params().get(path).expect("a weight").to_vec();
    assert_eq!(of(&groups, "0.weight"), of(&slow_adam, "0.weight"));
    assert_eq!(of(&groups, "0.bias"), of(&all_sgd, "0.bias"), "the last group counts");
    assert_eq!(of(&groups, "2.weight"), of(&all_adam, "2.weight"));
    assert_eq!(of(&groups, "2.bias"), of(&all_sgd, "2.bias"));
    for path in ["0.weight", "0.bias", "2.weight", "2.bias"] {
        assert_ne!(of(&groups, path), of(&before, path));
    }

    let frozen = after(&|trainer| step(trainer.group("*", Group::rate_factor(0.0)?)?))?;
    assert_eq!(frozen.params().weights(), before.params().weights());
    Ok(())
}

fn trainer(net: &mut Network) -> Result<Trainer<'_>, Error> {
    Trainer::new(net, CrossEntropy::new(), Sgd::new().momentum(0.9)?)?
        .rate(0.05)
        .group("2.*", Group::optimizer(Adam::new(), Cosine::new(0.01, 30)?))
}

#[test]
fn slots_of_all_groups_are_saved() -> Result<(), Failure> {
    let (file, data) = (folder("groups").join("run.safetensors"), labelled(50, 5, 3));
    let mut whole = network(42)?;
    trainer(&mut whole)?.fit(&data, Fit::epochs(4))?;

    let mut first = network(42)?;
    let mut before = trainer(&mut first)?;
    before.fit(&data, Fit::epochs(2))?;
    before.save(&file)?;
    let mut second = network(1)?;
    let mut after = trainer(&mut second)?;
    after.resume(&file)?;
    after.fit(&data, Fit::epochs(4))?;
    assert_eq!(second.params().weights(), whole.params().weights());
    assert_ne!(first.params().weights(), whole.params().weights());

    // Other groups are another training.
    let mut third = network(1)?;
    let mut other = Trainer::new(&mut third, CrossEntropy::new(), Sgd::new().momentum(0.9)?)?;
    let error = other.resume(&file).unwrap_err().to_string();
    assert!(error.contains("Adam"), "{error}");
    Ok(())
}

#[test]
fn bad_groups_are_refused() -> Result<(), Failure> {
    for factor in [-1.0, f64::NAN, f64::INFINITY] {
        let error = Group::<f32>::rate_factor(factor).unwrap_err().to_string();
        assert!(error.contains(&factor.to_string()), "{error}");
    }
    let mut net = network(1)?;
    let trainer = Trainer::new(&mut net, CrossEntropy::new(), Sgd::new())?;
    let error = trainer.group("3.*", Group::rate_factor(0.5)?).unwrap_err().to_string();
    assert!(error.contains("3.*") && error.contains("0.weight"), "{error}");
    Ok(())
}
