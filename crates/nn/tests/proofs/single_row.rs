//! One row alone goes through dense layers in a way of its own; the bits are those of a batch.

use crate::samples::{Failure, bits, numbers};
use neuropil_nn::prelude::*;

/// The bits of a row alone, by a predictor and by the network, against the same row twice in a
/// batch; once more after the weights have changed.
fn alone_as_in_a_batch(layers: impl Module + 'static, width: usize) -> Result<(), Failure> {
    let mut net = Network::new(layers, [width], 42)?;
    let x = numbers(9, width);
    for _ in 0..2 {
        let twice = net.predict(&[&x[..], &x].concat())?;
        let expected = bits(&twice[..twice.len() / 2]);
        assert!(twice.iter().any(|&y| y != 0.0 && y.is_finite()), "{twice:?}");

        let predictor = net.predictor()?;
        let mut workspace = predictor.workspace(1);
        // Again in the same buffers, which now hold what the first run left.
        for _ in 0..2 {
            assert_eq!(bits(predictor.run(&mut workspace, &x)?), expected);
            assert_eq!(bits(&net.predict(&x)?), expected);
        }
        net.params_mut().weights_mut().iter_mut().for_each(|w| *w *= 1.5);
    }
    Ok(())
}

#[test]
fn rectifiers_between_layers() -> Result<(), Failure> {
    let layers = Sequential::new().then(Linear::new(6, 64)).then(Relu);
    let layers = layers.then(Linear::new(64, 8)).then(Relu).then(Linear::new(8, 4));
    alone_as_in_a_batch(layers, 6)
}

#[test]
fn other_activations_and_none() -> Result<(), Failure> {
    let layers = Sequential::new().then(Linear::new(5, 33).without_bias()).then(Tanh);
    let layers = layers.then(Linear::new(33, 20).without_bias()).then(Relu);
    let layers = layers.then(Linear::new(20, 20)).then(Linear::new(20, 7)).then(Sigmoid);
    alone_as_in_a_batch(layers.then(Linear::new(7, 3)).then(Softmax), 5)
}

#[test]
fn other_layers_between() -> Result<(), Failure> {
    let block = || Sequential::new().then(Linear::new(9, 9)).then(Relu).then(Linear::new(9, 9));
    let layers = Sequential::new().then(Dropout::new(0.5)?).then(Linear::new(4, 9));
    let layers = layers.then(Residual::new(block())).then(Relu).then(Residual::new(block()));
    alone_as_in_a_batch(layers.then(Linear::new(9, 2)).then(Dropout::new(0.5)?), 4)
}

/// Large enough for several threads, with a sum of more than one block.
#[test]
fn large_layers_on_threads_and_outside_a_pool() -> Result<(), Failure> {
    let layers = || {
        let layers = Sequential::new().then(Linear::new(784, 500)).then(Relu);
        let layers = layers.then(Linear::new(500, 30)).then(Relu).then(Linear::new(30, 600));
        layers.then(Tanh).then(Linear::new(600, 512)).then(Linear::new(512, 10))
    };
    for threads in 1..=3 {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
        pool.install(|| alone_as_in_a_batch(layers(), 784).map_err(|error| error.to_string()))?;
    }
    alone_as_in_a_batch(layers(), 784)
}

/// A sample of several rows of features is no single row.
#[test]
fn rows_within_a_sample() -> Result<(), Failure> {
    let layers = || Sequential::new().then(Linear::new(3, 5)).then(Relu).then(Linear::new(5, 2));
    let mut net = Network::new(layers(), [4, 3], 42)?;
    let x = numbers(9, 12);
    let together = net.predict(&x)?;
    let mut one = Network::new(layers(), [3], 42)?;
    for (x, expected) in x.chunks_exact(3).zip(together.chunks_exact(2)) {
        assert_eq!(bits(&one.predict(x)?), bits(expected));
    }
    Ok(())
}
