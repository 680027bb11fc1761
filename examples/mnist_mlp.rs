//! Learns to read handwritten digits: a network of two hidden layers on all of MNIST, to about
//! 98.4 % of the test digits in well under a minute.
//!
//! ```text
//! cargo run --release --example mnist_mlp     # `-- --quick` for a look in seconds, `-- --help`
//! ```
//!
//! It shows how to train a network so that its result can be believed. A tenth of the training
//! digits is held back for validation: it decides when to stop and which epoch's weights to keep.
//! The test digits are looked at once, when all is decided. `target/mnist_mlp/` then holds the
//! learning curves, the digits that the network was most sure of and wrong about, and the network
//! itself, in a file that PyTorch reads too.
#![forbid(unsafe_code)]

use examples::digits::{mistakes, write_mistakes};
use examples::{Failure, options::Options, plot};
use neuropil::prelude::*;
use std::process::ExitCode;
use std::time::Instant;

fn main() -> ExitCode {
    examples::exit(run())
}

fn run() -> Result<(), Failure> {
    let options = Options::from_command_line("Trains a network to read handwritten digits.")?;
    let folder = examples::output_folder("mnist_mlp")?;

    // 54,000 digits to learn from, 6,000 to choose by, 10,000 to judge by.
    let (train, test) = mnist(examples::MNIST)?;
    let (mut train, mut valid) = train.split(0.9, options.seed)?;
    if options.quick {
        (train, valid) = (train.take(5_000), valid.take(1_000));
    }

    let mut net = Network::new(layers()?, [784], options.seed)?;
    println!("{}\n", net.summary());

    // The rate falls along a cosine and reaches zero with the last update.
    let epochs = options.epochs.unwrap_or(if options.quick { 2 } else { 15 });
    let fit = Fit::epochs(epochs).batch_size(64).validate(&valid).early_stopping(5).progress();
    let rate = Cosine::new(1e-3, fit.updates(&train))?;
    let start = Instant::now();
    let history =
        Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?.rate(rate).fit(&train, fit)?;
    let seconds = start.elapsed().as_secs_f64();
    println!("{} epochs in {seconds:.1} s", history.epochs.len());
    if let Some(best) = history.best {
        println!("weights kept: those of epoch {best}, the lowest validation cost");
    }

    // All is decided: the test set may be read.
    let accuracy = net.evaluate(&test, Accuracy)?;

    // A network that starts elsewhere and loads the file must be the same network.
    let checkpoint = folder.join("mnist_mlp.safetensors");
    net.save(&checkpoint)?;
    let mut loaded = Network::new(layers()?, [784], options.seed.wrapping_add(1))?;
    loaded.load(&checkpoint)?;
    let again = loaded.evaluate(&test, Accuracy)?;
    if again != accuracy {
        return Err(format!("test accuracy {accuracy}, but {again} once saved and loaded").into());
    }

    let curves = folder.join("learning_curves.png");
    plot::learning_curves(&history, &curves)?;
    let mistakes = mistakes(&mut net, &test)?;
    let sheet = folder.join("mistakes.png");
    write_mistakes(&mistakes[..mistakes.len().min(24)], &sheet)?;

    println!("learning curves: {}", curves.display());
    println!("the surest of {} mistakes: {}", mistakes.len(), sheet.display());
    println!("the network: {}", checkpoint.display());
    println!("test accuracy: {accuracy:.4}");
    Ok(())
}

/// 784 pixels, two hidden layers, 10 digits. Training silences a fifth of the hidden units at
/// random, so that none relies on another.
fn layers() -> Result<Sequential, Failure> {
    Ok(Sequential::new()
        .then(Linear::new(784, 256).init(KaimingNormal::new()))
        .then(Relu)
        .then(Dropout::new(0.2)?)
        .then(Linear::new(256, 128).init(KaimingNormal::new()))
        .then(Relu)
        .then(Dropout::new(0.2)?)
        .then(Linear::new(128, 10)))
}
