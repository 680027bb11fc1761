//! What the examples share: options, plots, pictures of digits, simple models to compare with. The
//! examples themselves lie beside this folder, one file each.
#![forbid(unsafe_code)]

pub mod autoregression;
mod canvas;
pub mod channels;
pub mod counts;
pub mod digits;
mod font;
pub mod noise;
pub mod options;
pub mod plot;
pub mod shift;

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Any of the errors that can come up in an example.
pub type Failure = Box<dyn std::error::Error>;

/// The tables of this repository: iris, penguins, diabetes and others.
pub const TABULAR: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/tabular");

/// The MNIST files of this repository.
pub const MNIST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/mnist");

/// The texts of this repository.
pub const TEXT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/text");

/// The series in time of this repository.
pub const TIMESERIES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/timeseries");

/// The sequences of different lengths of this repository.
pub const SEQUENCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/sequence");

/// The folder `target/<example>` of the workspace, made if need be: where an example writes its
/// files.
///
/// # Errors
/// If the folder cannot be made.
pub fn output_folder(example: &str) -> io::Result<PathBuf> {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = examples.parent().unwrap_or(examples).join("target").join(example);
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// What an example's process ends with: success, or failure with the error in plain words.
pub fn exit(outcome: Result<(), Failure>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
