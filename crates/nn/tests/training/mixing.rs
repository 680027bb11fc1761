//! Batches of mixed samples.

use crate::samples::{Failure, labelled, numbers};
use neuropil_nn::{Spec, prelude::*};
use neuropil_regularizers::{CutMix, Mixture, Mixup, partners, random};

/// One update over a mixed batch is one over samples that were mixed beforehand.
#[test]
fn a_mixed_batch_is_a_batch_of_mixed_samples() -> Result<(), Failure> {
    const ROWS: usize = 12;
    let labels: Vec<u32> = (0..ROWS as u32).map(|row| row * 7 % 3).collect();
    let x = numbers(1, ROWS * 2 * 4 * 6);
    let shape = [2, 4, 6];
    let data = Dataset::labelled(shape, x.clone(), labels.clone(), 3)?;
    let layers = || {
        Sequential::new().then(Flatten).then(Linear::new(48, 5)).then(Tanh).then(Linear::new(5, 3))
    };
    let mixtures: [(Box<dyn Mixture>, Fit<'_>); 2] = [
        (Box::new(Mixup::new(0.7)?), Fit::epochs(1).mix(Mixup::new(0.7)?)),
        (Box::new(CutMix::new(0.7)?), Fit::epochs(1).mix(CutMix::new(0.7)?)),
    ];
    for (mixture, fit) in mixtures {
        let mut net = Network::new(layers(), shape, 42)?;
        let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Sgd::new())?.rate(1.0);
        let history = trainer.fit(&data, fit.batch_size(ROWS))?;
        assert_eq!(history.epochs[0].accuracy, None);

        // The rows in the order of the first epoch, and the first batch's stream.
        let mut batches = data.batches(ROWS);
        batches.shuffle(42, 0);
        let order = batches.iter().next().ok_or("no batch")?.rows.to_vec();
        let stream = random::key(&[42, random::text("mixture"), 0]);
        let mix = mixture.draw(stream, &shape);
        let mut partner = vec![0; ROWS];
        partners(stream, &mut partner);
        let (mut inputs, mut targets) = (Vec::new(), Vec::new());
        for (place, &row) in order.iter().enumerate() {
            let other = order[partner[place] as usize] as usize;
            let sample = |row: usize| &x[row * 48..(row + 1) * 48];
            let mut mixed = sample(row as usize).to_vec();
            mix.inputs(&mut mixed, sample(other));
            inputs.extend(mixed);
            let mut target = [0.0; 3];
            target[labels[row as usize] as usize] += mix.share() as f32;
            target[labels[other] as usize] += 1.0 - mix.share() as f32;
            targets.extend(target);
        }
        assert_ne!(inputs, x);
        let mixed = Dataset::with_values(shape, inputs, [3], targets)?;
        let mut by_hand = Network::new(layers(), shape, 42)?;
        let mut trainer = Trainer::new(&mut by_hand, CrossEntropy::new(), Sgd::new())?.rate(1.0);
        let rows: Vec<u32> = (0..ROWS as u32).collect();
        let cost = trainer.gradients(Batch { data: &mixed, rows: &rows })?;
        trainer.update();
        assert!((cost - history.epochs[0].cost).abs() < 1e-6);
        for (found, expected) in net.params().weights().iter().zip(by_hand.params().weights()) {
            assert!((found - expected).abs() < 1e-6, "{mixture:?}");
        }
    }
    Ok(())
}

#[test]
fn values_are_mixed_as_they_are() -> Result<(), Failure> {
    let x: Vec<f32> = (0..64).map(|i| i as f32 / 32.0 - 1.0).collect();
    let y = x.iter().map(|x| 2.0 * x + 0.5).collect();
    let data = Dataset::with_values([1], x, [1], y)?;
    let mut net = Network::new(Linear::new(1, 1), [1], 42)?;
    let mut trainer = Trainer::new(&mut net, MeanSquaredError::new(), Adam::new())?.rate(0.05);
    // A line between samples of a line is on it.
    let history = trainer.fit(&data, Fit::epochs(100).batch_size(16).mix(Mixup::default()))?;
    assert!(history.epochs[99].cost < 1e-4);
    Ok(())
}

#[test]
fn what_cannot_be_mixed_is_refused() -> Result<(), Failure> {
    let mut net = Network::new(Linear::new(16, 3), [16], 42)?;
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?;
    let data = labelled(8, 16, 3);
    let error = trainer.fit(&data, Fit::epochs(1).mix(CutMix::default())).unwrap_err().to_string();
    assert!(error.contains("[channels, height, width]") && error.contains("1 axes"), "{error}");
    let weighted = data.clone().balanced()?;
    let error =
        trainer.fit(&weighted, Fit::epochs(1).mix(Mixup::default())).unwrap_err().to_string();
    assert!(error.contains("the mixture is Mixup(1), given rows with weights"), "{error}");
    // Nothing is left behind: the next training is an ordinary one.
    let history = trainer.fit(&data, Fit::epochs(1))?;
    assert!(history.epochs[0].accuracy.is_some());

    let layers = Sequential::new().then(Embedding::new(9, 4)).then(Flatten).then(Linear::new(8, 3));
    let mut net = Network::new(layers, Spec::indices([2]), 42)?;
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?;
    let inputs = neuropil_data::Inputs::Indices { indices: vec![1; 8], limit: 9 };
    let targets = neuropil_data::Targets::Labels { labels: vec![0; 4], classes: 3, shape: vec![] };
    let data: Dataset = Dataset::new([2], inputs, targets)?;
    let error = trainer.fit(&data, Fit::epochs(1).mix(Mixup::default())).unwrap_err().to_string();
    assert!(error.contains("samples of indices"), "{error}");
    Ok(())
}

/// A pixel is wholly one image's: its target would not be the mean of two.
#[test]
fn places_are_not_cut() -> Result<(), Failure> {
    let data = Dataset::with_values([1, 2, 2], numbers(3, 16), [4, 1], numbers(4, 16))?;
    let layers = Sequential::new().then(Reshape::new([4, 1])).then(Linear::new(1, 1));
    let mut net = Network::new(layers, [1, 2, 2], 1)?;
    let mut trainer = Trainer::new(&mut net, MeanSquaredError::new(), Sgd::new())?;
    let error = trainer.fit(&data, Fit::epochs(1).mix(CutMix::default())).unwrap_err().to_string();
    assert!(error.contains("given targets for each place"), "{error}");
    trainer.fit(&data, Fit::epochs(1).mix(Mixup::default()))?;
    Ok(())
}
