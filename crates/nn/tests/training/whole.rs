//! Weights to evaluate with, and L-BFGS on all rows at once.

use crate::samples::{Failure, labelled};
use neuropil_nn::{Checkpoint, prelude::*};
use neuropil_optimizers::{Asgd, Lbfgs, ScheduleFreeAdamW, Stop};
use neuropil_regularizers::UnitNorm;

fn network(seed: u64) -> Result<Network, Error> {
    let layers = Sequential::new().then(Linear::new(5, 6)).then(Tanh).then(Linear::new(6, 3));
    Network::new(layers, [5], seed)
}

/// The cost of validation is that of the averages, and the training goes on from the weights that it had.
#[test]
fn validation_is_at_the_averages() -> Result<(), Failure> {
    let (data, valid) = (labelled(60, 5, 3), labelled(30, 5, 3));
    let fit = |validates: bool| -> Result<(Network, Option<f64>), Failure> {
        let mut net = network(42)?;
        let optimizer = ScheduleFreeAdamW::new();
        let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), optimizer)?.rate(0.05);
        let fit = Fit::epochs(4);
        let fit = if validates { fit.validate(&valid) } else { fit };
        let history = trainer.fit(&data, fit)?;
        Ok((net, history.epochs[3].validation_cost))
    };
    let ((plain, _), (validated, cost)) = (fit(false)?, fit(true)?);
    assert_eq!(plain.params().weights(), validated.params().weights());

    // By hand: the averages, then the cost of the other rows.
    let mut net = network(42)?;
    let optimizer = ScheduleFreeAdamW::new();
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), optimizer)?.rate(0.05);
    assert!(!trainer.evaluation_weights(), "there is no state yet");
    trainer.fit(&data, Fit::epochs(4))?;
    let rows: Vec<u32> = (0..30).collect();
    let trained = trainer.gradients(Batch { data: &valid, rows: &rows })?;
    assert!(trainer.evaluation_weights());
    let averaged = trainer.gradients(Batch { data: &valid, rows: &rows })?;
    assert!((averaged - cost.ok_or("no cost")?).abs() < 1e-6, "{averaged} and {cost:?}");
    assert!((averaged - trained).abs() > 1e-5, "the averages are no others");
    Ok(())
}

/// What a checkpoint keeps as the best is what was validated.
#[test]
fn the_best_in_a_file_is_an_average() -> Result<(), Failure> {
    let data = labelled(60, 5, 3);
    let best = crate::samples::folder("whole").join("best.safetensors");
    let run = best.with_file_name("run.safetensors");
    let mut net = network(42)?;
    let asgd = Asgd::new().start(0.0)?;
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), asgd)?.rate(0.5);
    let checkpoint = Checkpoint::new(run).best(&best);
    let history = trainer.fit(&data, Fit::epochs(3).validate(&data).callback(checkpoint))?;
    let mut kept = network(7)?;
    kept.load(&best)?;
    let best = history.epoch(history.best.ok_or("no best")?).ok_or("no epoch")?;
    let rows: Vec<u32> = (0..60).collect();
    let mut again = Trainer::new(&mut kept, CrossEntropy::new(), Sgd::new())?;
    let cost = again.gradients(Batch { data: &data, rows: &rows })?;
    assert!((cost - best.validation_cost.ok_or("no cost")?).abs() < 1e-6);
    Ok(())
}

#[test]
fn lbfgs_finds_the_minimum_of_a_network() -> Result<(), Failure> {
    let data = labelled(40, 5, 3);
    let mut net = network(42)?;
    net.params_mut().freeze("0.bias")?;
    let frozen = net.params().get("0.bias")?.to_vec();
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?
        .penalty("*.weight", L2::new(0.01)?)?;
    let rows: Vec<u32> = (0..40).collect();
    let at = |trainer: &mut Trainer<'_>| -> Result<f64, Error> {
        let cost = trainer.gradients(Batch { data: &data, rows: &rows })?;
        Ok(cost + trainer.penalty_value())
    };
    let before = at(&mut trainer)?;
    let found = trainer.minimize(&data, &Lbfgs::new().iterations(200)?)?;
    assert!((at(&mut trainer)? - found.cost).abs() < 1e-6, "{found:?}");
    assert!(found.cost < 0.9 * before, "{before} to {found:?}");
    assert_ne!(found.stop, Stop::NotFinite);
    let largest =
        trainer.network().params().gradients().iter().fold(0.0, |a: f32, g| a.max(g.abs()));
    assert!(largest < 1e-2, "the slope there is {largest}");
    assert_eq!(trainer.updates(), 0);
    assert_eq!(net.params().get("0.bias")?, frozen);
    Ok(())
}

#[test]
fn lbfgs_needs_data_that_fits() -> Result<(), Failure> {
    let mut net = network(42)?;
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?;
    let wide = labelled(4, 7, 3);
    assert!(trainer.minimize(&wide, &Lbfgs::new()).is_err(), "samples of another width");
    Ok(())
}

/// What the search would not see is refused.
#[test]
fn rules_and_prices_are_refused() -> Result<(), Failure> {
    let data = labelled(20, 5, 3);
    let refused = |trainer: &mut Trainer<'_, f32>| {
        trainer.minimize(&data, &Lbfgs::new()).expect_err("refused").to_string()
    };
    let l1 = L1::new(0.1).expect("a strength");
    let mut net = network(1)?;
    let mut trainer =
        Trainer::new(&mut net, CrossEntropy::new(), Sgd::new())?.proximal("*.weight", l1)?;
    assert!(refused(&mut trainer).contains("given proximal steps or constraints"));
    let layers = Sequential::new().then(Linear::new(5, 3)).then(ActivityPenalty::new(l1));
    let mut net = Network::new(layers, [5], 1)?;
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Sgd::new())?;
    assert!(refused(&mut trainer).contains("given a price on activations"));
    Ok(())
}

/// The weights to evaluate with lie beside those that a constraint has seen, and are moved within it, too.
#[test]
fn averages_keep_constraints() -> Result<(), Failure> {
    let data = labelled(60, 5, 3);
    let mut net = network(42)?;
    let optimizer = ScheduleFreeAdamW::new();
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), optimizer)?
        .rate(0.5)
        .constraint("0.weight", UnitNorm)?;
    trainer.fit(&data, Fit::epochs(3))?;
    assert!(trainer.evaluation_weights());
    let w = net.params().get("0.weight")?;
    for unit in 0..6 {
        let square: f32 = w.chunks(6).map(|w| w[unit] * w[unit]).sum();
        assert!((square - 1.0).abs() < 1e-6, "unit {unit}: {square}");
    }
    Ok(())
}

/// A layer that no update has reached has no averages, and stays.
#[test]
fn a_frozen_layer_keeps_its_weights() -> Result<(), Failure> {
    let mut net = network(42)?;
    let before = net.params().get("0.weight")?.to_vec();
    net.params_mut().freeze("0.*")?;
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Asgd::new())?.rate(0.05);
    trainer.fit(&labelled(60, 5, 3), Fit::epochs(2))?;
    trainer.network().params_mut().unfreeze("0.*")?;
    trainer.evaluation_weights();
    assert_eq!(net.params().get("0.weight")?, before);
    Ok(())
}
