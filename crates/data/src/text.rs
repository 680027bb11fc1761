//! Text as numbers: a vocabulary of characters or bytes, and a text in its tokens.

#[cfg(feature = "readers")]
use std::path::Path;

use crate::dataset::Dataset;
use crate::error::DataError;
#[cfg(feature = "readers")]
use crate::source::Source;
use crate::windows::Windows;

/// What each token stands for: a character of those that occur, or a byte.
///
/// ```
/// use neuropil_data::Vocabulary;
///
/// let letters = Vocabulary::of_text("hello");
/// assert_eq!(letters.characters(), Some(&['e', 'h', 'l', 'o'][..]));
/// let tokens = letters.encode("hole")?;
/// assert_eq!(tokens, [1, 3, 2, 0]);
/// assert_eq!(letters.decode(&tokens)?, "hole");
/// # Ok::<(), neuropil_data::DataError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vocabulary {
    /// Sorted, each once; or none: bytes.
    characters: Option<Vec<char>>,
}

impl Vocabulary {
    /// The characters (Unicode scalar values) that occur in a text, in the order of their codes.
    pub fn of_text(text: &str) -> Self {
        Self::of_characters(text.chars())
    }

    /// These characters, in the order of their codes: those of [`characters`](Self::characters) that were kept beside
    /// a network's weights.
    pub fn of_characters(characters: impl IntoIterator<Item = char>) -> Self {
        let distinct: std::collections::BTreeSet<char> = characters.into_iter().collect();
        Self { characters: Some(distinct.into_iter().collect()) }
    }

    /// All 256 bytes: any text can be encoded.
    pub fn bytes() -> Self {
        Self { characters: None }
    }

    /// The number of tokens.
    pub fn len(&self) -> usize {
        self.characters.as_ref().map_or(256, Vec::len)
    }

    /// Whether there are no tokens: only of an empty text.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The characters, by token, or `None` if tokens are bytes.
    pub fn characters(&self) -> Option<&[char]> {
        self.characters.as_deref()
    }

    /// The tokens of a text, one for each character or byte.
    ///
    /// # Errors
    /// [`DataError::UnknownCharacter`] if one is not in the vocabulary.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, DataError> {
        let Some(characters) = &self.characters else {
            return Ok(text.bytes().map(u32::from).collect());
        };
        let token = |(offset, character): (usize, char)| match characters.binary_search(&character)
        {
            Ok(token) => Ok(token as u32),
            Err(_) => Err(DataError::UnknownCharacter { offset, character }),
        };
        text.char_indices().map(token).collect()
    }

    /// The text of tokens. Bytes that are not UTF-8 become U+FFFD.
    ///
    /// # Errors
    /// [`DataError::UnknownToken`] if one is not below [`len`](Self::len).
    pub fn decode(&self, tokens: &[u32]) -> Result<String, DataError> {
        let check = |place: usize| {
            let (token, limit) = (tokens[place], self.len());
            if (token as usize) < limit {
                Ok(token)
            } else {
                Err(DataError::UnknownToken { place, token, limit })
            }
        };
        let checked = (0..tokens.len()).map(check);
        match &self.characters {
            Some(characters) => {
                checked.map(|token| token.map(|token| characters[token as usize])).collect()
            }
            None => {
                // Below 256, as checked.
                let bytes: Vec<u8> = checked
                    .map(|token| token.map(|token| token as u8))
                    .collect::<Result<_, _>>()?;
                Ok(String::from_utf8_lossy(&bytes).into_owned())
            }
        }
    }
}

/// A text in tokens, with the vocabulary that says what they are.
///
/// ```
/// use neuropil_data::{Dataset, Text, Windows};
///
/// let text = Text::characters("to be or not to be");
/// let (train, valid) = text.split_at(0.7)?;
/// let data: Dataset = train.windows(Windows::new(4))?;
/// assert_eq!((data.len(), data.shape()), (3, &[4][..]));
/// assert_eq!(valid.vocabulary().decode(valid.tokens())?, "to be");
/// # Ok::<(), neuropil_data::DataError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    vocabulary: Vocabulary,
    tokens: Vec<u32>,
}

impl Text {
    /// A token for each character, of a vocabulary of the characters that occur.
    pub fn characters(text: &str) -> Self {
        let vocabulary = Vocabulary::of_text(text);
        let tokens = vocabulary.encode(text).expect("the characters are the text's own");
        Self { vocabulary, tokens }
    }

    /// A token for each byte, of a vocabulary of 256.
    pub fn bytes(text: &[u8]) -> Self {
        let tokens = text.iter().copied().map(u32::from).collect();
        Self { vocabulary: Vocabulary::bytes(), tokens }
    }

    /// A file in UTF-8, gzipped or plain, character by character.
    ///
    /// # Errors
    /// As [`Source::open`] and [`Source::text`].
    #[cfg(feature = "readers")]
    pub fn open(path: impl AsRef<Path>) -> Result<Self, DataError> {
        Ok(Self::characters(Source::open(path)?.text()?))
    }

    /// What the tokens stand for.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// The tokens, in order.
    pub fn tokens(&self) -> &[u32] {
        &self.tokens
    }

    /// The first `fraction` of the tokens, rounded to the nearest whole token, and the others, both with the whole
    /// vocabulary.
    ///
    /// # Errors
    /// - [`DataError::Fraction`]: `fraction` is not a number between 0 and 1.
    /// - [`DataError::EmptyPart`]: a part would have no token.
    pub fn split_at(&self, fraction: f64) -> Result<(Self, Self), DataError> {
        let first = crate::split::first_part(self.tokens.len(), fraction)?;
        let part =
            |tokens: &[u32]| Self { vocabulary: self.vocabulary.clone(), tokens: tokens.to_vec() };
        let (left, right) = self.tokens.split_at(first);
        Ok((part(left), part(right)))
    }

    /// A dataset for predicting the next token at every step: [`Windows::next_tokens`].
    ///
    /// # Errors
    /// As [`Windows::next_tokens`].
    pub fn windows<T: Copy>(&self, windows: Windows) -> Result<Dataset<T>, DataError> {
        windows.next_tokens(&self.tokens, self.vocabulary.len())
    }
}
