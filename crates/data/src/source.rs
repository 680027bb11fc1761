//! What readers read: all bytes of a file or of anything else, unpacked, and no more than a limit allows.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use crate::error::DataError;

/// The first bytes of a gzip stream, RFC 1952.
pub(crate) const GZIP: [u8; 2] = [0x1f, 0x8b];

/// The bytes that a reader accepts unless it is told otherwise, 1 GiB after unpacking: a gzip file of a megabyte can
/// unpack to a gigabyte, and one of a gigabyte to more than there is memory.
pub const DEFAULT_LIMIT: u64 = 1 << 30;

/// The bytes of a file, unpacked if it is gzipped (told by its first bytes, not by its name), with the name that errors
/// call it by.
///
/// ```
/// use neuropil_data::{Csv, Source};
///
/// let source = Source::of("measured.csv", &b"x,y\n1,2\n"[..])?;
/// let table = Csv::new().read(&source)?;
/// assert_eq!(table.names(), ["x", "y"]);
/// # Ok::<(), neuropil_data::DataError>(())
/// ```
#[derive(Clone)]
pub struct Source {
    name: String,
    bytes: Vec<u8>,
    limit: u64,
}

impl Source {
    /// The bytes of a file, at most [`DEFAULT_LIMIT`].
    ///
    /// # Errors
    /// [`DataError::Open`], [`DataError::Read`] if the operating system refuses or a gzip stream is damaged,
    /// [`DataError::TooLong`] if there is more than the limit.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, DataError> {
        Self::open_at_most(path, DEFAULT_LIMIT)
    }

    /// The bytes of a file, at most `limit` after unpacking.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_at_most(path: impl AsRef<Path>, limit: u64) -> Result<Self, DataError> {
        let path = path.as_ref();
        let file =
            File::open(path).map_err(|error| DataError::Open { path: path.to_owned(), error })?;
        Self::at_most(path.display().to_string(), file, limit)
    }

    /// All bytes of a reader or a slice, at most [`DEFAULT_LIMIT`]; `name` is for errors.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn of(name: impl Into<String>, bytes: impl Read) -> Result<Self, DataError> {
        Self::at_most(name, bytes, DEFAULT_LIMIT)
    }

    /// All bytes of a reader or a slice, at most `limit` after unpacking; `name` is for errors.
    ///
    /// ```
    /// use neuropil_data::Source;
    ///
    /// let error = Source::at_most("upload", &b"12345"[..], 4).unwrap_err();
    /// assert_eq!(error.to_string(), "upload: more than the limit of 4 bytes");
    /// ```
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn at_most(
        name: impl Into<String>,
        mut bytes: impl Read,
        limit: u64,
    ) -> Result<Self, DataError> {
        let name = name.into();
        let mut start = Vec::new();
        let read = bytes.by_ref().take(GZIP.len() as u64).read_to_end(&mut start);
        read.map_err(|error| DataError::Read { file: name.clone(), offset: 0, error })?;
        let zipped = start == GZIP;
        let bytes = io::Cursor::new(start).chain(bytes);
        if zipped {
            Self::all_of(name, MultiGzDecoder::new(bytes), limit)
        } else {
            Self::all_of(name, bytes, limit)
        }
    }

    fn all_of(name: String, bytes: impl Read, limit: u64) -> Result<Self, DataError> {
        let mut all = Vec::new();
        // The byte beyond the limit tells more from enough; memory grows with what has been read.
        match bytes.take(limit.saturating_add(1)).read_to_end(&mut all) {
            Err(error) => Err(DataError::Read { file: name, offset: all.len() as u64, error }),
            Ok(_) if all.len() as u64 > limit => Err(DataError::TooLong { file: name, limit }),
            Ok(_) => Ok(Self { name, bytes: all, limit }),
        }
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What errors call it: the path of a file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The bytes as text, without the byte order mark that some programs write before it.
    ///
    /// # Errors
    /// [`DataError::Malformed`], with the line, if the bytes are not UTF-8.
    pub fn text(&self) -> Result<&str, DataError> {
        let bytes = self.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.bytes);
        std::str::from_utf8(bytes).map_err(|error| {
            let (before, rest) = bytes.split_at(error.valid_up_to());
            let line = 1 + before.iter().filter(|&&byte| byte == b'\n').count();
            self.malformed(line, "UTF-8 text", format!("byte {:#04x}", rest[0]))
        })
    }

    /// What parsing may take in memory.
    pub(crate) fn limit(&self) -> u64 {
        self.limit
    }

    pub(crate) fn malformed(
        &self,
        line: usize,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> DataError {
        let (expected, found) = (expected.into(), found.into());
        DataError::Malformed { file: self.name.clone(), line, expected, found }
    }
}

/// What it is, not its bytes.
impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source")
            .field("name", &self.name)
            .field("bytes", &self.bytes.len())
            .field("limit", &self.limit)
            .finish()
    }
}

/// A piece of a file for a message: in quotes, control characters escaped, cut after some characters.
pub(crate) fn quoted(text: &str) -> String {
    const LONGEST: usize = 40;
    let mut shown: String = text.chars().take(LONGEST).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    format!("{shown:?}")
}
