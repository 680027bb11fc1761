//! The listings: what the compiler makes of the kernels in a release build.

use std::{
    env,
    ffi::{OsStr, OsString},
    fs,
    path::{Path, PathBuf},
    process,
};

use super::{FLOATS, kernels};
use crate::Failure;

/// The texts of both listings.
#[derive(Debug)]
pub(super) struct Listings {
    /// Where they are, as `tensor.s` and `kernels.s`.
    pub folder: PathBuf,
    /// Package `neuropil-tensor`: the matrix products.
    pub tensor: String,
    /// The functions of `neuropil-simd`, each for each type.
    pub kernels: String,
}

/// Compiles what has changed. Dependencies are those of any other release build.
pub(super) fn listings(root: &Path) -> Result<Listings, Failure> {
    let target = env::var_os("CARGO_TARGET_DIR").map_or(root.join("target"), |it| root.join(it));
    let folder = target.join("release/asm");
    fs::create_dir_all(&folder).map_err(|error| failed(&folder, &error))?;
    let (tensor, kernels, source) =
        (folder.join("tensor.s"), folder.join("kernels.s"), folder.join("kernels.rs"));

    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let to_target: [&OsStr; 4] =
        ["--quiet".as_ref(), "--release".as_ref(), "--target-dir".as_ref(), target.as_ref()];
    let package = |command, name| [OsStr::new(command), "--package".as_ref(), OsStr::new(name)];

    let mut words = package("rustc", "neuropil-tensor").map(OsString::from).to_vec();
    words.extend(to_target.map(OsString::from));
    words.extend(["--lib", "--", "-Ccodegen-units=1"].map(OsString::from));
    words.push(emit(&tensor));
    start(&cargo, root, &words)?;
    if !tensor.exists() {
        // Cargo does not know of the listing, and compiles only what has changed.
        return Err(Failure::Failed(format!(
            "{} was removed; `cargo clean --release --package neuropil-tensor` brings it back",
            tensor.display()
        )));
    }

    let mut words = package("build", "neuropil-simd").map(OsString::from).to_vec();
    words.extend(to_target.map(OsString::from));
    start(&cargo, root, &words)?;

    fs::write(&source, kernels::source(FLOATS)).map_err(|error| failed(&source, &error))?;
    let release = target.join("release");
    let mut words =
        ["--edition=2024", "-Copt-level=3", "-Ccodegen-units=1"].map(OsString::from).to_vec();
    words.push(emit(&kernels));
    words.push("--extern".into());
    words.push(joined("neuropil_simd=", &release.join("libneuropil_simd.rlib")));
    words.push(joined("-Ldependency=", &release.join("deps")));
    words.push(source.into());
    start(&rustc(), root, &words)?;

    Ok(Listings { tensor: read(&tensor)?, kernels: read(&kernels)?, folder })
}

/// What the compiler calls itself: `rustc 1.95.0 (...)`.
pub(super) fn compiler() -> Result<String, Failure> {
    let rustc = rustc();
    let said = process::Command::new(&rustc).arg("--version").output();
    let said = said
        .map_err(|error| Failure::Failed(format!("{} does not start: {error}", rustc.display())))?;
    Ok(String::from_utf8_lossy(&said.stdout).trim().to_owned())
}

fn rustc() -> OsString {
    env::var_os("RUSTC").unwrap_or_else(|| "rustc".into())
}

fn emit(listing: &Path) -> OsString {
    joined("--emit=asm=", listing)
}

fn joined(option: &str, path: &Path) -> OsString {
    let mut word = OsString::from(option);
    word.push(path);
    word
}

fn start(program: &OsStr, root: &Path, words: &[OsString]) -> Result<(), Failure> {
    let status =
        process::Command::new(program).args(words).current_dir(root).status().map_err(|error| {
            Failure::Failed(format!("{} does not start: {error}", program.display()))
        })?;
    if status.success() {
        return Ok(());
    }
    // A program ended by a signal has no code.
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Err(Failure::Exit(code.unwrap_or(1)))
}

fn read(listing: &PathBuf) -> Result<String, Failure> {
    fs::read_to_string(listing).map_err(|error| failed(listing, &error))
}

fn failed(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Failed(format!("{}: {error}", path.display()))
}
