//! A training that was saved and goes on is the training that was never interrupted.

use super::cases;
use crate::cases::OptimizerCase;
use crate::numbers::{bits, numbers, units};
use neuropil::optimizers::Cosine;
use neuropil::prelude::*;
use std::path::PathBuf;

fn network(seed: u64) -> Network {
    let layers = Sequential::new()
        .then(Linear::new(4, 6))
        .then(Tanh)
        .then(Dropout::new(0.2).expect("a rate"))
        .then(Linear::new(6, 3));
    Network::new(layers, [4], seed).expect("a network")
}

fn data() -> Dataset {
    let labels = units::<f64>(20, 2).into_iter().map(|u| (3.0 * u) as u32).collect();
    Dataset::labelled([4], numbers(80, 1.0, 1), labels, 3).expect("good data")
}

/// Steps `from..to` over batches of 5, four to an epoch, at a falling rate.
fn train(trainer: &mut Trainer<'_>, data: &Dataset, from: u64, to: u64) {
    let mut batches = data.batches(5);
    for step in from..to {
        batches.shuffle(9, step / 4);
        let batch = batches.iter().nth((step % 4) as usize).expect("a batch");
        trainer.gradients(batch).expect("a good batch");
        trainer.update();
    }
}

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name)
}

#[test]
fn going_on_is_never_having_stopped() {
    let data = data();
    let rate = || Cosine::new(0.05, 30).expect("a schedule");
    for (i, OptimizerCase { optimizer, .. }) in cases().enumerate() {
        // A level's tests may run beside those of another.
        let level = neuropil::simd::Level::current();
        let file = file(&format!("registry-{level}-{i}.safetensors"));
        let mut whole = network(42);
        train(&mut optimizer.trainer(&mut whole).rate(rate()), &data, 0, 11);

        let mut first = network(42);
        let mut before = optimizer.trainer(&mut first).rate(rate());
        train(&mut before, &data, 0, 6);
        before.save(&file).expect("a writable folder");
        // A trainer that has already done something, in a network of another seed.
        let mut second = network(1);
        let mut after = optimizer.trainer(&mut second).rate(rate());
        train(&mut after, &data, 0, 3);
        after.resume(&file).expect("a file that fits");
        train(&mut after, &data, 6, 11);

        let weights = |net: &Network| bits(net.params().weights());
        assert_ne!(weights(&first), weights(&whole), "{optimizer:?}");
        assert_eq!(weights(&second), weights(&whole), "{optimizer:?}");
        std::fs::remove_file(file).expect("the file is there");
    }
}
