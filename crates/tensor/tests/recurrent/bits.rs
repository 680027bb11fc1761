//! What the bits depend on.

use crate::runs::{CELLS, Case, bits};
use neuropil_simd::{Float, Level};

fn in_pool<R: Send>(threads: usize, run: impl FnOnce() -> R + Send) -> R {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool").install(run)
}

fn cases() -> impl Iterator<Item = Case> {
    CELLS.into_iter().flat_map(|cell| {
        // One shard whose products are shared, and several shards that are.
        [(9, 3, 130, 140), (70, 4, 40, 64), (66, 2, 20, 300)].map(
            |(rows, steps, inputs, hidden)| {
                let mut case = Case::new(cell, rows, steps, inputs, hidden);
                case.lengths = Some((0..rows).map(|row| (row % steps + 1) as u32).collect());
                (case.begins, case.asks) = (true, (true, true));
                case
            },
        )
    })
}

fn threads<T: Float>() {
    for case in cases() {
        let n = case.numbers::<T>();
        let run = || {
            let (y, ..) = case.forward(Level::current(), &n);
            let mut all = vec![bits(&y)];
            let mut gradients = case.backward(Level::current(), &n, false);
            all.extend(gradients.all().map(|(_, values)| bits(values)));
            all
        };
        let one = in_pool(1, run);
        for threads in [2, 3] {
            assert_eq!(in_pool(threads, run), one, "{case:?} on {threads} threads");
        }
    }
}

#[test]
fn single_precision_does_not_depend_on_threads() {
    threads::<f32>();
}

#[test]
fn double_precision_does_not_depend_on_threads() {
    threads::<f64>();
}

/// A row has the same output alone and in a batch; packed weights give the bits of weights in place.
#[test]
fn rows_alone_and_packs() {
    for case in cases() {
        let n = case.numbers::<f32>();
        let (y, ..) = case.forward(Level::current(), &n);
        let unpacked = Case { packed: false, ..case.clone() };
        assert_eq!(bits(&unpacked.forward(Level::current(), &n).0), bits(&y), "{case:?}");
        for row in [0, 5, case.rows - 1] {
            let mut one = n.clone();
            for (name, values) in one.all() {
                if matches!(name, "x" | "h" | "c") {
                    let width = values.len() / case.rows;
                    let of_row = values[row * width..(row + 1) * width].to_vec();
                    *values = of_row;
                }
            }
            let lengths = case.lengths.as_ref().map(|lengths| vec![lengths[row]]);
            let alone = Case { rows: 1, lengths, ..case.clone() };
            let width = case.outputs().row;
            let (found, ..) = alone.forward(Level::current(), &one);
            assert_eq!(bits(&found), bits(&y[row * width..(row + 1) * width]), "{case:?}: {row}");
        }
    }
}

/// Levels that fuse agree to the bit.
#[test]
fn levels() {
    let fused: Vec<Level> = Level::available().filter(|&level| level != Level::Portable).collect();
    for case in cases() {
        let n = case.numbers::<f32>();
        let runs: Vec<_> = fused
            .iter()
            .map(|&level| {
                let mut gradients = case.backward(level, &n, false);
                let gradients = gradients.all().map(|(_, values)| bits(values));
                (bits(&case.forward(level, &n).0), gradients)
            })
            .collect();
        assert!(runs.windows(2).all(|two| two[0] == two[1]), "{case:?}");
    }
}
