//! Datasets from outside: what goes in comes out, and what is wrong is an error with its values.

use neuropil_data::{DataError, Dataset, TargetKind};

fn labelled(rows: usize) -> Dataset {
    let inputs = (0..2 * rows).map(|i| i as f32).collect();
    let labels = (0..rows as u32).collect();
    Dataset::labelled([2], inputs, labels, rows).unwrap()
}

fn message<T>(result: Result<T, DataError>) -> String {
    match result {
        Ok(_) => panic!("expected an error"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn rows_and_targets_stay_together() {
    let data = labelled(5);
    assert_eq!((data.len(), data.width(), data.shape()), (5, 2, &[2][..]));
    assert_eq!(data.target_kind(), TargetKind::Labels { classes: 5, shape: &[] });
    assert_eq!(data.target_width(), 1);
    for row in 0..5 {
        assert_eq!(data.input(row), [2.0 * row as f32, 2.0 * row as f32 + 1.0]);
        assert_eq!(data.label(row), Some(row as u32));
        assert_eq!(data.target_values(row), None);
    }
}

#[test]
fn values_of_any_shape() {
    let data =
        Dataset::<f64>::with_values([], vec![1.0, 2.0], [1, 3], (0..6).map(f64::from).collect())
            .unwrap();
    assert_eq!((data.len(), data.width(), data.target_width()), (2, 1, 3));
    assert_eq!(data.target_kind(), TargetKind::Values { shape: &[1, 3] });
    assert_eq!(data.label(1), None);
    assert_eq!(data.target_values(1), Some(&[3.0, 4.0, 5.0][..]));
    let mut y = [0.0; 6];
    data.gather_values(&[1, 0], &mut y);
    assert_eq!(y, [3.0, 4.0, 5.0, 0.0, 1.0, 2.0]);
}

#[test]
fn wrong_data_is_an_error_with_its_values() {
    let of = |shape: &[usize], inputs, labels| {
        message(Dataset::<f32>::labelled(shape, vec![0.0; inputs], labels, 3))
    };
    assert_eq!(
        of(&[28, 28], 785, vec![0]),
        "inputs: 785 numbers don't divide into samples of shape [28, 28] (784 numbers each)"
    );
    assert_eq!(of(&[2], 4, vec![0]), "2 samples need 2 labels, found 1");
    assert_eq!(of(&[2], 0, vec![0]), "0 samples need 0 labels, found 1");
    assert_eq!(of(&[2], 4, vec![0, 3]), "row 1: label 3 is not below the number of classes, 3");
    assert_eq!(of(&[2], 0, vec![]), "a dataset needs at least one row, found none");
    assert_eq!(
        of(&[2, 0], 4, vec![0, 0]),
        "inputs: shape [2, 0] of one sample has a dimension of zero"
    );
    assert_eq!(
        of(&[usize::MAX, 2], 4, vec![0, 0]),
        format!(
            "inputs: shape [{}, 2] of one sample has more numbers than memory can address",
            usize::MAX
        )
    );
    let values = |shape: &[usize], values| {
        message(Dataset::<f32>::with_values([2], vec![0.0; 4], shape, vec![0.0; values]))
    };
    assert_eq!(values(&[3], 5), "targets: 2 samples of target shape [3] need 6 numbers, found 5");
    assert_eq!(values(&[0], 0), "targets: shape [0] of one sample has a dimension of zero");
    assert!(values(&[usize::MAX], 4).starts_with("targets: 2 samples of target shape"));
}

#[test]
#[cfg(target_pointer_width = "64")]
fn rows_are_numbered_by_u32() {
    // Numbers of no size, since real ones would need 16 GiB.
    let of = |rows: usize| Dataset::<()>::with_values([], vec![(); rows], [], vec![(); rows]);
    let most = u32::MAX as usize;
    assert_eq!(of(most).unwrap().len(), most);
    assert_eq!(
        message(of(most + 1)),
        "4294967296 rows are more than a dataset can number (4294967295)"
    );
}

#[test]
fn splits_share_the_samples() {
    let data = labelled(10);
    let (first, second) = data.split(0.7, 1).unwrap();
    assert_eq!((first.len(), second.len()), (7, 3));
    for part in [&first, &second, &first.clone(), &second.take(2)] {
        for row in 0..part.len() {
            let stored = part.label(row).unwrap() as usize;
            assert!(std::ptr::eq(part.input(row), data.input(stored)));
        }
    }
}

#[test]
fn a_split_leaves_no_part_empty() {
    let data = labelled(10);
    for fraction in [f64::NAN, f64::INFINITY, -0.1, 1.1] {
        assert_eq!(
            message(data.split(fraction, 1)),
            format!("split: the fraction must lie between 0 and 1, found {fraction}")
        );
    }
    assert_eq!(
        message(data.split(0.96, 1)),
        "split: fraction 0.96 of 10 rows gives parts of 10 and 0 rows, and none may be empty"
    );
    for (data, fraction) in [(&data, 0.0), (&data, 1.0), (&data.take(1), 0.5), (&data.take(0), 0.5)]
    {
        assert!(matches!(data.split(fraction, 1), Err(DataError::EmptyPart { .. })));
    }
}

#[test]
fn take_follows_the_order_and_stops_at_the_end() {
    let (first, _) = labelled(10).split(0.5, 3).unwrap();
    let few = first.take(3);
    assert_eq!(few.len(), 3);
    for row in 0..3 {
        assert_eq!(few.label(row), first.label(row));
    }
    assert_eq!(few.take(9).len(), 3);
    assert!(few.take(0).is_empty());
}

#[test]
fn debug_says_what_it_is_and_spares_the_numbers() {
    assert_eq!(
        format!("{:?}", labelled(10_000)),
        "Dataset { rows: 10000, shape: [2], inputs: Numbers, targets: Labels { classes: 10000, shape: [] }, .. }"
    );
}

#[test]
#[should_panic(expected = "row 3 of a dataset of 3 rows")]
fn a_row_beyond_the_taken_ones_panics() {
    labelled(10).take(3).input(3);
}

#[test]
#[should_panic(expected = "gather_inputs: 2 rows of 2 need an out of 4, found 3")]
fn a_short_buffer_panics() {
    labelled(3).gather_inputs(&[0, 1], &mut [0.0; 3]);
}

#[test]
#[should_panic(expected = "gather_labels: 2 rows of 1 need an out of 2, found 3")]
fn a_long_buffer_panics() {
    labelled(3).gather_labels(&[0, 1], &mut [0; 3]);
}

#[test]
#[should_panic(expected = "gather_values: the targets are labels of 3 classes")]
fn values_of_labels_panic() {
    labelled(3).gather_values(&[0], &mut [0.0]);
}

#[test]
#[should_panic(expected = "gather_labels: the targets are values of shape [1]")]
fn labels_of_values_panic() {
    let data = Dataset::<f32>::with_values([1], vec![0.0], [1], vec![0.0]).unwrap();
    data.gather_labels(&[0], &mut [0]);
}
