//! `cargo xtask bench`: a table, or a page, of the machine's peaks and of what the crates reach of
//! them.
//!
//! Package `benches` measures; this only starts it, in a process of its own. So `xtask` needs none
//! of the libraries: it is built in seconds, and `tidy` runs on a tree that does not compile.

use std::{
    env,
    ffi::{OsStr, OsString},
    path::Path,
    process,
};

use lexopt::Parser;

use crate::{Failure, root};

/// Cargo's words between the manifest and those of the program.
const WORDS: &[&str] = &["--quiet", "--release", "--package", "benches", "--bin", "table", "--"];

/// Builds the program and passes the rest of the command line on: `--help` prints its options. It
/// runs in the user's folder, which the names of files to write begin at.
pub(crate) fn run(arguments: &mut Parser) -> Result<(), Failure> {
    let program = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = process::Command::new(&program)
        .args(words(&root().join("Cargo.toml"), arguments.raw_args()?))
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

fn words(manifest: &Path, rest: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let run = ["run".into(), "--manifest-path".into(), manifest.into()];
    let own = WORDS.iter().map(|&word| OsStr::new(word).to_owned());
    run.into_iter().chain(own).chain(rest).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::words;

    #[test]
    fn the_rest_of_the_command_line_is_the_programs_own() {
        let words = words(Path::new("/n/Cargo.toml"), ["--filter".into(), "step a".into()]);
        assert_eq!(
            words.join(" ".as_ref()),
            "run --manifest-path /n/Cargo.toml --quiet --release --package benches --bin table -- \
             --filter step a"
        );
    }
}
