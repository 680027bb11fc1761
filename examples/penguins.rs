//! From a table as the world has it to a network: names instead of numbers, cells that are empty,
//! and one species rarer than the others.
//!
//! ```text
//! cargo run --release --example penguins
//! ```
//!
//! The table of 344 penguins has four measures in mm and g, the island and the sex; of 11 birds
//! something is missing. What becomes of a missing cell is said column by column: a measure gets
//! the mean of the training birds, an unknown sex a column of its own, and a missing island would
//! be an error, with its line. Categories become one number for each name. At the end a bird is
//! judged that nobody has weighed, by the same steps as the table.
#![forbid(unsafe_code)]

use examples::{Failure, options::Options, plot};
use neuropil::data::{MeanFill, Missing, Normalization, Table};
use neuropil::metrics::{Average, ConfusionMatrix, FBeta};
use neuropil::prelude::*;
use std::path::Path;
use std::process::ExitCode;

const MEASURES: [&str; 4] = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"];

fn main() -> ExitCode {
    examples::exit(run())
}

fn run() -> Result<(), Failure> {
    let options = Options::from_command_line("Tells penguins apart, from a table with gaps.")?;
    let table = Table::open(Path::new(examples::TABULAR).join("penguins.csv"))?;
    println!("{} penguins. Missing cells:", table.rows());
    for (column, name) in table.names().iter().enumerate() {
        let missing = (0..table.rows()).filter(|&row| table.cell(row, column).is_none()).count();
        println!("  {name:<18} {missing:>3}");
    }

    let penguins = table
        .features()
        .missing(Missing::Keep)
        .numbers(MEASURES)
        .missing(Missing::Indicate)
        .one_hot("sex")
        .missing(Missing::Refuse)
        .one_hot("island")
        .label::<f32>("species")?;
    println!("\nWhat the network reads of each: {}\n", penguins.features.join(", "));

    // What is learned from data, means and deviations too, is learned from the training part.
    let (train, test) = penguins.data.split_stratified(0.7, options.seed)?;
    let fill = MeanFill::fit(&train)?;
    let normalization = Normalization::standard(&fill.apply(&train)?)?;
    let prepared = |data: &Dataset| normalization.apply(&fill.apply(data)?);
    // Each species counts the same in the cost, however many birds it has.
    let (train, test) = (prepared(&train)?.balanced()?, prepared(&test)?);

    let width = penguins.features.len();
    let layers = Sequential::new().then(Linear::new(width, 16)).then(Relu).then(Linear::new(16, 3));
    let mut net = Network::new(layers, [width], options.seed)?;
    let fit = Fit::epochs(options.epochs.unwrap_or(30)).batch_size(16);
    let history =
        Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?.rate(0.005).fit(&train, fit)?;
    for epoch in history.epochs.iter().filter(|epoch| epoch.number % 5 == 0) {
        let accuracy = epoch.accuracy.unwrap_or_default();
        println!("epoch {:>3}: cost {:.4}, accuracy {accuracy:.4}", epoch.number, epoch.cost);
    }

    println!("\nTest set, of {}:", numbered(&penguins.classes));
    println!("{}", net.evaluate(&test, ConfusionMatrix)?);
    let score = net.evaluate(&test, FBeta::f1(Average::Macro))?;
    println!("F1, mean over the species: {score:.4}\n");

    // Of this table there is no species, and of sexes and islands only one.
    let names = MEASURES.into_iter().chain(["sex", "island"]);
    let bird = Table::of_cells("a bird", names, ["49.0", "18.5", "200", "NA", "female", "Dream"])?;
    let mut bird = penguins.encoding.inputs(&bird)?.inputs.into_numbers()?;
    fill.fill(&mut bird);
    normalization.normalize(&mut bird);
    let mut probabilities = [0.0; 3];
    Softmax.forward(3, &net.predict(&bird)?, &mut probabilities);
    println!("A bird that nobody has weighed:");
    for (class, probability) in penguins.classes.iter().zip(probabilities) {
        println!("  {class:<10} {probability:.4}");
    }

    let file = examples::output_folder("penguins")?.join("learning_curves.png");
    plot::learning_curves(&history, &file)?;
    println!("\nlearning curves: {}", file.display());
    println!("test accuracy: {:.4}", net.evaluate(&test, Accuracy)?);
    Ok(())
}

/// `0 Adelie, 1 Chinstrap`
fn numbered(names: &[String]) -> String {
    let numbered = names.iter().enumerate().map(|(i, name)| format!("{i} {name}"));
    numbered.collect::<Vec<_>>().join(", ")
}
