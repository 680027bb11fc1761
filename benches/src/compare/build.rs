//! Building the program of a Rust peer.

use std::{
    env,
    ffi::OsString,
    fs,
    path::PathBuf,
    process::{Command, Output, Stdio},
};

use super::peer::{self, Peer};
use crate::store;

/// Lines of an error that are shown.
const LINES: usize = 12;

/// Where peers are built: `peers` in the target folder of the workspace.
fn target() -> PathBuf {
    store::folder().with_file_name("peers")
}

/// A peer's program, built or not.
pub fn program(peer: Peer) -> PathBuf {
    let name = format!("peer-{}{}", peer.name, env::consts::EXE_SUFFIX);
    target().join("release").join(name)
}

/// Builds a peer's program with its feature alone.
///
/// # Errors
/// The last lines of what cargo says.
pub fn build(peer: Peer) -> Result<(), String> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(&cargo)
        .args(words(peer))
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{} does not start: {error}", cargo.display()))?;
    outcome(&output)
}

fn words(peer: Peer) -> Vec<OsString> {
    let manifest = peer::folder().join("Cargo.toml");
    let program = format!("peer-{}", peer.name);
    vec![
        "build".into(),
        "--quiet".into(),
        "--release".into(),
        "--manifest-path".into(),
        manifest.into(),
        "--target-dir".into(),
        target().into(),
        "--features".into(),
        peer.name.into(),
        "--bin".into(),
        program.into(),
    ]
}

fn outcome(output: &Output) -> Result<(), String> {
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).collect();
    let last = &lines[lines.len().saturating_sub(LINES)..];
    Err(if last.is_empty() {
        format!("cargo ended with {}", output.status)
    } else {
        last.join("\n")
    })
}

/// The version of a peer that was built, from the lock file that cargo left beside its manifest.
pub fn version(peer: Peer) -> Option<String> {
    let lock = fs::read_to_string(peer::folder().join("Cargo.lock")).ok()?;
    // What candle's users depend on is its core.
    let package = if peer.name == "candle" { "candle-core" } else { peer.name };
    locked(&lock, package).map(String::from)
}

/// The version of a package that package `peers` depends on, of a lock file's text.
fn locked<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let packages = || lock.split("[[package]]").skip(1);
    let value = |section: &'a str, key: &str| {
        let mut lines = section.lines();
        lines.find_map(|line| line.strip_prefix(key)?.strip_prefix(" = \"")?.strip_suffix('"'))
    };
    let own = packages().find(|section| value(section, "name") == Some("peers"))?;
    let dependencies =
        own.lines().filter_map(|line| line.trim().strip_prefix('"')?.strip_suffix("\","));
    for dependency in dependencies {
        match dependency.split_once(' ') {
            // Where there are several versions, the one that is meant stands there.
            Some((name, version)) if name == package => return version.split(' ').next(),
            None if dependency == package => {
                let section = packages().find(|section| value(section, "name") == Some(package))?;
                return value(section, "version");
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::{LINES, locked, outcome, words};
    use crate::compare::peer::ALL;

    #[test]
    fn a_peer_is_built_alone() {
        let words = words(ALL[0]);
        assert!(words.iter().any(|word| word == "--bin"));
        let features = words.iter().position(|word| word == "--features").unwrap();
        assert_eq!(words[features + 1], "gemm");
        assert_eq!(words.last().unwrap(), "peer-gemm");
        assert!(!words.iter().any(|word| word == "--all-features"));
    }

    #[cfg(unix)]
    #[test]
    fn what_does_not_build_is_told_in_its_last_lines() {
        let run = |script: &str| Command::new("sh").args(["-c", script]).output().unwrap();
        assert_eq!(outcome(&run("echo warning >&2")), Ok(()));
        let error = outcome(&run("seq 1 100 >&2; echo >&2; exit 101")).unwrap_err();
        assert_eq!(error.lines().count(), LINES);
        assert!(error.ends_with("99\n100"), "{error}");
        let error = outcome(&run("exit 3")).unwrap_err();
        assert!(error.contains('3'), "{error}");
    }

    #[test]
    fn the_version_is_that_of_the_package_itself() {
        let lock = "version = 4\n\n[[package]]\nname = \"gemm\"\nversion = \"0.18.2\"\n\n\
                    [[package]]\nname = \"gemm\"\nversion = \"0.19.0\"\n\n\
                    [[package]]\nname = \"faer\"\nversion = \"0.24.4\"\ndependencies = [\n \
                    \"gemm 0.18.2\",\n]\n\n\
                    [[package]]\nname = \"peers\"\nversion = \"0.0.0\"\ndependencies = [\n \
                    \"faer\",\n \"gemm 0.19.0\",\n]\n";
        assert_eq!(locked(lock, "gemm"), Some("0.19.0"));
        assert_eq!(locked(lock, "faer"), Some("0.24.4"));
        assert_eq!(locked(lock, "burn"), None);
        assert_eq!(locked("", "gemm"), None);
    }
}
