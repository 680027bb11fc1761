//! Learns to write like Jane Austen, letter by letter, from one of her novels.
//!
//! ```text
//! cargo run --release --example char_rnn     # `-- --quick` for a look in seconds
//! cargo run --release --example char_rnn -- --prompt "Mr. Darcy " --temperature 0.5
//! ```
//!
//! A recurrent network reads Pride and Prejudice a character at a time and says what comes next. The
//! text is cut into pieces that are read side by side, and what the network remembers goes on from one
//! window to the next, though gradients end at its border. How good it is, is told in nats per
//! character, the mean of -ln of the probability that it gave to what came: on the last tenth of the
//! novel, which it has not seen, beside what mere counts of four and of six characters in a row say.
//!
//! The last line is of the weights after the last epoch: no epoch is chosen by the last tenth, though
//! units, rate and dropout were. The validation after each epoch begins every window of 100 characters
//! with nothing in mind, and so says more than the last line, for which the network reads on.
//! `target/char_rnn/` holds the learning curves and the network.
#![forbid(unsafe_code)]

use examples::counts::Counts;
use examples::{Failure, options::Options, plot};
use lexopt::ValueExt;
use neuropil::Spec;
use neuropil::data::{Vocabulary, pride_and_prejudice};
use neuropil::prelude::*;
use neuropil::regularizers::random;
use std::process::ExitCode;
use std::time::Instant;

/// Characters through which gradients go back.
const WINDOW: usize = 100;

/// What to write in the end.
struct Writing {
    prompt: String,
    temperature: f64,
    characters: usize,
}

const USAGE: &str = "  --prompt T       what the written text begins with (default: \"Elizabeth \")
  --temperature X  how daring: near 0 the likeliest only, 1 as it thinks (default: 0.5)
  --characters N   how many to write (default: 800)
";

fn main() -> ExitCode {
    examples::exit(run())
}

fn run() -> Result<(), Failure> {
    let about = "Learns to write, character by character.";
    let (prompt, temperature, characters) = ("Elizabeth ".to_owned(), 0.5, 800);
    let mut writing = Writing { prompt, temperature, characters };
    let options = Options::with_others(about, USAGE, |name, parser| {
        match name {
            "prompt" => writing.prompt = parser.value()?.string()?,
            "temperature" => writing.temperature = parser.value()?.parse()?,
            "characters" => writing.characters = parser.value()?.parse()?,
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    let folder = examples::output_folder("char_rnn")?;
    let [curves, checkpoint] =
        ["learning_curves.png", "char_rnn.safetensors"].map(|name| folder.join(name));

    let mut text = pride_and_prejudice(examples::TEXT)?;
    // What cannot be written, or begun with, is said before the training.
    let prompt = text.vocabulary().encode(&writing.prompt)?;
    if prompt.is_empty() || writing.temperature.is_nan() || writing.temperature <= 0.0 {
        return Err("--prompt must not be empty, and --temperature above 0".into());
    }
    if options.quick {
        (text, _) = text.split_at(0.03)?;
    }
    let (learned, held_out) = text.split_at(0.9)?;
    let characters = text.vocabulary().len();
    let streams = if options.quick { 8 } else { 32 }; // pieces that are read side by side
    let windows = Windows::new(WINDOW).streams(streams);
    let train = learned.windows(windows)?;
    let valid = held_out.windows(windows)?;
    println!("{} characters, {characters} different ones", text.tokens().len());
    let [counts, more] = [4, 6].map(|length| {
        let counts = Counts::of(learned.tokens(), characters, length).cost(held_out.tokens());
        println!("counts of {length} in a row: {counts:.4} nats per character of the last tenth");
        counts
    });
    println!();

    let hidden = if options.quick { 32 } else { 256 };
    let layers = Sequential::new()
        .then(Embedding::new(characters, 64))
        .then(Lstm::new(64, hidden).forget_bias(1.0)?)
        .then(Dropout::new(0.25)?)
        .then(Linear::new(hidden, characters));
    let mut net = Network::new(layers, Spec::indices([WINDOW]), options.seed)?;
    println!("{}\n", net.summary());

    let epochs = options.epochs.unwrap_or(if options.quick { 1 } else { 16 });
    let fit =
        Fit::epochs(epochs).batch_size(streams).clip_global_norm(1.0).validate(&valid).progress();
    let rate = Cosine::new(8e-3, fit.updates(&train))?;
    let start = Instant::now();
    let mut history = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?
        .rate(rate)
        .carry_state()?
        .fit(&train, fit)?;
    println!("{} epochs in {:.1} s", history.epochs.len(), start.elapsed().as_secs_f64());
    history.best = None; // the network has the last epoch's weights, whichever was best
    let others = [("counts of 4 in a row", counts), ("counts of 6 in a row", more)];
    plot::learning_curves_beside(&others, &history, &curves)?;
    net.save(&checkpoint)?;

    println!("\n{}\n", write(&net, text.vocabulary(), &prompt, &writing, options.seed)?);
    println!("learning curves: {}", curves.display());
    println!("the network: {}", checkpoint.display());
    println!("validation nats per char: {:.4}", nats_per_character(&net, held_out.tokens())?);
    Ok(())
}

/// The mean of -ln of the probability of what came next, over a text cut into pieces that are read
/// side by side: each of them is begun with nothing in mind.
fn nats_per_character(net: &Network, text: &[u32]) -> Result<f64, Failure> {
    const PIECES: usize = 16;
    let length = text.len() / PIECES; // what is left over is shorter than a line
    let pieces: Vec<&[u32]> = text.chunks_exact(length).take(PIECES).collect();
    let (mut stream, mut nats) = (net.stream(PIECES)?, 0.0);
    for step in 0..length - 1 {
        let column = |step: usize| pieces.iter().map(|piece| piece[step]).collect::<Vec<_>>();
        let logits = stream.step_indices(&column(step))?;
        for (logits, next) in logits.chunks(logits.len() / PIECES).zip(column(step + 1)) {
            nats -= probabilities(logits, 1.0)[next as usize].ln();
        }
    }
    Ok(nats / (PIECES * (length - 1)) as f64)
}

/// A text that begins with a prompt; each further character is drawn by the probability that the
/// network gives to it after all before.
fn write(
    net: &Network,
    vocabulary: &Vocabulary,
    prompt: &[u32],
    writing: &Writing,
    seed: u64,
) -> Result<String, Failure> {
    let mut text = prompt.to_vec();
    let (mut stream, key) = (net.stream(1)?, random::key(&[seed, random::text("writing")]));
    for place in 0..prompt.len() + writing.characters - 1 {
        let logits = stream.step_indices(&[text[place]])?;
        if place + 1 == text.len() {
            // From 0 to 1, evenly.
            let mut left = random::bits(key, place as u64) as f64 / u64::MAX as f64;
            let probabilities = probabilities(logits, writing.temperature);
            let drawn = probabilities.iter().position(|probability| {
                left -= probability;
                left <= 0.0
            });
            text.push(drawn.unwrap_or(probabilities.len() - 1) as u32);
        }
    }
    Ok(vocabulary.decode(&text)?)
}

/// The softmax of logits over a temperature: below 1 what is likely becomes likelier.
fn probabilities(logits: &[f32], temperature: f64) -> Vec<f64> {
    let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let weight = |&logit: &f32| (f64::from(logit - most) / temperature).exp();
    let weights: Vec<f64> = logits.iter().map(weight).collect();
    let sum: f64 = weights.iter().sum();
    weights.iter().map(|weight| weight / sum).collect()
}
