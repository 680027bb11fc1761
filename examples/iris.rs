//! Tells three species of iris apart by four lengths, and shows how to judge a network when there
//! is little data: by cross-validation.
//!
//! ```text
//! cargo run --release --example iris
//! ```
//!
//! With 150 flowers a test set would be 30, and one flower more or less 3 %. So five networks are
//! trained, each on four fifths of the flowers, and each judges the fifth that it has not seen: in
//! the end every flower has been judged once by a stranger. Means and deviations for normalization
//! are learned anew from each four fifths, for they, too, must not have seen the rest.
//! `target/iris/petals.png` shows the flowers and the mistakes.
#![forbid(unsafe_code)]

use examples::plot::scatter::Scatter;
use examples::{Failure, options::Options};
use neuropil::data::{IRIS_CLASSES as SPECIES, Normalization, iris};
use neuropil::losses::Target;
use neuropil::metrics::{Average, ConfusionMatrix, FBeta, Metric};
use neuropil::prelude::*;
use std::process::ExitCode;

const FOLDS: usize = 5;

fn main() -> ExitCode {
    examples::exit(run())
}

fn run() -> Result<(), Failure> {
    let options = Options::from_command_line("Tells irises apart, judged by cross-validation.")?;
    let epochs = options.epochs.unwrap_or(if options.quick { 30 } else { 60 });
    let (mut flowers, mut logits, mut labels) = (Vec::new(), Vec::new(), Vec::new());
    for (fold, (train, test)) in
        iris(examples::TABULAR)?.folds(FOLDS, options.seed)?.iter().enumerate()
    {
        let normalization = Normalization::standard(train)?;
        let (train, unseen) = (normalization.apply(train)?, normalization.apply(test)?);
        let layers = Sequential::new().then(Linear::new(4, 16)).then(Tanh).then(Linear::new(16, 3));
        let mut net = Network::new(layers, [4], options.seed)?;
        if fold == 0 {
            println!("{}\n", net.summary());
        }
        let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?
            .rate(0.01)
            .penalty("*.weight", L2::new(1e-3)?)?;
        trainer.fit(&train, Fit::epochs(epochs).batch_size(16))?;
        println!(
            "fold {}: trained on {} flowers, accuracy on the other {}: {:.4}",
            fold + 1,
            train.len(),
            unseen.len(),
            net.evaluate(&unseen, Accuracy)?
        );
        logits.extend(net.predict_all(&unseen)?);
        for row in 0..test.len() {
            flowers.push(test.input(row).to_vec());
            labels.push(test.label(row).ok_or("a flower without a species")?);
        }
    }

    let target = Target::Labels(&labels);
    println!("\n{}", ConfusionMatrix.of(3, &logits, target)?);
    println!(
        "F1, mean over the species: {:.4}\n",
        FBeta::f1(Average::Macro).of(3, &logits, target)?
    );
    let mistakes = mistakes(&flowers, &logits, &labels);
    let file = examples::output_folder("iris")?.join("petals.png");
    petals(&flowers, &labels, mistakes).write(&file)?;
    println!("\nthe petals: {}", file.display());
    println!("cross-validation accuracy: {:.4}", Accuracy.of(3, &logits, target)?);
    Ok(())
}

/// Prints the flowers that were taken for another species; returns which they are.
fn mistakes(flowers: &[Vec<f32>], logits: &[f32], labels: &[u32]) -> Vec<usize> {
    let mut mistakes = Vec::new();
    for (row, (logits, &label)) in logits.chunks(3).zip(labels).enumerate() {
        let predicted = (0..3).fold(0, |a, b| if logits[b] > logits[a] { b } else { a });
        if predicted != label as usize {
            let (said, is) = (SPECIES[predicted], SPECIES[label as usize]);
            println!("sepal and petal {:?} cm: said {said}, is {is}", flowers[row]);
            mistakes.push(row);
        }
    }
    mistakes
}

/// Length and width of all petals.
fn petals(flowers: &[Vec<f32>], labels: &[u32], mistakes: Vec<usize>) -> Scatter {
    let petal = |row: usize| (f64::from(flowers[row][2]), f64::from(flowers[row][3]));
    let of_species = |(species, name): (usize, &&str)| {
        let rows = (0..flowers.len()).filter(|&row| labels[row] as usize == species);
        (name.to_string(), rows.map(petal).collect())
    };
    Scatter {
        axes: ["petal length in cm".into(), "petal width in cm".into()],
        groups: SPECIES.iter().enumerate().map(of_species).collect(),
        crosses: Some(("mistakes".into(), mistakes.into_iter().map(petal).collect())),
        ..Scatter::default()
    }
}
