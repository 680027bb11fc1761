//! The tile kernels of convolutions: the multiply-adds that their loops must have.
//!
//! A tile of a sweep adds a term to each of its sums in a turn: it reads a vector for each column of
//! vectors and a weight for each channel, and multiplies each with each. A tile of the weights'
//! gradient reads a vector of dy for each channel and one of x for each weight.

use super::{Level, count::Counts};

/// Channels, and vectors or weights.
type Tile = (usize, usize);

/// The tiles of sweeps, as `tile_of` in `crates/tensor/src/convolution/tile.rs` has them, those of one
/// channel or one vector left out: other loops look alike.
fn sweeps(level: Level) -> Vec<Tile> {
    match level {
        Level::Avx2 => (2..=6).map(|rows| (rows, 2)).chain([(2, 3), (2, 4)]).collect(),
        Level::Avx512 => {
            (2..=4).flat_map(|vectors| (2..=6).map(move |rows| (rows, vectors))).collect()
        }
    }
}

/// The tiles of weights, as `channels` in `crates/tensor/src/convolution/weights.rs` has them.
fn weights(level: Level) -> Vec<Tile> {
    match level {
        Level::Avx2 => vec![(3, 2), (4, 2), (2, 4)],
        Level::Avx512 => vec![(4, 4), (5, 4), (6, 4), (2, 8), (3, 8)],
    }
}

/// The loop of each tile; of the other loops with multiply-adds that with the most spills; and what is
/// missing.
pub(super) fn check<'a>(
    level: Level,
    loops: &[Counts<'a>],
) -> (Vec<(String, Counts<'a>)>, Vec<String>) {
    let (mut rows, mut findings) = (Vec::new(), Vec::new());
    let mut others: Vec<&Counts<'a>> = loops.iter().filter(|it| it.fmas > 0).collect();
    let sweep = |(m, n): Tile| (format!("conv {m}x{n}"), (m * n, n, m));
    let weight = |(m, n): Tile| (format!("conv dw {m}x{n}"), (m * n, m + n, 0));
    let tiles = sweeps(level).into_iter().map(sweep);
    for (name, expected) in tiles.chain(weights(level).into_iter().map(weight)) {
        // Some turns may be done as one.
        let is_tile = |it: &Counts<'_>| {
            let turns = it.fmas / expected.0;
            let (fmas, loads, broadcasts) = expected;
            let all = (turns * fmas, turns * loads, turns * broadcasts);
            turns > 0 && (it.fmas, it.loads, it.broadcasts) == all
        };
        match loops.iter().filter(|it| is_tile(it)).max_by_key(|it| it.spills + it.calls.len()) {
            Some(counts) => rows.push((name, counts.clone())),
            None => findings.push(format!(
                "{name}: no loop has {} multiply-adds over {} vectors and {} numbers",
                expected.0, expected.1, expected.2
            )),
        }
        others.retain(|it| !is_tile(it));
    }
    if let Some(worst) = others.into_iter().max_by_key(|it| (it.spills + it.calls.len(), it.fmas)) {
        rows.push(("conv others".into(), worst.clone()));
    }
    (rows, findings)
}

#[cfg(test)]
mod tests {
    use super::{Counts, Level, check};

    #[test]
    fn a_tile_without_its_loop_is_missed() {
        let of = |fmas, loads, broadcasts| Counts { fmas, loads, broadcasts, ..Counts::default() };
        let (rows, findings) =
            check(Level::Avx512, &[of(24, 4, 6), of(24, 10, 0), of(13, 4, 6), of(40, 8, 10)]);
        let names: Vec<&str> = rows.iter().map(|row| row.0.as_str()).collect();
        assert_eq!(names, ["conv 5x4", "conv 6x4", "conv dw 6x4", "conv others"]);
        assert!(findings.iter().any(|it| it.starts_with("conv 6x3: no loop")), "{findings:?}");
    }
}
