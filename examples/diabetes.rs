//! Predicts a number: how far diabetes has gone after a year, from ten measurements of a patient.
//!
//! ```text
//! cargo run --release --example diabetes
//! ```
//!
//! It shows regression that can be believed. Inputs and targets are brought to mean 0 and deviation
//! 1 by what the training part says. A validation part decides when to stop. R2, the share of the
//! variance that is explained, comes from patients that neither has seen; and it is compared with
//! that of the simplest model, a weighted sum: what a network has to beat to be worth its weights.
//! Here it does not: 442 patients hold little that a sum cannot find, and which of the two is ahead
//! changes with the patients that happen to be tested (`-- --seed 2`).
//! `target/diabetes/predictions.png` shows prediction against truth, in the units of the file.
#![forbid(unsafe_code)]

use examples::plot::scatter::Scatter;
use examples::{Failure, options::Options};
use neuropil::data::{Normalization, diabetes};
use neuropil::metrics::{RSquared, RootMeanSquaredError};
use neuropil::prelude::*;
use std::process::ExitCode;

fn main() -> ExitCode {
    examples::exit(run())
}

fn run() -> Result<(), Failure> {
    let options = Options::from_command_line("Predicts how far diabetes goes within a year.")?;
    let patients = diabetes(examples::TABULAR)?;
    let (rest, test) = patients.split(0.75, options.seed)?;
    let (train, valid) = rest.split(0.8, options.seed)?;
    println!("patients: {} train, {} validate, {} test\n", train.len(), valid.len(), test.len());

    let inputs = Normalization::standard(&train)?;
    let targets = Normalization::standard_targets(&train)?;
    let normalized = |data: &Dataset| targets.apply_to_targets(&inputs.apply(data)?);
    let (train, valid, unseen) = (normalized(&train)?, normalized(&valid)?, normalized(&test)?);
    let unit = targets.scale()[0]; // what 1 is in the units of the file

    let sum = Sequential::new().then(Linear::new(10, 1));
    let network = Sequential::new()
        .then(Linear::new(10, 32))
        .then(Tanh)
        .then(Dropout::new(0.3)?)
        .then(Linear::new(32, 1));
    let (mut predictions, mut explained) = (Vec::new(), 0.0);
    for (name, layers) in [("a weighted sum", sum), ("a network", network)] {
        let mut net = Network::new(layers, [10], options.seed)?;
        let fit = Fit::epochs(options.epochs.unwrap_or(300)).validate(&valid).early_stopping(20);
        let history = Trainer::new(&mut net, MeanSquaredError::new(), Adam::new())?
            .rate(0.003)
            .penalty("*.weight", L2::new(0.01)?)?
            .fit(&train, fit)?;
        let error = net.evaluate(&unseen, RootMeanSquaredError)?;
        explained = net.evaluate(&unseen, RSquared)?;
        println!("{name}: {} weights", net.params().count());
        println!(
            "  weights kept: those of epoch {} of {}",
            history.best.unwrap_or_default(),
            history.epochs.len()
        );
        println!("  test R2 {explained:.4}, off by {:.1} (root mean square)", error * unit);
        predictions = net.predict_all(&unseen)?;
    }

    targets.invert(&mut predictions);
    let truth = (0..test.len()).flat_map(|row| test.target_values(row)).flatten();
    let points = truth.zip(&predictions).map(|(&t, &y)| (f64::from(t), f64::from(y)));
    let picture = Scatter {
        axes: ["measured after a year".into(), "predicted".into()],
        groups: vec![("patients of the test set".into(), points.collect())],
        diagonal: Some("prediction = truth".into()),
        ..Scatter::default()
    };
    let file = examples::output_folder("diabetes")?.join("predictions.png");
    picture.write(&file)?;
    println!("\npredictions of the network: {}", file.display());
    println!("test R2: {explained:.4}");
    Ok(())
}
