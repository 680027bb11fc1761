//! What goes wrong in the middle, and what must be left then.

use crate::samples::{Failure, folder, labelled, numbers, others, perceptron};
use neuropil_nn::{
    Callback, Checkpoint, CheckpointError, Group, RangeTest, metrics::Cost, prelude::*,
};
use std::ops::ControlFlow;

fn network() -> Result<Network, Error> {
    Network::new(perceptron(6, 8, 3), [6], 42)
}

/// Breaks after so many updates.
#[derive(Debug)]
struct BreakAt(u64);

impl Callback for BreakAt {
    fn after_update(
        &mut self,
        trainer: &mut Trainer<'_>,
        _cost: f64,
    ) -> Result<ControlFlow<()>, Error> {
        Ok(match trainer.updates() == self.0 {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        })
    }
}

#[test]
fn a_break_after_the_last_batch_ends_the_training_with_its_epoch() -> Result<(), Failure> {
    let data = labelled(50, 6, 3);
    let mut net = network()?;
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Sgd::new())?;
    let fit = Fit::epochs(5).batch_size(10).callback(BreakAt(5));
    let history = trainer.fit(&data, fit)?;
    assert_eq!((history.epochs.len(), trainer.updates()), (1, 5));
    Ok(())
}

/// The best weights are not put into the midst of an epoch.
#[test]
fn a_break_can_be_taken_up_with_early_stopping_too() -> Result<(), Failure> {
    let (data, valid) = (labelled(50, 6, 3), others(43, 6, 3));
    let run = |breaks: &[u64]| -> Result<Vec<f32>, Error> {
        let mut net = network()?;
        let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?.rate(0.02);
        let fit = || Fit::epochs(12).batch_size(8).validate(&valid).early_stopping(5);
        for &at in breaks {
            trainer.fit(&data, fit().callback(BreakAt(at)))?;
        }
        trainer.fit(&data, fit())?;
        Ok(net.params().weights().to_vec())
    };
    assert_eq!(run(&[10, 24])?, run(&[])?);
    Ok(())
}

#[derive(Debug)]
struct Leap;

impl Schedule for Leap {
    fn rate(&self, step: u64) -> f64 {
        if step < 9 { 0.01 } else { 1e38 }
    }
}

/// A training that has left all bounds does not take the last good file along.
#[test]
fn a_good_file_outlives_a_training_that_fails() -> Result<(), Failure> {
    let file = folder("outlives").join("last.safetensors");
    let inputs = numbers(1, 40 * 6).into_iter().map(|x| x * 100.0).collect();
    let data = Dataset::labelled([6], inputs, (0..40).map(|i| i % 3).collect(), 3)?;
    for every in [0, 1] {
        let mut net = network()?;
        let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Sgd::new())?.rate(Leap);
        let checkpoint = Checkpoint::new(&file).every(every);
        let fit = Fit::epochs(2).batch_size(8).callback(checkpoint);
        let error = trainer.fit(&data, fit).unwrap_err().to_string();
        assert!(error.contains("finite"), "{error}");
        net.load(&file)?;
        assert!(net.params().weights().iter().all(|w| w.is_finite()));
    }
    // Also where the last update of all is the one that leaps.
    let mut net = network()?;
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Sgd::new())?.rate(Leap);
    let error = trainer.fit(&data, Fit::epochs(2).batch_size(8)).unwrap_err();
    assert!(matches!(error, Error::NotFiniteWeight { .. } | Error::NotFinite { .. }), "{error}");
    for rate in [f64::NAN, -0.1, f64::INFINITY] {
        let mut net = network()?;
        let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Sgd::new())?.rate(rate);
        let error = trainer.fit(&data, Fit::epochs(1)).unwrap_err().to_string();
        assert!(error.contains(&rate.to_string()), "{error}");
    }
    Ok(())
}

#[test]
fn only_what_was_kept_is_the_best() -> Result<(), Failure> {
    let (data, valid) = (labelled(40, 6, 3), others(43, 6, 3));
    let mut net = network()?;
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?.rate(0.01);
    let fit = |epochs| Fit::epochs(epochs).batch_size(8).validate(&valid);
    trainer.fit(&data, fit(12))?; // keeps nothing
    let history = trainer.fit(&data, fit(30).early_stopping(4))?;
    let best = history.best.expect("a best epoch");
    assert!(best > 12, "the weights of earlier ones are gone");
    let cost = history.epoch(best).and_then(|epoch| epoch.validation_cost).expect("validated");
    assert!((net.evaluate(&valid, Cost(CrossEntropy::new()))? - cost).abs() < 1e-6);

    // Nothing left to do: what was done to the weights since stays.
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?;
    trainer.fit(&data, fit(3).restore_best())?;
    trainer.network().params_mut().weights_mut().fill(0.5);
    trainer.fit(&data, fit(3).restore_best())?;
    assert!(net.params().weights().iter().all(|&w| w == 0.5));
    Ok(())
}

/// Rows of weight zero may fill a batch: it is passed over, alone or among others of an update.
#[test]
fn batches_without_weight_are_passed_over() -> Result<(), Failure> {
    let weights: Vec<f32> = (0..20).map(|row| if row < 12 { 0.0 } else { 1.0 }).collect();
    let data = labelled(20, 6, 3).weighted(weights)?;
    let run = |size, accumulate| -> Result<(Vec<f32>, u64), Error> {
        let layers = Sequential::new().then(Linear::new(6, 3));
        let mut net = Network::new(layers, [6], 42)?;
        let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Sgd::new())?.rate(0.5);
        trainer.fit(&data, Fit::epochs(1).batch_size(size).accumulate(accumulate))?;
        let updates = trainer.updates();
        Ok((net.params().weights().to_vec(), updates))
    };
    let (one, updates) = run(20, 1)?;
    let (many, same) = run(1, 20)?;
    assert_eq!((updates, same), (1, 1));
    for (a, b) in one.iter().zip(many) {
        assert!((a - b).abs() < 1e-6, "{a} is not {b}");
    }
    assert_eq!(run(1, 1)?.1, 8, "an update for each row that counts");

    let none = data.select(0..12)?;
    let mut net = network()?;
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Sgd::new())?;
    let error = trainer.fit(&none, Fit::epochs(1)).unwrap_err().to_string();
    assert!(error.contains("training data") && error.contains("zero"), "{error}");
    let error = trainer.fit(&data, Fit::epochs(1).validate(&none)).unwrap_err().to_string();
    assert!(error.contains("validation data") && error.contains("zero"), "{error}");
    Ok(())
}

/// An update that is refused has counted nothing: the epoch goes on as if it had not been tried.
#[test]
fn a_refused_update_counts_nothing() -> Result<(), Failure> {
    let data = labelled(40, 6, 3);
    let mut whole = network()?;
    let mut trainer = Trainer::new(&mut whole, CrossEntropy::new(), Sgd::new())?;
    let expected = trainer.fit(&data, Fit::epochs(1).batch_size(8).accumulate(2))?;

    let mut net = network()?;
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Sgd::new())?;
    let fit = || Fit::epochs(1).batch_size(8).accumulate(2);
    trainer.fit(&data, fit().callback(BreakAt(1)))?;
    let good = trainer.network().params().get("0.weight")?[0];
    for _ in 0..3 {
        trainer.network().params_mut().get_mut("0.weight")?[0] = f32::NAN;
        trainer.fit(&data, fit()).unwrap_err();
    }
    trainer.network().params_mut().get_mut("0.weight")?[0] = good;
    let history = trainer.fit(&data, fit())?;
    assert_eq!(history.epochs[0].cost, expected.epochs[0].cost);
    assert_eq!(history.epochs[0].accuracy, expected.epochs[0].accuracy);
    assert_eq!(net.params().weights(), whole.params().weights());
    Ok(())
}

#[test]
fn names_that_clash_are_refused() -> Result<(), Failure> {
    let folder = folder("clash");
    let (data, valid) = (labelled(20, 6, 3), others(20, 6, 3));
    let mut net = Network::new(Clashing, [6], 1)?;
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?;
    trainer.fit(&data, Fit::epochs(1).validate(&valid).restore_best())?;
    let error = trainer.save(folder.join("run.safetensors")).unwrap_err();
    let Error::Checkpoint { error: CheckpointError::Duplicate { name }, .. } = error else {
        panic!("{error}");
    };
    assert_eq!(name, "best.0.weight");

    Ok(())
}

/// The weights of its second layer are named as the best values of the first would be.
#[derive(Debug)]
struct Clashing;

impl Module for Clashing {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        x.named("0", &Linear::new(6, 3))?.named("best.0", &Linear::new(3, 3))
    }
}

#[test]
fn settings_that_cannot_be_are_refused() -> Result<(), Failure> {
    let data = labelled(20, 6, 3);
    let mut net = network()?;
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Sgd::new())?;
    let mut says = |fit: Fit<'_>, words: &[&str]| {
        let error = trainer.fit(&data, fit).unwrap_err().to_string();
        assert!(words.iter().all(|word| error.contains(word)), "{error}");
    };
    let fit = || Fit::epochs(1).validate(&data);
    says(fit().early_stopping(0), &["patience", "0", "at least 1"]);
    let metric = || Cost(CrossEntropy::new());
    says(fit().metric(metric()).metric(metric()), &["metric", "\"CrossEntropy\""]);
    let one_class = labelled(20, 6, 3).select([0])?;
    let rank =
        Fit::epochs(1).validate(&one_class).metric(neuropil_nn::RocAuc::LOGITS).monitor("ROC AUC");
    says(rank, &["ROC AUC", "NaN", "epoch 1"]);
    let values = Dataset::with_values([6], vec![0.0; 6], [2], vec![0.0; 2])?;
    says(Fit::epochs(1).validate(&values), &["[3]", "[2]"]);

    trainer.fit(&data, Fit::epochs(1))?;
    let error = trainer.group("*", Group::rate_factor(0.5)?).unwrap_err().to_string();
    assert!(error.contains("after 1 updates"), "{error}");
    Ok(())
}

/// The rows of a data set, in whatever order they are seen, and not those of a batch.
#[test]
fn a_wrong_label_is_told_by_its_row() -> Result<(), Failure> {
    let mut labels = vec![0; 50];
    labels[33] = 5;
    let data = Dataset::labelled([6], numbers(1, 300), labels, 6)?;
    let mut net = network()?;
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Sgd::new())?;
    let error = trainer.fit(&data, Fit::epochs(1).batch_size(8)).unwrap_err().to_string();
    assert!(error.contains("row 33") && error.contains("index 5"), "{error}");

    // Also in an evaluation, which goes through the data in batches.
    let mut labels = vec![0; 700];
    labels[690] = 5;
    let data = Dataset::labelled([6], numbers(1, 4200), labels, 6)?;
    let error = net.evaluate(&data, Accuracy).unwrap_err().to_string();
    assert!(error.contains("row 690") && error.contains("is 5"), "{error}");
    Ok(())
}

/// What a metric cannot be had for shows before the training.
#[test]
fn metrics_are_tried_first() -> Result<(), Failure> {
    use neuropil_nn::metrics::{Average, FBeta};

    let data = labelled(20, 6, 3);
    let mut net = network()?;
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Sgd::new())?;
    let fit = Fit::epochs(1).validate(&data).metric(FBeta::f1(Average::Class(7)));
    let error = trainer.fit(&data, fit).unwrap_err().to_string();
    assert!(error.contains("class 7"), "{error}");
    assert_eq!(trainer.updates(), 0);
    let error = trainer.fit(&data, Fit::epochs(1).monitor("accuracy")).unwrap_err().to_string();
    assert!(error.contains("validate"), "{error}");
    Ok(())
}

/// More axes than a network knows.
#[test]
fn data_of_many_axes_is_refused() -> Result<(), Failure> {
    let data = Dataset::labelled([1; 9], vec![0.0; 2], vec![0, 1], 3)?;
    let error = network()?.evaluate(&data, Accuracy).unwrap_err().to_string();
    assert!(error.contains("[1, 1, 1, 1, 1, 1, 1, 1, 1]") && error.contains("[6]"), "{error}");
    Ok(())
}

#[test]
fn a_range_test_tells_bad_data() -> Result<(), Failure> {
    let mut inputs = numbers(1, 600);
    inputs[599] = f32::NAN;
    let data = Dataset::labelled([6], inputs, (0..100).map(|i| i % 3).collect(), 3)?;
    let mut net = network()?;
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Sgd::new())?;
    let error = trainer.range_test(&data, RangeTest::new()).unwrap_err().to_string();
    assert!(error.contains("the input"), "{error}");
    Ok(())
}

/// Costs of sums and of means are told in the same unit, also for rows within rows.
#[test]
fn costs_are_those_of_a_row() -> Result<(), Failure> {
    let labels = (0..40).map(|i| i % 3).collect();
    let targets = neuropil_data::Targets::Labels { labels, classes: 3, shape: vec![5] };
    let inputs = neuropil_data::Inputs::Numbers(numbers(1, 8 * 5 * 6));
    let data = Dataset::new([5, 6], inputs, targets)?;
    for loss in [CrossEntropy::new(), CrossEntropy::new().sum()] {
        let mut net = Network::new(Linear::new(6, 3), [5, 6], 42)?;
        let mut trainer = Trainer::new(&mut net, loss, Sgd::new())?.rate(0.0);
        let history = trainer.fit(&data, Fit::epochs(1).batch_size(3).validate(&data))?;
        let epoch = &history.epochs[0];
        let validation = epoch.validation_cost.expect("validated");
        assert!((epoch.cost - validation).abs() < 1e-6, "{} is not {validation}", epoch.cost);
    }
    Ok(())
}
