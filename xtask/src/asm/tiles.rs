//! The tile kernels of the matrix products: how many multiply-adds their loops must have.
//!
//! A tile adds a term to each of its sums in a step: it reads a number for each row and a vector for
//! each column of vectors, and multiplies each with each. Its main loop takes four steps a turn.
//! What is left of the sum, and rows of B that must not be read over the whole width, have loops of
//! their own.

use super::{Level, count::Counts};

/// Steps in a turn of the main loop.
const STEPS: usize = 4;

/// Rows, and vectors in a row.
type Tile = (usize, usize);

/// The tiles of a level, as `tile_of` in `crates/tensor/src/gemm/drive.rs` has them.
fn tiles(level: Level) -> Vec<Tile> {
    let widths: &[usize] = match level {
        Level::Avx2 => &[1, 2],
        Level::Avx512 => &[1, 2, 4],
    };
    let mut tiles: Vec<Tile> =
        widths.iter().flat_map(|&vectors| (1..=6).map(move |rows| (rows, vectors))).collect();
    match level {
        Level::Avx2 => tiles.extend([(2, 4), (1, 8)]),
        Level::Avx512 => tiles.push((1, 8)),
    }
    tiles
}

/// The main loop of each tile; of the other loops with multiply-adds that with the most spills; and
/// what is wrong with their multiply-adds.
pub(super) fn check<'a>(
    level: Level,
    loops: &[Counts<'a>],
) -> (Vec<(String, Counts<'a>)>, Vec<String>) {
    let (mut rows, mut findings) = (Vec::new(), Vec::new());
    let mut others: Vec<&Counts<'a>> = loops.iter().filter(|it| it.fmas > 0).collect();
    let tiles = tiles(level);
    for &(height, width) in &tiles {
        let expected = (STEPS * height * width, STEPS * width, STEPS * height);
        let is_main = |it: &Counts<'_>| (it.fmas, it.loads, it.broadcasts) == expected;
        // A compiler may make two loops of one, and two tiles one loop.
        match loops.iter().filter(|it| is_main(it)).max_by_key(|it| it.spills + it.calls.len()) {
            Some(counts) => rows.push((format!("gemm {height}x{width}"), counts.clone())),
            None => findings.push(format!(
                "gemm {height}x{width}: no loop has {} multiply-adds over {} vectors and {} numbers",
                expected.0, expected.1, expected.2
            )),
        }
        others.retain(|it| !is_main(it));
    }
    for it in &others {
        let width = it.fmas.checked_div(it.broadcasts).unwrap_or_default();
        if it.broadcasts == 0
            || width * it.broadcasts != it.fmas
            || !tiles.iter().any(|tile| tile.1 == width)
        {
            findings.push(format!(
                "gemm: a loop of {} multiply-adds that reads {} numbers, at line {} of the listing, \
                 is that of no tile",
                it.fmas, it.broadcasts, it.line
            ));
        }
    }
    if let Some(worst) = others.into_iter().max_by_key(|it| (it.spills, it.fmas)) {
        rows.push(("gemm last terms".into(), worst.clone()));
    }
    (rows, findings)
}

#[cfg(test)]
mod tests {
    use super::{Counts, Level, check, tiles};

    fn main_loop(rows: usize, vectors: usize) -> Counts<'static> {
        Counts {
            fmas: 4 * rows * vectors,
            loads: 4 * vectors,
            broadcasts: 4 * rows,
            ..Counts::default()
        }
    }

    #[test]
    fn every_tile_must_have_its_loop() {
        for level in [Level::Avx2, Level::Avx512] {
            let all = tiles(level);
            let mut loops: Vec<_> =
                all.iter().map(|&(rows, vectors)| main_loop(rows, vectors)).collect();
            let (rows, findings) = check(level, &loops);
            assert_eq!((rows.len(), findings), (all.len(), vec![]));

            let lost = loops.remove(5);
            let (_, findings) = check(level, &loops);
            assert_eq!(findings.len(), 1, "{findings:?}");
            assert!(findings[0].starts_with("gemm 6x1: no loop has 24 "), "{findings:?}");

            loops.push(Counts { fmas: lost.fmas - 1, ..lost });
            let (_, findings) = check(level, &loops);
            assert_eq!(findings.len(), 2, "{findings:?}");
            assert!(findings[1].contains("a loop of 23 multiply-adds"), "{findings:?}");
        }
    }

    #[test]
    fn the_worst_of_the_other_loops_is_shown() {
        let of = |spills| Counts { fmas: 8, broadcasts: 4, spills, ..Counts::default() };
        let (rows, _) = check(Level::Avx2, &[of(0), of(3), of(1)]);
        assert_eq!(rows, [("gemm last terms".into(), of(3))]);
    }
}
