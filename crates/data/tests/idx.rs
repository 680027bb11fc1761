//! IDX readers against damaged bytes: an error or the right array, never a panic, and no memory for empty promises.

use std::fs;
use std::io::{self, Read, Write};
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::GzEncoder;
use neuropil_data::idx::{self, Array, IdxError};
use neuropil_data::{DataError, mnist};
use proptest::prelude::*;

fn idx_bytes(shape: &[u32], elements: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, shape.len() as u8];
    bytes.extend(shape.iter().flat_map(|d| d.to_be_bytes()));
    bytes.extend(elements);
    bytes
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Three images of 4 x 5.
fn images() -> (Array, Vec<u8>) {
    let elements: Vec<u8> = (0..60_u32).map(|i| (i * 37 % 251) as u8).collect();
    let bytes = idx_bytes(&[3, 4, 5], &elements);
    (Array { shape: vec![3, 4, 5], elements }, bytes)
}

fn message(bytes: &[u8]) -> String {
    idx::read(bytes).unwrap_err().to_string()
}

#[test]
fn plain_and_gzipped_give_the_same() {
    let (array, bytes) = images();
    assert_eq!(idx::read(&bytes[..]).unwrap(), array);
    assert_eq!(idx::read(&gzipped(&bytes)[..]).unwrap(), array);
    // Two gzip streams in a row are one file, RFC 1952.
    let (left, right) = bytes.split_at(30);
    assert_eq!(idx::read(&[gzipped(left), gzipped(right)].concat()[..]).unwrap(), array);
}

#[test]
fn a_file_may_hold_no_samples() {
    let none = idx::read(&idx_bytes(&[0, 28, 28], &[])[..]).unwrap();
    assert_eq!((none.shape, none.elements), (vec![0, 28, 28], vec![]));
}

#[test]
fn every_truncation_is_an_error() {
    let (_, bytes) = images();
    for bytes in [bytes.clone(), gzipped(&bytes)] {
        for len in 0..bytes.len() {
            let error = idx::read(&bytes[..len]).expect_err("a truncated file");
            let eof = |error: &io::Error| error.kind() == io::ErrorKind::UnexpectedEof;
            assert!(
                match &error {
                    IdxError::Truncated { expected, found, .. } => found < expected,
                    IdxError::Read { error, .. } => eof(error),
                    _ => false,
                },
                "{len} bytes: {error}"
            );
        }
    }
}

#[test]
fn every_damaged_header_byte_is_an_error() {
    let (_, bytes) = images();
    for place in 0..16 {
        for value in (0..=255).filter(|&value| value != bytes[place]) {
            let mut damaged = bytes.clone();
            damaged[place] = value;
            assert!(idx::read(&damaged[..]).is_err(), "byte {place} = {value:#04x}");
        }
    }
}

#[test]
fn a_damaged_gzip_byte_is_an_error_or_harmless() {
    let (array, bytes) = images();
    let whole = gzipped(&bytes);
    let mut errors = 0;
    for place in 0..whole.len() {
        for value in 0..=255 {
            let mut damaged = whole.clone();
            damaged[place] = value;
            match idx::read(&damaged[..]) {
                Ok(read) => assert_eq!(read, array, "byte {place} = {value:#04x}"),
                Err(_) => errors += 1,
            }
        }
    }
    // All but the bytes as they were and those of the header that say nothing about the data.
    assert!(errors > 255 * (whole.len() - 10), "{errors} of {}", 256 * whole.len());
}

#[test]
fn messages_say_where_and_what() {
    let (_, bytes) = images();
    assert_eq!(message(&[]), "offset 0: expected 4 bytes of header, found 0");
    assert_eq!(message(&bytes[..3]), "offset 0: expected 4 bytes of header, found 3");
    assert_eq!(message(&bytes[..11]), "offset 4: expected 12 bytes of shape, found 7");
    assert_eq!(message(&bytes[..75]), "offset 16: expected 60 bytes of elements, found 59");
    assert_eq!(
        message(&[&bytes[..], &[0]].concat()),
        "offset 76: expected the end after shape [3, 4, 5], found more bytes"
    );
    assert_eq!(
        message(b"\x89PNG...."),
        "offset 0: expected bytes 00 00 (IDX) or 1f 8b (gzip), found 89 50"
    );
    assert_eq!(
        message(&[0, 0, 0x0d, 1, 0, 0, 0, 0]),
        "offset 2: expected element type 0x08 (u8), found 0x0d (f32)"
    );
    assert_eq!(
        message(&[0, 0, 0x0a, 1, 0, 0, 0, 0]),
        "offset 2: expected element type 0x08 (u8), found 0x0a (no type of the format)"
    );
    assert_eq!(message(&[0, 0, 8, 0, 7]), "offset 3: expected a rank of at least 1, found 0");
}

#[test]
#[cfg(target_pointer_width = "64")]
fn a_header_gets_no_memory_for_its_promises() {
    // Half the address space, which no allocator grants: reserving it would end the process.
    let half = idx_bytes(&[1 << 31, 1 << 31], &[1, 2, 3]);
    for bytes in [half.clone(), gzipped(&half)] {
        let error = idx::read_at_most(&bytes[..], u64::MAX).unwrap_err();
        assert!(
            matches!(
                error,
                IdxError::Truncated { offset: 12, expected: 0x4000_0000_0000_0000, found: 3, .. }
            ),
            "{error}"
        );
    }
    // More than an address can say, also when a later zero would make it nothing.
    for shape in [&[u32::MAX; 3][..], &[u32::MAX, u32::MAX, u32::MAX, 0]] {
        let error = idx::read(&idx_bytes(shape, &[])[..]).unwrap_err();
        assert!(matches!(error, IdxError::TooLarge { .. }), "{error}");
    }
    let error = idx::read(&[0, 0, 8, 255][..]).unwrap_err();
    assert!(matches!(error, IdxError::Truncated { part: "shape", expected: 1020, .. }), "{error}");
}

#[test]
fn a_bomb_stops_at_the_limit() {
    // A kilobyte of gzip that unpacks to a megabyte, and with less patience to nothing.
    let bytes = gzipped(&idx_bytes(&[1 << 20], &vec![0; 1 << 20]));
    assert!(bytes.len() < 2_000);
    assert_eq!(idx::read_at_most(&bytes[..], 1 << 20).unwrap().elements.len(), 1 << 20);
    let error = idx::read_at_most(&bytes[..], (1 << 20) - 1).unwrap_err();
    assert_eq!(
        error.to_string(),
        "offset 4: shape [1048576] has more elements than the limit of 1048575 bytes"
    );
    let error = idx::read(&idx_bytes(&[1 << 16, 1 << 15], &[])[..]).unwrap_err();
    assert!(matches!(error, IdxError::TooLong { limit: 0x4000_0000, .. }), "{error}");
}

/// Gives a byte at a time, interrupts before each, and fails at `fails_at`.
struct Slow<'a> {
    bytes: &'a [u8],
    interrupted: bool,
    left_until_failure: usize,
}

impl Read for Slow<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.interrupted = !self.interrupted;
        if self.interrupted {
            return Err(io::ErrorKind::Interrupted.into());
        }
        if self.left_until_failure == 0 {
            return Err(io::Error::other("the cable was pulled"));
        }
        self.left_until_failure -= 1;
        let take = buffer.len().min(1);
        self.bytes.read(&mut buffer[..take])
    }
}

#[test]
fn slow_and_failing_readers() {
    let (array, bytes) = images();
    for bytes in [&bytes, &gzipped(&bytes)] {
        let slow = Slow { bytes, interrupted: false, left_until_failure: usize::MAX };
        assert_eq!(idx::read(slow).unwrap(), array);
    }
    for fails_at in 0..bytes.len() {
        let slow = Slow { bytes: &bytes, interrupted: false, left_until_failure: fails_at };
        let error = idx::read(slow).unwrap_err();
        let IdxError::Read { offset, .. } = error else { panic!("{error}") };
        assert_eq!(offset, fails_at as u64, "{error}");
        assert!(error.to_string().ends_with("the cable was pulled"), "{error}");
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        shape in prop::collection::vec(0..6_u32, 1..5),
        seed: u8,
        zipped: bool,
    ) {
        let len: u32 = shape.iter().product();
        let elements: Vec<u8> = (0..len).map(|i| (i as u8).wrapping_mul(31) ^ seed).collect();
        let bytes = idx_bytes(&shape, &elements);
        let read = idx::read(&if zipped { gzipped(&bytes) } else { bytes }[..]).unwrap();
        prop_assert_eq!(read.shape, shape.iter().map(|&d| d as usize).collect::<Vec<_>>());
        prop_assert_eq!(read.elements, elements);
    }

    #[test]
    fn noise_is_no_array_and_no_panic(
        start in prop::sample::select(vec![vec![], vec![0, 0], vec![0, 0, 8], vec![0x1f, 0x8b, 8]]),
        noise in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let bytes = [start, noise].concat();
        if let Ok(array) = idx::read(&bytes[..]) {
            prop_assert_eq!(array.elements.len(), array.shape.iter().product::<usize>());
        }
    }
}

/// A directory of its own with a small MNIST: two images to train, one to test.
fn small_mnist(name: &str) -> PathBuf {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).unwrap();
    let pixels: Vec<u8> = (0..2 * 784).map(|i| (i % 256) as u8).collect();
    let write = |file: &str, bytes: &[u8]| fs::write(directory.join(file), bytes).unwrap();
    write("train-images-idx3-ubyte", &idx_bytes(&[2, 28, 28], &pixels));
    write("train-labels-idx1-ubyte.gz", &gzipped(&idx_bytes(&[2], &[9, 4])));
    write("t10k-images-idx3-ubyte.gz", &gzipped(&idx_bytes(&[1, 28, 28], &pixels[..784])));
    write("t10k-labels-idx1-ubyte", &idx_bytes(&[1], &[0]));
    directory
}

#[test]
fn mnist_takes_plain_and_gzipped_files() {
    let (train, test) = mnist(small_mnist("plain-and-gzipped")).unwrap();
    assert_eq!((train.len(), test.len(), train.shape()), (2, 1, &[784][..]));
    assert_eq!((train.label(0), train.label(1), test.label(0)), (Some(9), Some(4), Some(0)));
    assert_eq!(train.input(0)[..3], [0.0, 1.0 / 255.0, 2.0 / 255.0]);
    assert_eq!((train.input(0)[255], train.input(1)[0]), (1.0, 16.0 / 255.0));
}

#[test]
fn mnist_errors_name_the_file() {
    let directory = small_mnist("errors");
    let path = |file: &str| directory.join(file).display().to_string();
    let labels = |bytes: &[u8]| fs::write(directory.join("t10k-labels-idx1-ubyte"), bytes).unwrap();
    let images =
        |bytes: &[u8]| fs::write(directory.join("train-images-idx3-ubyte"), bytes).unwrap();
    let message = || mnist(&directory).unwrap_err().to_string();

    labels(&idx_bytes(&[1], &[10]));
    assert_eq!(
        message(),
        path("t10k-labels-idx1-ubyte") + ": row 0: label 10 is not below the number of classes, 10"
    );
    labels(&idx_bytes(&[2], &[1, 2]));
    assert_eq!(
        message(),
        format!(
            "{} holds 1 images, {} holds 2 labels",
            path("t10k-images-idx3-ubyte.gz"),
            path("t10k-labels-idx1-ubyte")
        )
    );
    labels(&idx_bytes(&[1, 1], &[1]));
    assert_eq!(
        message(),
        path("t10k-labels-idx1-ubyte") + ": expected shape [labels], found [1, 1]"
    );
    labels(&idx_bytes(&[1], &[]));
    assert_eq!(
        message(),
        path("t10k-labels-idx1-ubyte") + ": offset 8: expected 1 bytes of elements, found 0"
    );
    fs::remove_file(directory.join("t10k-labels-idx1-ubyte")).unwrap();
    assert_eq!(
        message(),
        path("t10k-labels-idx1-ubyte") + ": no such file, nor the same name with .gz"
    );
    for shape in [&[2, 28, 14][..], &[1568], &[0, 28, 28]] {
        let len: u32 = shape.iter().product();
        images(&idx_bytes(shape, &vec![0; len as usize]));
        assert_eq!(
            message(),
            format!(
                "{}: expected shape [images, 28, 28] with at least one image, found {shape:?}",
                path("train-images-idx3-ubyte")
            )
        );
    }
}

#[test]
fn a_directory_is_no_file() {
    let error = idx::open(env!("CARGO_TARGET_TMPDIR")).unwrap_err();
    assert!(matches!(error, DataError::Idx { .. } | DataError::Open { .. }), "{error}");
    assert!(error.to_string().starts_with(env!("CARGO_TARGET_TMPDIR")), "{error}");
}
