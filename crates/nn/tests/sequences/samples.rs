//! What the tests of sequences share.

use neuropil_nn::Error;

/// What tests fail with.
pub type Failure = Box<dyn std::error::Error>;

/// The error of a result, which must say these words.
pub fn says<T>(result: Result<T, Error>, words: &[&str]) -> Error {
    let Err(error) = result else {
        panic!("no error, expected one with {words:?}");
    };
    let message = error.to_string();
    for word in words {
        assert!(message.contains(word), "{message:?} lacks {word:?}");
    }
    error
}
