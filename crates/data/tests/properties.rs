//! What must hold of every dataset, split and batch, whatever the sizes and seeds.

use neuropil_data::{Batch, Batches, Dataset, TargetKind};
use proptest::prelude::*;

/// Row `i` holds the numbers 3i, 3i + 1, 3i + 2 and the label i: every row is recognizable.
fn numbered(rows: usize) -> Dataset<f64> {
    let inputs = (0..3 * rows).map(|i| i as f64).collect();
    Dataset::labelled([3], inputs, (0..rows as u32).collect(), rows).unwrap()
}

fn labels(data: &Dataset<f64>) -> Vec<u32> {
    (0..data.len()).map(|row| data.label(row).unwrap()).collect()
}

fn sorted(mut rows: Vec<u32>) -> Vec<u32> {
    rows.sort_unstable();
    rows
}

fn rows(batches: &Batches<'_, f64>) -> Vec<u32> {
    batches.iter().flat_map(|batch| batch.rows.to_vec()).collect()
}

proptest! {
    #[test]
    fn a_split_partitions_the_rows(rows in 2..300_usize, fraction in 0.01..0.99_f64, seed: u64) {
        let data = numbered(rows);
        let first = (fraction * rows as f64).round() as usize;
        match data.split(fraction, seed) {
            Err(_) => prop_assert!(first == 0 || first == rows),
            Ok((left, right)) => {
                prop_assert_eq!((left.len(), right.len()), (first, rows - first));
                let all = [labels(&left), labels(&right)].concat();
                prop_assert_eq!(sorted(all), (0..rows as u32).collect::<Vec<_>>());
                let (again, _) = data.split(fraction, seed).unwrap();
                prop_assert_eq!(labels(&left), labels(&again));
            }
        }
    }

    #[test]
    fn splits_of_splits_partition_too(rows in 8..200_usize, seeds: (u64, u64)) {
        let (left, right) = numbered(rows).split(0.5, seeds.0).unwrap();
        let (a, b) = left.split(0.5, seeds.1).unwrap();
        let (c, d) = right.take(right.len()).split(0.25, seeds.1).unwrap();
        let all = [&a, &b, &c, &d].map(labels).concat();
        prop_assert_eq!(sorted(all), (0..rows as u32).collect::<Vec<_>>());
        // A row's numbers came along through both orders.
        for row in 0..d.len() {
            prop_assert_eq!(d.input(row)[1], 3.0 * f64::from(d.label(row).unwrap()) + 1.0);
        }
    }

    #[test]
    fn batches_cover_each_row_once(rows in 1..300_usize, size in 1..320_usize, seed: u64, epoch: u64) {
        let data = numbered(rows);
        let mut batches = data.batches(size);
        for shuffled in [false, true] {
            if shuffled {
                batches.shuffle(seed, epoch);
            }
            let sizes: Vec<usize> = batches.iter().map(|batch| batch.len()).collect();
            let (last, whole) = sizes.split_last().unwrap();
            prop_assert_eq!(batches.len(), sizes.len());
            prop_assert!(whole.iter().all(|&rows| rows == size));
            prop_assert!((1..=size).contains(last));
            prop_assert_eq!(sorted(self::rows(&batches)), (0..rows as u32).collect::<Vec<_>>());
        }
    }

    #[test]
    fn an_order_depends_on_seed_and_epoch_alone(rows in 20..300_usize, seed: u64, epoch in 0..u64::MAX) {
        let data = numbered(rows);
        let mut fresh = data.batches(7);
        fresh.shuffle(seed, epoch);
        // Another size, and other orders before.
        let mut used = data.batches(rows);
        used.shuffle(seed ^ 1, epoch);
        used.shuffle(seed, epoch + 1);
        prop_assert_ne!(self::rows(&fresh), self::rows(&used));
        used.shuffle(seed, epoch);
        prop_assert_eq!(self::rows(&fresh), self::rows(&used));
    }

    #[test]
    fn gathering_is_reading_row_by_row(picked in prop::collection::vec(0..40_u32, 0..60), seed: u64) {
        let (data, _) = numbered(80).split(0.5, seed).unwrap();
        let batch = Batch { data: &data, rows: &picked };
        let (mut x, mut y) = (vec![f64::NAN; 3 * picked.len()], vec![u32::MAX; picked.len()]);
        batch.gather_inputs(&mut x);
        batch.gather_labels(&mut y);
        for (place, &row) in picked.iter().enumerate() {
            prop_assert_eq!(&x[3 * place..3 * place + 3], data.input(row as usize));
            prop_assert_eq!(Some(y[place]), data.label(row as usize));
        }
    }

    #[test]
    fn values_follow_their_rows(rows in 2..60_usize, width in 1..5_usize, seed: u64) {
        let inputs = (0..rows).map(|i| i as f64).collect();
        let values = (0..rows * width).map(|i| (i / width) as f64).collect();
        let data = Dataset::with_values([], inputs, [width, 1], values).unwrap();
        let (data, _) = data.split(0.5, seed).unwrap_or((data.clone(), data));
        prop_assert_eq!(data.target_kind(), TargetKind::Values { shape: &[width, 1] });
        let mut batches = data.batches(4);
        batches.shuffle(seed, 0);
        for batch in &batches {
            let (mut x, mut y) = (vec![f64::NAN; batch.len()], vec![f64::NAN; width * batch.len()]);
            batch.gather_inputs(&mut x);
            batch.gather_values(&mut y);
            for (x, y) in x.iter().zip(y.chunks(width)) {
                prop_assert!(y.iter().all(|y| y == x));
            }
        }
    }
}
