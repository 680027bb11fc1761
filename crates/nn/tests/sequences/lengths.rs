//! Sequences of different lengths: where lengths come from, and that padding is no data.

use crate::leaky::Leaky;
use crate::samples::{Failure, says};
use neuropil_data::{Inputs, Targets};
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

/// Sequences with a label for each step; behind their ends stand `padding` and the label `behind`.
fn labelled_steps(padding: f64, behind: u32, rows: usize) -> Result<Dataset<f64>, Failure> {
    let lengths: Vec<u32> = (0..rows).map(|row| 1 + (row * 7 % STEPS) as u32).collect();
    let is_data = |step: usize| step % STEPS < lengths[step / STEPS] as usize;
    let x = (0..rows * STEPS * 2)
        .map(|i| if is_data(i / 2) { (i * 37 % 19) as f64 / 10.0 - 0.9 } else { padding });
    let labels = (0..rows * STEPS).map(|i| if is_data(i) { i as u32 * 5 % 3 } else { behind });
    let targets = Targets::Labels { labels: labels.collect(), classes: 4, shape: vec![STEPS] };
    let x = Inputs::Numbers(x.collect());
    Ok(Dataset::new([STEPS, 2], x, targets)?.with_lengths(lengths)?)
}

/// A cost of each step counts the steps of the sequences alone, in training, validation and metrics,
/// whatever stands behind; to ignore the label of padding comes to the same.
#[test]
fn costs_of_steps_do_not_count_padding() -> Result<(), Failure> {
    let trained = |loss: CrossEntropy, data: &Dataset<f64>| -> Result<_, Failure> {
        let layers = Sequential::new().then(Gru::new(2, 4)).then(Linear::new(4, 3));
        let mut net = Network::<f64>::build_with_lengths(layers, [STEPS, 2], 1)?;
        let mut trainer = Trainer::new(&mut net, loss, Adam::new())?.rate(0.05);
        let history = trainer.fit(data, Fit::epochs(3).batch_size(4).validate(data))?;
        let costs: Vec<_> =
            history.epochs.iter().map(|e| (e.cost, e.accuracy, e.validation_cost)).collect();
        Ok((costs, net.params().weights().to_vec(), net.predict_all(data)?))
    };
    let (plain, ignoring) = (CrossEntropy::new(), CrossEntropy::new().ignore_index(3));
    let (costs, weights, y) = trained(plain.clone(), &labelled_steps(0.0, 0, 11)?)?;
    for (loss, padding, behind) in
        [(plain, 1e3, 2), (ignoring.clone(), 0.0, 3), (ignoring, -1e3, 3)]
    {
        let data = labelled_steps(padding, behind, 11)?;
        let (same_costs, same_weights, same_y) = trained(loss, &data)?;
        assert_eq!((&costs, &weights, &y), (&same_costs, &same_weights, &same_y));
    }

    // The last cost, by hand.
    let data = labelled_steps(0.0, 0, 11)?;
    let (mut sum, mut steps) = (0.0, 0.0);
    for row in 0..11 {
        for step in 0..data.length(row).expect("a length") as usize {
            let y = &y[(row * STEPS + step) * 3..][..3];
            let label = data.labels(row).expect("labels")[step];
            sum += CrossEntropy::new().value(3, y, neuropil_losses::Target::Labels(&[label]))?;
            steps += 1.0;
        }
    }
    let found = costs[2].2.expect("validation");
    assert!((found - sum / steps).abs() < 1e-12, "{found} is not {}", sum / steps);
    Ok(())
}

/// Without lengths of a network, in a graph of one's own, the ignored label does it.
#[test]
fn an_ignored_label_is_padding() -> Result<(), Failure> {
    let data = |length: usize, label: u32| -> Result<Dataset<f64>, Failure> {
        let x = (0..length * 2).map(|i| (i * 37 % 19) as f64 / 10.0);
        let x = x.chain(std::iter::repeat(7.0)).take(STEPS * 2);
        let labels = (0..STEPS).map(|i| if i < length { i as u32 % 3 } else { label }).collect();
        let targets = Targets::Labels { labels, classes: 4, shape: vec![STEPS] };
        Ok(Dataset::new([STEPS, 2], Inputs::Numbers(x.collect()), targets)?)
    };
    let gradients = |data: &Dataset<f64>, loss: CrossEntropy| -> Result<_, Failure> {
        let mut net = Network::<f64>::build(Linear::new(2, 3), [STEPS, 2], 1)?;
        let mut trainer = Trainer::new(&mut net, loss, Sgd::new())?;
        let cost = trainer.gradients(Batch { data, rows: &[0] })?;
        Ok((cost, net.params().gradients().to_vec()))
    };
    let padded = data(3, 3)?;
    let (cost, of_padded) = gradients(&padded, CrossEntropy::new().ignore_index(3))?;
    // Three steps alone.
    let x = padded.input(0)[..6].to_vec();
    let targets = Targets::Labels { labels: vec![0, 1, 2], classes: 3, shape: vec![3] };
    let short = Dataset::new([3, 2], Inputs::Numbers(x), targets)?;
    let mut net = Network::<f64>::build(Linear::new(2, 3), [3, 2], 1)?;
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Sgd::new())?;
    let short_cost = trainer.gradients(Batch { data: &short, rows: &[0] })?;
    assert!((cost - short_cost).abs() < 1e-12);
    for (a, b) in of_padded.iter().zip(net.params().gradients()) {
        assert!((a - b).abs() < 1e-12);
    }
    Ok(())
}
