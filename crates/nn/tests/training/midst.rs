//! A training saved in the midst of an epoch.

use crate::samples::{Failure, folder, labelled, others, perceptron};
use neuropil_nn::{Callback, Checkpoint, History, prelude::*};
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// Keeps a copy of what a checkpoint wrote after each update.
#[derive(Debug)]
struct Copies {
    file: PathBuf,
}

impl Callback for Copies {
    fn after_update(
        &mut self,
        trainer: &mut Trainer<'_>,
        _cost: f64,
    ) -> Result<ControlFlow<()>, Error> {
        let copy = self.file.with_extension(trainer.updates().to_string());
        fs::copy(&self.file, copy).expect("a file that the checkpoint has written");
        Ok(ControlFlow::Continue(()))
    }
}

fn run(from: Option<&Path>, file: &Path, copies: bool) -> Result<(Vec<f32>, History), Failure> {
    let (data, valid) = (labelled(50, 6, 3), others(43, 6, 3));
    let mut net = Network::new(perceptron(6, 8, 3), [6], if from.is_some() { 1 } else { 42 })?;
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?
        .rate(Cosine::new(0.05, 24)?)
        .penalty("*.weight", L2::new(1e-3)?)?;
    if let Some(from) = from {
        trainer.resume(from)?;
    }
    let mut fit = Fit::epochs(3).batch_size(8).accumulate(2).validate(&valid).early_stopping(2);
    fit = fit.clip_global_norm(1.0).callback(Checkpoint::new(file).every(1));
    if copies {
        fit = fit.callback(Copies { file: file.to_owned() });
    }
    let mut history = trainer.fit(&data, fit)?;
    for epoch in &mut history.epochs {
        epoch.seconds = 0.0;
    }
    Ok((net.params().weights().to_vec(), history))
}

/// Seven batches an epoch, in four updates: every update of the training is a place to go on from.
#[test]
fn every_update_is_a_place_to_go_on_from() -> Result<(), Failure> {
    let folder = folder("midst");
    let file = folder.join("run.safetensors");
    let whole = run(None, &file, true)?;
    assert_eq!(whole.1.epochs.len(), 3);
    for update in 1..=12 {
        let copy = file.with_extension(update.to_string());
        let again = run(Some(&copy), &folder.join("again.safetensors"), false)?;
        assert_eq!(again, whole, "resumed after update {update}");
    }
    Ok(())
}

#[test]
fn other_batches_are_refused() -> Result<(), Failure> {
    let folder = folder("midst_batches");
    let file = folder.join("run.safetensors");
    run(None, &file, true)?;
    let data = labelled(50, 6, 3);
    let mut net = Network::new(perceptron(6, 8, 3), [6], 1)?;
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?;
    trainer.resume(file.with_extension("6"))?;
    let error = trainer.fit(&data, Fit::epochs(3).batch_size(10)).unwrap_err().to_string();
    assert!(error.contains("of 50 rows in batches of 8") && error.contains("of 10"), "{error}");
    let other = labelled(51, 6, 3);
    let error = trainer.fit(&other, Fit::epochs(3).batch_size(8)).unwrap_err().to_string();
    assert!(error.contains("of 50 rows") && error.contains("with 51 rows"), "{error}");
    trainer.abandon_epoch();
    trainer.fit(&data, Fit::epochs(3).batch_size(10))?;
    // Between two epochs there is nothing to be mixed up.
    trainer.resume(file.with_extension("safetensors"))?;
    trainer.fit(&data, Fit::epochs(4).batch_size(10))?;
    Ok(())
}
