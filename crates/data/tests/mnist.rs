//! The MNIST of examples/data: the numbers here were counted by a few lines of Python on the raw bytes.

use neuropil_data::{Dataset, TargetKind, mnist};

fn label_counts(data: &Dataset) -> [u32; 10] {
    let mut counts = [0; 10];
    for row in 0..data.len() {
        counts[data.label(row).unwrap() as usize] += 1;
    }
    counts
}

fn labels(data: &Dataset) -> Vec<u32> {
    (0..10).map(|row| data.label(row).unwrap()).collect()
}

/// The sum of all pixels as bytes, which is exact.
fn ink(data: &Dataset, rows: usize) -> u64 {
    let mut sum = 0;
    for row in 0..rows {
        for &pixel in data.input(row) {
            // Rounded; a negative pixel would count as 0, one above 1 as more than 255.
            sum += (pixel * 255.0 + 0.5) as u64;
        }
    }
    sum
}

#[test]
fn all_of_mnist() {
    let (train, test) =
        mnist(concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/data/mnist")).unwrap();

    for (data, rows) in [(&train, 60_000), (&test, 10_000)] {
        assert_eq!((data.len(), data.shape()), (rows, &[784][..]));
        assert_eq!(data.target_kind(), TargetKind::Labels { classes: 10, shape: &[] });
    }

    assert_eq!(label_counts(&train), [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
    assert_eq!(label_counts(&test), [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
    assert_eq!(labels(&train), [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
    assert_eq!(labels(&test), [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);

    assert_eq!((ink(&train, 1), ink(&train, 60_000)), (27_525, 1_567_298_545));
    assert_eq!((ink(&test, 1), ink(&test, 10_000)), (18_454, 264_923_200));
}
