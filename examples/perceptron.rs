//! The oldest neuron that learns: it adds up its weighted inputs and fires if the sum reaches a
//! threshold, o = step(w0 x0 + w1 x1 + b).
//!
//! ```text
//! cargo run --release --example perceptron
//! ```
//!
//! Rosenblatt's rule (1958) changes the weights only where the neuron is wrong, towards the input
//! if it should have fired, away from it if it should not have. It learns AND and OR in a few
//! rounds, and the printout shows what it has learned: a line, with the inputs that make it fire on one side.
//! XOR has no such line. The neuron then goes round in a circle for ever, and the reason fits in
//! four inequalities. `target/perceptron/lines.png` shows all three; the example `xor` shows the
//! way out.
#![forbid(unsafe_code)]

use examples::plot::plane::{Line, Plane, write_planes};
use examples::{Failure, options::Options};
use neuropil::prelude::*;
use std::process::ExitCode;

/// What can arrive at two inputs.
const INPUTS: [[f32; 2]; 4] = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];

/// How far one mistake moves the weights.
const RATE: f32 = 1.0;

/// Where the bias starts; the weights start at 0. Steps of 1 lead from here to whole weights and
/// half biases, so no input ever lies on the line itself.
const BIAS: f32 = 0.5;

fn main() -> ExitCode {
    examples::exit(run())
}

fn run() -> Result<(), Failure> {
    let about = "Teaches a threshold neuron AND and OR, and shows why it cannot learn XOR.\n\
                 Nothing in it is random or slow: --seed and --quick change nothing.";
    let options = Options::from_command_line(about)?;
    let epochs = options.epochs.unwrap_or(20);
    let functions = [
        ("AND", [0.0, 0.0, 0.0, 1.0]),
        ("OR", [0.0, 1.0, 1.0, 1.0]),
        ("XOR", [0.0, 1.0, 1.0, 0.0]),
    ];
    let (mut learned, mut planes) = (0, Vec::new());
    for (name, targets) in functions {
        println!("{name}");
        let neuron = learn(targets, epochs)?;
        if neuron.is_right {
            learned += 1;
            neuron.print_line();
        }
        planes.push(neuron.plane(name, targets));
        println!();
    }
    print_why_not_xor();
    let file = examples::output_folder("perceptron")?.join("lines.png");
    write_planes(&planes, &file)?;
    println!("the lines: {}", file.display());
    println!("functions learned: {learned} of {}", functions.len());
    Ok(())
}

/// What became of a neuron.
struct Learned {
    w: [f32; 2],
    b: f32,
    is_right: bool,
}

/// Goes through the four inputs again and again, until a round without a mistake, or until the
/// weights are what they were before and everything must repeat.
fn learn(targets: [f32; 4], epochs: u64) -> Result<Learned, Failure> {
    let layers = Sequential::new().then(Linear::new(2, 1).init(Zeros)).then(Step);
    let mut neuron = Network::new(layers, [2], 0)?;
    neuron.params_mut().get_mut("0.bias")?.fill(BIAS);
    let mut before: Vec<([f32; 2], f32)> = Vec::new();
    for epoch in 1..=epochs {
        let mut mistakes = 0;
        for (x, target) in INPUTS.iter().zip(targets) {
            let output = neuron.predict(x)?[0];
            let error = target - output; // 1: should have fired, -1: should not have, 0: right
            if error != 0.0 {
                mistakes += 1;
                let w = neuron.params_mut().get_mut("0.weight")?;
                w[0] += RATE * error * x[0];
                w[1] += RATE * error * x[1];
                neuron.params_mut().get_mut("0.bias")?[0] += RATE * error;
            }
        }
        let (weight, bias) = (neuron.params().get("0.weight")?, neuron.params().get("0.bias")?);
        let (w, b) = ([weight[0], weight[1]], bias[0]);
        println!("  epoch {epoch:>2}: errors {mistakes}   w = [{}, {}], b = {b}", w[0], w[1]);
        if mistakes == 0 {
            return Ok(Learned { w, b, is_right: true });
        }
        if let Some(earlier) = before.iter().position(|&known| known == (w, b)) {
            println!(
                "  The weights are what they were after epoch {}: it would go round for ever.",
                earlier + 1
            );
            return Ok(Learned { w, b, is_right: false });
        }
        before.push((w, b));
    }
    let (w, b) = before.pop().ok_or("no epoch")?;
    println!("  Not learned in {epochs} epochs.");
    Ok(Learned { w, b, is_right: false })
}

impl Learned {
    /// The neuron fires where w0 x0 + w1 x1 + b >= 0: on one side of a line.
    fn print_line(&self) {
        let Self { w: [w0, w1], b, .. } = *self;
        if w1 == 0.0 {
            println!("  The line: x0 = -b/w0 = {:.2}", -b / w0);
            return;
        }
        let (slope, height) = (-w0 / w1, -b / w1);
        let sign = if height < 0.0 { '-' } else { '+' };
        println!("  The line: x1 = -(w0/w1) x0 - b/w1 = {slope:.2} x0 {sign} {:.2}", height.abs());
        println!("  The neuron fires {} it.", if w1 > 0.0 { "above" } else { "below" });
    }

    fn plane(&self, name: &str, targets: [f32; 4]) -> Plane {
        let Self { w, b, is_right } = *self;
        let points = INPUTS.iter().zip(targets);
        Plane {
            title: format!("{name}{}", if is_right { "" } else { ": no line" }),
            points: points.map(|(x, target)| (x.map(f64::from), target as usize)).collect(),
            lines: vec![Line { w: w.map(f64::from), b: b.into() }],
            ..Plane::default()
        }
    }
}

fn print_why_not_xor() {
    println!(
        "Why there is no line for XOR: the neuron would have to be\n\
         \x20 silent at (0, 0):            b <  0\n\
         \x20 firing at (0, 1):       w1 + b >= 0\n\
         \x20 firing at (1, 0):       w0 + b >= 0\n\
         \x20 silent at (1, 1):  w0 + w1 + b <  0\n\
         The two in the middle add up to w0 + w1 + 2b >= 0, the other two to w0 + w1 + 2b < 0.\n"
    );
}
