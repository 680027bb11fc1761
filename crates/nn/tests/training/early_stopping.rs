//! Early stopping, the best weights, and that a resumed training goes on counting.

use crate::samples::{Failure, folder, labelled, others, perceptron};
use neuropil_nn::{Checkpoint, History, metrics::Cost, prelude::*};
use std::path::Path;

fn trained(
    resumed: Option<&Path>,
    fit: impl for<'d> FnOnce(Fit<'d>) -> Fit<'d>,
) -> Result<(Vec<f32>, History), Failure> {
    let (data, valid) = (labelled(40, 6, 3), others(43, 6, 3));
    let mut net = Network::new(perceptron(6, 8, 3), [6], 42)?;
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?.rate(0.05);
    if let Some(file) = resumed {
        trainer.resume(file)?;
    }
    let history = trainer.fit(&data, fit(Fit::epochs(30).batch_size(8).validate(&valid)))?;
    Ok((net.params().weights().to_vec(), history))
}

fn without_time(mut history: History) -> History {
    for epoch in &mut history.epochs {
        epoch.seconds = 0.0;
    }
    history
}

#[test]
fn it_stops_when_patience_is_lost_and_goes_back() -> Result<(), Failure> {
    let (weights, history) = trained(None, |fit| fit.early_stopping(4))?;
    let best = history.best.expect("validated");
    assert!(history.stopped_early);
    assert_eq!(history.epochs.len() as u64, best + 4);
    let (same, _) = trained(None, |fit| fit.restore_best())?;
    assert_eq!(weights, same, "the best of all epochs came before");
    let (last, all) = trained(None, |fit| fit)?;
    assert_ne!(weights, last);
    assert_eq!((all.best, all.stopped_early, all.epochs.len()), (Some(best), false, 30));
    Ok(())
}

/// Stopped after each epoch by turns and taken up from the file by another trainer: the history,
/// the count and the weights are those of a training that nothing interrupted.
#[test]
fn it_goes_on_counting_after_a_resume() -> Result<(), Failure> {
    let file = folder("early_stopping").join("run.safetensors");
    let (weights, history) = trained(None, |fit| fit.early_stopping(4))?;
    let mut resumed = None;
    for epochs in 1.. {
        let (data, valid) = (labelled(40, 6, 3), others(43, 6, 3));
        let mut net = Network::new(perceptron(6, 8, 3), [6], 1)?;
        let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?.rate(0.05);
        if let Some(file) = resumed {
            trainer.resume(file)?;
        } else {
            // The seed is in the file; the first part begins as the whole does.
            drop(trainer);
            net = Network::new(perceptron(6, 8, 3), [6], 42)?;
            trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?.rate(0.05);
        }
        let fit = Fit::epochs(epochs).batch_size(8).validate(&valid).early_stopping(4);
        let part = trainer.fit(&data, fit.callback(Checkpoint::new(&file)))?;
        resumed = Some(&file);
        if part.stopped_early {
            assert_eq!(without_time(part), without_time(history));
            assert_eq!(net.params().weights(), weights);
            break;
        }
        assert_eq!(part.epochs.len() as u64, epochs);
    }
    // It stays stopped.
    let (again, part) = trained(resumed.map(|file| file.as_path()), |fit| fit.early_stopping(4))?;
    assert!(part.stopped_early);
    assert_eq!(again, weights);
    Ok(())
}

/// A `fit` that finds patience lost already goes back too, whoever trained away from the best; but
/// not over what was done to the weights by hand since.
#[test]
fn it_goes_back_where_another_fit_has_trained_on() -> Result<(), Failure> {
    let (data, valid) = (labelled(40, 6, 3), others(43, 6, 3));
    let mut net = Network::new(perceptron(6, 8, 3), [6], 42)?;
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?.rate(0.05);
    let fit = |epochs| Fit::epochs(epochs).batch_size(8).validate(&valid);
    let best = trainer.fit(&data, fit(3).restore_best())?.best;
    let weights = trainer.network().params().weights().to_vec();
    assert_eq!(trainer.fit(&data, fit(10))?.best, best, "choose data that gets no better");
    assert_ne!(trainer.network().params().weights(), weights);
    let history = trainer.fit(&data, fit(30).early_stopping(4))?;
    assert_eq!((history.stopped_early, history.epochs.len(), history.best), (true, 10, best));
    assert_eq!(trainer.network().params().weights(), weights);

    let mut batches = data.batches(8);
    batches.shuffle(42, 0);
    for batch in &batches {
        trainer.gradients(batch)?;
        trainer.update();
    }
    let by_hand = trainer.network().params().weights().to_vec();
    assert_ne!(by_hand, weights);
    trainer.fit(&data, fit(30).early_stopping(4))?;
    assert_eq!(net.params().weights(), by_hand);
    Ok(())
}

#[test]
fn any_metric_can_be_the_judge() -> Result<(), Failure> {
    let (by_cost, history) = trained(None, |fit| fit.restore_best())?;
    let metric = || Cost(CrossEntropy::new());
    let (by_metric, same) =
        trained(None, |fit| fit.metric(metric()).monitor("CrossEntropy").restore_best())?;
    assert_eq!((by_cost, history.best), (by_metric, same.best));
    let (_, by_accuracy) = trained(None, |fit| fit.monitor("accuracy"))?;
    let best = by_accuracy.best.and_then(|best| by_accuracy.epoch(best)).expect("a best epoch");
    for epoch in &by_accuracy.epochs {
        let is_better = epoch.validation_accuracy > best.validation_accuracy;
        let is_equal = epoch.validation_accuracy == best.validation_accuracy;
        assert!(!is_better && (!is_equal || epoch.number >= best.number));
    }
    assert_ne!(by_accuracy.best, history.best);
    let error = trained(None, |fit| fit.monitor("beauty")).unwrap_err().to_string();
    assert!(error.contains("\"beauty\"") && error.contains("\"cost\""), "{error}");
    Ok(())
}

#[test]
fn the_best_outlives_an_error() -> Result<(), Failure> {
    let (data, valid) = (labelled(40, 6, 3), others(43, 6, 3));
    let mut net = Network::new(perceptron(6, 8, 3), [6], 42)?;
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Sgd::new())?;
    assert_eq!(trainer.restore_best(), None);
    // The rate leaves all bounds in the third epoch.
    trainer = trainer.rate(Exploding);
    let fit = Fit::epochs(20).batch_size(8).validate(&valid).restore_best();
    let error = trainer.fit(&data, fit).unwrap_err().to_string();
    assert!(error.contains("not finite"), "{error}");
    let best = trainer.restore_best().expect("two good epochs");
    let expected = trainer.history().epoch(best).and_then(|epoch| epoch.validation_cost);
    let cost = net.evaluate(&valid, Cost(CrossEntropy::new()))?;
    assert!((cost - expected.expect("validated")).abs() < 1e-6);
    Ok(())
}

#[derive(Debug)]
struct Exploding;

impl Schedule for Exploding {
    fn rate(&self, step: u64) -> f64 {
        if step < 12 { 0.01 } else { 1e30 }
    }
}
