//! `cargo xtask tidy`: the rules of this repository that no compiler knows. One file a rule, each
//! with the snippets that break it.

mod dependencies;
mod fence;
mod inline;
mod manifest;
mod paths;
mod readmes;
mod registry;
mod size;
mod tokens;
mod tree;

use std::fmt;

use lexopt::Parser;

use crate::{Failure, no_more, root};

pub(crate) use manifest::Manifest;
pub(crate) use tree::Tree;

/// A rule: all places of the tree that break it.
type Rule = fn(&Tree) -> Vec<Finding>;

/// Every rule, in the order in which its findings are printed.
const RULES: &[Rule] = &[
    dependencies::edges,
    dependencies::versions,
    dependencies::build_scripts,
    fence::unsafe_code,
    fence::forbidden_where_possible,
    inline::lanes_are_inlined,
    size::files_fit_a_reading,
    readmes::examples_are_named,
    readmes::crates_show_a_snippet,
    paths::no_machine_paths,
    registry::members_are_listed,
];

/// A place that breaks a rule.
#[derive(Debug)]
struct Finding {
    /// The file's path from the root.
    path: String,
    /// The line, from 1.
    line: usize,
    /// What is wrong and what to do.
    message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.message)
    }
}

/// Reads the repository and checks it.
pub(crate) fn run(arguments: &mut Parser) -> Result<(), Failure> {
    no_more(arguments)?;
    check(&Tree::read(&root())?)
}

/// Prints a line for each place that breaks a rule.
///
/// # Errors
/// If there is one.
pub(crate) fn check(tree: &Tree) -> Result<(), Failure> {
    let findings: Vec<Finding> = RULES.iter().flat_map(|rule| rule(tree)).collect();
    for finding in &findings {
        eprintln!("{finding}");
    }
    match findings.len() {
        0 => {
            println!("tidy: {} files keep {} rules", tree.len(), RULES.len());
            Ok(())
        }
        1 => Err(Failure::Failed("tidy has 1 finding".into())),
        n => Err(Failure::Failed(format!("tidy has {n} findings"))),
    }
}

/// Where a rule finds something in a tree of these files: `path:line` of each finding.
#[cfg(test)]
fn places(rule: Rule, files: &[(&str, &str)]) -> Vec<String> {
    let place = |finding: Finding| format!("{}:{}", finding.path, finding.line);
    rule(&Tree::of(files)).into_iter().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::{Finding, Tree, check};
    use crate::Failure;

    #[test]
    fn a_finding_reads_like_a_message_of_the_compiler() {
        let finding =
            Finding { path: "crates/simd/src/lib.rs".into(), line: 7, message: "too dark".into() };
        assert_eq!(finding.to_string(), "crates/simd/src/lib.rs:7: too dark");
    }

    #[test]
    fn a_tree_that_breaks_a_rule_fails() {
        assert!(check(&Tree::of(&[("xtask/src/a.rs", "fn a() {}\n")])).is_ok());
        let outcome = check(&Tree::of(&[("xtask/src/a.rs", "unsafe fn a() {}\n")]));
        assert!(matches!(outcome, Err(Failure::Failed(_))), "{outcome:?}");
    }
}
