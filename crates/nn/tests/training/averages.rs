//! Averages of weights: what they are, and that a training that is broken off goes on with them.

use crate::samples::{Failure, bits, folder, labelled, numbers, others};
use neuropil_nn::{Callback, Checkpoint, prelude::*};
use neuropil_regularizers::{CutMix, ElasticNet, Ema, MaxNorm, Mixup, Swa};
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

fn layers() -> Sequential {
    Sequential::new()
        .then(Linear::new(6, 8))
        .then(BatchNorm::new(8))
        .then(Relu)
        .then(Dropout::new(0.2).expect("a rate"))
        .then(Linear::new(8, 3))
}

/// The mean of what was there is the average.
#[test]
fn averages_are_those_of_the_weights() -> Result<(), Failure> {
    let data = labelled(40, 6, 3);
    for swa in [false, true] {
        let mut net = Network::new(layers(), [6], 42)?;
        let trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?.rate(0.05);
        let mut trainer = match swa {
            true => trainer.average(Swa::updates(3, 2)?)?,
            false => trainer.average(Ema::new(0.75)?.warm_up())?,
        };
        assert!(trainer.averaged_weights().is_none() && trainer.keep_average().is_err());
        let mut expected: Vec<f64> = Vec::new();
        let mut taken = 0.0;
        for (step, batch) in data.batches(4).iter().enumerate() {
            trainer.gradients(batch)?;
            trainer.update();
            if swa && !(step + 1 >= 3 && (step + 1 - 3) % 2 == 0) {
                continue;
            }
            let w: Vec<f64> =
                trainer.network().params().weights().iter().map(|&w| w.into()).collect();
            let decay = f64::min(0.75, (1.0 + taken) / (10.0 + taken));
            let share = match (expected.is_empty(), swa) {
                (true, _) => 1.0,
                (_, true) => 1.0 / (taken + 1.0),
                (_, false) => 1.0 - decay,
            };
            expected.resize(w.len(), 0.0);
            for (average, w) in expected.iter_mut().zip(w) {
                *average += share * (w - *average);
            }
            taken += 1.0;
        }
        assert_eq!(trainer.averages_taken(), taken as u64);
        let found = trainer.averaged_weights().expect("some were taken").to_vec();
        for (found, expected) in found.iter().zip(&expected) {
            assert!((f64::from(*found) - expected).abs() < 1e-6);
        }
        // In use, and back again.
        let own = bits(trainer.network().params().weights());
        let swapped = trainer.with_average(|net| net.params().weights().to_vec())?;
        assert_eq!(bits(&swapped), bits(&found));
        assert_eq!(bits(trainer.network().params().weights()), own);
        trainer.keep_average()?;
        assert_eq!(bits(net.params().weights()), bits(&found));
    }
    Ok(())
}

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

/// The weights, the average, and how often it was taken.
type Outcome = (Vec<u32>, Vec<u32>, u64);

fn run(from: Option<&Path>, file: &Path, of_epochs: bool) -> Result<Outcome, Failure> {
    let (data, valid) = (labelled(50, 6, 3), others(43, 6, 3));
    let mut net = Network::new(layers(), [6], if from.is_some() { 1 } else { 42 })?;
    let trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?
        .rate(Cosine::new(0.05, 24)?)
        .penalty("4.weight", ElasticNet::new(1e-3, 1e-3)?)?
        .proximal("0.weight", ElasticNet::new(1e-2, 1e-3)?)?
        .constraint("*.weight", MaxNorm::new(0.8)?)?;
    let mut trainer = match of_epochs {
        true => trainer.average(Swa::epochs(1, 1)?)?,
        false => trainer.average(Ema::new(0.9)?.bias_corrected())?,
    };
    let mut fit = Fit::epochs(3).batch_size(8).accumulate(2).validate(&valid);
    fit = fit.mix(Mixup::new(0.4)?).callback(Checkpoint::new(file).every(1));
    match from {
        Some(from) => trainer.resume(from)?,
        None => fit = fit.callback(Copies { file: file.to_owned() }),
    }
    trainer.fit(&data, fit)?;
    let average = trainer.averaged_weights().map(bits).ok_or("no average")?;
    let taken = trainer.averages_taken();
    Ok((bits(net.params().weights()), average, taken))
}

/// With averages, mixed samples, proximal steps and constraints, every update of a training is a place to
/// go on from.
#[test]
fn every_update_is_a_place_to_go_on_from() -> Result<(), Failure> {
    for of_epochs in [false, true] {
        let folder = folder(if of_epochs { "averages_of_epochs" } else { "averages" });
        let file = folder.join("run.safetensors");
        let whole = run(None, &file, of_epochs)?;
        assert_eq!(whole.2, if of_epochs { 3 } else { 12 });
        for update in 1..=12 {
            let copy = file.with_extension(update.to_string());
            let again = run(Some(&copy), &folder.join("again.safetensors"), of_epochs)?;
            assert_eq!(again, whole, "resumed after update {update}");
        }
    }
    Ok(())
}

#[test]
fn files_with_and_without_an_average_are_told_apart() -> Result<(), Failure> {
    let folder = folder("averages_mismatch");
    let (with, without) = (folder.join("with"), folder.join("without"));
    let mut net = Network::new(layers(), [6], 42)?;
    Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?.save(&without)?;
    let mut trainer =
        Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?.average(Ema::default())?;
    trainer.save(&with)?;
    let error = trainer.resume(&without).unwrap_err().to_string();
    assert!(error.contains("keeps no average"), "{error}");
    trainer.resume(&with)?;
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?;
    let error = trainer.resume(&with).unwrap_err().to_string();
    assert!(error.contains("keeps an average"), "{error}");
    // The weights alone can be read from either.
    net.load(&with)?;
    Ok(())
}

/// The mean over batches of the statistics that the averaged weights give.
#[test]
fn statistics_of_the_average_are_the_means_over_batches() -> Result<(), Failure> {
    let data = labelled(30, 6, 3);
    let body = || Sequential::new().then(Linear::new(6, 4));
    let layers = body().then(BatchNorm::new(4).momentum(0.3)?).then(Linear::new(4, 3));
    let mut net = Network::new(layers, [6], 42)?;
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?
        .rate(0.05)
        .average(Swa::epochs(1, 1)?)?;
    trainer.fit(&data, Fit::epochs(3).batch_size(10))?;
    let own = bits(trainer.network().params().state("1.running_mean")?);
    let synced = trainer.with_average(|net| net.params().state("1.running_mean").map(bits))??;
    assert_eq!(synced, own, "states go with the weights taken last");
    trainer.average_statistics(&data, 10)?;
    assert_eq!(bits(trainer.network().params().state("1.running_mean")?), own);
    assert!(trainer.average_statistics(&data, 0).is_err());
    trainer.keep_average()?;

    let mut before = Network::new(body(), [6], 1)?;
    for path in ["0.weight", "0.bias"] {
        let w = net.params().get(path)?.to_vec();
        before.params_mut().get_mut(path)?.copy_from_slice(&w);
    }
    let hidden = before.predict_all(&data)?;
    let mut expected = [[0.0_f64; 4]; 2];
    for batch in hidden.chunks(10 * 4) {
        for channel in 0..4 {
            let of = |row: &[f32]| f64::from(row[channel]);
            let mean = batch.chunks(4).map(of).sum::<f64>() / 10.0;
            let square = batch.chunks(4).map(|row| (of(row) - mean).powi(2)).sum::<f64>();
            expected[0][channel] += mean / 3.0;
            expected[1][channel] += square / 9.0 / 3.0;
        }
    }
    for (path, expected) in ["1.running_mean", "1.running_var"].iter().zip(expected) {
        for (found, expected) in net.params().state(path)?.iter().zip(expected) {
            assert!(
                (f64::from(*found) - expected).abs() < 1e-5 * expected.abs().max(1.0),
                "{path}"
            );
        }
    }
    assert_eq!(net.params().state("1.num_batches_tracked")?, [3.0]);
    Ok(())
}

/// Averages, steps, constraints and mixing do not depend on threads.
#[test]
fn the_same_on_one_thread_and_on_two() -> Result<(), Failure> {
    let run = |threads: usize| -> Result<Outcome, Error> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        pool.install(|| {
            let labels = (0..96).map(|row| row % 10).collect();
            let data = Dataset::labelled([1, 28, 28], numbers(7, 96 * 784), labels, 10)?;
            let layers = Sequential::new()
                .then(Flatten)
                .then(Linear::new(784, 200))
                .then(Relu)
                .then(Linear::new(200, 10));
            let mut net = Network::new(layers, [1, 28, 28], 42)?;
            let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?
                .average(Ema::new(0.9)?)?
                .proximal("*.weight", neuropil_regularizers::L1::new(1e-2)?)?
                .constraint("1.weight", MaxNorm::new(0.5)?)?;
            trainer.fit(&data, Fit::epochs(4).mix(CutMix::default()))?;
            let (average, taken) = (trainer.averaged_weights().map(bits), trainer.averages_taken());
            Ok((bits(net.params().weights()), average.unwrap_or_default(), taken))
        })
    };
    let (one, two) = (run(1)?, run(2)?);
    assert!(one == two && one.2 == 12);
    Ok(())
}
