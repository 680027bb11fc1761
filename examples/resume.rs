//! A training that is killed, again and again, and ends with the very bits of one that never was.
//!
//! ```text
//! cargo run --release --example resume     # `-- --quick` for a look in seconds
//! ```
//!
//! This process trains a network from start to end. Then it starts itself as another process, which
//! trains the same network and saves as it goes, and kills it in the midst of its work: no signal
//! to catch, no last words. The next one goes on from the file, and is killed, and so on, until one
//! is left to reach the end. Its weights are compared with those of the training that nothing
//! disturbed. They are equal because nothing is forgotten: the file holds the weights, the moments
//! of the optimizer, and how far the training has come; the order of the digits, the dropout masks
//! and the rate are functions of seed and step; and the file is replaced as a whole or not at all.
#![forbid(unsafe_code)]

use examples::{Failure, options::Options};
use neuropil::prelude::*;
use neuropil::{Callback, Checkpoint};
use std::io::{BufRead, BufReader};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::{env, fs};

/// Tells a process that it is the one to be killed, and which file it shall save to.
const FILE: &str = "NEUROPIL_EXAMPLE_RESUME";

/// Updates between two savings, those at the end of an epoch aside.
const EVERY: u64 = 25;

/// How many updates each killed process may report before it is killed.
const LIVES: [usize; 4] = [40, 10, 120, 60];

fn main() -> ExitCode {
    examples::exit(run())
}

fn run() -> Result<(), Failure> {
    let about = "Kills a training several times and shows that its weights don't notice.";
    let options = Options::from_command_line(about)?;
    if let Some(file) = env::var_os(FILE) {
        return train(&options, Some(&PathBuf::from(file))).map(drop);
    }

    let undisturbed = train(&options, None)?;
    println!("trained without disturbance: {} weights", undisturbed.params().count());

    let file = examples::output_folder("resume")?.join("run.safetensors");
    if file.exists() {
        fs::remove_file(&file)?; // of an earlier run of this example
    }
    for life in LIVES {
        let Some((first, last)) = start(&file, Some(life))? else { break };
        println!("trained from update {first}, killed after update {last}");
    }
    if let Some((first, last)) = start(&file, None)? {
        println!("trained from update {first} to the end, update {last}");
    }

    let mut killed = network(&options)?;
    killed.load(&file)?;
    let bits = |net: &Network| -> Vec<u32> {
        net.params().weights().iter().map(|w| w.to_bits()).collect()
    };
    let (expected, found) = (bits(&undisturbed), bits(&killed));
    let different = expected.iter().zip(&found).filter(|(a, b)| a != b).count();
    println!("weights that differ in any bit: {different}");
    match different {
        0 => Ok(()),
        _ => Err("the killed training is not the undisturbed one".into()),
    }
}

fn network(options: &Options) -> Result<Network, Failure> {
    let layers = Sequential::new()
        .then(Linear::new(784, 64).init(KaimingNormal::new()))
        .then(Relu)
        .then(Dropout::new(0.2)?)
        .then(Linear::new(64, 10));
    Ok(Network::new(layers, [784], options.seed)?)
}

/// Trains to the end; from and to a file, if there is one.
fn train(options: &Options, file: Option<&Path>) -> Result<Network, Failure> {
    let (digits, _) = mnist(examples::MNIST)?;
    let digits = digits.take(if options.quick { 3_000 } else { 20_000 });
    let mut net = network(options)?;
    let fit = Fit::epochs(options.epochs.unwrap_or(8)).batch_size(64);
    let rate = Cosine::new(2e-3, fit.updates(&digits))?;
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?.rate(rate);
    match file {
        None => trainer.fit(&digits, fit)?,
        Some(file) => {
            if file.exists() {
                trainer.resume(file)?;
            }
            let fit = fit.callback(Checkpoint::new(file).every(EVERY)).callback(Report);
            trainer.fit(&digits, fit)?
        }
    };
    Ok(net)
}

/// Prints the number of each update, for the process that watches.
#[derive(Debug)]
struct Report;

impl Callback for Report {
    fn after_update(
        &mut self,
        trainer: &mut Trainer<'_>,
        _cost: f64,
    ) -> Result<ControlFlow<()>, Error> {
        println!("{}", trainer.updates());
        Ok(ControlFlow::Continue(()))
    }
}

/// Starts this program again to train to and from the file, and kills it when it has reported so
/// many updates, if it is to be killed. Returns the first and the last that it reported, if any.
fn start(file: &Path, life: Option<usize>) -> Result<Option<(u64, u64)>, Failure> {
    let mut child = Command::new(env::current_exe()?)
        .args(env::args_os().skip(1))
        .env(FILE, file)
        .stdout(Stdio::piped())
        .spawn()?;
    let reports = BufReader::new(child.stdout.take().ok_or("the process has no output")?);
    let mut reported: Option<(u64, u64)> = None;
    for line in reports.lines().take(life.unwrap_or(usize::MAX)) {
        let update = line?.parse()?;
        reported = Some((reported.map_or(update, |(first, _)| first), update));
    }
    if life.is_some() {
        child.kill()?;
    }
    let status = child.wait()?;
    match life.is_some() || status.success() {
        true => Ok(reported),
        false => Err(format!("the process that nobody killed ended with {status}").into()),
    }
}
