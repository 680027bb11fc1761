//! The command line of `cargo xtask bench`.

use std::path::PathBuf;

use lexopt::{
    Arg::{Long, Short},
    Error, Parser, ValueExt,
};

use crate::{machine, measure::Budget, store};

/// What `--help` prints.
pub const USAGE: &str = "\
Usage: cargo xtask bench [options]

Options:
  --quick               fewer and shorter rounds, for a look while working
  --filter TEXT         only the workloads with TEXT in their names, such as \"step a\" or f64
  --threads N,N         the numbers of threads; 1,2 by default, or 1 on a machine of one core
  --save NAME           keep the results as NAME in target/bench, for --baseline
  --baseline NAME       compare with the results kept as NAME: what got slower beyond noise
  --fail-on-regression  exit code 1 if anything did
  --json FILE           write the results to FILE
  --html FILE           write a page with charts to FILE
  --svg FILE            write the chart of the square products in f32 to FILE
";

/// The most threads that may be asked for.
const MOST_THREADS: usize = 1024;

/// What is measured and where the results go.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// How often and how long.
    pub budget: Budget,
    /// What a workload's name must contain.
    pub filter: String,
    /// The numbers of threads, each once.
    pub threads: Vec<usize>,
    /// The name to keep results under.
    pub save: Option<String>,
    /// The name of results to compare with.
    pub baseline: Option<String>,
    /// Whether a regression is an error.
    pub fail_on_regression: bool,
    /// Where to write results.
    pub json: Option<PathBuf>,
    /// Where to write the page.
    pub html: Option<PathBuf>,
    /// Where to write the chart.
    pub svg: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            budget: Budget::FULL,
            filter: String::new(),
            threads: (1..=machine::cores().min(2)).collect(),
            save: None,
            baseline: None,
            fail_on_regression: false,
            json: None,
            html: None,
            svg: None,
        }
    }
}

/// What the command line asks for; `None` is help.
///
/// # Errors
/// If a word is unknown, a value is missing or cannot be meant, or `--fail-on-regression` has no
/// baseline to fail on.
pub fn parse(mut arguments: Parser) -> Result<Option<Options>, Error> {
    let mut options = Options::default();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("quick") => options.budget = Budget::QUICK,
            Long("filter") => options.filter = arguments.value()?.string()?,
            Long("threads") => options.threads = threads(&arguments.value()?.string()?)?,
            Long("save") => options.save = Some(name(arguments.value()?.string()?)?),
            Long("baseline") => options.baseline = Some(name(arguments.value()?.string()?)?),
            Long("fail-on-regression") => options.fail_on_regression = true,
            Long("json") => options.json = Some(arguments.value()?.into()),
            Long("html") => options.html = Some(arguments.value()?.into()),
            Long("svg") => options.svg = Some(arguments.value()?.into()),
            Long("help") | Short('h') => return Ok(None),
            other => return Err(other.unexpected()),
        }
    }
    if options.fail_on_regression && options.baseline.is_none() {
        return Err("--fail-on-regression needs --baseline NAME".into());
    }
    Ok(Some(options))
}

/// `1,2`: whole numbers with commas between them.
pub(crate) fn threads(text: &str) -> Result<Vec<usize>, Error> {
    let mut threads = Vec::new();
    for word in text.split(',') {
        match word.trim().parse() {
            Ok(number @ 1..=MOST_THREADS) if threads.contains(&number) => {
                return Err(format!("--threads {text}: {number} stands there twice").into());
            }
            Ok(number @ 1..=MOST_THREADS) => threads.push(number),
            _ => {
                let range = format!("numbers from 1 to {MOST_THREADS}, such as 1,2");
                return Err(format!("--threads {text}: not {range}").into());
            }
        }
    }
    Ok(threads)
}

fn name(name: String) -> Result<String, Error> {
    store::check_name(&name).map_err(|error| Error::from(error.to_string()))?;
    Ok(name)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use lexopt::Parser;

    use super::{Options, USAGE, parse};
    use crate::measure::Budget;

    fn parsed(words: &[&str]) -> Result<Option<Options>, String> {
        parse(Parser::from_args(words)).map_err(|error| error.to_string())
    }

    #[test]
    fn nothing_said_is_everything_on_one_and_two_threads() {
        let options = parsed(&[]).unwrap().unwrap();
        assert_eq!(options, Options::default());
        assert_eq!(options.budget, Budget::FULL);
        assert_eq!(options.threads[0], 1);
    }

    #[test]
    fn every_option_is_taken() {
        let options = parsed(&[
            "--quick",
            "--filter",
            "step a",
            "--threads",
            "2,1",
            "--save",
            "new",
            "--baseline",
            "v0.1",
            "--fail-on-regression",
            "--json",
            "a.json",
            "--html=a b.html",
            "--svg",
            "c.svg",
        ]);
        let options = options.unwrap().unwrap();
        assert_eq!(options.budget, Budget::QUICK);
        assert_eq!(options.filter, "step a");
        assert_eq!(options.threads, [2, 1]);
        assert_eq!(options.save.as_deref(), Some("new"));
        assert_eq!(options.baseline.as_deref(), Some("v0.1"));
        assert!(options.fail_on_regression);
        assert_eq!(options.json.as_deref(), Some(Path::new("a.json")));
        assert_eq!(options.html.as_deref(), Some(Path::new("a b.html")));
        assert_eq!(options.svg.as_deref(), Some(Path::new("c.svg")));
    }

    #[test]
    fn help_is_help_and_names_every_option() {
        assert_eq!(parsed(&["--quick", "--help"]), Ok(None));
        assert_eq!(parsed(&["-h"]), Ok(None));
        let long = [
            "quick",
            "filter",
            "threads",
            "save",
            "baseline",
            "fail-on-regression",
            "json",
            "html",
            "svg",
        ];
        for option in long {
            assert!(USAGE.contains(&format!("\n  --{option} ")), "{option}");
        }
    }

    #[test]
    fn what_cannot_be_meant_is_said() {
        for (words, message) in [
            (&["--thread", "1"][..], "invalid option '--thread'"),
            (&["more"], "unexpected argument \"more\""),
            (&["--filter"], "missing argument for option '--filter'"),
            (&["--threads", "0"], "--threads 0: not numbers from 1 to 1024, such as 1,2"),
            (&["--threads", "1,"], "--threads 1,: not numbers from 1 to 1024, such as 1,2"),
            (&["--threads", "9999"], "--threads 9999: not numbers from 1 to 1024, such as 1,2"),
            (&["--threads", "2,2"], "--threads 2,2: 2 stands there twice"),
            (&["--fail-on-regression"], "--fail-on-regression needs --baseline NAME"),
        ] {
            assert_eq!(parsed(words), Err(message.into()));
        }
        for option in ["--save", "--baseline"] {
            let error = parsed(&[option, "../x"]).unwrap_err();
            assert!(error.contains("../x"), "{error}");
        }
    }
}
