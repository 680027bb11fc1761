//! One hidden layer does what a single neuron cannot: it learns XOR, fires if exactly one of two
//! inputs is on.
//!
//! ```text
//! cargo run --release --example xor     # `-- --seed 7` for another start
//! ```
//!
//! Each hidden unit draws a line of its own through the plane of the inputs, and the output joins
//! their sides to a region that no single line can cut out (see the example `perceptron`).
//! `target/xor/surface.png` shows the plane before and after: how sure the network is of either
//! answer at each point, where it is undecided (black), and the lines of the hidden units (dashed).
#![forbid(unsafe_code)]

use examples::plot::plane::{Line, Plane, grid, write_planes};
use examples::{Failure, options::Options};
use neuropil::prelude::*;
use std::process::ExitCode;

/// Hidden units. Two could do it, but not from every start.
const HIDDEN: usize = 4;

fn main() -> ExitCode {
    examples::exit(run())
}

fn run() -> Result<(), Failure> {
    let options = Options::from_command_line("Teaches a network of one hidden layer XOR.")?;
    let epochs = options.epochs.unwrap_or(300);
    let inputs = vec![0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0];
    let data = Dataset::labelled([2], inputs, vec![0, 1, 1, 0], 2)?;

    let layers =
        Sequential::new().then(Linear::new(2, HIDDEN)).then(Tanh).then(Linear::new(HIDDEN, 2));
    let mut net = Network::new(layers, [2], options.seed)?;
    println!("{}\n", net.summary());
    let before = plane("before training", &mut net, &data)?;

    let history = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?
        .rate(0.03)
        .fit(&data, Fit::epochs(epochs).batch_size(4))?;
    for epoch in history.epochs.iter().filter(|epoch| epoch.number.is_power_of_two()) {
        println!("epoch {:>3}: cost {:.4}", epoch.number, epoch.cost);
    }
    println!();

    for (row, probability) in probabilities(&mut net, &inputs_of(&data))?.into_iter().enumerate() {
        let x = data.input(row);
        println!("{} xor {} = 1 with probability {probability:.4}", x[0], x[1]);
    }
    println!();
    let after = plane("after training", &mut net, &data)?;
    for (unit, line) in after.lines.iter().enumerate() {
        let Line { w: [w0, w1], b } = line;
        println!("hidden unit {unit} is 0 on the line {w0:.2} x0 {w1:+.2} x1 {b:+.2} = 0");
    }

    let file = examples::output_folder("xor")?.join("surface.png");
    write_planes(&[before, after], &file)?;
    println!("\nthe plane before and after: {}", file.display());
    println!("accuracy: {:.4}", net.evaluate(&data, Accuracy)?);
    Ok(())
}

/// All inputs of a data set, one after the other.
fn inputs_of(data: &Dataset) -> Vec<f32> {
    (0..data.len()).flat_map(|row| data.input(row)).copied().collect()
}

/// The probability of class 1 for each input.
fn probabilities(net: &mut Network, inputs: &[f32]) -> Result<Vec<f64>, Failure> {
    let logits = net.predict(inputs)?;
    let mut probabilities = vec![0.0; logits.len()];
    Softmax.forward(2, &logits, &mut probabilities);
    Ok(probabilities.chunks(2).map(|of_point| f64::from(of_point[1])).collect())
}

/// The plane as the network sees it.
fn plane(title: &str, net: &mut Network, data: &Dataset) -> Result<Plane, Failure> {
    let points = |row| {
        let class = data.label(row).unwrap_or_default();
        ([0, 1].map(|axis| f64::from(data.input(row)[axis])), class as usize)
    };
    let everywhere: Vec<f32> = grid().flatten().map(|x| x as f32).collect();
    let surface = probabilities(net, &everywhere)?;
    // A weight matrix is [inputs, outputs]: a column belongs to a hidden unit.
    let (w, b) = (net.params().get("0.weight")?, net.params().get("0.bias")?);
    let line =
        |unit: usize| Line { w: [w[unit], w[HIDDEN + unit]].map(f64::from), b: f64::from(b[unit]) };
    Ok(Plane {
        title: title.into(),
        points: (0..data.len()).map(points).collect(),
        lines: (0..HIDDEN).map(line).collect(),
        surface: Some(surface),
    })
}
