//! A network in a server: one predictor, shared by as many threads as the machine has cores, each
//! with buffers of its own.
//!
//! ```text
//! cargo run --release --example server     # `-- --quick` for a look in a second
//! ```
//!
//! A small network learns to read digits. Then requests, one digit each, come in through a channel,
//! and workers answer them. No worker waits for another: a [`Predictor`] is read-only, and what a
//! thread writes to is its own `Workspace`, the only memory that it ever allocates for predictions.
//! An answer does not depend on who gave it, nor on whether the digit came alone or in a batch: each
//! is compared, bit for bit, with what a single thread says of all digits at once.
#![forbid(unsafe_code)]

use examples::{Failure, options::Options};
use neuropil::Predictor;
use neuropil::prelude::*;
use std::process::ExitCode;
use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

/// What a client asks: what digit is this?
struct Request {
    row: usize,
    sent: Instant,
}

/// What a worker replies.
struct Answer {
    row: usize,
    logits: Result<Vec<f32>, Error>,
    /// From the sending of the request to the end of the work.
    latency: Duration,
}

fn main() -> ExitCode {
    examples::exit(run())
}

fn run() -> Result<(), Failure> {
    let options = Options::from_command_line("Answers requests with one network in many threads.")?;
    let (train, test) = mnist(examples::MNIST)?;
    let train = train.take(if options.quick { 5_000 } else { 20_000 });
    let layers = Sequential::new().then(Linear::new(784, 64)).then(Relu).then(Linear::new(64, 10));
    let mut net = Network::new(layers, [784], options.seed)?;
    let fit = Fit::epochs(options.epochs.unwrap_or(2)).batch_size(64).progress();
    Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?.rate(2e-3).fit(&train, fit)?;
    println!("test accuracy of the network: {:.4}\n", net.evaluate(&test, Accuracy)?);

    let expected = net.predict_all(&test)?;
    let predictor = net.predictor()?;
    let cores = thread::available_parallelism()?.get();
    let rounds = if options.quick { 1 } else { 10 };
    let mut rate = 0.0;
    for workers in [1, cores.max(2)] {
        let start = Instant::now();
        let answers = serve(&predictor, workers, &test, rounds);
        let seconds = start.elapsed().as_secs_f64();
        rate = answers.len() as f64 / seconds;
        println!("workers: {workers}, requests: {}, answered a second: {rate:.0}", answers.len());
        let latencies = compare(answers, &expected)?;
        let within = |percent: usize| {
            let latency = latencies[(latencies.len() - 1) * percent / 100];
            latency.as_secs_f64() * 1e6
        };
        println!(
            "  from request to answer: half within {:.0} µs, 99 % within {:.0} µs",
            within(50),
            within(99)
        );
        println!("  answers equal, to the bit, to those of one thread: all\n");
    }
    println!("requests per second: {rate:.0}");
    Ok(())
}

/// Sends each digit of the data as a request, so many times, and returns the workers' answers.
fn serve(predictor: &Predictor, workers: usize, data: &Dataset, rounds: usize) -> Vec<Answer> {
    // Two requests may wait for each worker; when more come, the client waits.
    let (client, queue) = mpsc::sync_channel::<Request>(2 * workers);
    let (reply, answers) = mpsc::channel();
    let queue = Mutex::new(queue);
    thread::scope(|scope| {
        for _ in 0..workers {
            let (reply, queue) = (reply.clone(), &queue);
            scope.spawn(move || {
                let mut workspace = predictor.workspace(1);
                // The lock is held while a request is taken, not while it is answered.
                let next = || queue.lock().ok()?.recv().ok();
                while let Some(Request { row, sent }) = next() {
                    let logits =
                        predictor.run(&mut workspace, data.input(row)).map(<[f32]>::to_vec);
                    let answer = Answer { row, logits, latency: sent.elapsed() };
                    if reply.send(answer).is_err() {
                        break; // nobody listens any more
                    }
                }
            });
        }
        drop(reply);
        for request in 0..rounds * data.len() {
            let request = Request { row: request % data.len(), sent: Instant::now() };
            if client.send(request).is_err() {
                break; // all workers are gone
            }
        }
        drop(client); // the queue ends, and with it the workers
        answers.iter().collect()
    })
}

/// Compares all answers with the logits of all rows; returns the latencies, the shortest first.
fn compare(answers: Vec<Answer>, expected: &[f32]) -> Result<Vec<Duration>, Failure> {
    let bits = |logits: &[f32]| logits.iter().map(|y| y.to_bits()).collect::<Vec<u32>>();
    let mut latencies = Vec::with_capacity(answers.len());
    for Answer { row, logits, latency } in answers {
        let logits = logits?;
        let expected = &expected[row * logits.len()..][..logits.len()];
        if bits(&logits) != bits(expected) {
            return Err(format!("digit {row}: {logits:?}, but one thread says {expected:?}").into());
        }
        latencies.push(latency);
    }
    latencies.sort();
    Ok(latencies)
}
