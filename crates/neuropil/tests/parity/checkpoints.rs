//! Checkpoints: PyTorch's file in Neuropil, and Neuropil's files in PyTorch.
//!
//! `checkpoints.py` writes `pytorch.safetensors` by `safetensors.torch`. It loads
//! `neuropil.safetensors` by `load_state_dict(strict=True)`, and goes on from
//! `neuropil-run.safetensors` with the moments and the step in it. What came of that stands in the
//! golden files. The tests make sure that the committed files are what is written today.

use crate::Failure;
use crate::closeness::Closeness;
use crate::golden::{Case, Family, folder};
use crate::modules::{compare_weights, scratch_file};
use neuropil::prelude::*;
use neuropil::{Error, Real, Spec};
use std::path::{Path, PathBuf};

fn committed(name: &str) -> PathBuf {
    folder().join("checkpoints").join(name).with_extension("safetensors")
}

fn layers() -> Sequential {
    Sequential::new().then(Linear::new(4, 6)).then(Tanh).then(Linear::new(6, 3))
}

fn layers_with_states() -> Sequential {
    let layers = Sequential::new().then(Linear::new(4, 6)).then(BatchNorm::new(6));
    layers.then(Tanh).then(Linear::new(6, 3))
}

/// Images of one channel, as the second pair of files has them.
const IMAGE: [usize; 3] = [1, 12, 10];

fn lenet() -> Sequential {
    Sequential::new()
        .then(Conv2d::new(1, 4, 5).padding(2))
        .then(Relu)
        .then(MaxPool2d::new(2))
        .then(Conv2d::new(4, 6, [3, 2]))
        .then(Relu)
        .then(MaxPool2d::new(2))
        .then(Flatten)
        .then(Linear::new(24, 7))
        .then(Relu)
        .then(Linear::new(7, 3))
}

fn lstm() -> Sequential {
    let lstm = Lstm::new(3, 5).projection(2).expect("a projection");
    Sequential::new().then(lstm.layers(2).expect("two layers").bidirectional())
}

fn gru() -> Sequential {
    Sequential::new().then(Gru::new(3, 5))
}

/// A label for each token.
fn tagger() -> Sequential {
    Sequential::new().then(Embedding::new(7, 4)).then(Lstm::new(4, 6)).then(Linear::new(6, 3))
}

#[test]
fn checkpoints_are_exchanged_with_pytorch() {
    let mut family = Family::open("checkpoints");
    for name in ["pytorch", "neuropil"] {
        family.member(name, |case| same_outputs(case, layers, [4], &committed(name)));
    }
    for name in ["pytorch-lenet", "neuropil-lenet"] {
        family.member(name, |case| same_outputs(case, lenet, IMAGE, &committed(name)));
    }
    for name in ["pytorch-states", "neuropil-states"] {
        family.member(name, |case| same_outputs(case, layers_with_states, [4], &committed(name)));
    }
    for (layers, net) in [(lstm as fn() -> Sequential, "lstm"), (gru, "gru")] {
        for name in [format!("pytorch-{net}"), format!("neuropil-{net}")] {
            family.member(&name, |case| same_outputs(case, layers, [4, 3], &committed(&name)));
        }
    }
    for name in ["pytorch-tagger", "neuropil-tagger"] {
        family
            .member(name, |case| same_outputs(case, tagger, Spec::indices([4]), &committed(name)));
    }
    family.member("neuropil-run", |case| {
        goes_on::<f32>(case)?;
        goes_on::<f64>(case)
    });
    family.end();
}

/// The weights of a file give the outputs that they gave PyTorch.
fn same_outputs(
    case: &Case,
    layers: fn() -> Sequential,
    sample: impl Into<Spec>,
    file: &Path,
) -> Result<(), Failure> {
    fn in_type<T: Real>(case: &Case, mut net: Network<T>, file: &Path) -> Result<(), Failure> {
        net.load(file)?;
        let x = case.input::<T>("x")?.values;
        let y = match net.sample().indices {
            true => {
                let tokens: Vec<u32> = x.iter().map(|token| token.to_f64() as u32).collect();
                net.predict_indices(&tokens)?
            }
            false => net.predict(&x)?,
        };
        case.compare("y", &y, Closeness::SUMS)
    }
    let sample = sample.into();
    in_type::<f32>(case, Network::build(layers(), sample, 1)?, file)?;
    in_type::<f64>(case, Network::build(layers(), sample, 1)?, file)
}

/// A training resumed from our file goes where PyTorch's went with the same file.
fn goes_on<T: Real>(case: &Case) -> Result<(), Failure> {
    let (x, labels) = (case.input::<T>("x")?, case.indices("labels").ok_or("no labels")?);
    let data = Dataset::labelled([4], x.values, labels, 3)?;
    let mut net = Network::<T>::build(layers(), [4], 1)?;
    let mut trainer = trainer(&mut net)?;
    trainer.resume(committed("neuropil-run"))?;
    let steps = case.expected("costs").ok_or("no costs")?.values.len();
    let costs = train(&mut trainer, &data, steps)?;
    case.compare("costs", &costs, Closeness::TRAJECTORIES)?;
    compare_weights(net.params(), case, Closeness::TRAJECTORIES)
}

fn trainer<T: Real>(net: &mut Network<T>) -> Result<Trainer<'_, T>, Error> {
    Ok(Trainer::new(net, CrossEntropy::new(), Adam::new())?.rate(0.05))
}

/// Some updates, each with all rows.
fn train<T: Real>(
    trainer: &mut Trainer<'_, T>,
    data: &Dataset<T>,
    steps: usize,
) -> Result<Vec<T>, Error> {
    let rows: Vec<u32> = (0..data.len() as u32).collect();
    let step = |_| {
        let cost = trainer.gradients(Batch { data, rows: &rows })?;
        trainer.update();
        Ok(T::of(cost))
    };
    (0..steps).map(step).collect()
}

/// Whether the committed file has these bytes, and what to do if not.
fn is_committed(name: &str, bytes: &[u8], fresh: &Path) -> Result<(), Failure> {
    let committed = committed(name);
    if std::fs::read(&committed).is_ok_and(|known| known == bytes) {
        return Ok(std::fs::remove_file(fresh)?);
    }
    Err(format!(
        "{} is not what would be written today, which is {}: if that is meant, copy it there and \
         run `cargo xtask parity`",
        committed.display(),
        fresh.display()
    )
    .into())
}

#[test]
fn the_committed_weights_are_those_written_today() -> Result<(), Failure> {
    for (name, layers, sample) in [
        ("neuropil", layers(), Spec::per_row([4])),
        ("neuropil-lenet", lenet(), IMAGE.into()),
        ("neuropil-states", layers_with_states(), [4].into()),
        ("neuropil-lstm", lstm(), [4, 3].into()),
        ("neuropil-gru", gru(), [4, 3].into()),
        ("neuropil-tagger", tagger(), Spec::indices([4])),
    ] {
        let fresh = scratch_file();
        Network::new(layers, sample, 42)?.save(&fresh)?;
        is_committed(name, &std::fs::read(&fresh)?, &fresh)?;
    }
    Ok(())
}

#[test]
fn the_committed_run_is_one_written_today() -> Result<(), Failure> {
    // Training to there ends at the same bits on one kind of machine only, so the bytes are those
    // of the committed run, read and written.
    let x: Vec<f32> = (0..32).map(|i| (i * i % 13) as f32 / 4.0 - 1.5).collect();
    let data = Dataset::labelled([4], x, (0..8).map(|i| i % 3).collect(), 3)?;
    let mut net = Network::new(layers(), [4], 42)?;
    let mut fresh_trainer = trainer(&mut net)?;
    train(&mut fresh_trainer, &data, 3)?;
    let fresh = scratch_file();
    fresh_trainer.save(&fresh)?;

    let mut again = Network::new(layers(), [4], 1)?;
    let mut trainer = trainer(&mut again)?;
    let rewritten = scratch_file();
    let outcome = trainer.resume(committed("neuropil-run"));
    outcome.map_err(|error| format!("{error}; a run written today is {}", fresh.display()))?;
    trainer.save(&rewritten)?;
    let bytes = std::fs::read(&rewritten)?;
    std::fs::remove_file(rewritten)?;
    is_committed("neuropil-run", &bytes, &fresh)?;
    for (w, again) in net.params().weights().iter().zip(again.params().weights()) {
        assert!((w - again).abs() < 1e-4, "{w} {again}");
    }
    Ok(())
}
