//! The rate falls when nothing becomes better, and goes on doing so from a file.

use crate::samples::{Failure, folder, labelled};
use neuropil_nn::{Group, prelude::*};
use neuropil_optimizers::ReduceOnPlateau;

fn network(seed: u64) -> Result<Network, Error> {
    Network::new(Linear::new(5, 3), [5], seed)
}

fn reduce() -> Result<ReduceOnPlateau, Error> {
    Ok(ReduceOnPlateau::new().factor(0.5)?.patience(1).cooldown(1))
}

/// The rates of epochs by the rule, written out, from their costs.
fn expected(costs: &[f64], rate: f64) -> Vec<f64> {
    let (mut best, mut bad, mut cooling, mut now) = (f64::INFINITY, 0, 0, rate);
    let mut rates = Vec::new();
    for &cost in costs {
        rates.push(now);
        if cost < best * (1.0 - 1e-4) {
            (best, bad) = (cost, 0);
        } else {
            bad += 1;
        }
        if cooling > 0 {
            (cooling, bad) = (cooling - 1, 0);
        }
        if bad > 1 {
            (now, cooling, bad) = (now * 0.5, 1, 0);
        }
    }
    rates
}

#[test]
fn rates_follow_the_costs() -> Result<(), Failure> {
    let (data, valid) = (labelled(60, 5, 3), labelled(30, 5, 3));
    let mut net = network(42)?;
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Sgd::new())?.rate(8.0);
    let fit = Fit::epochs(20).validate(&valid).reduce_on_plateau(reduce()?);
    let history = trainer.fit(&data, fit)?;
    let costs: Vec<f64> = history.epochs.iter().filter_map(|epoch| epoch.validation_cost).collect();
    let rates: Vec<f64> = history.epochs.iter().map(|epoch| epoch.rate).collect();
    assert_eq!(rates, expected(&costs, 8.0));
    assert!(rates[19] < 8.0, "no plateau was met: {costs:?}");
    assert!(trainer.current_rate() <= rates[19]);
    Ok(())
}

/// The rates of the epochs, for trainings of so many updates an epoch.
#[derive(Debug)]
struct Stairs(Vec<f64>, u64);

impl Schedule for Stairs {
    fn rate(&self, step: u64) -> f64 {
        self.0[(step / self.1) as usize % self.0.len()]
    }
}

/// The weights take the steps of the smaller rates, in groups with an optimizer of their own, too.
#[test]
fn updates_are_scaled() -> Result<(), Failure> {
    let (data, valid) = (labelled(60, 5, 3), labelled(30, 5, 3));
    let reduced = || Fit::epochs(20).validate(&valid);
    let mut by_costs = network(42)?;
    let mut trainer = Trainer::new(&mut by_costs, CrossEntropy::new(), Sgd::new())?
        .rate(8.0)
        .group("bias", Group::optimizer(Sgd::new().momentum(0.5)?, 8.0))?;
    let history = trainer.fit(&data, reduced().reduce_on_plateau(reduce()?))?;
    let rates: Vec<f64> = history.epochs.iter().map(|epoch| epoch.rate).collect();
    assert!(rates[19] < 8.0, "no plateau was met");

    let stairs = || Stairs(rates.clone(), 2);
    let mut by_hand = network(42)?;
    let mut trainer = Trainer::new(&mut by_hand, CrossEntropy::new(), Sgd::new())?
        .rate(stairs())
        .group("bias", Group::optimizer(Sgd::new().momentum(0.5)?, stairs()))?;
    trainer.fit(&data, reduced())?;
    // The factors are powers of two, so the rates are the same to the bit.
    assert_eq!(by_costs.params().weights(), by_hand.params().weights());
    Ok(())
}

#[test]
fn it_goes_on_from_a_file() -> Result<(), Failure> {
    let (data, valid) = (labelled(60, 5, 3), labelled(30, 5, 3));
    let file = folder("plateau").join("run.safetensors");
    let run = |net: &mut Network, resumes: bool, epochs: u64| -> Result<Vec<f64>, Failure> {
        let mut trainer = Trainer::new(net, CrossEntropy::new(), Adam::new())?.rate(2.0);
        if resumes {
            trainer.resume(&file)?;
        }
        let fit = Fit::epochs(epochs).validate(&valid).reduce_on_plateau(reduce()?);
        let history = trainer.fit(&data, fit)?;
        trainer.save(&file)?;
        Ok(history.epochs.iter().map(|epoch| epoch.rate).collect())
    };
    let mut whole = network(42)?;
    let rates = run(&mut whole, false, 16)?;
    assert!(rates[15] < rates[0], "no plateau was met");
    for cut in [1, 5, 9, 13] {
        let (mut first, mut second) = (network(42)?, network(7)?);
        run(&mut first, false, cut)?;
        assert_eq!(run(&mut second, true, 16)?, rates, "cut after {cut} epochs");
        assert_eq!(second.params().weights(), whole.params().weights());
    }
    Ok(())
}

#[test]
fn it_needs_something_to_watch() -> Result<(), Failure> {
    let data = labelled(10, 5, 3);
    let mut net = network(42)?;
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Sgd::new())?;
    let error = trainer.fit(&data, Fit::epochs(1).reduce_on_plateau(reduce()?)).unwrap_err();
    assert!(error.to_string().contains("reducing the rate"), "{error}");
    Ok(())
}

/// A range test tries the rates that it was told.
#[test]
fn a_range_test_is_not_scaled() -> Result<(), Failure> {
    let (data, valid) = (labelled(60, 5, 3), labelled(30, 5, 3));
    let mut net = network(42)?;
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Sgd::new())?.rate(8.0);
    let test = || neuropil_nn::RangeTest::new().range(1e-3, 1.0)?.updates(5);
    let fit = Fit::epochs(20).validate(&valid).reduce_on_plateau(reduce()?);
    trainer.fit(&data, fit)?;
    let rate = trainer.current_rate();
    assert!(rate < 8.0);
    let curve = trainer.range_test(&data, test()?)?;
    assert_eq!(curve.points[0].0, 1e-3);
    assert_eq!(trainer.current_rate(), rate);
    Ok(())
}
