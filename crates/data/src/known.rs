//! One line for each well-known data set: what its files mean, beside where they lie.

mod mnist;
mod sequences;
mod series;
mod tabular;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

pub use self::mnist::mnist;
pub use self::sequences::japanese_vowels;
pub use self::series::{airline, co2, sunspots, sunspots_monthly};
pub use self::tabular::{
    BREAST_CANCER_CLASSES, IRIS_CLASSES, PENGUIN_CLASSES, breast_cancer, diabetes, digits, iris,
    penguins, wine,
};
use crate::error::DataError;
use crate::source::Source;
use crate::text::Text;

/// Reads Jane Austen's Pride and Prejudice from a directory, character by character: 684,768 tokens of a vocabulary
/// of 75.
///
/// The file is `pride-and-prejudice.txt`, plain or with `.gz`.
///
/// ```no_run
/// use neuropil_data::{Dataset, Windows, pride_and_prejudice};
///
/// let (train, valid) = pride_and_prejudice("examples/data/text")?.split_at(0.9)?;
/// let data: Dataset = train.windows(Windows::new(64))?; // indices [64], labels [64]
/// # Ok::<(), neuropil_data::DataError>(())
/// ```
///
/// # Errors
/// [`DataError::Missing`], [`DataError::Open`], [`DataError::Read`], [`DataError::Malformed`], each with the file.
pub fn pride_and_prejudice(directory: impl AsRef<Path>) -> Result<Text, DataError> {
    let source = find(directory.as_ref(), "pride-and-prejudice.txt")?;
    Ok(Text::characters(source.text()?))
}

/// The file of this name in a directory, or with `.gz` behind it.
fn find(directory: &Path, name: &str) -> Result<Source, DataError> {
    either(&directory.join(name), |path| Source::open(path)).map(|(_, source)| source)
}

/// What `open` gives for the file at `path` or, if there is none, at `path.gz`; and which of the two it was.
fn either<R>(
    path: &Path,
    open: impl Fn(&Path) -> Result<R, DataError>,
) -> Result<(PathBuf, R), DataError> {
    let mut zipped = path.as_os_str().to_owned();
    zipped.push(".gz");
    for candidate in [path.to_owned(), PathBuf::from(zipped)] {
        match open(&candidate) {
            Err(DataError::Open { error, .. }) if error.kind() == ErrorKind::NotFound => {}
            result => return result.map(|read| (candidate, read)),
        }
    }
    Err(DataError::Missing { path: path.to_owned() })
}
