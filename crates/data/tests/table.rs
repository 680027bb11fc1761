//! Tables from text: what is written is read, and what is wrong is an error with its line.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use neuropil_data::{Csv, DataError, InputKind, Inputs, Missing, Source, Table};
use proptest::prelude::*;

fn source(text: impl AsRef<[u8]>) -> Source {
    Source::of("t.csv", text.as_ref()).unwrap()
}

fn table(text: &str) -> Table {
    Csv::new().read(&source(text)).unwrap()
}

fn message<T>(result: Result<T, DataError>) -> String {
    result.err().expect("an error").to_string()
}

fn cells(table: &Table) -> Vec<Vec<Option<&str>>> {
    let row = |row| (0..table.width()).map(|column| table.cell(row, column)).collect();
    (0..table.rows()).map(row).collect()
}

#[test]
fn quotes_blank_lines_and_line_ends() {
    let text = "\u{feff}a,\"b, c\"\r\n\r\n 1 ,\"two\r\nlines\"\n\n\"\"\"3\"\"\",\"\"\r\n";
    let table = table(text);
    assert_eq!(table.names(), ["a", "b, c"]);
    let expected = [[Some("1"), Some("two\r\nlines")], [Some("\"3\""), None]];
    assert_eq!(cells(&table), expected);
    // The line of a row is that of its first character, after empty lines and lines within quotes.
    let error = message(table.features().numbers(["a"]).label::<f32>("b, c"));
    assert_eq!(error, "t.csv: line 6: expected a target in column \"b, c\", found a missing cell");
    let error = message(table.numbers("a"));
    assert_eq!(
        error,
        "t.csv: line 6: expected a finite number in column \"a\", found \"\\\"3\\\"\""
    );
}

#[test]
fn other_ways_to_write_a_table() {
    let csv = Csv::new().delimiter(b'\t').comment(b'#').skip(1);
    let read = csv.read(&source("made by hand\n# x\nn\tm\n#1\t2\n3\tNA\n")).unwrap();
    assert_eq!(
        (read.names(), cells(&read)),
        (&["n".to_owned(), "m".into()][..], vec![vec![Some("3"), None]])
    );
    let csv = Csv::new().whitespace().no_header().comment(b'%');
    let read = csv.read(&source("% x\n  1   2\t3\n\n4 5 6")).unwrap();
    assert_eq!(read.names(), ["0", "1", "2"]);
    assert_eq!(read.numbers("2").unwrap(), [Some(3.0), Some(6.0)]);
    let read = Csv::new().missing(["none"]).read(&source("a\nnone\n?\n")).unwrap();
    assert_eq!(cells(&read), [[None], [Some("?")]]);
}

#[test]
fn carriage_returns_alone_end_rows_too() {
    let long = "x\r".to_owned() + &"1\r".repeat(100_000);
    let read = table(&long);
    assert_eq!((read.rows(), read.cell(99_999, 0)), (100_000, Some("1")));
}

#[test]
fn gzipped_tables_are_read_the_same() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(b"a,b\n1,2\n").unwrap();
    let bytes = encoder.finish().unwrap();
    assert_eq!(cells(&Csv::new().read(&source(&bytes)).unwrap()), [[Some("1"), Some("2")]]);
    for len in 2..bytes.len() {
        let error = message(Source::of("t.csv.gz", &bytes[..len]));
        assert!(error.starts_with("t.csv.gz: offset ") && error.contains("cannot read"), "{error}");
    }
    // A bomb: unpacked it is longer than allowed.
    assert!(Source::at_most("x", &bytes[..], 8).is_ok());
    assert_eq!(message(Source::at_most("x", &bytes[..], 7)), "x: more than the limit of 7 bytes");
}

#[test]
fn malformed_tables_are_errors_with_their_line() {
    let of = |text: &str| message(Csv::new().read(&source(text)));
    assert_eq!(of("a,b\n1,2\n\n3\n"), "t.csv: line 4: expected 2 values, found 1 value");
    assert_eq!(of("a\n1,2\n"), "t.csv: line 2: expected 1 value, found 2 values");
    assert_eq!(of("a,b,a\n"), "t.csv: line 1: expected different names, found \"a\" twice");
    assert_eq!(of(""), "t.csv: line 1: expected a line of column names, found the end");
    assert_eq!(of("\n\n"), "t.csv: line 2: expected a line of column names, found the end");
    let open = "expected a quote at the end of the value, found the end of the file";
    assert_eq!(of("a\n1\n\"2\n3\n"), format!("t.csv: line 3: {open}"));
    assert_eq!(of("a,b\n1,\"2\"\"\n"), format!("t.csv: line 2: {open}"));
    let bytes = Csv::new().read(&source(b"a\n1\n\xff2\n"));
    assert_eq!(message(bytes), "t.csv: line 3: expected UTF-8 text, found byte 0xff");
    let skipped = Csv::new().skip(3).read(&source("a\n1"));
    assert_eq!(
        message(skipped),
        "t.csv: line 2: expected more than the 3 lines to pass over, found 2 lines"
    );
    let skipped = Csv::new().skip(1).read(&source("a"));
    assert_eq!(
        message(skipped),
        "t.csv: line 1: expected more than the 1 line to pass over, found 1 line"
    );
    let table = table("x,y\n1,inf\n1e999,2\n");
    for (column, line, cell) in [("x", 3, "1e999"), ("y", 2, "inf")] {
        assert_eq!(
            message(table.numbers(column)),
            format!(
                "t.csv: line {line}: expected a finite number in column {column:?}, found {cell:?}"
            )
        );
    }
    assert_eq!(message(table.numbers("z")), "t.csv: no column \"z\" among [\"x\", \"y\"]");
    let long = format!("x\n{}\n", "ä".repeat(100));
    let expected = format!("found \"{}…\"", "ä".repeat(40));
    assert!(message(self::table(&long).numbers("x")).ends_with(&expected));
}

#[test]
fn characters_that_cannot_divide_a_table() {
    for (byte, name) in [(b'"', "0x22"), (b'\n', "0x0a"), (b'\r', "0x0d"), (0xc3, "0xc3")] {
        for (what, csv) in
            [("delimiter", Csv::new().delimiter(byte)), ("comment", Csv::new().comment(byte))]
        {
            let expected = "that is ASCII and neither a quote nor a line break, found byte";
            assert_eq!(
                message(csv.read(&source("a,b\n1,2\n"))),
                format!("csv: expected a {what} {expected} {name}")
            );
        }
    }
}

#[test]
fn categories_are_sorted_by_value_or_by_name() {
    let table = table("size,kind\n10,b\n9,\n10,a\n,b\n");
    let sizes = table.categories("size").unwrap();
    assert_eq!(sizes.names, ["9", "10"]);
    assert_eq!(sizes.codes, [Some(1), Some(0), Some(1), None]);
    let kinds = table.categories("kind").unwrap();
    assert_eq!(
        (kinds.names, kinds.codes),
        (vec!["a".to_owned(), "b".into()], vec![Some(1), None, Some(0), Some(1)])
    );
}

#[test]
fn missing_cells_are_refused_dropped_kept_or_indicated() {
    let table = table("x,c,y\n1,red,a\n,blue,b\n3,,a\n4,red,\n");
    let features = |missing| table.features().missing(missing).number("x").one_hot("c");
    let refused = message(table.features().one_hot("c").label::<f32>("x"));
    assert_eq!(refused, "t.csv: line 3: expected a target in column \"x\", found a missing cell");
    let refused = features(Missing::Refuse).missing(Missing::Drop).label::<f32>("y");
    assert_eq!(
        message(refused),
        "t.csv: line 3: expected a value in column \"x\", found a missing cell"
    );

    let dropped = features(Missing::Drop).label::<f64>("y").unwrap();
    assert_eq!((dropped.rows, dropped.data.input(0)), (vec![0], &[1.0, 0.0, 1.0][..]));
    assert_eq!(dropped.classes, ["a", "b"]);

    let kept = features(Missing::Keep).missing(Missing::Drop).label::<f64>("y").unwrap();
    assert_eq!(kept.rows, [0, 1, 2]);
    assert_eq!(kept.features, ["x", "c=blue", "c=red"]);
    assert!(kept.data.input(1)[0].is_nan());
    assert_eq!(kept.data.input(1)[1..], [1.0, 0.0]);
    assert_eq!(kept.data.input(2), [3.0, 0.0, 0.0]);
    let ordinal = table.features().missing(Missing::Keep).ordinal("c").inputs::<f64>().unwrap();
    let ordinal = ordinal.inputs.into_numbers().unwrap();
    assert_eq!((&ordinal[..2], ordinal[3]), (&[1.0, 0.0][..], 1.0));
    assert!(ordinal[2].is_nan());

    let indicated = table.features().missing(Missing::Indicate).number("x").missing(Missing::Drop);
    let indicated = indicated.label::<f64>("y").unwrap();
    assert_eq!(indicated.features, ["x", "x missing"]);
    assert_eq!((indicated.data.input(0), indicated.data.input(1)[1]), (&[1.0, 0.0][..], 1.0));

    let values =
        table.features().missing(Missing::Drop).one_hot("c").values::<f32, _>(["x"]).unwrap();
    assert_eq!((values.rows, values.data.target_values(1)), (vec![0, 3], Some(&[4.0][..])));
    assert_eq!(values.data.input(1), [0.0, 1.0]);
}

#[test]
fn given_categories_keep_their_places() {
    let table = table("c,y,k\nlow,1,low\nhigh,0,high\n");
    let data = table.features().ordinal_of("c", ["low", "mid", "high"]).one_hot_of("y", ["1", "0"]);
    let data = data.label_of::<f32, _>("k", ["high", "low"]).unwrap();
    assert_eq!((data.data.input(1), data.data.label(1)), (&[2.0, 0.0, 1.0][..], Some(0)));
    let unknown = table.features().number("y").label_of::<f32, _>("c", ["low"]);
    assert_eq!(
        message(unknown),
        "t.csv: line 3: expected one of \"low\" in column \"c\", found \"high\""
    );
}

#[test]
fn indices_of_several_columns_share_one_table() {
    let table = table("a,b,y\nq,1,0\n,2,1\np,1,0\n");
    let data = table.features().missing(Missing::Keep).index("a").index_of("b", ["2", "1"]);
    let made = data.label::<f32>("y").unwrap();
    // 0 p, 1 q, 2 missing; 3 "2", 4 "1", 5 missing.
    assert_eq!(made.data.input_kind(), InputKind::Indices { limit: 6 });
    assert_eq!(
        [0, 1, 2].map(|row| made.data.input_indices(row).unwrap()),
        [[1, 4], [2, 3], [0, 4]]
    );
    assert_eq!(made.features, ["a", "b"]);

    let dropped =
        table.features().missing(Missing::Drop).index("a").values::<f32, _>(["b"]).unwrap();
    assert_eq!(
        (dropped.rows, dropped.data.input_kind()),
        (vec![0, 2], InputKind::Indices { limit: 2 })
    );
    assert_eq!(
        message(table.features().index("a").label::<f32>("y")),
        "t.csv: line 3: expected a value in column \"a\", found a missing cell"
    );
    assert_eq!(
        message(table.features().index("a").number("b").label::<f32>("y")),
        "t.csv: column \"b\": expected an index, as other columns are, found numbers"
    );
}

#[test]
fn datasets_that_a_table_cannot_give() {
    let table = table("x,y\n1e300,a\n2,b\n");
    let small = table.features().number("x").label::<f32>("y");
    let expected =
        "t.csv: line 2: expected a number that f32 can hold in column \"x\", found \"1e300\"";
    assert_eq!(message(small), expected);
    assert_eq!(message(table.features().one_hot("y").values::<f32, _>(["x"])), expected);
    assert!(table.features().number("x").label::<f64>("y").is_ok());
    let none = "t.csv: expected one or more columns as";
    assert_eq!(message(table.features().label::<f64>("y")), format!("{none} inputs, found none"));
    assert_eq!(message(table.features().inputs::<f64>()), format!("{none} inputs, found none"));
    let no_target = table.features().number("x").values::<f64, &str>([]);
    assert_eq!(message(no_target), format!("{none} targets, found none"));
    assert!(matches!(
        table.features().number("z").label::<f64>("y"),
        Err(DataError::Column { .. })
    ));
    let empty = self::table("x,y\n");
    let empty = || empty.features().number("x");
    let expected = "t.csv: a dataset needs at least one row, found none";
    assert_eq!(message(empty().label::<f64>("y")), expected);
    assert_eq!(message(empty().values::<f64, _>(["y"])), expected);
    assert_eq!(message(empty().inputs::<f64>()), expected);

    let many: String = (0..1025).map(|i| format!("{i}\n")).collect();
    let many = self::table(&format!("x\n{many}"));
    assert_eq!(
        message(many.features().one_hot("x").inputs::<f32>()),
        "t.csv: column \"x\": expected at most 1024 categories, found 1025"
    );
}

#[test]
fn what_is_named_twice_is_refused() {
    let table = table("a,b,y\nq,1,0\np,2,1\n");
    let twice = "t.csv: column \"b\": expected one use, as an input or a target, found two";
    let b = || table.features().number("b");
    assert_eq!(message(b().label::<f32>("b")), twice);
    assert_eq!(message(b().values::<f32, _>(["y", "b"])), twice);
    assert_eq!(message(b().one_hot("b").inputs::<f32>()), twice);
    assert_eq!(message(table.features().one_hot("a").values::<f32, _>(["b", "b"])), twice);

    let twice = "t.csv: column \"a\": expected different categories, found \"p\" twice";
    let names = ["p", "q", "p"];
    assert_eq!(message(table.features().one_hot_of("a", names).label::<f32>("y")), twice);
    assert_eq!(message(table.features().ordinal_of("a", names).label::<f32>("y")), twice);
    assert_eq!(message(table.features().index_of("a", names).label::<f32>("y")), twice);
    assert_eq!(message(b().label_of::<f32, _>("a", names)), twice);
}

#[test]
fn another_table_becomes_the_same_inputs() {
    let training = table("x,c,s,y\n1,red,low,a\n,blue,high,b\n3,,low,a\n");
    let features = training.features().missing(Missing::Keep).number("x").ordinal("s");
    let made = features.missing(Missing::Indicate).one_hot("c").label::<f64>("y").unwrap();
    assert_eq!(made.features, ["x", "s", "c=blue", "c=red", "c missing"]);
    // Of the training table itself, its target left out.
    let again = made.encoding.inputs::<f64>(&training).unwrap();
    assert_eq!((&again.features, &again.rows), (&made.features, &made.rows));
    let again = again.inputs.into_numbers().unwrap();
    for (row, again) in again.chunks(5).enumerate() {
        let bits = |row: &[f64]| row.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(again), bits(made.data.input(row)));
    }
    // Columns in another order, a column more, none of the target, one of the categories.
    let request = table("c,s,id,x\nred,low,7,2.5\n,low,8,1\n");
    let row = made.encoding.inputs::<f64>(&request).unwrap();
    let expected = [2.5, 1.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0];
    assert_eq!(row.inputs.into_numbers().unwrap(), expected);
    // What was made again knows all categories, too.
    assert_eq!(row.encoding.categories("c").unwrap(), ["blue", "red"]);
    assert_eq!(row.encoding.categories("s").unwrap(), ["high", "low"]);
    assert_eq!((row.encoding.categories("x"), row.encoding.categories("y")), (None, None));

    let unknown = Table::of_cells("request", ["x", "s", "c"], ["1", "low", "green"]).unwrap();
    assert_eq!(
        message(made.encoding.inputs::<f64>(&unknown)),
        "request: line 1: expected one of \"blue\", \"red\" in column \"c\", found \"green\""
    );
    let short = Table::of_cells("request", ["x", "s"], ["1", "low"]).unwrap();
    assert_eq!(
        message(made.encoding.inputs::<f64>(&short)),
        "request: no column \"c\" among [\"x\", \"s\"]"
    );
}

#[test]
fn encodings_of_indices_and_of_rows_left_out() {
    let table = table("a,b\nq,1\n,2\np,1\n");
    let made = table.features().missing(Missing::Keep).index("a").missing(Missing::Drop).index("b");
    let encoding = made.inputs::<f32>().unwrap().encoding;
    let request = Table::of_cells("r", ["a", "b"], ["p", "", "", "1", "q", "2"]).unwrap();
    let again = encoding.inputs::<f32>(&request).unwrap();
    assert_eq!(again.rows, [1, 2]);
    // 0 p, 1 q, 2 missing; 3 "1", 4 "2".
    assert_eq!(again.inputs, Inputs::Indices { indices: vec![2, 3, 1, 4], limit: 5 });
    assert_eq!(
        message(again.inputs.into_numbers()),
        "into_numbers: expected inputs that are numbers, found indices below 5"
    );
}

#[test]
fn tables_of_cells() {
    let of = |names: &[&str], cells: &[&str]| {
        Table::of_cells("r", names.iter().copied(), cells.iter().copied())
    };
    let table = of(&["a", "b"], &[" 1 ", "NA", "x,\"y", ""]).unwrap();
    assert_eq!(cells(&table), [[Some("1"), None], [Some("x,\"y"), None]]);
    assert_eq!(of(&["a"], &[]).unwrap().rows(), 0);
    assert_eq!(message(of(&[], &["1"])), "r: expected one or more columns as names, found none");
    assert_eq!(
        message(of(&["a", "b", "a"], &[])),
        "r: line 1: expected different names, found \"a\" twice"
    );
    assert_eq!(
        message(of(&["a", "b"], &["1", "2", "3"])),
        "r: line 2: expected 2 values, found 1 value"
    );
}

fn quoted(cell: &str) -> String {
    format!("\"{}\"", cell.replace('"', "\"\""))
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        cells in (1..5_usize).prop_flat_map(|width| {
            prop::collection::vec(prop::collection::vec("[a-c ,\"\r\n\t?é]{0,6}", width), 1..8)
        }),
        crlf: bool,
        last_line_ends: bool,
    ) {
        let end = if crlf { "\r\n" } else { "\n" };
        let rows = cells.iter().map(|row| {
            row.iter().map(|cell| quoted(cell)).collect::<Vec<_>>().join(",")
        });
        let mut text = rows.collect::<Vec<_>>().join(end);
        if last_line_ends {
            text += end;
        }
        let csv = Csv::new().no_header().missing(["none"]);
        let read = csv.read(&source(&text)).unwrap();
        prop_assert_eq!((read.rows(), read.width()), (cells.len(), cells[0].len()));
        for (row, cells) in cells.iter().enumerate() {
            for (column, cell) in cells.iter().enumerate() {
                prop_assert_eq!(read.cell(row, column), Some(cell.trim()));
            }
        }
        // Without its last quote it is no table, unless what is left happens to close another way.
        let cut = text.trim_end().strip_suffix('"').unwrap();
        if cells.len() == 1 && cells[0].len() == 1 && !cells[0][0].contains('"') {
            prop_assert!(csv.read(&source(cut)).is_err(), "{:?}", cut);
        }
    }

    #[test]
    fn numbers_come_back_to_the_bit(numbers in prop::collection::vec(prop::num::f64::NORMAL, 1..50)) {
        let text: String = numbers.iter().map(|number| format!("{number:e}\n")).collect();
        let read = Csv::new().no_header().read(&source(&text)).unwrap().numbers("0").unwrap();
        prop_assert_eq!(read, numbers.into_iter().map(Some).collect::<Vec<_>>());
    }

    #[test]
    fn noise_is_no_panic(noise in prop::collection::vec(
        prop_oneof![Just(b','), Just(b'"'), Just(b'\n'), Just(b'\r'), Just(b'1'), any::<u8>()], 0..60))
    {
        let source = source(&noise);
        for csv in [Csv::new(), Csv::new().no_header().comment(b'1'), Csv::new().whitespace().skip(1)] {
            if let Ok(table) = csv.read(&source) {
                prop_assert_eq!(cells(&table).len(), table.rows());
            }
        }
    }
}
