//! `cargo xtask bench`: a table of the machine's peak, matrix products and training steps.
//!
//! Package `benches` measures; this only starts it, in a process of its own. So `xtask` needs none
//! of the libraries: it is built in seconds, and `tidy` runs on a tree that does not compile.

use std::{
    env,
    ffi::{OsStr, OsString},
    process,
};

use lexopt::Parser;

use crate::{Failure, root};

/// Cargo's words before those of the program.
const WORDS: &[&str] =
    &["run", "--quiet", "--release", "--package", "benches", "--bin", "table", "--"];

/// Builds the program and passes the rest of the command line on: `--help` prints its options.
pub(crate) fn run(arguments: &mut Parser) -> Result<(), Failure> {
    let program = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = process::Command::new(&program)
        .args(words(arguments.raw_args()?))
        .current_dir(root())
        .status()
        .map_err(|error| {
            Failure::Failed(format!("{} does not start: {error}", program.display()))
        })?;
    if status.success() {
        return Ok(());
    }
    // A program ended by a signal has no code.
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Err(Failure::Exit(code.unwrap_or(1)))
}

fn words(rest: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let own = WORDS.iter().map(|&word| OsStr::new(word).to_owned());
    own.chain(rest).collect()
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn the_rest_of_the_command_line_is_the_programs_own() {
        let words = words(["--filter".into(), "step a".into()]);
        assert_eq!(
            words.join(" ".as_ref()),
            "run --quiet --release --package benches --bin table -- --filter step a"
        );
    }
}
