//! What must hold of the readers for any bytes: no panic, no more memory than allowed, and what was read is sound.
//!
//! The fuzz targets run these functions on what libFuzzer thinks of, `tests/corpus.rs` on what is committed.

use neuropil_data::{Csv, Dataset, Source, Text, Windows, idx as idx_format, ts as ts_format};

/// What a reader may unpack.
const LIMIT: u64 = 1 << 16;

fn source(bytes: &[u8]) -> Option<Source> {
    let source = Source::at_most("fuzz", bytes, LIMIT).ok()?;
    assert!(source.bytes().len() as u64 <= LIMIT);
    Some(source)
}

/// An array has the elements of its shape, and comes back from bytes of its own.
pub fn idx(bytes: &[u8]) {
    let Ok(array) = idx_format::read_at_most(bytes, LIMIT) else { return };
    assert!(array.elements.len() as u64 <= LIMIT);
    assert_eq!(array.elements.len(), array.shape.iter().product::<usize>());
    let rank = u8::try_from(array.shape.len()).expect("the format has a byte for it");
    let mut written = vec![0, 0, 8, rank];
    for &dimension in &array.shape {
        let dimension = u32::try_from(dimension).expect("the format has four bytes for it");
        written.extend(dimension.to_be_bytes());
    }
    written.extend(&array.elements);
    assert_eq!(idx_format::read(&written[..]).expect("well formed"), array);
}

/// A table written with all its cells in quotes is the same table; what a dataset takes of it fits together.
pub fn table(bytes: &[u8]) {
    let Some(source) = source(bytes) else { return };
    for csv in [
        Csv::new(),
        Csv::new().no_header().comment(b'#').missing(["-"]),
        Csv::new().delimiter(b'\t').skip(1),
        Csv::new().whitespace(),
    ] {
        let Ok(table) = csv.read(&source) else { continue };
        let mut written = String::new();
        let cells = |row| (0..table.width()).map(move |column| (row, column));
        for row in 0..table.rows() {
            let row: Vec<String> = cells(row)
                .map(|(row, column)| table.cell(row, column).unwrap_or("?").replace('"', "\"\""))
                .collect();
            written += &format!("\"{}\"\n", row.join("\",\""));
        }
        let again = Csv::new().no_header().missing(["?"]);
        if table.rows() > 0 {
            let again = Source::of("again", written.as_bytes())
                .and_then(|source| again.read(&source))
                .expect("well formed");
            assert_eq!((again.rows(), again.width()), (table.rows(), table.width()));
            for (row, column) in (0..table.rows()).flat_map(cells) {
                // A cell may be a question mark where that is no missing one.
                let cell = table.cell(row, column).filter(|&cell| cell != "?");
                assert_eq!(again.cell(row, column), cell);
            }
        }
        for name in table.names() {
            let categories = table.categories(name).expect("the table's own column");
            assert_eq!(categories.codes.len(), table.rows());
            let names = categories.names.len();
            assert!(categories.codes.iter().flatten().all(|&code| (code as usize) < names));
            if let Ok(made) = table.features().one_hot(name.as_str()).inputs::<f32>() {
                let again = made.encoding.inputs(&table).expect("its own table");
                assert_eq!((again.inputs, &again.features), (made.inputs.clone(), &made.features));
                let numbers = made.inputs.into_numbers().expect("one-hot numbers");
                assert_eq!((made.rows.len(), made.features.len()), (table.rows(), names));
                assert_eq!(numbers.len(), table.rows() * names);
            }
        }
    }
}

/// Every row of sequences has its length, its class, and zeros behind it.
pub fn ts(bytes: &[u8]) {
    let Some(source) = source(bytes) else { return };
    let Ok(read) = ts_format::read::<f64>(&source) else { return };
    let data: &Dataset<f64> = &read.data;
    assert!((data.len() * data.width() * size_of::<f64>()) as u64 <= LIMIT);
    let &[time, features] = data.shape() else { panic!("{data:?}") };
    for row in 0..data.len() {
        let length = data.length(row).map_or(time, |length| length as usize);
        assert!((1..=time).contains(&length));
        assert!(data.input(row)[length * features..].iter().all(|&number| number == 0.0));
        assert!(data.input(row).iter().all(|number| !number.is_infinite()));
        assert!(data.label(row).is_none_or(|label| (label as usize) < read.classes.len()));
    }
}

/// Text comes back from its tokens, and windows of them are sound.
pub fn text(bytes: &[u8]) {
    let Some(source) = source(bytes) else { return };
    let of_bytes = Text::bytes(source.bytes());
    let decoded = of_bytes.vocabulary().decode(of_bytes.tokens()).expect("its own tokens");
    assert_eq!(decoded, String::from_utf8_lossy(source.bytes()));
    let Ok(text) = source.text() else { return };
    let characters = Text::characters(text);
    assert_eq!(characters.vocabulary().decode(characters.tokens()).expect("its own tokens"), text);
    let windows = characters.windows::<f32>(Windows::new(3).stride(2));
    assert_eq!(windows.is_ok(), characters.tokens().len() > 3);
}
