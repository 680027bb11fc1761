//! What is called when, and what callbacks may do.

use crate::samples::{Failure, folder, labelled, others, perceptron};
use neuropil_nn::{Callback, Checkpoint, CsvLog, metrics::AnyMetric, prelude::*};
use std::fs;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};

/// Writes down what it is told.
#[derive(Clone, Debug, Default)]
struct Diary {
    lines: Arc<Mutex<Vec<String>>>,
    breaks: Option<u64>,
}

impl Diary {
    fn write(&self, line: String) {
        self.lines.lock().expect("no panic").push(line);
    }
}

impl Callback for Diary {
    fn before_training(&mut self, trainer: &mut Trainer<'_>) -> Result<(), Error> {
        self.write(format!("before {}", trainer.updates()));
        Ok(())
    }

    fn after_update(
        &mut self,
        trainer: &mut Trainer<'_>,
        cost: f64,
    ) -> Result<ControlFlow<()>, Error> {
        assert!(cost > 0.0 && cost < 10.0);
        self.write(format!("update {}", trainer.updates()));
        Ok(match self.breaks == Some(trainer.updates()) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        })
    }

    fn after_epoch(&mut self, trainer: &mut Trainer<'_>) -> Result<ControlFlow<()>, Error> {
        self.write(format!("epoch {}", trainer.history().epochs.len()));
        Ok(ControlFlow::Continue(()))
    }

    fn after_training(&mut self, trainer: &mut Trainer<'_>) -> Result<(), Error> {
        self.write(format!("after {}", trainer.updates()));
        Ok(())
    }
}

fn network() -> Result<Network, Error> {
    Network::new(perceptron(6, 8, 3), [6], 42)
}

#[test]
fn all_are_called_in_order() -> Result<(), Failure> {
    let data = labelled(20, 6, 3);
    let diary = Diary::default();
    let mut net = network()?;
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Sgd::new())?;
    trainer.fit(&data, Fit::epochs(2).batch_size(10).callback(diary.clone()))?;
    let lines = diary.lines.lock().expect("no panic").join(", ");
    let expected = "before 0, update 1, update 2, epoch 1, update 3, update 4, epoch 2, after 4";
    assert_eq!(lines, expected);
    Ok(())
}

/// A break in the midst of an epoch leaves it to the next `fit`, which gives the same bits.
#[test]
fn a_break_can_be_taken_up() -> Result<(), Failure> {
    let data = labelled(50, 6, 3);
    let fit = || Fit::epochs(3).batch_size(8);
    let mut whole = network()?;
    let mut trainer = Trainer::new(&mut whole, CrossEntropy::new(), Adam::new())?;
    let mut expected = trainer.fit(&data, fit())?;

    let mut net = network()?;
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?;
    let diary = Diary { breaks: Some(9), ..Diary::default() };
    let history = trainer.fit(&data, fit().callback(diary))?;
    assert_eq!((history.epochs.len(), trainer.updates()), (1, 9));
    let mut history = trainer.fit(&data, fit())?;
    for epoch in expected.epochs.iter_mut().chain(&mut history.epochs) {
        epoch.seconds = 0.0;
    }
    assert_eq!(history, expected);
    assert_eq!(net.params().weights(), whole.params().weights());
    Ok(())
}

#[test]
fn logs_have_all_numbers_of_all_epochs() -> Result<(), Failure> {
    let (folder, data) = (folder("logs"), labelled(40, 6, 3));
    let (log, last) = (folder.join("new/log.csv"), folder.join("last.safetensors"));
    let mut net = network()?;
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Sgd::new())?.rate(0.25);
    trainer.fit(&data, Fit::epochs(2).callback(CsvLog::new(&log)).checkpoint(&last))?;

    // Another process goes on, and measures more.
    let mut net = network()?;
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Sgd::new())?.rate(0.25);
    trainer.resume(&last)?;
    let metric = neuropil_nn::Cost(CrossEntropy::new());
    let name = AnyMetric::<f32>::name(&neuropil_nn::metrics::Gathered::new(metric.clone()));
    let fit = Fit::epochs(4).validate(&data).metric(metric).log(&log);
    let history = trainer.fit(&data, fit)?;

    let table = fs::read_to_string(&log)?;
    let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split(',').collect()).collect();
    let columns = ["epoch", "seconds", "rate", "cost", "accuracy", "validation_cost"];
    assert_eq!(rows[0][..6], columns);
    assert_eq!(rows[0][6..], ["validation_accuracy", &format!("validation_{name}")]);
    assert_eq!(rows.len(), 5);
    for (row, epoch) in rows[1..].iter().zip(&history.epochs) {
        assert_eq!(row.len(), 8);
        assert_eq!(row[0], epoch.number.to_string());
        assert_eq!(row[2], "0.25");
        assert_eq!(row[3].parse::<f64>()?, epoch.cost, "to the bit");
        let was_validated = epoch.number > 2;
        assert_eq!(row[5].parse().ok(), epoch.validation_cost.filter(|_| was_validated));
        assert_eq!(row[7] == row[5], was_validated || row[7].is_empty());
    }
    Ok(())
}

#[test]
fn the_best_and_the_last_are_kept() -> Result<(), Failure> {
    let (folder, data) = (folder("best_and_last"), labelled(40, 6, 3));
    let (best, last) = (folder.join("best.safetensors"), folder.join("last.safetensors"));
    let valid = others(43, 6, 3);
    let mut net = network()?;
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?.rate(0.05);
    let fit = Fit::epochs(12).batch_size(8).validate(&valid);
    let history = trainer.fit(&data, fit.callback(Checkpoint::new(&last).best(&best)))?;
    let number = history.best.expect("validated");
    assert!(number < 12, "the last epoch is the best: choose other data");
    let smallest = history.epochs.iter().map(|epoch| epoch.validation_cost);
    let smallest = smallest.flatten().fold(f64::INFINITY, f64::min);
    let of_best = history.epoch(number).and_then(|epoch| epoch.validation_cost);
    assert_eq!(of_best, Some(smallest));
    let last_weights = net.params().weights().to_vec();

    let mut again = network()?;
    again.load(&last)?;
    assert_eq!(again.params().weights(), last_weights);
    again.load(&best)?;
    let cost = again.evaluate(&valid, neuropil_nn::Cost(CrossEntropy::new()))?;
    assert!((cost - smallest).abs() < 1e-6, "{cost} is not {smallest}");
    Ok(())
}

/// A path that cannot be written to shows before the training, not after its first epoch.
#[test]
fn wrong_paths_show_at_once() -> Result<(), Failure> {
    let data = labelled(20, 6, 3);
    let mut net = network()?;
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Sgd::new())?;
    let folder = folder("errors");
    fs::write(folder.join("taken"), "")?;
    for below in ["taken/log.csv", "taken/last.safetensors"] {
        let file = folder.join(below);
        let fit = Fit::epochs(3);
        let fit = if below.contains("csv") { fit.log(&file) } else { fit.checkpoint(&file) };
        let error = trainer.fit(&data, fit).unwrap_err().to_string();
        assert!(error.contains(&file.display().to_string()), "{error}");
    }
    assert_eq!(trainer.updates(), 0);
    Ok(())
}

/// Fails after an epoch.
#[derive(Debug)]
struct Failing;

impl Callback for Failing {
    fn after_epoch(&mut self, _trainer: &mut Trainer<'_>) -> Result<ControlFlow<()>, Error> {
        Err(Error::Empty { what: "the disk".into() })
    }
}

#[test]
fn errors_of_callbacks_are_errors_of_fit() -> Result<(), Failure> {
    let data = labelled(20, 6, 3);
    let mut net = network()?;
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Sgd::new())?;
    let error = trainer.fit(&data, Fit::epochs(3).callback(Failing)).unwrap_err();
    assert_eq!(error.to_string(), "the disk is empty");
    assert_eq!(trainer.history().epochs.len(), 1);
    Ok(())
}
