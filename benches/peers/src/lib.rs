//! The programs of the Rust peers: each answers `cargo xtask compare` over its standard input and
//! output, in a process of its own, so that no peer's memory, threads or features touch another's
//! or Neuropil's.
//!
//! A program is a few lines: [`serve`] and a function that prepares a [`Work`].
#![deny(unsafe_code)]

#[path = "../../src/layer.rs"]
pub mod layer;
#[path = "../../src/compare/message.rs"]
pub mod message;
#[path = "../../src/statistics.rs"]
pub mod statistics;
#[path = "../../src/stopwatch.rs"]
pub mod stopwatch;
#[path = "../../src/compare/work.rs"]
pub mod work;

mod arrays;

use std::{
    env, fmt,
    io::{self, BufReader},
    time::Duration,
};

use serde_json::{Value, json};

pub use arrays::{Arrays, Targets};
use message::Array;
use work::Work;

/// Why work is not done.
#[derive(Debug)]
pub enum Refusal {
    /// The peer has nothing of the kind.
    Lacks,
    /// It failed.
    Failed(String),
}

impl<E: fmt::Display> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self::Failed(error.to_string())
    }
}

/// What a peer is ready for: the result of the work, to be compared, and a run of it, to be timed.
pub type Prepared = (Array, Box<dyn FnMut()>);

/// The number of threads that `compare` asks for: the program's only word.
///
/// # Panics
/// If it is none.
pub fn threads() -> usize {
    let word = env::args().nth(1).unwrap_or_default();
    word.parse().unwrap_or_else(|_| panic!("usage: peer-NAME THREADS; not `{word}`"))
}

/// Runs something where rayon has so many threads, with how many it has.
///
/// # Panics
/// If the system cannot start them.
pub fn in_pool(threads: usize, run: impl FnOnce(usize) + Send) {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.expect("the system starts a few threads");
    pool.install(|| run(rayon::current_num_threads()));
}

/// How a peer is held to the number of threads, if the library says that it has as many: else
/// nothing, for [`serve`].
pub fn held(how: &'static str, threads: usize, found: usize) -> &'static str {
    if found == threads { how } else { "" }
}

/// Answers until the input ends. `held` says how the peer is held to the number of threads; empty,
/// that it is not.
///
/// # Panics
/// If `compare` sends what is no message, or cannot be written to.
pub fn serve(held: &str, prepare: fn(&Work, Arrays) -> Result<Prepared, Refusal>) {
    let (mut input, mut output) = (BufReader::new(io::stdin()), io::stdout());
    let mut prepared: Option<Box<dyn FnMut()>> = None;
    while let Some((head, arrays)) = message::read(&mut input).expect("messages from compare") {
        let (reply, arrays) = match head["do"].as_str() {
            Some("hello") => (json!({ "held": held }), Vec::new()),
            Some("prepare") => {
                // The old one first: two would not fit in the caches' or the machine's memory.
                drop(prepared.take());
                match prepare_work(&head["work"], arrays, prepare) {
                    Ok((result, run)) => {
                        prepared = Some(run);
                        (json!({}), vec![result])
                    }
                    Err(Refusal::Lacks) => (json!({ "lacks": true }), Vec::new()),
                    Err(Refusal::Failed(error)) => (json!({ "error": error }), Vec::new()),
                }
            }
            Some("time") => (time(&head, prepared.as_mut()), Vec::new()),
            _ => (json!({ "error": format!("unknown: {}", head["do"]) }), Vec::new()),
        };
        message::write(&mut output, reply, &arrays).expect("compare listens");
    }
}

fn prepare_work(
    work: &Value,
    arrays: Vec<Array>,
    prepare: fn(&Work, Arrays) -> Result<Prepared, Refusal>,
) -> Result<Prepared, Refusal> {
    let work = Work::from_json(work).ok_or_else(|| format!("unknown work: {work}"))?;
    prepare(&work, Arrays::new(arrays))
}

fn time(head: &Value, prepared: Option<&mut Box<dyn FnMut()>>) -> Value {
    let (Some(run), Some(time)) = (prepared, head["seconds"].as_f64()) else {
        return json!({ "error": "nothing is prepared, or no time is given" });
    };
    match Duration::try_from_secs_f64(time) {
        Ok(time) => json!({ "seconds": stopwatch::seconds(run, time) }),
        Err(error) => json!({ "error": error.to_string() }),
    }
}
