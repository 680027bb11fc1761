//! Tells nine speakers apart by how they say two vowels, with a network that reads utterances as long
//! as they are.
//!
//! ```text
//! cargo run --release --example japanese_vowels     # `-- --quick` for a look in seconds
//! ```
//!
//! An utterance is 7 to 29 frames of 12 coefficients of linear prediction. A recurrent network goes
//! through it in both directions and says at its ends whose it is; what pads a short utterance to the
//! length of the longest is no data, and nothing reads it. There are 30 utterances of a speaker to
//! learn from, to which noise is added, anew every time. Width, noise, dropout and the number of epochs
//! were chosen by cross-validation on those; the 370 test utterances are read when a network is done,
//! once for each of three seeds, of which the median counts. `target/japanese_vowels/` holds an
//! utterance of each speaker, and the learning curves and the confusion matrix of the first seed's
//! network.
#![forbid(unsafe_code)]

use examples::plot::lines::{Lines, write_lines};
use examples::plot::{self, confusion::write_confusion};
use examples::{Failure, noise::Noise, options::Options};
use neuropil::data::japanese_vowels;
use neuropil::metrics::ConfusionMatrix;
use neuropil::prelude::*;
use std::path::Path;
use std::process::ExitCode;

const COEFFICIENTS: usize = 12;
const SPEAKERS: usize = 9;

fn main() -> ExitCode {
    examples::exit(run())
}

fn run() -> Result<(), Failure> {
    let about = "Tells nine speakers apart by utterances of different lengths.";
    let options = Options::from_command_line(about)?;
    let folder = examples::output_folder("japanese_vowels")?;
    let [utterances, curves, matrix] =
        ["utterances.png", "learning_curves.png", "confusion.png"].map(|name| folder.join(name));

    let (mut train, mut test) = japanese_vowels(examples::SEQUENCE)?;
    println!("utterances: {} train, {} test\n", train.len(), test.len());
    write_utterances(&train, &utterances)?;

    // Mean 0 and deviation 1 of each coefficient, over all frames that are data.
    let normalization = Normalization::standard_steps(&train)?;
    (train, test) = (normalization.apply(&train)?, normalization.apply(&test)?);
    if options.quick {
        (train, test) = (train.split_stratified(0.2, options.seed)?.0, test.take(64));
    }

    let hidden = if options.quick { 8 } else { 32 };
    let epochs = options.epochs.unwrap_or(if options.quick { 2 } else { 60 });
    let mut accuracies = Vec::new();
    for seed in (0..3).map(|i| options.seed.wrapping_add(i)) {
        let layers = Sequential::new()
            .then(Noise { deviation: 0.4 })
            .then(Gru::new(COEFFICIENTS, hidden).bidirectional().last())
            .then(Dropout::new(0.3)?)
            .then(Linear::new(2 * hidden, SPEAKERS));
        let mut net = Network::with_lengths(layers, train.shape(), seed)?;
        let fit = Fit::epochs(epochs).batch_size(18).clip_global_norm(1.0).progress();
        let rate = Cosine::new(5e-3, fit.updates(&train))?;
        if accuracies.is_empty() {
            println!("{}\n", net.summary());
        }
        let history = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?
            .rate(rate)
            .fit(&train, fit)?;

        // The network is done: the test utterances may be read.
        let confusion = net.evaluate(&test, ConfusionMatrix)?;
        println!("seed {seed}: accuracy on the test set {:.4}\n", confusion.accuracy());
        if accuracies.is_empty() {
            println!("{confusion}\n");
            plot::learning_curves(&history, &curves)?;
            write_confusion(&confusion, &matrix)?;
        }
        accuracies.push(confusion.accuracy());
    }

    accuracies.sort_by(f64::total_cmp);
    println!("an utterance of each speaker: {}", utterances.display());
    println!("learning curves: {}", curves.display());
    println!("confusion matrix: {}", matrix.display());
    println!("test accuracy: {:.4}", accuracies[accuracies.len() / 2]);
    Ok(())
}

/// The first utterance of each speaker, a line for each coefficient.
fn write_utterances(data: &Dataset, file: &Path) -> Result<(), Failure> {
    let of_speaker = |speaker| (0..data.len()).find(|&row| data.label(row) == Some(speaker));
    let pictures = (0..SPEAKERS as u32).filter_map(of_speaker).map(|row| {
        let frames = data.length(row).map_or(0, |length| length as usize);
        let numbers = &data.input(row)[..frames * COEFFICIENTS];
        let line = |coefficient| {
            let values = numbers.iter().skip(coefficient).step_by(COEFFICIENTS);
            (None, values.enumerate().map(|(t, &x)| (t as f64, x.into())).collect())
        };
        Lines {
            title: format!("speaker {}", data.label(row).unwrap_or_default()),
            axes: ["frame".into(), "coefficients".into()],
            lines: (0..COEFFICIENTS).map(line).collect(),
        }
    });
    write_lines(&pictures.collect::<Vec<_>>(), 3, [360.0, 260.0], file)
}
