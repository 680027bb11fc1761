//! Activations over rows, one of which changes the width; a short last batch.

use neuropil_nn::{Accuracy, prelude::*};

#[test]
fn softmax_and_glu_between_layers() -> Result<(), Error> {
    let softmax = Sequential::new().then(Linear::new(3, 4)).then(Softmax).then(Linear::new(4, 2));
    gradcheck(&softmax, [3], 1)?;
    let glu = Sequential::new().then(Linear::new(3, 8)).then(Glu).then(Linear::new(4, 2)).then(Glu);
    gradcheck(&glu, [3], 2)?;
    let net = Network::new(glu, [3], 1)?;
    assert_eq!(net.output_shape().dims(), [1]);

    let odd = Sequential::new().then(Linear::new(3, 5)).then(Glu);
    let error = Network::new(odd, [3], 1).unwrap_err().to_string();
    assert!(error.starts_with("1: Glu: ") && error.contains("[5]"), "{error}");
    Ok(())
}

#[test]
fn rows_of_rows() -> Result<(), Error> {
    // A sample of several rows: the last axis is what layers work on.
    gradcheck(&Sequential::new().then(Linear::new(3, 4)).then(Softmax), [2, 3], 3)?;
    let net = Network::new(Sequential::new().then(Linear::new(3, 4)), [2, 3], 1)?;
    assert_eq!(net.output_shape().dims(), [2, 4]);
    Ok(())
}

#[test]
fn a_short_last_batch() -> Result<(), Box<dyn std::error::Error>> {
    let inputs: Vec<f32> = (0..20).map(|i| (i as f32 * 0.7).sin()).collect();
    let labels = (0..10).map(|i| i % 3).collect();
    let data = Dataset::labelled([2], inputs, labels, 3)?;
    let layers = || Sequential::new().then(Linear::new(2, 6)).then(Tanh).then(Linear::new(6, 3));

    // The gradients of the short batch are those that it has by itself.
    let gradients = |sizes: &[usize]| -> Result<Vec<f32>, Box<dyn std::error::Error>> {
        let mut net = Network::new(layers(), [2], 1)?;
        let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Sgd::new())?;
        for &size in sizes {
            let batches = data.batches(size);
            let last = batches.iter().last().ok_or("no batch")?;
            trainer.gradients(last)?;
        }
        Ok(net.params().gradients().to_vec())
    };
    assert_eq!(gradients(&[4])?, gradients(&[10, 4, 3, 4])?);

    let mut net = Network::new(layers(), [2], 1)?;
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?;
    let history = trainer.fit(&data, Fit::epochs(3).batch_size(4).validate(&data))?;
    assert_eq!((history.epochs.len(), trainer.updates()), (3, 9));
    assert!((0.0..=1.0).contains(&net.evaluate(&data, Accuracy)?));
    Ok(())
}
