//! What a reader meets first: the README names every example and shows every crate at work.

use super::{Finding, Tree};

/// The front page.
const FRONT: &str = "README.md";

/// What compiles a crate's README as a test of its documentation.
const COMPILED: &str = "include_str!(\"../README.md\")";

/// Every example is named in the front page.
pub(super) fn examples_are_named(tree: &Tree) -> Vec<Finding> {
    let front = tree.text(FRONT).unwrap_or_default();
    let mut findings = Vec::new();
    let mut check = |name: &str, path: String, line| {
        if !names(front, name) {
            findings.push(Finding {
                path,
                line,
                message: format!("example `{name}` is not in {FRONT}; say there what it shows"),
            });
        }
    };
    for manifest in tree.manifests().filter(|it| it.folder == "examples") {
        for entry in manifest.section("example").filter(|it| it.key == "name") {
            check(entry.value.trim_matches('"'), manifest.path(), entry.line);
        }
    }
    // Cargo takes these without an entry in the manifest.
    for file in tree.rust() {
        if let Some(name) = file.path.strip_prefix("examples/examples/") {
            let name = name.trim_end_matches("/main.rs").trim_end_matches(".rs");
            if !name.contains('/') {
                check(name, file.path.clone(), 1);
            }
        }
    }
    findings
}

/// Every library has a README with a snippet of Rust that is compiled with its documentation.
pub(super) fn crates_show_a_snippet(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for manifest in tree.manifests().filter(|manifest| manifest.is_library()) {
        let path = format!("{}/README.md", manifest.folder);
        let snippet = tree
            .text(&path)
            .is_some_and(|text| text.lines().any(|line| line.trim_end() == "```rust"));
        if !snippet {
            findings.push(Finding {
                path,
                line: 1,
                message: "no snippet; show what the crate does alone in a block ```rust".into(),
            });
        }
        let path = format!("{}/src/lib.rs", manifest.folder);
        if !tree.text(&path).is_some_and(|text| text.contains(COMPILED)) {
            findings.push(Finding {
                path,
                line: 1,
                message: format!(
                    "the README's snippet is not compiled; add `#[cfg(doctest)] \
                     #[doc = {COMPILED}] struct Readme;`"
                ),
            });
        }
    }
    findings
}

/// Whether a text has `name` as a word of its own.
fn names(text: &str, name: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '-').any(|word| word == name)
}

#[cfg(test)]
mod tests {
    use super::{COMPILED, crates_show_a_snippet, examples_are_named};
    use crate::tidy::places;

    #[test]
    fn an_example_that_the_front_page_does_not_name_is_found() {
        let manifest = "[[example]]\nname = \"mnist_mlp\"\npath = \"mnist_mlp.rs\"\n\n[[example]]\nname = \"mnist\"\n";
        let front = "`cargo run --release --example mnist_mlp`";
        assert_eq!(
            places(examples_are_named, &[("README.md", front), ("examples/Cargo.toml", manifest)]),
            ["examples/Cargo.toml:6"]
        );
    }

    #[test]
    fn an_example_without_an_entry_is_found_too() {
        assert_eq!(
            places(
                examples_are_named,
                &[
                    ("README.md", "one, two"),
                    ("examples/examples/one.rs", ""),
                    ("examples/examples/two/main.rs", ""),
                    ("examples/examples/two/part.rs", ""),
                    ("examples/examples/three.rs", ""),
                ]
            ),
            ["examples/examples/three.rs:1"]
        );
    }

    #[test]
    fn a_crate_without_a_snippet_is_found() {
        let library = format!("#[cfg(doctest)]\n#[doc = {COMPILED}]\nstruct Readme;\n");
        let snippet = "# data\n\n```rust\nlet x = 1;\n```\n";
        assert_eq!(
            places(
                crates_show_a_snippet,
                &[
                    ("crates/data/Cargo.toml", "[package]\n"),
                    ("crates/data/README.md", snippet),
                    ("crates/data/src/lib.rs", &library),
                    ("crates/losses/Cargo.toml", "[package]\n"),
                    ("crates/losses/README.md", "# losses\n\n```text\n```\n"),
                    ("crates/losses/src/lib.rs", &library),
                    ("crates/nn/Cargo.toml", "[package]\n"),
                    ("crates/nn/src/lib.rs", &library),
                    ("crates/simd/Cargo.toml", "[package]\n"),
                    ("crates/simd/README.md", snippet),
                    ("crates/simd/src/lib.rs", "//! Lanes.\n"),
                ]
            ),
            ["crates/losses/README.md:1", "crates/nn/README.md:1", "crates/simd/src/lib.rs:1",]
        );
    }
}
