//! Texts and series: vocabularies that decode what they encode, and windows that miss nothing.

use neuropil_data::{DataError, Dataset, Text, Vocabulary, Windows, interpolate};
use proptest::prelude::*;

fn message<T>(result: Result<T, DataError>) -> String {
    result.err().expect("an error").to_string()
}

#[test]
fn tokens_that_are_not_in_the_vocabulary() {
    let vocabulary = Vocabulary::of_text("añ");
    assert_eq!(
        message(vocabulary.encode("añb")),
        "offset 3: character 'b' is not in the vocabulary"
    );
    assert_eq!(
        message(vocabulary.decode(&[1, 2])),
        "place 1: token 2 is not below the size of the vocabulary, 2"
    );
    let bytes = Vocabulary::bytes();
    assert_eq!((bytes.len(), bytes.characters()), (256, None));
    assert_eq!(bytes.encode("é").unwrap(), [0xc3, 0xa9]);
    assert_eq!(bytes.decode(&[0xc3, 0xa9, 0xff]).unwrap(), "é\u{fffd}");
    assert!(matches!(bytes.decode(&[256]), Err(DataError::UnknownToken { .. })));
    assert!(Vocabulary::of_text("").is_empty());
    // Kept and made anew.
    let again = Vocabulary::of_characters(vocabulary.characters().unwrap().iter().copied());
    assert_eq!(again, vocabulary);
}

#[test]
fn windows_that_cannot_be_cut() {
    let short: Result<Dataset, _> = Windows::new(4).next_tokens(&[0; 4], 1);
    assert_eq!(message(short), "windows: expected at least 5 steps, found 4");
    let short: Result<Dataset, _> = Windows::new(usize::MAX).forecast(&[0.0]);
    assert!(matches!(short, Err(DataError::TooShort { expected: usize::MAX, found: 1 })));
    for (what, windows) in [
        ("time", Windows::new(0)),
        ("stride", Windows::new(1).stride(0)),
        ("ahead", Windows::new(1).ahead(0)),
    ] {
        let none = windows.forecast(&[0.0_f32; 9]);
        assert_eq!(message(none), format!("windows: expected {what} to be at least 1, found 0"));
    }
    let unknown: Result<Dataset, _> = Windows::new(2).next_tokens(&[0, 1, 9], 5);
    assert_eq!(message(unknown), "row 0: index 9 is not below the limit of the inputs, 5");
    assert_eq!(
        message(Windows::new(1).forecast(&[0.0, f32::NAN])),
        "series: row 0, number 1: expected a finite number, found NaN"
    );
    assert_eq!(
        message(interpolate(&mut [f32::NAN])),
        "interpolate: expected at least one number, found none in 1 step"
    );
    assert_eq!(
        message(interpolate::<f32>(&mut [])),
        "interpolate: expected at least one number, found none in 0 steps"
    );
    assert!(matches!(Text::characters("a").split_at(0.5), Err(DataError::EmptyPart { .. })));
}

#[test]
fn interpolation_is_a_straight_line() {
    let mut series = [f64::NAN, 8.0, f64::NAN, f64::NAN, f64::NAN, 0.0, f64::NAN];
    interpolate(&mut series).unwrap();
    assert_eq!(series, [8.0, 8.0, 6.0, 4.0, 2.0, 0.0, 0.0]);
}

#[test]
#[cfg(feature = "readers")]
fn a_byte_order_mark_is_no_character() {
    let source = neuropil_data::Source::of("bom.txt", &b"\xef\xbb\xbfab"[..]).unwrap();
    assert_eq!(source.text().unwrap(), "ab");
}

proptest! {
    #[test]
    fn what_is_encoded_is_decoded(text in "\\PC{0,60}") {
        for text_of in [Text::characters(&text), Text::bytes(text.as_bytes())] {
            let vocabulary = text_of.vocabulary();
            prop_assert_eq!(vocabulary.decode(text_of.tokens()).unwrap(), text.as_str());
            prop_assert_eq!(vocabulary.encode(&text).unwrap(), text_of.tokens());
            prop_assert!(text_of.tokens().iter().all(|&token| (token as usize) < vocabulary.len()));
        }
    }

    #[test]
    fn each_token_is_predicted_once(len in 2..200_usize, time in 1..20_usize) {
        let tokens: Vec<u32> = (0..len as u32).collect();
        let made: Result<Dataset, _> = Windows::new(time).next_tokens(&tokens, len);
        let Ok(data) = made else {
            prop_assert!(len <= time);
            return Ok(());
        };
        // All but the rest that fills no window.
        prop_assert_eq!(data.len(), (len - 1) / time);
        let mut next = 1;
        for row in 0..data.len() {
            for (&token, &label) in data.input_indices(row).unwrap().iter().zip(data.labels(row).unwrap()) {
                prop_assert_eq!((token + 1, label), (next, next));
                next += 1;
            }
        }
    }

    #[test]
    fn forecasts_follow_their_windows(
        len in 1..60_usize, time in 1..8_usize, ahead in 1..5_usize, stride in 1..6_usize,
    ) {
        let series: Vec<f64> = (0..len).map(|i| i as f64).collect();
        let windows = Windows::new(time).ahead(ahead).stride(stride);
        let Ok(data) = windows.forecast(&series) else {
            prop_assert!(len < time + ahead);
            return Ok(());
        };
        prop_assert_eq!(data.len(), (len - time - ahead) / stride + 1);
        for row in 0..data.len() {
            let both = [data.input(row), data.target_values(row).unwrap()].concat();
            let expected: Vec<f64> = (0..time + ahead).map(|i| (row * stride + i) as f64).collect();
            prop_assert_eq!(both, expected);
        }
    }

    #[test]
    fn interpolated_series_keep_what_was_known(
        series in prop::collection::vec(prop_oneof![Just(f64::NAN), -1e3..1e3_f64], 1..40),
    ) {
        let mut filled = series.clone();
        if interpolate(&mut filled).is_err() {
            prop_assert!(series.iter().all(|x| x.is_nan()));
            return Ok(());
        }
        for place in 0..series.len() {
            let known = |x: &&f64| !x.is_nan();
            let (left, right) = series.split_at(place);
            let neighbours = [left.iter().rfind(known), right.iter().find(known)];
            let least = neighbours.iter().flatten().fold(f64::INFINITY, |a, &&b| a.min(b));
            let most = neighbours.iter().flatten().fold(f64::NEG_INFINITY, |a, &&b| a.max(b));
            if series[place].is_nan() {
                prop_assert!(filled[place] >= least - 1e-9 && filled[place] <= most + 1e-9);
            } else {
                prop_assert_eq!(filled[place], series[place]);
            }
        }
    }
}

#[test]
fn streams_run_side_by_side_without_gaps() {
    for (count, time, streams) in [(100, 4, 3), (25, 4, 3), (13, 4, 3), (9, 1, 8), (40, 5, 1)] {
        let text: Vec<u32> = (0..count).collect();
        let data: Dataset =
            Windows::new(time).streams(streams).next_tokens(&text, 100).expect("long enough");
        assert_eq!(data.len() % streams, 0);
        assert_eq!(data.len(), (count as usize - 1) / time / streams * streams);
        let row = |row: usize| data.input_indices(row).expect("tokens").to_vec();
        for k in streams..data.len() {
            // Each row begins where the row of the same stream, a batch before, has ended.
            assert_eq!(row(k)[0], row(k - streams)[time - 1] + 1);
        }
        let mut all: Vec<u32> = (0..data.len()).flat_map(row).collect();
        all.sort_unstable();
        assert_eq!(all, (0..(data.len() * time) as u32).collect::<Vec<_>>());
    }
    let series: Vec<f32> = (0..17).map(|i| i as f32).collect();
    let data: Dataset = Windows::new(2).ahead(3).streams(2).forecast(&series).expect("long enough");
    let first: Vec<f32> = (0..data.len()).map(|row| data.input(row)[0]).collect();
    assert_eq!(first, [0.0, 6.0, 2.0, 8.0, 4.0, 10.0]);
    assert_eq!(data.target_values(5), Some(&[12.0, 13.0, 14.0][..]));
}

#[test]
fn streams_out_of_range_are_refused() {
    let text: Vec<u32> = (0..12).collect();
    let of = |windows: Windows| -> String {
        let made: Result<Dataset, DataError> = windows.next_tokens(&text, 12);
        made.unwrap_err().to_string()
    };
    assert_eq!(
        of(Windows::new(4).streams(0)),
        "windows: expected streams to be at least 1, found 0"
    );
    let gaps = of(Windows::new(4).stride(5).streams(2));
    assert_eq!(
        gaps,
        "windows: streams run without gaps, expected a stride of 4, the time of a window, found 5"
    );
    let short = of(Windows::new(4).streams(3));
    assert_eq!(short, "windows: expected at least 13 steps, found 12");
}
