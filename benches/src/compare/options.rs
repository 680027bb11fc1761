//! The command line of `cargo xtask compare`.

use std::path::{Path, PathBuf};

use lexopt::{
    Arg::{Long, Short},
    Error, Parser, ValueExt,
};

use super::peer::{self, Peer};
use crate::{machine, measure::Budget, options::threads};

/// What `--help` prints.
pub const USAGE: &str = "\
Usage: cargo xtask compare [options]

Builds other libraries, runs them and Neuropil in turn on the same numbers, checks that results
agree, and prints how many times as long as Neuropil each takes.

Options:
  --peers NAME,NAME  of gemm, matrixmultiply, faer, ndarray, candle, burn; all of them by default
                     (a first build takes some minutes); none, for those of Python alone
  --python PATH      also PyTorch and NumPy of this Python, or those of pytorch, numpy in --peers
  --quick            fewer and shorter rounds, for a look while working
  --rounds N         the number of rounds; 11 by default, 3 if quick
  --filter TEXT      only the workloads with TEXT in their names, such as \"step a\" or f64
  --threads N,N      the numbers of threads; 1,2 by default, or 1 on a machine of one core
  --json FILE        write the results to FILE

Exit code 1: nothing was compared, a peer failed or was left out, or its result is another.

On a machine that others use too, hold all programs to one core for numbers on one thread:
  taskset -c 0 cargo xtask compare --threads 1
";

/// The most rounds that may be asked for.
const MOST_ROUNDS: usize = 1000;

/// What is compared and where the results go.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// The peers, in the order of the tables.
    pub peers: Vec<Peer>,
    /// The Python of those that are scripts.
    pub python: Option<PathBuf>,
    /// How often and how long.
    pub budget: Budget,
    /// What a workload's name must contain.
    pub filter: String,
    /// The numbers of threads, each once.
    pub threads: Vec<usize>,
    /// Where to write results.
    pub json: Option<PathBuf>,
}

/// What the command line asks for; `None` is help.
///
/// # Errors
/// If a word is unknown, a value is missing or cannot be meant, or there is nothing to compare with.
pub fn parse(mut arguments: Parser) -> Result<Option<Options>, Error> {
    let (mut names, mut python, mut json) = (String::from("all"), None, None);
    let (mut budget, mut rounds, mut filter) = (Budget::FULL, None, String::new());
    let mut on: Vec<usize> = (1..=machine::cores().min(2)).collect();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("peers") => names = arguments.value()?.string()?,
            Long("python") => python = Some(PathBuf::from(arguments.value()?)),
            Long("quick") => budget = Budget::QUICK,
            Long("rounds") => rounds = Some(number(&arguments.value()?.string()?)?),
            Long("filter") => filter = arguments.value()?.string()?,
            Long("threads") => on = threads(&arguments.value()?.string()?)?,
            Long("json") => json = Some(arguments.value()?.into()),
            Long("help") | Short('h') => return Ok(None),
            other => return Err(other.unexpected()),
        }
    }
    if let Some(rounds) = rounds {
        budget.rounds = rounds;
    }
    let peers = peers(&names, python.as_deref())?;
    Ok(Some(Options { peers, python, budget, filter, threads: on, json }))
}

fn number(text: &str) -> Result<usize, Error> {
    match text.parse() {
        Ok(rounds @ 1..=MOST_ROUNDS) => Ok(rounds),
        _ => Err(format!("--rounds {text}: not a number from 1 to {MOST_ROUNDS}").into()),
    }
}

/// Crates as they are named; peers of Python if there is one, and those alone that are named if any
/// is.
fn peers(names: &str, python: Option<&Path>) -> Result<Vec<Peer>, Error> {
    let mut named = Vec::new();
    if !matches!(names, "all" | "none") {
        for name in names.split(',').map(str::trim) {
            let peer = peer::ALL.into_iter().find(|peer| peer.name == name).ok_or_else(|| {
                let known = peer::ALL.map(|peer| peer.name).join(", ");
                Error::from(format!("--peers {names}: no peer `{name}`; all, none, or of {known}"))
            })?;
            if !peer.is_rust() && python.is_none() {
                return Err(format!("--peers {names}: {name} needs --python PATH").into());
            }
            named.push(peer);
        }
    }
    let names_python = named.iter().any(|peer| !peer.is_rust());
    let mut chosen = peer::ALL.to_vec();
    chosen.retain(|peer| match peer.is_rust() {
        true => names == "all" || named.contains(peer),
        false if names_python => named.contains(peer),
        false => python.is_some(),
    });
    if chosen.is_empty() {
        return Err(format!("--peers {names} without --python: nothing to compare with").into());
    }
    Ok(chosen)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use lexopt::Parser;

    use super::{Options, USAGE, parse};
    use crate::{compare::peer::ALL, measure::Budget};

    fn parsed(words: &[&str]) -> Result<Option<Options>, String> {
        parse(Parser::from_args(words)).map_err(|error| error.to_string())
    }

    fn names(words: &[&str]) -> Vec<&'static str> {
        parsed(words).unwrap().unwrap().peers.iter().map(|peer| peer.name).collect()
    }

    #[test]
    fn nothing_said_is_every_crate() {
        let options = parsed(&[]).unwrap().unwrap();
        assert!(options.peers.iter().all(|peer| peer.is_rust()));
        assert_eq!(options.peers.len(), 6);
        assert_eq!((options.budget, options.python), (Budget::FULL, None));
        assert_eq!(options.threads[0], 1);
    }

    #[test]
    fn every_option_is_taken() {
        let options = parsed(&[
            "--peers",
            "faer, gemm",
            "--python=env/bin/python",
            "--quick",
            "--rounds",
            "7",
            "--filter",
            "step a",
            "--threads",
            "2,1",
            "--json",
            "a b.json",
        ]);
        let options = options.unwrap().unwrap();
        assert_eq!(options.budget, Budget { rounds: 7, ..Budget::QUICK });
        assert_eq!(options.python.as_deref(), Some(Path::new("env/bin/python")));
        assert_eq!(options.filter, "step a");
        assert_eq!(options.threads, [2, 1]);
        assert_eq!(options.json.as_deref(), Some(Path::new("a b.json")));
    }

    #[test]
    fn peers_are_those_that_are_named_and_pythons_if_there_is_one() {
        assert_eq!(names(&["--peers", "faer,gemm"]), ["gemm", "faer"]);
        assert_eq!(names(&["--peers", "gemm", "--python", "p"]), ["gemm", "pytorch", "numpy"]);
        assert_eq!(names(&["--peers", "none", "--python", "p"]), ["pytorch", "numpy"]);
        assert_eq!(names(&["--peers", "gemm,numpy", "--python", "p"]), ["gemm", "numpy"]);
        assert_eq!(names(&["--python", "p"]), ALL.map(|peer| peer.name));
    }

    #[test]
    fn help_is_help_and_names_every_option() {
        assert_eq!(parsed(&["--quick", "--help"]), Ok(None));
        assert_eq!(parsed(&["-h"]), Ok(None));
        for option in ["peers", "python", "quick", "rounds", "filter", "threads", "json"] {
            assert!(USAGE.contains(&format!("\n  --{option} ")), "{option}");
        }
        for peer in ALL {
            assert!(USAGE.contains(peer.name), "{}", peer.name);
        }
    }

    #[test]
    fn what_cannot_be_meant_is_said() {
        for (words, message) in [
            (&["--peer", "gemm"][..], "invalid option '--peer'"),
            (&["more"], "unexpected argument \"more\""),
            (&["--python"], "missing argument for option '--python'"),
            (&["--rounds", "0"], "--rounds 0: not a number from 1 to 1000"),
            (&["--threads", "0"], "--threads 0: not numbers from 1 to 1024, such as 1,2"),
            (
                &["--peers", "gem"],
                "--peers gem: no peer `gem`; all, none, or of gemm, matrixmultiply, faer, ndarray, \
                 candle, burn, pytorch, numpy",
            ),
            (&["--peers", "numpy"], "--peers numpy: numpy needs --python PATH"),
            (&["--peers", "none"], "--peers none without --python: nothing to compare with"),
        ] {
            assert_eq!(parsed(words), Err(message.into()));
        }
    }
}
