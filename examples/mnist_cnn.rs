//! Learns to read handwritten digits with convolutions: two of them on all of MNIST, to about 99.4 %
//! of the test digits in a few minutes.
//!
//! ```text
//! cargo run --release --example mnist_cnn     # `-- --quick` for a look in seconds, `-- --help`
//! ```
//!
//! A convolution looks for the same small patterns everywhere in the image, so that it knows a
//! stroke wherever it has seen it. In training each image is moved by up to two pixels, anew every
//! time. A tenth of the training digits is held back and decides which epoch's weights to keep; the
//! test digits are looked at once, when all is decided. `target/mnist_cnn/` then holds the learning
//! curves, the filters of the first convolution, what both make of one digit, the confusion matrix,
//! the surest mistakes, and the network itself, in a file that PyTorch reads too.
#![forbid(unsafe_code)]

use examples::channels::{Panel, write_panels};
use examples::digits::{mistakes, write_mistakes};
use examples::plot::{self, confusion::write_confusion};
use examples::{Failure, options::Options, shift::RandomShift};
use neuropil::prelude::*;
use neuropil::{ConfusionMatrix, Predictor};
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

fn main() -> ExitCode {
    examples::exit(run())
}

fn run() -> Result<(), Failure> {
    let about = "Trains a convolutional network to read handwritten digits.";
    let options = Options::from_command_line(about)?;
    let folder = examples::output_folder("mnist_cnn")?;

    // 54,000 digits to learn from, 6,000 to choose by, 10,000 to judge by.
    let (train, mut test) = mnist(examples::MNIST)?;
    let (mut train, mut valid) = train.split(0.9, options.seed)?;
    if options.quick {
        (train, valid, test) = (train.take(500), valid.take(200), test.take(512));
    }

    let mut net = Network::new(layers()?, [784], options.seed)?;
    println!("{}\n", net.summary());

    // The rate falls along a cosine and reaches zero with the last update.
    let epochs = options.epochs.unwrap_or(if options.quick { 2 } else { 8 });
    let fit = Fit::epochs(epochs).batch_size(64).validate(&valid).restore_best().progress();
    let rate = Cosine::new(1e-3, fit.updates(&train))?;
    let start = Instant::now();
    let history =
        Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?.rate(rate).fit(&train, fit)?;
    let seconds = start.elapsed().as_secs_f64();
    println!("{} epochs in {seconds:.1} s", history.epochs.len());
    if let Some(epoch) = history.best.and_then(|best| history.epoch(best)) {
        let accuracy = epoch.validation_accuracy.unwrap_or_default();
        let kept = format!("those of epoch {}, the lowest validation cost", epoch.number);
        println!("weights kept: {kept} (accuracy {accuracy:.4})");
    }

    // All is decided: the test set may be read.
    let confusion = net.evaluate(&test, ConfusionMatrix)?;
    println!("\n{confusion}");
    let predictor = net.predictor()?;
    let (alone, together) = (pace(&predictor, &test, 1)?, pace(&predictor, &test, 256)?);
    println!("an image takes {alone:.0} us alone, {together:.1} us in a batch of 256 (medians)\n");

    let wrong = mistakes(&mut net, &test)?;
    let [curves, filters, maps, matrix, sheet, checkpoint] = [
        "learning_curves.png",
        "filters.png",
        "feature_maps.png",
        "confusion.png",
        "mistakes.png",
        "mnist_cnn.safetensors",
    ]
    .map(|name| folder.join(name));
    plot::learning_curves(&history, &curves)?;
    write_filters(&net, &filters)?;
    write_feature_maps(&mut net, test.input(0), &maps)?;
    write_confusion(&confusion, &matrix)?;
    write_mistakes(&wrong[..wrong.len().min(24)], &sheet)?;
    net.save(&checkpoint)?;

    println!("learning curves: {}", curves.display());
    println!("filters of the first convolution: {}", filters.display());
    println!("what both convolutions make of a digit: {}", maps.display());
    println!("confusion matrix: {}", matrix.display());
    println!("the surest of {} mistakes: {}", wrong.len(), sheet.display());
    println!("the network: {}", checkpoint.display());
    println!("test accuracy: {:.4}", confusion.accuracy());
    Ok(())
}

/// Two convolutions, each followed by a look at a quarter as many places, then two dense layers.
fn layers() -> Result<Sequential, Failure> {
    Ok(Sequential::new()
        .then(Reshape::new([1, 28, 28]))
        .then(RandomShift { pixels: 2 })
        .then(first())
        .then(Relu)
        .then(MaxPool2d::new(2))
        .then(second())
        .then(Relu)
        .then(MaxPool2d::new(2))
        .then(Flatten)
        .then(Linear::new(64 * 4 * 4, 128).init(KaimingNormal::new()))
        .then(Relu)
        .then(Dropout::new(0.4)?)
        .then(Linear::new(128, 10)))
}

fn first() -> Conv2d {
    Conv2d::new(1, 32, 5).init(KaimingNormal::new())
}

fn second() -> Conv2d {
    Conv2d::new(32, 64, 5).init(KaimingNormal::new())
}

/// Microseconds that an image takes in batches of so many: the median of the batches.
fn pace(predictor: &Predictor, data: &Dataset, rows: usize) -> Result<f64, Failure> {
    let mut workspace = predictor.workspace(rows);
    let mut x = vec![0.0; rows * data.width()];
    let mut times = Vec::new();
    let mut batches = data.batches(rows);
    // Three times, since the data has but a few batches of the larger size.
    for epoch in 0..3 {
        batches.shuffle(0, epoch);
        for batch in batches.into_iter().filter(|batch| batch.rows.len() == rows) {
            data.gather_inputs(batch.rows, &mut x);
            let start = Instant::now();
            predictor.run(&mut workspace, &x)?;
            times.push(start.elapsed().as_secs_f64() * 1e6 / rows as f64);
        }
    }
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}

/// The weights of the first convolution: what it looks for.
fn write_filters(net: &Network, file: &Path) -> Result<(), Failure> {
    let caption = "32 filters of 5 x 5: orange for ink, blue for paper".into();
    let pixels = net.params().get("2.weight")?;
    Ok(write_panels(&[Panel { caption, pixels, size: [5, 5], columns: 8 }], file)?)
}

/// What each channel makes of an image, after both convolutions.
///
/// A graph of its own reads the network's weights by their paths, and shows values that lie within
/// the network.
fn write_feature_maps(net: &mut Network, image: &[f32], file: &Path) -> Result<(), Failure> {
    let graph = Graph::new();
    let x = graph.input("x", [784]);
    let maps_1 = x.reshape([1, 28, 28])?.named("2", &first())?.then(Relu)?;
    let maps_2 = maps_1.then(MaxPool2d::new(2))?.named("5", &second())?.then(Relu)?;
    let mut plan = Plan::inference(&graph, &[maps_1, maps_2])?;
    let mut run = plan.run(net.params_mut(), 1)?;
    run.input(x).copy_from_slice(image);
    run.forward()?;
    let panel = |caption: &str, pixels, side| {
        let (caption, size) = (caption.to_owned(), [side, side]);
        Panel { caption, pixels, size, columns: 16 }
    };
    let panels = [
        panel("a digit, 28 x 28", image, 28),
        panel("the first convolution: 32 maps of 24 x 24", run.value(maps_1), 24),
        panel("the second convolution: 64 maps of 8 x 8", run.value(maps_2), 8),
    ];
    Ok(write_panels(&panels, file)?)
}
