//! Sequences from `.ts` text: round trips, and every kind of damage as an error with its line.

use neuropil_data::{DataError, Source, TargetKind, ts};
use proptest::prelude::*;

fn read(text: &str) -> Result<ts::Sequences<f64>, DataError> {
    ts::read(&Source::of("s.ts", text.as_bytes()).unwrap())
}

fn message(text: &str) -> String {
    let error = read(text).map(|read| read.data).expect_err("an error").to_string();
    error.strip_prefix("s.ts: ").expect("the file's name").to_owned()
}

#[test]
fn sequences_of_different_lengths() {
    let text = "# about\n@problemName Two words\n@timeStamps false\n@missing true\n@univariate false\n\
                @Dimensions 2\n@equalLength false\n@classlabel TRUE up down\n@madeUp 7\n\n@data\n\
                1,2,3:4,?,6:up\n# between\n7:NaN: down \n";
    let read = read(text).unwrap();
    assert_eq!(
        (read.name.as_str(), read.classes),
        ("Two words", vec!["up".to_owned(), "down".into()])
    );
    assert_eq!((read.data.len(), read.data.shape()), (2, &[3, 2][..]));
    assert_eq!(read.data.input(0)[..3], [1.0, 4.0, 2.0]);
    assert!(read.data.input(0)[3].is_nan() && read.data.input(1)[1].is_nan());
    assert_eq!(read.data.input(1)[2..], [0.0; 4]);
    assert_eq!(
        [0, 1].map(|row| (read.data.length(row), read.data.label(row))),
        [(Some(3), Some(0)), (Some(1), Some(1))]
    );
}

#[test]
fn equal_lengths_and_target_numbers() {
    let read =
        read("@equalLength true\n@seriesLength 2\n@targetLabel true\n@data\n1,2:0.5\n3,4:-1e2\n")
            .unwrap();
    assert_eq!((read.data.shape(), read.data.has_lengths()), (&[2, 1][..], false));
    assert_eq!(read.data.target_kind(), TargetKind::Values { shape: &[1] });
    assert_eq!((read.data.target_values(1), read.classes.len()), (Some(&[-100.0][..]), 0));
}

#[test]
fn malformed_sequences_are_errors_with_their_line() {
    let head = "@dimensions 2\n@classLabel true a b\n@data\n";
    for (line, expected) in [
        ("1,2:3,4:c", "expected one of the 2 classes of @classLabel, found \"c\""),
        ("1,2:a", "expected 2 dimensions between ':', found 1"),
        ("1:2:3:a", "expected 2 dimensions between ':', found 3"),
        ("1,2:3:a", "expected 2 numbers in dimension 2, as in the first, found 1"),
        ("1,x:3,4:a", "expected a finite number, ? or NaN, found \"x\""),
        ("1,:3,4:a", "expected a finite number, ? or NaN, found \"\""),
        ("1,inf:3,4:a", "expected a finite number, ? or NaN, found \"inf\""),
        ("1 2 3", "expected dimensions and a target between ':', found \"1 2 3\""),
        ("", "expected a sequence after @data, found the end of the file"),
    ] {
        let at = if line.is_empty() { 3 } else { 4 };
        assert_eq!(message(&format!("{head}{line}\n")), format!("line {at}: {expected}"));
    }
    for (text, expected) in [
        ("", "line 1: expected @data, found the end of the file"),
        ("#\n@univariate true\n", "line 2: expected @data, found the end of the file"),
        (
            "@data\n1:a",
            "line 1: expected @classLabel true or @targetLabel true before @data, found neither",
        ),
        (
            "@classLabel true\n@data\n",
            "line 1: expected the names of the classes, found \"@classLabel true\"",
        ),
        (
            "@classLabel true a b a\n@data\n",
            "line 2: expected different classes before @data, found one of them twice",
        ),
        ("@univariate maybe\n", "line 1: expected true or false, found \"@univariate maybe\""),
        ("@dimensions 0\n", "line 1: expected a number of at least 1, found \"@dimensions 0\""),
        (
            "@timeStamps true\n",
            "line 1: expected @timeStamps false: stamps are not read, found \"@timeStamps true\"",
        ),
        ("1,2:a\n", "line 1: expected a line that starts with @ or #, found \"1,2:a\""),
        (
            "@targetLabel true\n@data\n1:nan",
            "line 3: expected a finite target number, found \"nan\"",
        ),
        (
            "@equalLength true\n@targetLabel true\n@data\n1:1\n1,2:1",
            "line 5: expected 1 steps (all are equally long), found 2 steps",
        ),
    ] {
        assert_eq!(message(text), expected);
    }
}

#[test]
fn padding_gets_no_more_memory_than_the_limit() {
    // One long sequence and many short ones: a kilobyte that would pad to 8 * 100 * 101 bytes.
    let long = vec!["1"; 100].join(",");
    let text = format!("@targetLabel true\n@data\n{long}:1\n{}", "1:1\n".repeat(100));
    let of = |limit| ts::read::<f64>(&Source::at_most("s.ts", text.as_bytes(), limit).unwrap());
    assert_eq!(of(80_800).unwrap().data.len(), 101);
    assert_eq!(of(80_799).unwrap_err().to_string(), "s.ts: more than the limit of 80799 bytes");
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        (width, sequences) in (1..4_usize).prop_flat_map(|width| {
            let steps = prop::collection::vec(prop::collection::vec(prop::num::f64::NORMAL, width), 1..6);
            (Just(width), prop::collection::vec((steps, 0..3_u32), 1..6))
        }),
    ) {
        let mut text = "@classLabel true c0 c1 c2\n@data\n".to_owned();
        for (steps, label) in &sequences {
            for dimension in 0..width {
                let numbers: Vec<String> = steps.iter().map(|step| format!("{:e}", step[dimension])).collect();
                text += &(numbers.join(",") + ":");
            }
            text += &format!("c{label}\n");
        }
        let data = read(&text).unwrap().data;
        prop_assert_eq!(data.len(), sequences.len());
        for (row, (steps, label)) in sequences.iter().enumerate() {
            prop_assert_eq!(data.label(row), Some(*label));
            prop_assert_eq!(data.length(row), Some(steps.len() as u32));
            let (numbers, padding) = data.input(row).split_at(steps.len() * width);
            prop_assert_eq!(numbers, steps.concat());
            prop_assert!(padding.iter().all(|&number| number == 0.0));
        }
        // Cut anywhere it is an error or less data, but never a panic.
        for end in (0..text.len()).step_by(7) {
            if let Ok(read) = read(&text[..end]) {
                prop_assert!(read.data.len() <= sequences.len());
            }
        }
    }

    #[test]
    fn noise_is_no_panic(noise in "[@a-d:,0-9?\n #.-]{0,80}", start in 0..3_usize) {
        let head = ["", "@targetLabel true\n@data\n", "@classLabel true a b\n@data\n"][start];
        let _ = read(&format!("{head}{noise}"));
    }
}
