//! Japanese Vowels: utterances of nine speakers.

use std::path::Path;

use super::find;
use crate::dataset::Dataset;
use crate::error::DataError;
use crate::ts;

/// Reads Japanese Vowels from a directory: the training set (270 utterances) and the test set (370), for telling nine
/// speakers apart by two vowels.
///
/// A sample is `[29, 12]`: the 12 coefficients (LPC cepstra) of 7 to 29 frames, padded with zeros; each row has its
/// length. Both sets have the same shape. Label 0 is speaker 1. The files are `JapaneseVowels_TRAIN.ts` and
/// `JapaneseVowels_TEST.ts`, each plain or with `.gz`.
///
/// ```no_run
/// let (train, test) = neuropil_data::japanese_vowels("examples/data/sequence")?;
/// assert_eq!((train.len(), test.len()), (270, 370));
/// # Ok::<(), neuropil_data::DataError>(())
/// ```
///
/// Source: M. Kudo, J. Toyama, M. Shimbo, Multidimensional Curve Classification Using Passing-Through Regions, 1999.
///
/// # Errors
/// [`DataError::Missing`] if a file isn't there, and as [`ts::open`].
pub fn japanese_vowels(directory: impl AsRef<Path>) -> Result<(Dataset, Dataset), DataError> {
    let read = |file| ts::read(&find(directory.as_ref(), file)?);
    let (train, test) =
        (read("JapaneseVowels_TRAIN.ts")?.data, read("JapaneseVowels_TEST.ts")?.data);
    let steps = |data: &Dataset| data.shape().first().copied().unwrap_or(1);
    let time = steps(&train).max(steps(&test));
    Ok((train.padded(time)?, test.padded(time)?))
}
