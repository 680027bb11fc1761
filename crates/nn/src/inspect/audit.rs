//! Whether every weight gets a gradient that it can be trained with.

use super::anatomy::reaches_cost;
use super::table;
use crate::params::Params;
use crate::plan::Program;
use crate::real::Real;
use std::fmt;

/// A tensor's gradient explodes if its root mean square is more than this many times the median of
/// the other tensors'.
pub const EXPLODING_RATIO: f64 = 1e3;

/// A tensor's gradient vanishes if its root mean square is less than this share of the median of
/// the other tensors'. What is left there is often rounding, as that of a bias that a batch
/// normalization takes away.
pub const VANISHING_RATIO: f64 = 1e-6;

/// A tensor's gradient explodes if its Euclidean norm is above this, whatever the others'.
pub const EXPLODING_NORM: f64 = 1e4;

/// What [`Trainer::audit`](crate::Trainer::audit) found, weight by weight. `Display` prints a
/// table.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Audit {
    /// The weights in the order of [`Params`].
    pub rows: Vec<AuditRow>,
}

/// The gradient of one weight.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct AuditRow {
    /// The path of the weight.
    pub path: String,
    /// Its numbers.
    pub count: usize,
    /// The Euclidean norm of the gradient.
    pub norm: f64,
    /// The largest absolute value.
    pub largest: f64,
    /// How many numbers are exactly zero.
    pub zeros: usize,
    /// What is to be said of it.
    pub verdict: Verdict,
}

/// What is to be said of a weight's gradient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// It can be trained with.
    Fine,
    /// The weight is frozen and has no gradient.
    Frozen,
    /// No op has written one: the cost does not depend on the weight, it is detached, or an op
    /// leaves the gradient out.
    Missing,
    /// It is zero throughout.
    Zero,
    /// It is far smaller than the others' ([`VANISHING_RATIO`]).
    Vanishing,
    /// So many of its numbers are NaN or infinite.
    NotFinite {
        /// How many.
        count: usize,
    },
    /// It is far larger than the others' ([`EXPLODING_RATIO`]) or than any should be
    /// ([`EXPLODING_NORM`]).
    Exploding,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fine => f.write_str("fine"),
            Self::Frozen => f.write_str("frozen"),
            Self::Missing => f.write_str("MISSING: no op writes it"),
            Self::Zero => f.write_str("ZERO"),
            Self::Vanishing => f.write_str("VANISHING"),
            Self::NotFinite { count } => write!(f, "{count} NaN OR INFINITE"),
            Self::Exploding => f.write_str("EXPLODING"),
        }
    }
}

impl Audit {
    /// Whether every weight that is trained has a gradient to be trained with.
    pub fn is_clean(&self) -> bool {
        self.troubles().next().is_none()
    }

    /// The weights whose gradient is neither fine nor left out on purpose.
    pub fn troubles(&self) -> impl Iterator<Item = &AuditRow> {
        self.rows.iter().filter(|row| !matches!(row.verdict, Verdict::Fine | Verdict::Frozen))
    }
}

impl AuditRow {
    fn mean_square_root(&self) -> f64 {
        self.norm / (self.count.max(1) as f64).sqrt()
    }
}

/// The gradients in `params`; `written` says of each number of an entry whether the last backward
/// wrote its gradient.
pub(crate) fn audit<T: Real>(
    program: &Program,
    params: &Params<T>,
    written: impl Fn(usize) -> bool,
) -> Audit {
    let reaches = reaches_cost(program);
    let reached = |path: &str| {
        let weights = &program.record.weights;
        weights.iter().any(|weight| weight.path == path && reaches[weight.value])
    };
    let mut rows: Vec<AuditRow> = Vec::new();
    for entry in params.entries() {
        let dw = &params.gradients()[entry.range()];
        let not_finite = dw.iter().filter(|dw| !dw.is_finite()).count();
        let zeros = dw.iter().filter(|&&dw| dw == T::ZERO).count();
        let largest = dw.iter().fold(0.0, |largest: f64, dw| largest.max(dw.to_f64().abs()));
        let verdict = if !entry.trainable {
            Verdict::Frozen
        } else if not_finite > 0 {
            Verdict::NotFinite { count: not_finite }
        } else if !reached(&entry.path) || !written(entry.start) {
            Verdict::Missing
        } else if zeros == dw.len() {
            Verdict::Zero
        } else {
            Verdict::Fine
        };
        let norm = norm(dw);
        let (path, count) = (entry.path.clone(), dw.len());
        rows.push(AuditRow { path, count, norm, largest, zeros, verdict });
    }
    let sizes: Vec<Option<f64>> = (rows.iter())
        .map(|row| (row.verdict == Verdict::Fine).then(|| row.mean_square_root()))
        .collect();
    for (i, row) in rows.iter_mut().enumerate().filter(|(_, row)| row.verdict == Verdict::Fine) {
        let others =
            sizes.iter().enumerate().filter(|&(j, _)| j != i).filter_map(|(_, size)| *size);
        let size = row.mean_square_root();
        let median = median(others.collect());
        if median.is_some_and(|median| size > EXPLODING_RATIO * median) || row.norm > EXPLODING_NORM
        {
            row.verdict = Verdict::Exploding;
        } else if median.is_some_and(|median| size < VANISHING_RATIO * median) {
            row.verdict = Verdict::Vanishing;
        }
    }
    Audit { rows }
}

/// The Euclidean norm, in `f64`.
pub(super) fn norm<T: Real>(x: &[T]) -> f64 {
    x.iter().map(|x| x.to_f64().powi(2)).sum::<f64>().sqrt()
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

impl fmt::Display for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = ["weight", "numbers", "norm", "largest", "zeros", "gradient"];
        let mut rows = vec![head.map(str::to_owned)];
        rows.extend(self.rows.iter().map(|row| {
            [
                row.path.clone(),
                row.count.to_string(),
                table::short(row.norm),
                table::short(row.largest),
                row.zeros.to_string(),
                row.verdict.to_string(),
            ]
        }));
        table::write(f, [false, true, true, true, true, false], &rows)
    }
}
