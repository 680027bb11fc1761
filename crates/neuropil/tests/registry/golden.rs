//! Every member has golden values from PyTorch, which `tests/parity` compares with, or its entry
//! says why PyTorch has no such thing.

use crate::list::{Title, titles};
use std::path::Path;

/// What is wrong with a member's golden values, given whether there is a file.
fn complaint(title: &Title, exists: bool) -> Option<String> {
    let Title { family, name, without_golden, .. } = title;
    match (without_golden, exists) {
        (None, true) => None,
        (None, false) => Some(format!(
            "no golden/{family}/{name}.json; add a case to tests/parity/{family}.py, or say in the \
             entry why PyTorch has no such thing: .without_golden(\"..\")"
        )),
        (Some(why), true) => {
            Some(format!("golden/{family}/{name}.json is there, though {name} has none: {why}"))
        }
        (Some(why), false) if why.trim().is_empty() => {
            Some(format!("{family}: {name} does not say why it has no golden values"))
        }
        (Some(_), false) => None,
    }
}

#[test]
fn every_member_has_golden_values_or_says_why_not() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parity/golden");
    let check = |title: Title| {
        let file = folder.join(title.family).join(title.name).with_extension("json");
        complaint(&title, file.is_file())
    };
    let complaints: Vec<String> = titles().into_iter().filter_map(check).collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn what_is_missing_or_too_much_is_found() {
    let title = |without_golden| Title {
        family: "activations",
        path: "a::Step",
        name: "Step",
        without_golden,
    };
    let found = |without_golden, exists| complaint(&title(without_golden), exists).is_some();
    assert!(!found(None, true) && found(None, false));
    let why = Some("PyTorch has no step");
    assert!(!found(why, false) && found(why, true) && found(Some(" "), false));
    // An entry's word gets here.
    let member =
        crate::list::schedules::all().remove(0).without_golden("PyTorch has no such thing");
    assert_eq!(member.without_golden, Some("PyTorch has no such thing"));
}
