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

/// Passes the rest of the command line on: `--help` prints its options.
pub(crate) fn run(arguments: &mut Parser) -> Result<(), Failure> {
    start("table", arguments)
}

/// Builds a program of package `benches` and starts it with the rest of the command line. It runs in
/// the user's folder, which the names of files to write begin at.
pub(crate) fn start(binary: &str, arguments: &mut Parser) -> Result<(), Failure> {
    let program = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = process::Command::new(&program)
        .args(words(&root().join("Cargo.toml"), binary, arguments.raw_args()?))
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

fn words(manifest: &Path, binary: &str, rest: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let run = ["run".into(), "--manifest-path".into(), manifest.into()];
    let own = ["--quiet", "--release", "--package", "benches", "--bin", binary, "--"];
    let own = own.map(|word| OsStr::new(word).to_owned());
    run.into_iter().chain(own).chain(rest).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::words;

    #[test]
    fn the_rest_of_the_command_line_is_the_programs_own() {
        let words =
            words(Path::new("/n/Cargo.toml"), "table", ["--filter".into(), "step a".into()]);
        assert_eq!(
            words.join(" ".as_ref()),
            "run --manifest-path /n/Cargo.toml --quiet --release --package benches --bin table -- \
             --filter step a"
        );
    }
}
