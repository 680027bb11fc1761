//! The IDX format of MNIST and its kin, from any reader or a file, gzipped or plain.
//!
//! | offset | bytes | what |
//! | --- | --- | --- |
//! | 0 | 2 | zero |
//! | 2 | 1 | type of the elements: 0x08 u8, 0x09 i8, 0x0b i16, 0x0c i32, 0x0d f32, 0x0e f64 |
//! | 3 | 1 | rank: the number of dimensions |
//! | 4 | 4 × rank | the dimensions, big-endian u32 each |
//! | 4 + 4 × rank | | the elements, the last dimension fastest |
//!
//! Elements of type u8 are read, which is what images and labels are. The header is believed only as far as the bytes
//! bear it out: memory grows with what has been read, never with what was promised, and stays below a limit.
//!
//! Source: <http://yann.lecun.com/exdb/mnist/>.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use crate::error::DataError;
use crate::source::{DEFAULT_LIMIT, GZIP};

/// The code of u8 elements.
const U8: u8 = 0x08;
/// What is reserved on the word of a header, before the first element is read.
const RESERVED: usize = 1 << 16;

/// What an IDX file holds: bytes in a shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Array {
    /// The dimensions, of which the first counts the samples; at least one.
    pub shape: Vec<usize>,
    /// The elements, row-major: as many as the product of `shape`.
    pub elements: Vec<u8>,
}

/// Why bytes are no IDX file of u8 elements.
///
/// Offsets are in the decompressed bytes if the file is gzipped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IdxError {
    /// Reading or decompressing failed. A gzip stream that breaks off ends here, with
    /// [`UnexpectedEof`](io::ErrorKind::UnexpectedEof).
    #[error("offset {offset}: cannot read: {error}")]
    Read {
        /// The bytes that had been read before.
        offset: u64,
        /// What the reader says.
        error: io::Error,
    },
    /// The bytes don't start as an IDX file does.
    #[error("offset 0: expected bytes 00 00 (IDX) or 1f 8b (gzip), found {:02x} {:02x}", found[0], found[1])]
    Magic {
        /// The first two bytes.
        found: [u8; 2],
    },
    /// Elements of a type other than u8.
    #[error("offset 2: expected element type 0x08 (u8), found {code:#04x} ({})", element_name(*code))]
    ElementType {
        /// The code of the type found.
        code: u8,
    },
    /// No dimensions.
    #[error("offset 3: expected a rank of at least 1, found 0")]
    Rank,
    /// A shape with more elements than memory can address.
    #[error("offset 4: shape {shape:?} has more elements than memory can address")]
    TooLarge {
        /// The dimensions found.
        shape: Vec<usize>,
    },
    /// More elements than the reader was allowed.
    #[error("offset 4: shape {shape:?} has more elements than the limit of {limit} bytes")]
    TooLong {
        /// The dimensions found.
        shape: Vec<usize>,
        /// The most bytes.
        limit: u64,
    },
    /// The bytes end too early.
    #[error("offset {offset}: expected {expected} bytes of {part}, found {found}")]
    Truncated {
        /// `"header"` or `"shape"` or `"elements"`.
        part: &'static str,
        /// Where the part starts.
        offset: u64,
        /// The bytes it needs.
        expected: usize,
        /// The bytes there are.
        found: usize,
    },
    /// Bytes after the last element.
    #[error("offset {offset}: expected the end after shape {shape:?}, found more bytes")]
    Trailing {
        /// Where the file should end.
        offset: u64,
        /// The dimensions found.
        shape: Vec<usize>,
    },
}

fn element_name(code: u8) -> &'static str {
    match code {
        0x08 => "u8",
        0x09 => "i8",
        0x0b => "i16",
        0x0c => "i32",
        0x0d => "f32",
        0x0e => "f64",
        _ => "no type of the format",
    }
}

/// Reads a file in IDX format, gzipped or plain, told apart by its first bytes.
///
/// ```no_run
/// let images = neuropil_data::idx::open("examples/data/mnist/train-images-idx3-ubyte.gz")?;
/// assert_eq!(images.shape, [60_000, 28, 28]);
/// # Ok::<(), neuropil_data::DataError>(())
/// ```
///
/// # Errors
/// [`DataError::Open`] if the file can't be opened, [`DataError::Idx`] as [`read`]: each names the file.
pub fn open(path: impl AsRef<Path>) -> Result<Array, DataError> {
    let path = path.as_ref();
    let file =
        File::open(path).map_err(|error| DataError::Open { path: path.to_owned(), error })?;
    read(file).map_err(|error| DataError::Idx { path: path.to_owned(), error })
}

/// Reads IDX from the start of `bytes` to their end, gzipped or plain, told apart by the first two bytes: at most
/// [`DEFAULT_LIMIT`] elements.
///
/// ```
/// use neuropil_data::idx;
///
/// // Two labels.
/// let bytes = [0, 0, 8, 1, 0, 0, 0, 2, 7, 3];
/// let labels = idx::read(&bytes[..])?;
/// assert_eq!((labels.shape, labels.elements), (vec![2], vec![7, 3]));
///
/// let error = idx::read(&bytes[..9]).unwrap_err();
/// assert_eq!(error.to_string(), "offset 8: expected 2 bytes of elements, found 1");
/// # Ok::<(), idx::IdxError>(())
/// ```
///
/// # Errors
/// [`IdxError`] if the bytes can't be read, are not IDX, hold elements of another type than u8, or are more or fewer
/// than the header says, or than the limit.
pub fn read(bytes: impl Read) -> Result<Array, IdxError> {
    read_at_most(bytes, DEFAULT_LIMIT)
}

/// As [`read`], of at most `limit` elements (a byte each), however well a gzip stream is packed.
///
/// # Errors
/// As [`read`].
pub fn read_at_most(mut bytes: impl Read, limit: u64) -> Result<Array, IdxError> {
    let mut start = [0; 2];
    let found = fill(&mut bytes, &mut start, 0)?;
    let bytes = start[..found].chain(bytes);
    if start == GZIP { parse(MultiGzDecoder::new(bytes), limit) } else { parse(bytes, limit) }
}

fn parse(mut bytes: impl Read, limit: u64) -> Result<Array, IdxError> {
    let mut header = [0; 4];
    fill_whole(&mut bytes, &mut header, "header", 0)?;
    let [zero, zero_too, code, rank] = header;
    if (zero, zero_too) != (0, 0) {
        return Err(IdxError::Magic { found: [zero, zero_too] });
    }
    if code != U8 {
        return Err(IdxError::ElementType { code });
    }
    if rank == 0 {
        return Err(IdxError::Rank);
    }

    // At most 255 dimensions: the largest header is 1,024 bytes.
    let mut dimensions = vec![0; 4 * usize::from(rank)];
    fill_whole(&mut bytes, &mut dimensions, "shape", 4)?;
    let shape: Vec<usize> = dimensions
        .chunks_exact(4)
        .map(|d| u32::from_be_bytes([d[0], d[1], d[2], d[3]]) as usize)
        .collect();
    let Some(expected) = shape.iter().try_fold(1_usize, |n, &d| n.checked_mul(d)) else {
        return Err(IdxError::TooLarge { shape });
    };
    if expected as u64 > limit {
        return Err(IdxError::TooLong { shape, limit });
    }

    let offset = 4 + dimensions.len() as u64;
    let mut elements = Vec::with_capacity(expected.min(RESERVED));
    if let Err(error) = bytes.by_ref().take(expected as u64).read_to_end(&mut elements) {
        return Err(IdxError::Read { offset: offset + elements.len() as u64, error });
    }
    if elements.len() < expected {
        let found = elements.len();
        return Err(IdxError::Truncated { part: "elements", offset, expected, found });
    }
    // One more byte is asked for also to reach the end of a gzip stream, where its checksum is compared.
    let offset = offset + expected as u64;
    match fill(&mut bytes, &mut [0], offset)? {
        0 => Ok(Array { shape, elements }),
        _ => Err(IdxError::Trailing { offset, shape }),
    }
}

/// Fills `buffer`, as far as the bytes last; how many there were.
fn fill(bytes: &mut impl Read, buffer: &mut [u8], offset: u64) -> Result<usize, IdxError> {
    let mut filled = 0;
    while filled < buffer.len() {
        match bytes.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                return Err(IdxError::Read { offset: offset + filled as u64, error });
            }
        }
    }
    Ok(filled)
}

/// Fills `buffer` with the `part` of the format that starts at `offset`.
fn fill_whole(
    bytes: &mut impl Read,
    buffer: &mut [u8],
    part: &'static str,
    offset: u64,
) -> Result<(), IdxError> {
    let (expected, found) = (buffer.len(), fill(bytes, buffer, offset)?);
    if found == expected {
        Ok(())
    } else {
        Err(IdxError::Truncated { part, offset, expected, found })
    }
}
