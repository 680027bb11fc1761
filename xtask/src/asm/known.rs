//! Loops that are known to move vectors to the stack, each with why that is borne.

use super::{Level, Row};

/// A kernel at a level.
#[derive(Debug)]
struct Known {
    kernel: &'static str,
    level: Level,
    /// The most that its loops may have, in `f32` and in `f64`.
    most: [usize; 2],
    reason: &'static str,
}

const MASKS: &str = "1x8 has eight masks beside its sums; it takes the last rows of B, a few terms";
const SLOW_PATH: &str = "what the slow path would change is kept where it can";
const EXPONENTIALS: &str = "exponentials of eight vectors at a time: more than 16 registers hold, \
    but fewer instructions a number than one by one";
const ACCUMULATORS: &str = "accumulators are chosen by number, and so lie on the stack";

/// Every one of them.
const KNOWN: &[Known] = &[
    known("gemm last terms", Level::Avx2, [5, 5], MASKS),
    known("gemm last terms", Level::Avx512, [2, 2], MASKS),
    known("sin", Level::Avx2, [6, 6], SLOW_PATH),
    known("sin", Level::Avx512, [0, 4], SLOW_PATH),
    known("cos", Level::Avx2, [2, 2], SLOW_PATH),
    known("log_sum_exp", Level::Avx2, [59, 3], EXPONENTIALS),
    known("softmax", Level::Avx2, [3, 5], ACCUMULATORS),
    known("log_softmax", Level::Avx2, [55, 3], EXPONENTIALS),
    known("log_softmax", Level::Avx512, [0, 14], "two of four exponentials in turn"),
];

const fn known(
    kernel: &'static str,
    level: Level,
    most: [usize; 2],
    reason: &'static str,
) -> Known {
    Known { kernel, level, most, reason }
}

/// Why the spills of a row are borne.
pub(super) fn reason(row: &Row<'_>) -> Option<&'static str> {
    (row.counts.spills > 0 && row.counts.spills <= most(row))
        .then(|| entry(row))?
        .map(|it| it.reason)
}

fn entry(row: &Row<'_>) -> Option<&'static Known> {
    KNOWN.iter().find(|it| it.kernel == row.kernel && it.level == row.level)
}

fn most(row: &Row<'_>) -> usize {
    entry(row).map_or(0, |it| it.most[usize::from(row.float == "f64")])
}

/// The rows with more than is known, and those that are known for spills they do not have.
pub(super) fn findings(rows: &[Row<'_>]) -> Vec<String> {
    let mut findings = Vec::new();
    for row in rows {
        let (spills, most) = (row.counts.spills, most(row));
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
