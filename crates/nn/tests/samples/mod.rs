//! Data and networks that the proofs and the tests of training share, made up and always the same.

use neuropil_nn::prelude::*;
use neuropil_regularizers::random;
use std::path::PathBuf;

/// What tests fail with.
pub type Failure = Box<dyn std::error::Error>;

/// Numbers in (-1, 1), a function of the seed.
pub fn numbers(seed: u64, count: usize) -> Vec<f32> {
    let number = |i| (random::bits(random::key(&[seed]), i) >> 40) as f32 / (1 << 23) as f32 - 1.0;
    (0..count as u64).map(number).collect()
}

/// Samples of `width` numbers with labels below `classes` that have nothing to do with them.
pub fn labelled(rows: usize, width: usize, classes: usize) -> Dataset {
    of_seed(1, rows, width, classes)
}

/// Samples of the same kind from other numbers.
pub fn of_seed(seed: u64, rows: usize, width: usize, classes: usize) -> Dataset {
    let key = random::key(&[seed, 3]);
    let labels = (0..rows as u64).map(|i| (random::bits(key, i) >> 33) as u32 % classes as u32);
    let labels = labels.collect();
    Dataset::labelled([width], numbers(seed, rows * width), labels, classes).expect("good data")
}

/// A perceptron with one hidden layer and dropout.
pub fn perceptron(inputs: usize, hidden: usize, outputs: usize) -> Sequential {
    Sequential::new()
        .then(Linear::new(inputs, hidden))
        .then(Relu)
        .then(Dropout::new(0.2).expect("a rate"))
        .then(Linear::new(hidden, outputs))
}

/// The bits of numbers: equal bits are more than equal numbers.
pub fn bits(numbers: &[f32]) -> Vec<u32> {
    numbers.iter().map(|x| x.to_bits()).collect()
}

/// An empty folder for the files of one test.
pub fn folder(test: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(test);
    // It may be there from an earlier run, or not.
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a writable target folder");
    folder
}
