//! Sequences of different lengths: where lengths come from, and that padding is no data.

use crate::leaky::Leaky;
use crate::samples::{Failure, says};
use neuropil_nn::gradcheck::gradcheck_lengths;
use neuropil_nn::{Predictor, Spec, Workspace, prelude::*};

const STEPS: usize = 4;

fn layers() -> Sequential {
    Sequential::new().then(Leaky::last(2)).then(Linear::new(2, 3))
}

fn net() -> Result<Network, Error> {
    Network::with_lengths(layers(), [STEPS, 2], 1)
}

/// Rows of random lengths; behind their ends stands what is to be ignored.
fn data(rows: usize, padding: f32) -> Result<Dataset, Failure> {
    let lengths: Vec<u32> = (0..rows).map(|row| 1 + (row * 7 % STEPS) as u32).collect();
    let x = (0..rows * STEPS * 2).map(|i| {
        let is_data = i / 2 % STEPS < lengths[i / 2 / STEPS] as usize;
        if is_data { (i * 37 % 19) as f32 / 10.0 - 0.9 } else { padding }
    });
    let labels = (0..rows).map(|row| row as u32 % 3).collect();
    Ok(Dataset::labelled([STEPS, 2], x.collect(), labels, 3)?.with_lengths(lengths)?)
}

#[test]
fn padding_is_no_data() -> Result<(), Failure> {
    let mut trained = Vec::new();
    for padding in [0.0, 1e3] {
        let (train, valid) = (data(37, padding)?, data(11, padding)?);
        let mut net = net()?;
        let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?.rate(0.05);
        let history = trainer.fit(&train, Fit::epochs(3).batch_size(8).validate(&valid))?;
        let accuracy = net.evaluate(&valid, Accuracy)?;
        let costs: Vec<_> = history.epochs.iter().map(|e| (e.cost, e.validation_cost)).collect();
        trained.push((costs, accuracy, net.predict_all(&valid)?, net.params().weights().to_vec()));
    }
    assert_eq!(trained[0], trained[1]);
    Ok(())
}

#[test]
fn a_padded_row_is_as_the_short_one() -> Result<(), Failure> {
    let mut long = net()?;
    let lengths = [2, 4, 1];
    let x: Vec<f32> = (0..3 * STEPS * 2).map(|i| i as f32 / 10.0 - 1.0).collect();
    let together = long.predict_lengths(&x, &lengths)?;
    for (row, &length) in lengths.iter().enumerate() {
        let mut short = Network::new(layers(), [length as usize, 2], 1)?;
        short.params_mut().weights_mut().copy_from_slice(long.params().weights());
        let x = &x[row * STEPS * 2..][..length as usize * 2];
        assert_eq!(short.predict(x)?, together[row * 3..][..3]);
    }
    let mut y = vec![0.0; 9];
    long.predict_lengths_into(&x, &lengths, &mut y)?;
    assert_eq!(y, together);
    let predictor = long.predictor()?;
    let mut workspace = predictor.workspace(3);
    assert_eq!(predictor.run_lengths(&mut workspace, &x, &lengths)?, together);
    Ok(())
}

#[test]
fn lengths_must_be_there_exactly_where_they_are_taken() -> Result<(), Failure> {
    let (with, without) =
        (data(8, 0.0)?, Dataset::labelled([STEPS, 2], vec![0.5; 64], vec![0; 8], 3)?);
    let (mut takes, mut plain) = (net()?, Network::new(layers(), [STEPS, 2], 1)?);
    assert!(takes.takes_lengths() && !plain.takes_lengths());

    let missing = ["without lengths", "a length for each row"];
    says(takes.predict_all(&without), &["the data set", missing[0], missing[1]]);
    says(takes.predict(&[0.0; 8]), &["the input", missing[0]]);
    let predictor = takes.predictor()?;
    says(predictor.run(&mut predictor.workspace(1), &[0.0; 8]), &missing);
    let mut trainer = Trainer::new(&mut takes, CrossEntropy::new(), Adam::new())?;
    says(trainer.fit(&without, Fit::epochs(1)), &["the training data", missing[0]]);
    says(
        trainer.fit(&with, Fit::epochs(1).validate(&without)),
        &["the validation data", missing[0]],
    );

    let padding = ["padding", "Network::with_lengths"];
    says(plain.evaluate(&with, Accuracy), &["the data set", padding[0], padding[1]]);
    says(plain.predict_lengths(&[0.0; 8], &[2]), &padding);
    let predictor = plain.predictor()?;
    says(predictor.run_lengths(&mut predictor.workspace(1), &[0.0; 8], &[2]), &padding);
    let mut trainer = Trainer::new(&mut plain, CrossEntropy::new(), Adam::new())?;
    for batch in &with.batches(4) {
        says(trainer.gradients(batch), &["the batch", padding[0]]);
    }
    Ok(())
}

#[test]
fn a_length_is_at_least_one_and_at_most_all_steps() -> Result<(), Failure> {
    let mut net = net()?;
    let predictor: Predictor = net.predictor()?;
    let mut workspace: Workspace = predictor.workspace(2);
    for wrong in [0, 5, u32::MAX] {
        let expected = format!("input \"lengths\", row 1: {wrong}, expected 1 to 4");
        let error = net.predict_lengths(&[0.0; 16], &[1, wrong]).unwrap_err();
        assert_eq!(error.to_string(), expected);
        let error = predictor.run_lengths(&mut workspace, &[0.0; 16], &[1, wrong]).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
    says(net.predict_lengths(&[0.0; 16], &[1]), &["the lengths", "1", "2"]);
    says(predictor.run_lengths(&mut workspace, &[0.0; 16], &[1]), &["the lengths", "1", "2"]);
    says(predictor.run_lengths(&mut workspace, &[0.0; 8], &[1]), &["workspace", "8", "16"]);
    assert!(net.predict_lengths(&[0.0; 16], &[1, 4]).is_ok());
    Ok(())
}

#[test]
fn what_cannot_have_lengths() -> Result<(), Failure> {
    let of = |layers: Sequential, sample: &[usize]| Network::with_lengths(layers, sample, 1);
    says(of(layers(), &[]), &["sample", "steps"]);
    says(of(layers(), &[0, 2]), &["sample", "steps"]);
    // The steps are no longer along the first axis.
    let turned = Sequential::new().then(Reshape::new([2, 2])).then(Leaky::last(2));
    says(of(turned, &[4, 1]), &["1: lengths", "[2, 2]", "4 steps"]);
    // Nothing would keep this one from taking padding for data.
    says(of(Sequential::new().then(Linear::new(2, 3)), &[4, 2]), &["read the lengths", "0"]);
    Ok(())
}

#[test]
fn gradients_and_a_look_inside() -> Result<(), Failure> {
    gradcheck_lengths(&layers(), [STEPS, 2], 3)?;
    gradcheck_lengths(&Leaky { features: 3, only_last: false }, [5, 3], 4)?;
    gradcheck(&layers(), [STEPS, 2], 3)?;

    let mut net = net()?;
    assert!(net.lint().is_clean(), "{}", net.lint());
    let trace = net.trace(5);
    assert_eq!(trace.inputs[1], ("lengths".to_owned(), Spec::indices([])));
    assert_eq!(net.summary().rows.len(), 3);
    let data = data(6, f32::MAX)?;
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Sgd::new())?;
    assert!(trainer.lint().is_clean(), "{}", trainer.lint());
    for batch in &data.batches(6) {
        trainer.gradients(batch)?;
        assert!(trainer.audit()?.is_clean());
        let health = trainer.health(batch)?;
        assert!(health.cost.is_finite());
        let decay = neuropil_nn::inspect::Variable::weight("0.decay", [0]);
        let explained = trainer.explain(batch, &decay, 10_000)?;
        trainer.gradients(batch)?;
        let gradient = trainer.network().params().gradient("0.decay")?[0];
        assert!((explained.sum() - f64::from(gradient)).abs() < 1e-6);
    }
    Ok(())
}
