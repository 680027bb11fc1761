//! What a sample is made of: numbers, or indices into a table such as the tokens of a vocabulary.

use crate::error::DataError;

/// The inputs of a dataset, row-major: numbers, or indices.
///
/// ```
/// use neuropil_data::{Dataset, InputKind, Inputs, Targets};
///
/// // Two texts of three tokens from a vocabulary of five, each of one of two classes.
/// let inputs = Inputs::Indices { indices: vec![0, 4, 1, 2, 2, 3], limit: 5 };
/// let targets = Targets::Labels { labels: vec![1, 0], classes: 2, shape: vec![] };
/// let texts: Dataset = Dataset::new([3], inputs, targets)?;
/// assert_eq!(texts.input_kind(), InputKind::Indices { limit: 5 });
/// assert_eq!(texts.input_indices(1), Some(&[2, 2, 3][..]));
/// # Ok::<(), neuropil_data::DataError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Inputs<T> {
    /// `[rows, shape...]`.
    Numbers(Vec<T>),
    /// What an embedding looks up: tokens, categories.
    Indices {
        /// `[rows, shape...]`, each below `limit`.
        indices: Vec<u32>,
        /// The size of the table or vocabulary, whether or not each index occurs.
        limit: usize,
    },
}

impl<T> Inputs<T> {
    /// The numbers, `[rows, shape...]`.
    ///
    /// # Errors
    /// [`DataError::NotNumbers`] if these are indices.
    pub fn into_numbers(self) -> Result<Vec<T>, DataError> {
        match self {
            Inputs::Numbers(numbers) => Ok(numbers),
            Inputs::Indices { limit, .. } => Err(DataError::NotNumbers {
                what: "into_numbers",
                inputs: InputKind::Indices { limit }.describe(),
            }),
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Inputs::Numbers(numbers) => numbers.len(),
            Inputs::Indices { indices, .. } => indices.len(),
        }
    }
}

impl<T> From<Vec<T>> for Inputs<T> {
    fn from(numbers: Vec<T>) -> Self {
        Inputs::Numbers(numbers)
    }
}

/// What kind of inputs a dataset has: what a network must know before it reads any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputKind {
    /// Numbers.
    Numbers,
    /// Indices.
    Indices {
        /// Each index is below it.
        limit: usize,
    },
}

impl InputKind {
    /// Words for a message, so that a mismatch names both sides.
    pub(crate) fn describe(self) -> String {
        match self {
            InputKind::Numbers => "numbers".to_owned(),
            InputKind::Indices { limit } => format!("indices below {limit}"),
        }
    }
}
