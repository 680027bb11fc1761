//! Nothing that only one machine has.

use super::{Finding, Tree};

/// Where absolute paths of a machine begin; in two pieces, so that this file holds none.
const BEGINNINGS: &[&str] = &[
    concat!("/", "work/"),
    concat!("/", "tmp/"),
    concat!("/", "home/"),
    concat!("/", "root/"),
    concat!("/", "Users/"),
    concat!(":", "\\Users\\"),
];

/// No file holds an absolute path of the machine that it was written on.
pub(super) fn no_machine_paths(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.files() {
        for (index, line) in file.text.lines().enumerate() {
            if let Some(beginning) = BEGINNINGS.iter().find(|it| begins_path(line, it)) {
                findings.push(Finding {
                    path: file.path.clone(),
                    line: index + 1,
                    message: format!(
                        "a path of one machine, `{beginning}`; name it from the root of the \
                         repository, or ask the system for its folder"
                    ),
                });
            }
        }
    }
    findings
}

/// Whether a path begins in `line` like this, rather than goes on like this.
fn begins_path(line: &str, beginning: &str) -> bool {
    line.match_indices(beginning).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let goes_on = |c: char| c.is_alphanumeric() || "._-~)}".contains(c);
        beginning.starts_with(':') || !before.is_some_and(goes_on)
    })
}

#[cfg(test)]
mod tests {
    use super::{BEGINNINGS, no_machine_paths};
    use crate::tidy::places;

    #[test]
    fn a_path_of_a_machine_is_found_in_any_file() {
        for beginning in BEGINNINGS {
            let text = format!("first\nlet x = \"{beginning}x\";\n");
            for path in ["README.md", "crates/nn/src/a.rs", ".ci/run"] {
                assert_eq!(places(no_machine_paths, &[(path, &text)]), [format!("{path}:2")]);
            }
        }
    }

    #[test]
    fn a_folder_of_that_name_deeper_down_is_none() {
        for beginning in BEGINNINGS.iter().filter(|it| it.starts_with('/')) {
            let text = format!("target{beginning}x, ..{beginning}x, example.org{beginning}\n");
            assert!(places(no_machine_paths, &[("a", &text)]).is_empty(), "{text}");
        }
    }
}
