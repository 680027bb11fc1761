//! What is done to weights beside their update: penalties on units, proximal steps, constraints.

use crate::samples::{Failure, bits, labelled, numbers};
use neuropil_nn::prelude::*;
use neuropil_nn::{ActivityPenalty, RangeTest};
use neuropil_regularizers::{
    Constraint, Ema, GroupLasso, L1, MaxNorm, MinMaxNorm, NonNeg, Orthogonal, Proximal, UnitNorm,
    Units,
};

fn layers() -> Sequential {
    Sequential::new()
        .then(Conv2d::new(1, 3, 3))
        .then(Relu)
        .then(Flatten)
        .then(Linear::new(12, 5))
        .then(Tanh)
        .then(Linear::new(5, 3))
}

fn images(rows: usize) -> Dataset {
    let labels = (0..rows as u32).map(|row| row % 3).collect();
    Dataset::labelled([1, 4, 4], numbers(5, rows * 16), labels, 3).expect("good data")
}

/// Trains twice over a batch; returns the weights, by path.
fn trained(
    rules: impl FnOnce(Trainer<'_>) -> Result<Trainer<'_>, Error>,
    frozen: Option<&str>,
) -> Result<Vec<(String, Vec<f32>)>, Error> {
    let mut net = Network::new(layers(), [1, 4, 4], 42)?;
    if let Some(frozen) = frozen {
        net.params_mut().freeze(frozen)?;
    }
    let data = images(6);
    let mut trainer = rules(Trainer::new(&mut net, CrossEntropy::new(), Sgd::new())?.rate(0.5))?;
    for batch in &data.batches(3) {
        trainer.gradients(batch)?;
        trainer.update();
    }
    let params = net.params();
    params.paths().map(|path| Ok((path.to_owned(), params.get(path)?.to_vec()))).collect()
}

fn unchanged(trainer: Trainer<'_>) -> Result<Trainer<'_>, Error> {
    Ok(trainer)
}

/// The norms of units: outputs of convolutions are rows, those of products columns.
fn norms(path: &str, w: &[f32]) -> Vec<f64> {
    let units = match path {
        "0.weight" => Units::rows(3, 9),
        "3.weight" => Units::columns(12, 5),
        "5.weight" => Units::columns(5, 3),
        _ => Units::whole(w.len()),
    };
    let square = |u: usize| -> f64 {
        let of_unit = |i: &usize| i / units.inner % units.count == u;
        (0..w.len()).filter(of_unit).map(|i| f64::from(w[i]).powi(2)).sum()
    };
    (0..units.count).map(|u| square(u).sqrt()).collect()
}

#[test]
fn constraints_hold_after_each_update_for_each_unit() -> Result<(), Failure> {
    let free = trained(unchanged, None)?;
    assert!(free.iter().any(|(path, w)| norms(path, w).iter().any(|&norm| norm > 0.55)));
    let bounded = trained(|trainer| trainer.constraint("*", MaxNorm::new(0.5)?), None)?;
    for (path, w) in &bounded {
        assert!(norms(path, w).iter().all(|&norm| norm < 0.5 + 1e-6), "{path}");
    }
    for (path, w) in trained(|trainer| trainer.constraint("*.weight", UnitNorm), None)? {
        let is_unit = |norm: &f64| (norm - 1.0).abs() < 1e-6;
        let all = norms(&path, &w).iter().all(is_unit);
        assert_eq!(all, path.ends_with("weight"), "{path}");
    }
    let kept = trained(|trainer| trainer.constraint("5.*", NonNeg), Some("5.bias"))?;
    let of = |path: &str| kept.iter().find(|(known, _)| known == path).map(|(_, w)| w.clone());
    assert!(of("5.weight").is_some_and(|w| w.iter().all(|&w| w >= 0.0)));
    // Frozen weights are left alone.
    assert!(of("5.bias").is_some_and(|w| w.iter().any(|&w| w < 0.0)));
    let between =
        trained(|trainer| trainer.constraint("3.weight", MinMaxNorm::new(0.3, 0.4)?), None)?;
    let (path, w) = &between[2];
    assert!(norms(path, w).iter().all(|norm| (0.3 - 1e-6..0.4 + 1e-6).contains(norm)));
    Ok(())
}

#[test]
fn the_axis_of_units_can_be_said() -> Result<(), Failure> {
    let rows = trained(
        |trainer| trainer.unit_axis("3.weight", 0)?.constraint("3.weight", UnitNorm),
        None,
    )?;
    let (path, w) = &rows[2];
    assert_eq!(path, "3.weight");
    let norm = |row: &[f32]| row.iter().map(|w| w * w).sum::<f32>().sqrt();
    assert!(w.chunks(5).all(|row| (norm(row) - 1.0).abs() < 1e-6));
    let wrong = trained(|trainer| trainer.unit_axis("3.*", 1), None).unwrap_err().to_string();
    assert!(wrong.contains("3.bias") && wrong.contains("axis of units is 1"), "{wrong}");
    assert!(trained(|trainer| trainer.constraint("none", UnitNorm), None).is_err());
    Ok(())
}

/// The same as an update by hand, and then the step.
#[test]
fn a_proximal_step_follows_the_update_at_its_rate() -> Result<(), Failure> {
    let data = labelled(8, 4, 2);
    let layers = || Sequential::new().then(Linear::new(4, 3)).then(Tanh).then(Linear::new(3, 2));
    let (mut net, mut by_hand) = (Network::new(layers(), [4], 1)?, Network::new(layers(), [4], 1)?);
    let (l1, lasso) = (L1::new(0.1)?, GroupLasso::new(0.2)?);
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Sgd::new())?
        .rate(0.3)
        .group("2.*", neuropil_nn::Group::rate_factor(0.5)?)?
        .proximal("*.weight", l1)?
        .proximal("0.weight", lasso)?;
    let mut plain = Trainer::new(&mut by_hand, CrossEntropy::new(), Sgd::new())?
        .rate(0.3)
        .group("2.*", neuropil_nn::Group::rate_factor(0.5)?)?;
    for batch in &data.batches(2) {
        for trainer in [&mut trainer, &mut plain] {
            trainer.gradients(batch)?;
            trainer.update();
        }
        let params = plain.network().params_mut();
        l1.shrink(Units::whole(12), 0.3, params.get_mut("0.weight")?);
        l1.shrink(Units::whole(6), 0.15, params.get_mut("2.weight")?);
        lasso.shrink(Units::columns(4, 3), 0.3, params.get_mut("0.weight")?);
    }
    let penalty = trainer.penalty_value();
    assert_eq!(bits(net.params().weights()), bits(by_hand.params().weights()));
    assert!(net.params().get("0.weight")?.contains(&0.0));
    let w = [by_hand.params().get("0.weight")?, by_hand.params().get("2.weight")?];
    let expected =
        l1.penalty(w[0]) + l1.penalty(w[1]) + lasso.penalty_of_units(Units::columns(4, 3), w[0]);
    assert!((penalty - expected).abs() < 1e-12);
    Ok(())
}

/// Penalties on units see the layer's units.
#[test]
fn penalties_see_units() -> Result<(), Failure> {
    let data = images(6);
    let gradients = |penalized: bool| -> Result<Vec<f32>, Error> {
        let mut net = Network::new(layers(), [1, 4, 4], 42)?;
        let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Sgd::new())?;
        if penalized {
            trainer = trainer
                .penalty("3.weight", GroupLasso::new(0.5)?)?
                .penalty("0.weight", Orthogonal::new(0.25)?)?;
        }
        for batch in &data.batches(6) {
            trainer.gradients(batch)?;
        }
        Ok(net.params().gradients().to_vec())
    };
    let (with, without) = (gradients(true)?, gradients(false)?);
    let net = Network::new(layers(), [1, 4, 4], 42)?;
    let mut expected = net.params().clone();
    expected.gradients_mut().copy_from_slice(&without);
    for (path, start) in [("3.weight", 2), ("0.weight", 0)] {
        let w = net.params().get(path)?.to_vec();
        let mut dw = expected.gradient(path)?.to_vec();
        match start {
            2 => GroupLasso::new(0.5)?.backward_of_units(Units::columns(12, 5), &w, &mut dw),
            _ => Orthogonal::new(0.25)?.backward_of_units(Units::rows(3, 9), &w, &mut dw),
        }
        let mut found = net.params().clone();
        found.gradients_mut().copy_from_slice(&with);
        assert_eq!(bits(found.gradient(path)?), bits(&dw), "{path}");
    }
    Ok(())
}

/// Looking and range tests make updates that are taken back: averages must not see them.
#[test]
fn looking_leaves_averages_alone() -> Result<(), Failure> {
    let data = labelled(32, 4, 2);
    let mut net = Network::new(Linear::new(4, 2), [4], 1)?;
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?
        .average(Ema::new(0.5)?)?
        .constraint("weight", MaxNorm::default())?;
    for batch in &data.batches(16) {
        trainer.gradients(batch)?;
        trainer.update();
    }
    let before = trainer.averaged_weights().map(bits);
    for batch in &data.batches(16) {
        trainer.health(batch)?;
    }
    trainer.range_test(&data, RangeTest::new())?;
    assert_eq!((trainer.averages_taken(), trainer.averaged_weights().map(bits)), (2, before));
    Ok(())
}

/// x² of what goes through, over the rows of the batch, by differences of weights.
#[test]
fn activity_penalties_are_part_of_the_objective_and_not_of_the_cost() -> Result<(), Failure> {
    let x: Vec<f64> = numbers(3, 12).into_iter().map(f64::from).collect();
    let targets: Vec<f64> = numbers(4, 4).into_iter().map(f64::from).collect();
    let data = Dataset::with_values([3], x.clone(), [1], targets.clone())?;
    let layers = |penalized: bool| {
        let body = Sequential::new().then(Linear::new(3, 5)).then(Tanh);
        let l2 = ActivityPenalty::new(L2::new(0.5).expect("a strength"));
        match penalized {
            true => body.then(l2).then(Linear::new(5, 1)),
            false => body.then(Identity).then(Linear::new(5, 1)),
        }
    };
    let mut net = Network::<f64>::build(layers(true), [3], 1)?;
    let weights = net.params().weights().to_vec();
    let objective = |moved: &[f64]| -> Result<f64, Error> {
        let mut hidden =
            Network::<f64>::build(Sequential::new().then(Linear::new(3, 5)).then(Tanh), [3], 1)?;
        let mut whole = Network::<f64>::build(layers(false), [3], 1)?;
        whole.params_mut().weights_mut().copy_from_slice(moved);
        for path in ["0.weight", "0.bias"] {
            let w = whole.params().get(path)?.to_vec();
            hidden.params_mut().get_mut(path)?.copy_from_slice(&w);
        }
        let squares: f64 = hidden.predict(&x)?.iter().map(|h| h * h).sum();
        let errors = whole.predict(&x)?.into_iter().zip(&targets);
        Ok(errors.map(|(y, t)| (y - t).powi(2)).sum::<f64>() / 4.0 + 0.25 * squares / 4.0)
    };
    let mut trainer = Trainer::new(&mut net, MeanSquaredError::new(), Sgd::new())?;
    let cost = trainer.gradients(Batch { data: &data, rows: &[0, 1, 2, 3] })?;
    let found = trainer.network().params().gradients().to_vec();
    for i in (0..weights.len()).filter(|&i| weights[i] != 0.0) {
        let mut moved = weights.clone();
        moved[i] += 1e-5;
        let above = objective(&moved)?;
        moved[i] -= 2e-5;
        let slope = (above - objective(&moved)?) / 2e-5;
        assert!((found[i] - slope).abs() < 1e-8, "{i}: {} and {slope}", found[i]);
    }
    let mut plain = Network::<f64>::build(layers(false), [3], 1)?;
    let mut without = Trainer::new(&mut plain, MeanSquaredError::new(), Sgd::new())?;
    assert_eq!(cost, without.gradients(Batch { data: &data, rows: &[0, 1, 2, 3] })?);

    // Two batches of an update are as one.
    for accumulate in [1, 2] {
        let mut net = Network::<f64>::build(layers(true), [3], 1)?;
        let mut trainer = Trainer::new(&mut net, MeanSquaredError::new(), Sgd::new())?.rate(1.0);
        trainer.fit(&data, Fit::epochs(1).batch_size(4 / accumulate).accumulate(accumulate))?;
        for (i, (w, &before)) in net.params().weights().iter().zip(&weights).enumerate() {
            assert!((before - w - found[i]).abs() < 1e-12, "{accumulate}: {i}");
        }
    }
    Ok(())
}

/// Any constraint of one's own will do.
#[test]
fn a_constraint_of_ones_own() -> Result<(), Failure> {
    #[derive(Clone, Debug)]
    struct Zero;
    impl Constraint for Zero {
        fn name(&self) -> String {
            "Zero".into()
        }
        fn project<T: neuropil_simd::Float>(&self, _units: Units, w: &mut [T]) {
            w.fill(T::ZERO);
        }
    }
    let weights = trained(|trainer| trainer.constraint("3.*", Zero), None)?;
    assert!(weights[2].1.iter().chain(&weights[3].1).all(|&w| w == 0.0));
    Ok(())
}
