//! A file is an idea, and an idea has an end.

use super::{Finding, Tree};

/// Lines that a file of Rust may have.
const LINES: usize = 600;

/// No file of Rust has more than [`LINES`] lines.
pub(super) fn files_fit_a_reading(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust() {
        let lines = file.text.lines().count();
        if lines > LINES {
            findings.push(Finding {
                path: file.path.clone(),
                line: LINES + 1,
                message: format!(
                    "the file has {lines} lines of at most {LINES}; divide it by idea"
                ),
            });
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::{LINES, files_fit_a_reading};
    use crate::tidy::places;

    #[test]
    fn a_file_one_line_too_long_is_found() {
        let (fits, long) = ("\n".repeat(LINES), "\n".repeat(LINES + 1));
        assert_eq!(
            places(files_fit_a_reading, &[("a.rs", &fits), ("b.rs", &long), ("c.md", &long)]),
            ["b.rs:601"]
        );
    }
}
