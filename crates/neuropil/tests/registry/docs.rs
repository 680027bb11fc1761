//! Every member's documentation says what it is: a formula, its defaults, its source, and an
//! example that is run.

use crate::list::{Title, titles};
use std::fs;
use std::path::{Path, PathBuf};

/// The file of a type, from its full name: modules are files, as everywhere here.
fn source(title: &Title) -> (PathBuf, String) {
    let mut parts: Vec<&str> = title.path.split("::").collect();
    parts.pop();
    let package = parts.remove(0).trim_start_matches("neuropil_");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let path = root.join(package).join("src").join(parts.join("/")).with_extension("rs");
    let text = fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {}: {error}", title.path, path.display()));
    (path, text)
}

/// The lines of a type's documentation, without their slashes.
fn documentation<'a>(text: &'a str, name: &str) -> Vec<&'a str> {
    let declares = |line: &str| {
        let rest = line.strip_prefix("pub struct ").or(line.strip_prefix("pub enum "));
        let rest = rest.and_then(|rest| rest.strip_prefix(name));
        rest.is_some_and(|rest| rest.starts_with([' ', ';', '(', '<', '{']))
    };
    let before: Vec<&str> = text.lines().take_while(|line| !declares(line)).collect();
    let mut lines: Vec<&str> = before
        .into_iter()
        .rev()
        .skip_while(|line| line.starts_with("#["))
        .map_while(|line| line.strip_prefix("///"))
        .collect();
    lines.reverse();
    lines
}

/// Whether the type has settings that may be left alone: methods that take it and give it back.
fn has_settings(text: &str, name: &str) -> bool {
    let of_type = |block: &&str| {
        let header = block.lines().next().unwrap_or_default();
        let own = header.contains(&format!(" {name} ")) || header.contains(&format!(" {name}<"));
        own && !header.contains(" for ")
    };
    let is_setter =
        |line: &str| line.contains("fn ") && (line.contains("(self") || line.contains("(mut self"));
    let blocks = text.split("\nimpl").skip(1);
    blocks
        .map(|block| block.split("\n}").next().unwrap_or(block))
        .filter(of_type)
        .any(|block| block.lines().any(is_setter))
}

/// What the documentation lacks.
fn lacks(text: &str, name: &str) -> Vec<&'static str> {
    let lines = documentation(text, name);
    let mut fences = lines.iter().filter(|line| line.trim_start().starts_with("```"));
    let opens_test = fences.next().is_some_and(|line| line.trim() == "```");
    // The text around the examples.
    let mut inside = false;
    let words: Vec<&str> = lines
        .iter()
        .filter(|line| {
            let fence = line.trim_start().starts_with("```");
            inside ^= fence;
            !inside && !fence
        })
        .copied()
        .collect();
    let words = words.join("\n");
    let mut lacks = Vec::new();
    if !opens_test {
        lacks.push("an example that is run");
    }
    // `w = 0`, `y = max(x, 0)`, `loss_r = ...`; or the law of what is drawn.
    if !words.contains(" = ") && !words.contains("U(") && !words.contains("N(") {
        lacks.push("a formula");
    }
    if !words.contains("PyTorch") && !words.contains("Source:") {
        lacks.push("its source: the name that PyTorch gives it, or a paper behind `Source:`");
    }
    if has_settings(text, name) && !words.to_lowercase().contains("default") {
        lacks.push("the defaults of its settings");
    }
    lacks
}

#[test]
fn documentation_has_formula_defaults_source_and_example() {
    let mut wrong = Vec::new();
    for title in titles() {
        let (path, text) = source(&title);
        assert!(
            !documentation(&text, title.name).is_empty(),
            "{} in {}",
            title.name,
            path.display()
        );
        for missing in lacks(&text, title.name) {
            wrong.push(format!("{} ({}) lacks {missing}", title.path, title.family));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_missing_is_found() {
    let whole = "/// y = x. PyTorch's `A`. By default nothing.\n///\n/// ```\n/// a();\n/// ```\n#[derive(Debug)]\npub struct A {\n    b: f64,\n}\n\nimpl A {\n    pub fn b(self, b: f64) -> Self {\n        Self { b }\n    }\n}\n";
    assert_eq!(lacks(whole, "A"), [""; 0]);
    for (part, by, missing) in [
        ("y = x", "x", "a formula"),
        (
            "PyTorch's `A`",
            "So",
            "its source: the name that PyTorch gives it, or a paper behind `Source:`",
        ),
        ("By default", "Else", "the defaults of its settings"),
        ("/// ```\n/// a", "/// ```text\n/// a", "an example that is run"),
    ] {
        assert_eq!(lacks(&whole.replacen(part, by, 1), "A"), [missing]);
    }
    let unset = whole.replace("(self, b: f64)", "(b: f64)").replace("By default", "Else");
    assert_eq!(lacks(&unset, "A"), [""; 0]);
}
