//! Event files: numbers of a training as TensorBoard draws them.
//!
//! An event file is a row of records (TensorFlow's TFRecord): the length of the data, its check
//! sum, the data, its check sum. The data of each is an `Event` in the wire format of protocol
//! buffers, of which so little is used that it stands here by hand.

use crate::error::Error;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// Writes scalars that TensorBoard shows while a training runs: `tensorboard --logdir FOLDER`.
///
/// Each writer has a file of its own, `events.out.tfevents.<Unix time in seconds>.neuropil.<process>`,
/// whose name sorts behind those that are in the folder: TensorBoard reads the files of a folder in
/// the order of their names, as one run. Whoever goes on with a training that was interrupted makes
/// a new writer and says with [`start`](EventWriter::start) where; nothing written before is
/// touched.
///
/// ```
/// use neuropil_nn::EventWriter;
///
/// let folder = std::env::temp_dir().join(format!("neuropil-events-{}", std::process::id()));
/// let mut events = EventWriter::create(folder.join("run-1"))?;
/// for (step, cost) in [(100, 0.9), (200, 0.5)] {
///     events.scalar("cost/train", step, cost)?;
/// }
/// events.flush()?;
/// # std::fs::remove_dir_all(folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct EventWriter {
    path: PathBuf,
    file: BufWriter<File>,
}

/// What the names of event files begin with: TensorBoard looks for `tfevents`.
const PREFIX: &str = "events.out.tfevents.";

impl EventWriter {
    /// Begins a new file in the folder, which is made if there is none.
    ///
    /// # Errors
    /// If the folder cannot be made or read, or the file cannot be written.
    pub fn create(folder: impl AsRef<Path>) -> Result<Self, Error> {
        let folder = folder.as_ref();
        let of_folder = |error| Error::File { file: folder.to_owned(), error };
        fs::create_dir_all(folder).map_err(of_folder)?;
        let mut second = now().as_secs();
        for entry in fs::read_dir(folder).map_err(of_folder)? {
            let name = entry.map_err(of_folder)?.file_name();
            if let Some(other) = second_of(&name) {
                second = second.max(other + 1);
            }
        }
        let (path, file) = loop {
            let name = format!("{PREFIX}{second:010}.neuropil.{}", std::process::id());
            let path = folder.join(name);
            match File::create_new(&path) {
                Ok(file) => break (path, file),
                // Another thread was quicker.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => second += 1,
                Err(error) => return Err(Error::File { file: path, error }),
            }
        };
        let mut writer = Self { path, file: BufWriter::new(file) };
        writer.event(0, |event| bytes(event, FILE_VERSION, b"brain.Event:2"))?;
        writer.flush()?;
        Ok(writer)
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds a number to the curve named `tag`, at `step`: most often the number of updates made.
    /// Tags with the same first part, such as `cost/train` and `cost/validation`, are shown side by
    /// side. The number is stored as `f32`, as TensorBoard's scalars are; NaN and infinities are
    /// shown as such.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn scalar(&mut self, tag: &str, step: u64, value: f64) -> Result<(), Error> {
        let mut point = Vec::new();
        bytes(&mut point, TAG, tag.as_bytes());
        key(&mut point, SIMPLE_VALUE, FOUR_BYTES);
        point.extend_from_slice(&(value as f32).to_le_bytes());
        let mut summary = Vec::new();
        bytes(&mut summary, VALUE, &point);
        self.event(step, |event| bytes(event, SUMMARY, &summary))
    }

    /// Says that the training (re)starts at `step`: TensorBoard drops what other files hold of this
    /// step and of later ones, which an interrupted training had reached after its last checkpoint.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn start(&mut self, step: u64) -> Result<(), Error> {
        let mut log = Vec::new();
        key(&mut log, STATUS, VARINT);
        varint(&mut log, START);
        self.event(step, |event| bytes(event, SESSION_LOG, &log))
    }

    /// Hands all that was written to the system: it is there for TensorBoard, and when the process
    /// is killed. So it is when the writer is dropped, but for errors, which are lost then.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn flush(&mut self) -> Result<(), Error> {
        self.file.flush().map_err(|error| Error::File { file: self.path.clone(), error })
    }

    fn event(&mut self, step: u64, what: impl FnOnce(&mut Vec<u8>)) -> Result<(), Error> {
        let mut event = Vec::new();
        key(&mut event, WALL_TIME, EIGHT_BYTES);
        event.extend_from_slice(&now().as_secs_f64().to_le_bytes());
        key(&mut event, STEP, VARINT);
        varint(&mut event, step);
        what(&mut event);
        let record = record(&event);
        self.file.write_all(&record).map_err(|error| Error::File { file: self.path.clone(), error })
    }
}

/// The time since 1970; zero on a clock that is set before.
fn now() -> std::time::Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// The time in the name of an event file: ten digits.
fn second_of(name: &OsStr) -> Option<u64> {
    let (second, _) = name.to_str()?.strip_prefix(PREFIX)?.split_once('.')?;
    second.parse().ok().filter(|_| second.len() == 10)
}

/// Data with its length and check sums.
fn record(data: &[u8]) -> Vec<u8> {
    let len = (data.len() as u64).to_le_bytes();
    let mut record = Vec::with_capacity(data.len() + 16);
    record.extend_from_slice(&len);
    record.extend_from_slice(&masked_crc(&len).to_le_bytes());
    record.extend_from_slice(data);
    record.extend_from_slice(&masked_crc(data).to_le_bytes());
    record
}

/// CRC-32C, turned and shifted as TFRecord wants it: the check sum of data that holds check sums
/// would tell little.
fn masked_crc(data: &[u8]) -> u32 {
    crc_32c(data).rotate_right(15).wrapping_add(0xa282_ead8)
}

/// The check sum of Castagnoli (1993), a bit at a time: records are short and few.
fn crc_32c(data: &[u8]) -> u32 {
    /// The polynomial, its lowest power in the highest bit.
    const POLYNOMIAL: u32 = 0x82f6_3b78;
    let mut crc = !0;
    for &byte in data {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            let odd = crc & 1 == 1;
            crc >>= 1;
            if odd {
                crc ^= POLYNOMIAL;
            }
        }
    }
    !crc
}

// The fields of TensorFlow's event.proto and summary.proto.

/// `Event.wall_time`, in seconds since 1970.
const WALL_TIME: u64 = 1;
/// `Event.step`.
const STEP: u64 = 2;
/// `Event.file_version`, in the first event of a file.
const FILE_VERSION: u64 = 3;
/// `Event.summary`.
const SUMMARY: u64 = 5;
/// `Event.session_log`.
const SESSION_LOG: u64 = 7;
/// `Summary.value`.
const VALUE: u64 = 1;
/// `Summary.Value.tag`.
const TAG: u64 = 1;
/// `Summary.Value.simple_value`.
const SIMPLE_VALUE: u64 = 2;
/// `SessionLog.status`.
const STATUS: u64 = 1;
/// `SessionLog.SessionStatus.START`.
const START: u64 = 1;

// How a field is stored.

const VARINT: u64 = 0;
const EIGHT_BYTES: u64 = 1;
const LENGTH_FIRST: u64 = 2;
const FOUR_BYTES: u64 = 5;

/// What stands before each field.
fn key(out: &mut Vec<u8>, field: u64, stored: u64) {
    varint(out, field << 3 | stored);
}

/// A number in groups of seven bits, the lowest first; all but the last have the highest bit set.
fn varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// A field of text or of other fields.
fn bytes(out: &mut Vec<u8>, field: u64, data: &[u8]) {
    key(out, field, LENGTH_FIRST);
    varint(out, data.len() as u64);
    out.extend_from_slice(data);
}
