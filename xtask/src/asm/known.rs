//! Loops that are known to move vectors to the stack, each with why that is borne.

use super::{Level, Row};

/// The compiler that the entries are of. Another one gives registers otherwise, for which nobody who
/// only builds the project should be stopped: what it does is printed.
pub(super) const COMPILER: &str = "rustc 1.95.";

/// Spills of a kernel at a level.
#[derive(Debug)]
struct Known {
    kernel: &'static str,
    level: Level,
    float: &'static str,
    /// The most that a loop may have.
    most: usize,
    reason: &'static str,
}

const MASKS: &str = "1x8: eight masks beside the sums, for the last rows of B";
const SLOW_PATH: &str = "kept for the slow path";
const BY_NUMBER: &str = "accumulators chosen by number lie on the stack";
const TOGETHER: &str = "eight exponentials at a time, quicker than one by one without spills";
const IN_TURN: &str = "four exponentials at a time; the other loop has none";

/// Every one of them.
const KNOWN: &[Known] = &[
    known("gemm last terms", Level::Avx2, "f32", 5, MASKS),
    known("gemm last terms", Level::Avx2, "f64", 5, MASKS),
    known("gemm last terms", Level::Avx512, "f32", 2, MASKS),
    known("gemm last terms", Level::Avx512, "f64", 2, MASKS),
    known("sin", Level::Avx2, "f32", 6, SLOW_PATH),
    known("sin", Level::Avx2, "f64", 6, SLOW_PATH),
    known("sin", Level::Avx512, "f64", 4, SLOW_PATH),
    known("cos", Level::Avx2, "f32", 2, SLOW_PATH),
    known("cos", Level::Avx2, "f64", 2, SLOW_PATH),
    known("log_sum_exp", Level::Avx2, "f32", 49, TOGETHER),
    known("log_sum_exp", Level::Avx2, "f64", 3, BY_NUMBER),
    known("softmax", Level::Avx2, "f32", 27, TOGETHER),
    known("softmax", Level::Avx2, "f64", 5, BY_NUMBER),
    known("log_softmax", Level::Avx2, "f32", 53, TOGETHER),
    known("log_softmax", Level::Avx2, "f64", 3, BY_NUMBER),
    known("log_softmax", Level::Avx512, "f64", 12, IN_TURN),
];

const fn known(
    kernel: &'static str,
    level: Level,
    float: &'static str,
    most: usize,
    reason: &'static str,
) -> Known {
    Known { kernel, level, float, most, reason }
}

/// Why the spills of a row are borne, if there are any.
pub(super) fn reason(row: &Row<'_>) -> Option<&'static str> {
    let it = entry(row)?;
    (1..=it.most).contains(&row.counts.spills).then_some(it.reason)
}

fn entry(row: &Row<'_>) -> Option<&'static Known> {
    KNOWN
        .iter()
        .find(|it| it.kernel == row.kernel && it.level == row.level && it.float == row.float)
}

/// The rows with more than is known, and those that are known for spills they do not have.
pub(super) fn findings(rows: &[Row<'_>]) -> Vec<String> {
    let mut findings = Vec::new();
    for row in rows {
        let (spills, most) = (row.counts.spills, entry(row).map_or(0, |it| it.most));
        if spills > most {
            let line = row.counts.line;
            findings.push(format!(
                "{row}: {spills} moves of vectors to or from the stack, where {most} are known \
                 (the loop begins at line {line} of the listing)"
            ));
        } else if spills == 0 && most > 0 {
            findings.push(format!("{row}: no spills any more; known.rs still has {most}"));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::{Level, Row, findings, reason};
    use crate::asm::count::Counts;

    fn row(kernel: &str, float: &'static str, spills: usize) -> Row<'static> {
        let counts = Counts { spills, ..Counts::default() };
        Row { kernel: kernel.into(), level: Level::Avx2, float, counts }
    }

    #[test]
    fn what_is_known_is_borne_and_no_more() {
        let rows = [row("gemm 6x2", "f32", 0), row("sin", "f32", 6), row("log_sum_exp", "f64", 3)];
        assert_eq!(findings(&rows), [""; 0]);
        assert_eq!(rows.each_ref().map(|it| reason(it).is_some()), [false, true, true]);

        let rows = [row("gemm 6x2", "f32", 1), row("sin", "f32", 7), row("log_sum_exp", "f64", 4)];
        assert_eq!(findings(&rows).len(), 3, "{:?}", findings(&rows));
        assert_eq!(rows.each_ref().map(reason), [None; 3]);
    }

    #[test]
    fn what_is_no_longer_so_is_struck_from_the_list() {
        let findings = findings(&[row("sin", "f32", 0)]);
        assert_eq!(findings, ["sin avx2 f32: no spills any more; known.rs still has 6"]);
    }
}
