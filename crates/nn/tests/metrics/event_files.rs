//! Event files, decoded by a reader that shares nothing with the writer.

use neuropil_nn::{Epoch, EventWriter, TensorBoard, prelude::*};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// An empty folder for the files of one test.
fn folder(test: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("events").join(test);
    // It may be there from an earlier run, or not.
    let _ = fs::remove_dir_all(&folder);
    folder
}

/// What an event says.
#[derive(Clone, Debug, PartialEq)]
enum What {
    Version(String),
    Scalar { tag: String, value: f32 },
    Start,
}

#[derive(Debug)]
struct Event {
    wall_time: f64,
    step: u64,
    what: What,
}

/// CRC-32C a bit at a time, from its polynomial.
fn crc_32c(data: &[u8]) -> u32 {
    let mut crc = !0_u32;
    for &byte in data {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0x82f6_3b78 * (crc & 1));
        }
    }
    !crc
}

/// Undoes the mask of a stored check sum.
fn unmasked(stored: u32) -> u32 {
    stored.wrapping_sub(0xa282_ead8).rotate_left(15)
}

fn u32_at(data: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(data[at..at + 4].try_into().expect("four bytes"))
}

/// The data of all records, whose check sums are right; what follows the last whole record is not
/// looked at, as TensorBoard does not.
fn records(file: &[u8]) -> Vec<Vec<u8>> {
    let (mut rest, mut records) = (file, Vec::new());
    while rest.len() >= 12 {
        let len = u64::from_le_bytes(rest[..8].try_into().expect("eight bytes")) as usize;
        assert_eq!(unmasked(u32_at(rest, 8)), crc_32c(&rest[..8]), "the check sum of a length");
        if rest.len() < len + 16 {
            break;
        }
        let data = &rest[12..12 + len];
        assert_eq!(unmasked(u32_at(rest, 12 + len)), crc_32c(data), "the check sum of a record");
        records.push(data.to_vec());
        rest = &rest[len + 16..];
    }
    records
}

/// A field of a message in the wire format of protocol buffers.
#[derive(Clone, Debug, PartialEq)]
enum Field {
    Number(u64),
    Eight([u8; 8]),
    Bytes(Vec<u8>),
    Four([u8; 4]),
}

fn take<'d>(rest: &mut &'d [u8], count: usize) -> &'d [u8] {
    let (taken, left) = rest.split_at(count);
    *rest = left;
    taken
}

fn take_number(rest: &mut &[u8]) -> u64 {
    let mut number = 0;
    for shift in (0..).step_by(7) {
        let byte = take(rest, 1)[0];
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            break;
        }
    }
    number
}

fn fields(mut rest: &[u8]) -> Vec<(u64, Field)> {
    let mut fields = Vec::new();
    while !rest.is_empty() {
        let key = take_number(&mut rest);
        let field = match key & 7 {
            0 => Field::Number(take_number(&mut rest)),
            1 => Field::Eight(take(&mut rest, 8).try_into().expect("eight bytes")),
            2 => {
                let len = take_number(&mut rest) as usize;
                Field::Bytes(take(&mut rest, len).to_vec())
            }
            5 => Field::Four(take(&mut rest, 4).try_into().expect("four bytes")),
            stored => panic!("no way to store a field: {stored}"),
        };
        fields.push((key >> 3, field));
    }
    fields
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("text")
}

fn event(data: &[u8]) -> Event {
    let fields_of_event = fields(data);
    let [(1, Field::Eight(time)), (2, Field::Number(step)), what] = &fields_of_event[..] else {
        panic!("no event: {fields_of_event:?}");
    };
    let what = match what {
        (3, Field::Bytes(version)) => What::Version(text(version)),
        (5, Field::Bytes(summary)) => {
            let values = fields(summary);
            let [(1, Field::Bytes(value))] = &values[..] else {
                panic!("not one value: {values:?}");
            };
            let value = fields(value);
            let [(1, Field::Bytes(tag)), (2, Field::Four(number))] = &value[..] else {
                panic!("no scalar: {value:?}");
            };
            What::Scalar { tag: text(tag), value: f32::from_le_bytes(*number) }
        }
        (7, Field::Bytes(log)) => {
            assert_eq!(fields(log), [(1, Field::Number(1))], "no start");
            What::Start
        }
        other => panic!("no such event: {other:?}"),
    };
    Event { wall_time: f64::from_le_bytes(*time), step: *step, what }
}

fn events(file: &Path) -> Vec<Event> {
    records(&fs::read(file).expect("an event file")).iter().map(|data| event(data)).collect()
}

fn steps(file: &Path) -> Vec<(u64, What)> {
    events(file).into_iter().map(|event| (event.step, event.what)).collect()
}

fn scalar(tag: &str, value: f32) -> What {
    What::Scalar { tag: tag.into(), value }
}

/// The check values that RFC 3720, B.4, and the catalogue of check sums give.
#[test]
fn the_check_sum_of_this_reader_is_crc_32c() {
    assert_eq!(crc_32c(b"123456789"), 0xe306_9283);
    assert_eq!(crc_32c(&[0; 32]), 0x8a91_36aa);
    assert_eq!(crc_32c(&[0xff; 32]), 0x62a8_ab43);
}

#[test]
fn what_is_written_is_read() {
    let before = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_secs_f64();
    let mut writer = EventWriter::create(folder("what_is_written_is_read")).expect("a file");
    let long = "long/".repeat(60);
    writer.start(0).expect("an event");
    writer.scalar("cost/train", 1, 0.1).expect("an event");
    writer.scalar(&long, 127, -1e-9).expect("an event");
    writer.scalar("größe", 128, 1e300).expect("an event");
    writer.scalar("cost/train", 1 << 40, f64::NEG_INFINITY).expect("an event");
    writer.scalar("cost/train", i64::MAX as u64, f64::NAN).expect("an event");
    writer.flush().expect("a flush");

    let mut read = steps(writer.path());
    let Some((step, What::Scalar { value, .. })) = read.pop() else {
        panic!("the last event is no scalar");
    };
    assert!(step == i64::MAX as u64 && value.is_nan());
    let expected = [
        (0, What::Version("brain.Event:2".into())),
        (0, What::Start),
        (1, scalar("cost/train", 0.1)),
        (127, scalar(&long, -1e-9)),
        (128, scalar("größe", f32::INFINITY)),
        (1 << 40, scalar("cost/train", f32::NEG_INFINITY)),
    ];
    assert_eq!(read, expected);
    let after = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_secs_f64();
    let times: Vec<f64> = events(writer.path()).iter().map(|event| event.wall_time).collect();
    assert!(
        times.is_sorted() && before <= times[0] && times[times.len() - 1] <= after,
        "{times:?}"
    );
}

/// What TensorBoard shows of a folder: files in the order of their names, each start dropping what
/// stands at its step and later.
fn shown(folder: &Path) -> Vec<(u64, What)> {
    let files = fs::read_dir(folder).expect("a folder").map(|file| file.expect("a file").path());
    let mut files: Vec<PathBuf> = files.collect();
    files.sort();
    let mut shown = Vec::new();
    for (step, what) in files.iter().flat_map(|file| steps(file)) {
        match what {
            What::Version(_) => {}
            What::Start => shown.retain(|&(other, _)| other < step),
            scalar => shown.push((step, scalar)),
        }
    }
    shown
}

/// Two epochs that the checkpoint does not know of are drawn anew; none is drawn twice.
#[test]
fn a_training_that_is_resumed_draws_one_curve() -> Result<(), Box<dyn std::error::Error>> {
    let folder = folder("resumed");
    let (board, file) = (folder.join("board"), folder.join("last.safetensors"));
    let data = Dataset::with_values([1], vec![1.0, 2.0], [1], vec![2.0, 4.0])?;
    let mut net = Network::new(Linear::new(1, 1), [1], 42)?;
    let mut trainer = Trainer::new(&mut net, MeanSquaredError::new(), Sgd::new())?;
    trainer.fit(&data, Fit::epochs(2).callback(TensorBoard::new(&board)))?;
    trainer.save(&file)?;
    trainer.fit(&data, Fit::epochs(4).callback(TensorBoard::new(&board)))?;

    let mut trainer = Trainer::new(&mut net, MeanSquaredError::new(), Sgd::new())?;
    trainer.resume(&file)?;
    let history = trainer.fit(&data, Fit::epochs(5).callback(TensorBoard::new(&board)))?;
    let numbers = |epoch: &Epoch| -> Vec<_> {
        vec![
            (epoch.number, scalar("rate", epoch.rate as f32)),
            (epoch.number, scalar("cost/training", epoch.cost as f32)),
        ]
    };
    let expected: Vec<_> = history.epochs.iter().flat_map(numbers).collect();
    assert_eq!(expected.len(), 5 * 2);
    assert_eq!(shown(&board), expected);
    Ok(())
}

#[test]
fn files_stand_in_the_order_in_which_they_were_begun() {
    let folder = folder("files_stand_in_the_order_in_which_they_were_begun");
    let first: Vec<_> = (0..5).map(|_| EventWriter::create(&folder).expect("a file")).collect();
    let paths: Vec<_> = first.iter().map(|writer| writer.path().to_owned()).collect();
    assert!(paths.is_sorted() && paths.windows(2).all(|two| two[0] != two[1]), "{paths:?}");
    // Also after a clock was set back, and beside what is no event file or has no time.
    let late = folder.join("events.out.tfevents.8999999999.zebra.1");
    fs::write(&late, "as it was").expect("a file");
    for name in ["notes.txt", "events.out.tfevents.99999999999999999999.x", "events.out.tfevents."]
    {
        fs::write(folder.join(name), "").expect("a file");
    }
    let writer = EventWriter::create(&folder).expect("a file");
    assert!(writer.path() > late.as_path(), "{}", writer.path().display());
    assert_eq!(fs::read(&late).expect("the file"), b"as it was");
}

#[test]
fn threads_that_begin_at_once_have_files_of_their_own() {
    let folder = folder("threads_that_begin_at_once_have_files_of_their_own");
    let write = |number: u64| {
        let mut writer = EventWriter::create(&folder).expect("a file");
        writer.scalar("number", number, 0.0).expect("an event");
        writer.path().to_owned()
    };
    let write = &write;
    let paths: Vec<PathBuf> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|number| scope.spawn(move || write(number))).collect();
        threads.into_iter().map(|thread| thread.join().expect("a path")).collect()
    });
    for (number, path) in (0..).zip(&paths) {
        assert_eq!(steps(path)[1..], [(number, scalar("number", 0.0))]);
    }
}

#[test]
fn what_is_there_can_be_read_while_more_is_written() {
    let mut writer = EventWriter::create(folder("read_while_written")).expect("a file");
    assert_eq!(steps(writer.path()), [(0, What::Version("brain.Event:2".into()))]);
    for step in 1..=2000 {
        writer.scalar("cost", step, 1.0).expect("an event");
    }
    // Some blocks have gone out, the last of which may end within a record.
    let some = steps(writer.path()).len();
    assert!(some > 1, "nothing is written before a flush");
    writer.flush().expect("a flush");
    assert_eq!(steps(writer.path()).len(), 2001);
    writer.scalar("cost", 2001, 1.0).expect("an event");
    let path = writer.path().to_owned();
    drop(writer);
    assert_eq!(steps(&path).len(), 2002);
}

#[test]
fn an_error_names_the_file() {
    let folder = folder("an_error_names_the_file");
    fs::create_dir_all(folder.parent().expect("a folder")).expect("a writable target folder");
    let _ = fs::remove_file(&folder);
    fs::write(&folder, "no folder").expect("a file");
    let error = EventWriter::create(&folder).expect_err("a file is no folder");
    assert!(error.to_string().contains("an_error_names_the_file"), "{error}");
    fs::remove_file(&folder).expect("the file");
}
