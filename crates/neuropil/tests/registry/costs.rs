//! What each member costs stands in its crate's documentation: `cargo xtask costs` measures it.

use crate::list::titles;
use std::fs;
use std::path::Path;

/// The families whose members work on slices.
const FAMILIES: [&str; 5] = ["activations", "initializers", "losses", "optimizers", "regularizers"];

/// The members of a family that a table does not have.
fn missing<'a>(table: &str, names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    names.filter(|name| !table.contains(&format!("[`{name}`]"))).collect()
}

#[test]
fn every_member_has_its_cost_in_the_table_of_its_crate() {
    let titles = titles();
    for family in FAMILIES {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(family);
        let path = path.join("src/costs.md");
        let table =
            fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let names = titles.iter().filter(|title| title.family == family).map(|title| title.name);
        let missing = missing(&table, names);
        assert!(missing.is_empty(), "{family}: `benches/src/costs` and its table lack {missing:?}");
    }
}

#[test]
fn who_is_missing_is_found() {
    let table = "| [`Relu`] | 0.1 |\n| [`Relu6`], capped | 0.1 |\n";
    assert_eq!(missing(table, ["Relu", "Elu", "Relu6"].into_iter()), ["Elu"]);
}
