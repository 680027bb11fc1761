//! Embeddings as a network uses them: on any number of threads, with lengths, through files.

use crate::leaky::Leaky;
use crate::samples::{Failure, says};
use neuropil_data::{Inputs, Targets};
use neuropil_nn::{Embedding, Spec, prelude::*};

/// Sentences of tokens below 500, some of which occur often.
fn sentences(rows: usize, steps: usize) -> Result<Dataset, Failure> {
    let indices = (0..rows * steps).map(|i| (i * i * 7 % 523 % 500) as u32).collect();
    let labels = (0..rows as u32).map(|row| row % 3).collect();
    let targets = Targets::Labels { labels, classes: 3, shape: vec![] };
    Ok(Dataset::new([steps], Inputs::Indices { indices, limit: 500 }, targets)?)
}

#[test]
fn the_table_gets_the_same_bits_on_any_number_of_threads() -> Result<(), Failure> {
    let data = sentences(64, 20)?;
    let trained = |threads: usize| -> Result<Vec<u32>, Failure> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
        let weights = pool.install(|| {
            // 1280 tokens of 96 numbers: above what one thread does alone.
            let layers = Sequential::new()
                .then(Embedding::new(500, 96).max_norm(9.5)?)
                .then(Flatten)
                .then(Linear::new(20 * 96, 3));
            let mut net = Network::new(layers, Spec::indices([20]), 1)?;
            let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?.rate(0.01);
            trainer.fit(&data, Fit::epochs(3).batch_size(64))?;
            Ok::<_, Error>(net.params().weights().iter().map(|w| w.to_bits()).collect())
        })?;
        Ok(weights)
    };
    let one = trained(1)?;
    assert_eq!((trained(2)?, trained(3)?), (one.clone(), one));
    Ok(())
}

#[test]
fn padding_starts_at_zero_and_stays() -> Result<(), Failure> {
    let layers = Sequential::new()
        .then(Embedding::new(500, 4).padding_index(7)?)
        .then(Flatten)
        .then(Linear::new(20, 3));
    let mut net = Network::new(layers, Spec::indices([5]), 1)?;
    let row = |net: &Network, token: usize| {
        net.params().get("0.weight").map(|table| table[token * 4..][..4].to_vec())
    };
    let other = row(&net, 28)?;
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Sgd::new())?.rate(0.5);
    let data = sentences(40, 5)?;
    assert!((0..40).any(|row| data.input_indices(row).is_some_and(|x| x.contains(&7))));
    trainer.fit(&data, Fit::epochs(2))?;
    assert_eq!(row(&net, 7)?, [0.0; 4]);
    assert_ne!(row(&net, 28)?, other);
    Ok(())
}

#[test]
fn settings_out_of_range_are_refused() {
    let table = || Embedding::new(5, 2);
    says(table().padding_index(5), &["padding index", "5", "5 tokens"]);
    for norm in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        says(table().max_norm(norm), &["norm", &norm.to_string()]);
    }
    let numbers = Network::new(Sequential::new().then(table()), [3], 1);
    says(numbers, &["0: Embedding", "[3]", "indices, found numbers"]);
    says(Network::new(Embedding::new(0, 2), Spec::indices([3]), 1), &["Embedding", "[0, 2]"]);
}

#[test]
fn sentences_have_lengths() -> Result<(), Failure> {
    let layers = || Sequential::new().then(Embedding::new(9, 2)).then(Leaky::last(2));
    let mut net = Network::with_lengths(layers(), Spec::indices([3]), 1)?;
    let tokens = [1, 2, 3, 4, 5, 6];
    let both = net.predict_indices_lengths(&tokens, &[2, 3])?;
    let mut short = Network::new(layers(), Spec::indices([2]), 1)?;
    assert_eq!(short.predict_indices(&[1, 2])?, both[..2]);
    let mut into = [0.0; 4];
    net.predict_indices_lengths_into(&tokens, &[2, 3], &mut into)?;
    assert_eq!(into, *both);
    let predictor = net.predictor()?;
    let mut workspace = predictor.workspace(2);
    assert_eq!(predictor.run_indices_lengths(&mut workspace, &tokens, &[2, 3])?, both);

    // What stands behind the end must still be a token.
    let error = net.predict_indices_lengths(&[1, 2, 9, 4, 5, 6], &[2, 3]).unwrap_err();
    assert_eq!(error.to_string(), "input \"x\", row 0: index 9, expected below 9");
    says(net.predict_indices(&tokens), &["without lengths"]);
    Ok(())
}
