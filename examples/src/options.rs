//! The command line of an example: `--quick`, `--seed N`, `--epochs N`, `--help`, and what an example
//! adds to them.

use lexopt::{Parser, prelude::*};

/// What the user asked for; what was not given is the default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// `--quick`: little data, to see in seconds that everything works. Default: false.
    pub quick: bool,
    /// `--seed N`: where all random numbers start. Default: 42.
    pub seed: u64,
    /// `--epochs N`: how often to go through the training data, at least once. Default: the
    /// example's own.
    pub epochs: Option<u64>,
}

const USAGE: &str = "\
Options:
  --quick      little data, to see in seconds that everything works
  --seed N     where all random numbers start (default: 42)
  --epochs N   how often to go through the training data
  --help       this text
";

impl Options {
    /// The options of this process. For `--help`, prints `about` and the usage and ends the
    /// process.
    ///
    /// # Errors
    /// If an argument is unknown, or its value is missing or not a number; the message ends with
    /// the usage.
    pub fn from_command_line(about: &str) -> Result<Self, String> {
        Self::with_others(about, "", |_, _| Ok(false))
    }

    /// The options of this process beside those of the example's own, of which `usage` has a line
    /// each. `take` is given the name of each option that is not known here, such as `prompt` of
    /// `--prompt`, with the parser that has its value, and says whether it knows it.
    ///
    /// # Errors
    /// As [`from_command_line`](Self::from_command_line), or if `take` refuses a value.
    pub fn with_others(
        about: &str,
        usage: &str,
        take: impl FnMut(&str, &mut Parser) -> Result<bool, lexopt::Error>,
    ) -> Result<Self, String> {
        match Self::parse(Parser::from_env(), take) {
            Ok(Some(options)) => Ok(options),
            Ok(None) => {
                print!("{about}\n\n{USAGE}{usage}");
                std::process::exit(0)
            }
            Err(error) => Err(format!("{error}\n\n{USAGE}{usage}").trim_end().to_owned()),
        }
    }

    /// The options, or `None` for `--help`.
    fn parse(
        mut parser: Parser,
        mut take: impl FnMut(&str, &mut Parser) -> Result<bool, lexopt::Error>,
    ) -> Result<Option<Self>, lexopt::Error> {
        let mut options = Self { quick: false, seed: 42, epochs: None };
        while let Some(argument) = parser.next()? {
            match argument {
                Long("quick") => options.quick = true,
                Long("seed") => options.seed = parser.value()?.parse()?,
                Long("epochs") => {
                    let epochs: u64 = parser.value()?.parse()?;
                    if epochs == 0 {
                        return Err("--epochs must be at least 1, found 0".into());
                    }
                    options.epochs = Some(epochs);
                }
                Long("help") | Short('h') => return Ok(None),
                Long(name) => {
                    let name = name.to_owned();
                    if !take(&name, &mut parser)? {
                        return Err(lexopt::Error::UnexpectedOption(format!("--{name}")));
                    }
                }
                other => return Err(other.unexpected()),
            }
        }
        Ok(Some(options))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Option<Options>, String> {
        parse_with(arguments, |_, _| Ok(false))
    }

    fn parse_with(
        arguments: &[&str],
        take: impl FnMut(&str, &mut Parser) -> Result<bool, lexopt::Error>,
    ) -> Result<Option<Options>, String> {
        Options::parse(Parser::from_args(arguments), take).map_err(|error| error.to_string())
    }

    #[test]
    fn options_are_read() {
        let options = parse(&["--quick", "--seed", "7", "--epochs=3"]);
        let (quick, seed, epochs) = (true, 7, Some(3));
        assert_eq!(options, Ok(Some(Options { quick, seed, epochs })));
        assert_eq!(parse(&["--seed", "7", "--help"]), Ok(None));
    }

    #[test]
    fn an_example_reads_options_of_its_own() {
        let mut width = 0;
        let mut take = |name: &str, parser: &mut Parser| {
            let known = name == "width";
            if known {
                width = parser.value()?.parse()?;
            }
            Ok(known)
        };
        let options = parse_with(&["--width", "5", "--quick"], &mut take).unwrap().unwrap();
        assert_eq!(parse_with(&["--height", "5"], take), Err("invalid option '--height'".into()));
        assert_eq!((options.quick, width), (true, 5));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let message = |arguments: &[&str]| parse(arguments).unwrap_err();
        assert!(message(&["--fast"]).contains("--fast"));
        assert!(message(&["--seed", "many"]).contains("many"));
        assert!(message(&["--epochs"]).contains("--epochs"));
        assert!(message(&["--epochs", "0"]).contains("at least 1, found 0"));
    }
}
