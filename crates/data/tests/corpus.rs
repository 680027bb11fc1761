//! The inputs of the fuzz targets that are committed, through the same functions.

#[path = "../fuzz/properties.rs"]
mod properties;

use std::fs;

fn replay(target: &str, property: fn(&[u8])) {
    let folder = format!("{}/fuzz/corpus/{target}", env!("CARGO_MANIFEST_DIR"));
    let mut inputs = 0;
    for entry in fs::read_dir(folder).expect("the corpus of the target") {
        let path = entry.expect("an entry of the folder").path();
        let bytes = fs::read(&path).expect("an input");
        println!("{}", path.display());
        property(&bytes);
        // And cut off in the middle of whatever it is.
        property(&bytes[..bytes.len() / 2]);
        inputs += 1;
    }
    assert!(inputs >= 5, "{target}: {inputs} inputs");
}

#[test]
fn idx() {
    replay("idx", properties::idx);
}

#[test]
fn table() {
    replay("table", properties::table);
}

#[test]
fn text() {
    replay("text", properties::text);
}

#[test]
fn ts() {
    replay("ts", properties::ts);
}
