//! Biases and norms are spared decay and penalties, matrices are not.

use crate::samples::{Failure, folder, labelled};
use neuropil_nn::inspect::{Lint, Rule};
use neuropil_nn::{Group, prelude::*};
use neuropil_optimizers::{
    Adafactor, Adan, Lamb, Lion, Muon, NAdam, RAdam, RmsProp, ScheduleFreeAdamW,
};

/// Two layers with a normalization between them.
fn network() -> Result<Network, Error> {
    let layers = Sequential::new()
        .then(Linear::new(5, 8))
        .then(BatchNorm::new(8))
        .then(Relu)
        .then(Linear::new(8, 3));
    Network::new(layers, [5], 42)
}

const SMALL: [&str; 4] = ["0.bias", "1.weight", "1.bias", "3.bias"];
const LARGE: [&str; 2] = ["0.weight", "3.weight"];

fn all_ones(net: &mut Network) {
    net.params_mut().weights_mut().fill(1.0);
}

/// The weights that an update without any gradient moves.
fn moved(
    rule: impl Fn(Trainer<'_>) -> Result<Trainer<'_>, Error>,
    optimizer: impl Optimizer,
) -> Vec<String> {
    let mut net = network().expect("a network");
    all_ones(&mut net);
    let trainer = Trainer::new(&mut net, CrossEntropy::new(), optimizer).expect("a trainer");
    let mut trainer = rule(trainer.rate(0.1)).expect("a trainer");
    trainer.network().params_mut().gradients_mut().fill(0.0);
    trainer.update();
    let of = |path: &&str| net.params().get(path).expect("a weight").iter().any(|&w| w != 1.0);
    SMALL.iter().chain(&LARGE).filter(|path| of(path)).map(|&path| path.to_owned()).collect()
}

fn as_it_is(trainer: Trainer<'_>) -> Result<Trainer<'_>, Error> {
    Ok(trainer)
}

fn spare(trainer: Trainer<'_>) -> Result<Trainer<'_>, Error> {
    Ok(trainer.no_decay_on_biases_and_norms())
}

fn check(optimizer: impl Optimizer) {
    let name = optimizer.name();
    let all = [&SMALL[..], &LARGE].concat();
    assert_eq!(moved(as_it_is, optimizer.clone()), all, "{name}");
    assert_eq!(moved(spare, optimizer), LARGE, "{name}");
}

#[test]
fn every_optimizer_that_decays_spares_them() -> Result<(), Failure> {
    check(Sgd::new().weight_decay(0.5)?);
    check(Sgd::new().momentum(0.9)?.weight_decay(0.5)?);
    check(Adam::new().weight_decay(0.5)?);
    check(AdamW::new());
    check(AdamW::new().amsgrad());
    check(NAdam::new().weight_decay(0.5)?.decoupled());
    check(RAdam::new().weight_decay(0.5)?);
    check(RmsProp::new().weight_decay(0.5)?);
    check(Lion::new().weight_decay(0.5)?);
    check(Adan::new().weight_decay(0.5)?);
    check(Lamb::new().weight_decay(0.5)?);
    check(Adafactor::new().weight_decay(0.5)?);
    check(ScheduleFreeAdamW::new().weight_decay(0.5)?);
    Ok(())
}

/// Groups of before and of after keep their optimizers, and lose their decay.
#[test]
fn groups_are_spared_too() -> Result<(), Failure> {
    let decaying = Sgd::new().weight_decay(0.5)?;
    for spares_first in [true, false] {
        let found = moved(
            |trainer| {
                let group = || Group::optimizer(decaying, 0.1);
                if spares_first {
                    trainer.no_decay_on_biases_and_norms().group("3.*", group())
                } else {
                    Ok(trainer.group("3.*", group())?.no_decay_on_biases_and_norms())
                }
            },
            AdamW::new(),
        );
        assert_eq!(found, LARGE);
    }
    Ok(())
}

/// With gradients, what is spared takes the steps of the same optimizer without decay, and the rest those
/// of the optimizer with it.
#[test]
fn steps_are_those_of_either_optimizer() -> Result<(), Failure> {
    let data = labelled(20, 5, 3);
    let rows: Vec<u32> = (0..20).collect();
    let after = |decay: f64, spares: bool| -> Result<Network, Failure> {
        let mut net = network()?;
        let adam_w = AdamW::new().weight_decay(decay)?;
        let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), adam_w)?.rate(0.01);
        if spares {
            trainer = trainer.no_decay_on_biases_and_norms();
        }
        trainer.gradients(Batch { data: &data, rows: &rows })?;
        trainer.update();
        Ok(net)
    };
    let (with, without, spared) = (after(0.5, false)?, after(0.0, false)?, after(0.5, true)?);
    for (paths, expected) in [(&SMALL[..], &without), (&LARGE[..], &with)] {
        for path in paths {
            assert_eq!(spared.params().get(path)?, expected.params().get(path)?, "{path}");
        }
    }
    assert_ne!(with.params().get("1.weight")?, without.params().get("1.weight")?);
    Ok(())
}

#[test]
fn a_penalty_leaves_them_out() -> Result<(), Failure> {
    let mut net = network()?;
    all_ones(&mut net);
    let trainer = Trainer::new(&mut net, CrossEntropy::new(), Sgd::new())?
        .penalty_except_biases_and_norms(L2::new(2.0)?)?;
    assert_eq!(trainer.penalty_value(), f64::from(5 * 8 + 8 * 3));

    let mut small = Network::<f32>::new(BatchNorm::new(4), [4], 42)?;
    let trainer = Trainer::new(&mut small, MeanSquaredError::new(), Sgd::new())?;
    let error = trainer.penalty_except_biases_and_norms(L2::new(1.0)?).unwrap_err();
    assert!(error.to_string().contains("weights of two axes"), "{error}");
    Ok(())
}

/// Lint knows what decays.
#[test]
fn lint_sees_that_they_are_spared() -> Result<(), Failure> {
    let mut net = network()?;
    let trainer = Trainer::new(&mut net, CrossEntropy::new(), AdamW::new())?;
    let lint = trainer.lint();
    let finds = |lint: &Lint| lint.findings.iter().any(|found| found.rule == Rule::PenalizedBias);
    assert!(finds(&lint), "{lint}");
    assert!(lint.to_string().contains("no_decay_on_biases_and_norms"), "{lint}");
    assert!(!finds(&trainer.no_decay_on_biases_and_norms().lint()));
    Ok(())
}

/// What Muon does not take is refused before anything is changed, and trained by another in a group.
#[test]
fn an_optimizer_of_matrices_leaves_the_rest_to_a_group() -> Result<(), Failure> {
    let data = labelled(20, 5, 3);
    let mut net = network()?;
    let before = net.params().weights().to_vec();
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Muon::new())?;
    let error = trainer.fit(&data, Fit::epochs(1)).unwrap_err().to_string();
    assert!(error.contains("\"0.bias\": Muon: takes matrices alone"), "{error}");
    assert_eq!(net.params().weights(), before);

    let others = || Group::optimizer(AdamW::new(), 1e-2);
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Muon::new())?
        .rate(0.1)
        .group("*.bias", others())?
        .group("1.*", others())?;
    let history = trainer.fit(&data, Fit::epochs(30).batch_size(20))?;
    assert!(history.epochs[29].cost < 0.7 * history.epochs[0].cost, "{history:?}");
    Ok(())
}

#[test]
fn what_is_spared_goes_on_from_a_file() -> Result<(), Failure> {
    let (file, data) = (folder("decay").join("run.safetensors"), labelled(50, 5, 3));
    let fit = |net: &mut Network, from: Option<u64>, to: u64| -> Result<(), Failure> {
        let mut trainer = Trainer::new(net, CrossEntropy::new(), AdamW::new().weight_decay(0.3)?)?
            .rate(0.02)
            .no_decay_on_biases_and_norms();
        if from.is_some() {
            trainer.resume(&file)?;
        }
        trainer.fit(&data, Fit::epochs(to))?;
        trainer.save(&file)?;
        Ok(())
    };
    let (mut whole, mut first, mut second) = (network()?, network()?, network()?);
    fit(&mut whole, None, 4)?;
    fit(&mut first, None, 2)?;
    fit(&mut second, Some(2), 4)?;
    assert_eq!(second.params().weights(), whole.params().weights());
    Ok(())
}
