//! What goes along with the rows through every split: weights, lengths, indices, labels of time steps.

use neuropil_data::{Batch, DataError, Dataset, InputKind, TargetKind, Targets};
use proptest::prelude::*;

/// Rows of one number, the row's own, with these labels.
fn of_labels(labels: Vec<u32>, classes: usize) -> Dataset<f64> {
    let inputs = (0..labels.len()).map(|row| row as f64).collect();
    Dataset::labelled([1], inputs, labels, classes).unwrap()
}

/// Row i: number i, weight i + 1, length i % 3 + 1 of 3.
fn complete(rows: usize) -> Dataset<f64> {
    let inputs = (0..rows).flat_map(|row| [row as f64; 3]).collect();
    let data = Dataset::labelled([3], inputs, vec![0; rows], 1).unwrap();
    let data = data.weighted((0..rows).map(|row| row as f64 + 1.0).collect()).unwrap();
    data.with_lengths((0..rows as u32).map(|row| row % 3 + 1).collect()).unwrap()
}

fn message<T>(result: Result<T, DataError>) -> String {
    result.err().expect("an error").to_string()
}

#[track_caller]
fn assert_complete(data: &Dataset<f64>) {
    let rows: Vec<u32> = (0..data.len() as u32).rev().collect();
    let batch = Batch { data, rows: &rows };
    let (mut weights, mut lengths) = (vec![0.0; rows.len()], vec![0; rows.len()]);
    batch.gather_weights(&mut weights);
    batch.gather_lengths(&mut lengths);
    for (place, &row) in rows.iter().enumerate() {
        let own = data.input(row as usize)[0];
        assert_eq!(weights[place], own + 1.0);
        assert_eq!(data.weight(row as usize), Some(own + 1.0));
        assert_eq!(lengths[place], own as u32 % 3 + 1);
        assert_eq!(data.length(row as usize), Some(own as u32 % 3 + 1));
    }
}

#[test]
fn weights_and_lengths_follow_their_rows() {
    let data = complete(30);
    assert_complete(&data);
    let (left, right) = data.split(0.4, 1).unwrap();
    let (past, future) = right.split_at(0.5).unwrap();
    let (some, others) = future.split_stratified(0.3, 5).unwrap();
    for part in [&left, &past, &some, &others, &past.take(4)] {
        assert_complete(part);
        assert!(part.is_weighted() && part.has_lengths());
    }
    for (train, valid) in past.folds(4, 2).unwrap() {
        assert_complete(&train);
        assert_complete(&valid);
    }
    assert_complete(&future.select([3, 0, 3, 3]).unwrap());
}

#[test]
fn weights_belong_to_places_not_to_samples() {
    let data = complete(5).select([2, 2, 4]).unwrap().weighted(vec![0.5, 0.25, 0.0]).unwrap();
    let last = data.split_at(0.34).unwrap().1;
    assert_eq!((last.weight(0), last.weight(1)), (Some(0.25), Some(0.0)));
    // Given anew to a part whose rows don't start at the beginning.
    let last = last.weighted(vec![7.0, 8.0]).unwrap();
    assert_eq!((last.weight(0), last.weight(1)), (Some(7.0), Some(8.0)));
    assert_eq!((last.take(1).weight(0), last.len()), (Some(7.0), 2));
    assert_eq!((last.input(0)[0], last.input(1)[0]), (2.0, 4.0));
}

#[test]
fn weights_by_class() {
    let data = of_labels(vec![0, 2, 2, 2], 4);
    let weighted = data.weighted_by_class(&[4.0, 9.0, 0.5, 9.0]).unwrap();
    let weights =
        |data: &Dataset<f64>| (0..4).map(|row| data.weight(row).unwrap()).collect::<Vec<_>>();
    assert_eq!(weights(&weighted), [4.0, 0.5, 0.5, 0.5]);
    // Two of the four classes occur: 4 / (2 * 1) and 4 / (2 * 3).
    let balanced = weighted.balanced().unwrap();
    assert_eq!(weights(&balanced), [2.0, 2.0 / 3.0, 2.0 / 3.0, 2.0 / 3.0]);
    // Of a part, the counts are those of the part.
    let even = data.select([0, 1]).unwrap().balanced().unwrap();
    assert_eq!((even.weight(0), even.weight(1)), (Some(1.0), Some(1.0)));
}

#[test]
fn wrong_weights_are_errors() {
    let data = of_labels(vec![0, 1], 2);
    assert_eq!(message(data.weighted(vec![1.0])), "weights: 2 rows need 2 weights, found 1");
    for weight in [-1.0, f64::NAN, f64::INFINITY] {
        let expected = format!("1: expected a finite weight of at least 0, found {weight}");
        assert_eq!(message(data.weighted(vec![1.0, weight])), format!("weights: row {expected}"));
        assert_eq!(
            message(data.weighted_by_class(&[0.0, weight])),
            format!("weights: class {expected}")
        );
    }
    assert_eq!(message(data.weighted(vec![0.0; 2])), "weights: the weights of all 2 rows are zero");
    assert_eq!(
        message(data.weighted_by_class(&[1.0; 3])),
        "weights: 2 classes need 2 weights, found 3"
    );
    let narrow = Dataset::<f32>::labelled([], vec![0.0], vec![0], 1).unwrap();
    assert!(matches!(narrow.weighted_by_class(&[1e300]), Err(DataError::Weight { .. })));

    let values = Dataset::with_values([1], vec![1.0], [1], vec![1.0_f64]).unwrap();
    let expected = "expected one label a row, found values of shape [1]";
    assert_eq!(message(values.balanced()), format!("balanced: {expected}"));
    assert_eq!(message(values.weighted_by_class(&[1.0])), format!("weighted_by_class: {expected}"));
    assert_eq!(message(values.split_stratified(0.5, 1)), format!("split_stratified: {expected}"));
    for none in [
        data.take(0).balanced(),
        data.take(0).weighted(vec![]),
        data.take(0).weighted_by_class(&[1.0, 1.0]),
    ] {
        assert_eq!(message(none), "a dataset needs at least one row, found none");
    }
}

#[test]
fn wrong_lengths_are_errors() {
    let data = complete(2);
    assert_eq!(message(data.with_lengths(vec![1])), "lengths: 2 rows need 2 lengths, found 1");
    for length in [0, 4] {
        assert_eq!(
            message(data.with_lengths(vec![3, length])),
            format!("lengths: row 1: expected a length from 1 to 3, found {length}")
        );
    }
    let single = Dataset::<f32>::labelled([], vec![0.0], vec![0], 1).unwrap();
    assert!(matches!(single.with_lengths(vec![1]), Err(DataError::NoTime)));
}

#[test]
fn sequences_are_padded_at_the_end() {
    let targets = Targets::Values { values: vec![1.0, 2.0, 3.0], shape: vec![] };
    let sequences = [vec![1.0, 2.0], vec![3.0, 4.0, 5.0, 6.0], vec![7.0, 8.0]];
    let data = Dataset::<f32>::sequences([2, 1], &sequences, targets.clone()).unwrap();
    assert_eq!((data.shape(), data.len()), (&[2, 2, 1][..], 3));
    assert_eq!(data.input(0), [1.0, 2.0, 0.0, 0.0]);
    assert_eq!(data.input(1), [3.0, 4.0, 5.0, 6.0]);
    assert_eq!(data.input(2), [7.0, 8.0, 0.0, 0.0]);
    assert_eq!([0, 1, 2].map(|row| data.length(row).unwrap()), [1, 2, 1]);

    for wrong in [vec![], vec![1.0, 2.0, 3.0]] {
        let found = wrong.len();
        let sequences = [vec![1.0, 2.0], wrong];
        assert_eq!(
            message(Dataset::<f32>::sequences([2], &sequences, targets.clone())),
            format!("sequence 1: expected one or more steps of 2 numbers, found {found} numbers")
        );
    }
    let none: [Vec<f32>; 0] = [];
    assert!(matches!(Dataset::sequences([2], &none, targets), Err(DataError::Empty)));
}

#[test]
fn indices_and_labels_of_time_steps() {
    let next = Targets::Labels { labels: vec![1, 2, 3, 4], classes: 5, shape: vec![2] };
    let data: Dataset = Dataset::of_indices([2], vec![0, 1, 2, 3], 5, next).unwrap();
    assert_eq!(data.input_kind(), InputKind::Indices { limit: 5 });
    assert_eq!(data.target_kind(), TargetKind::Labels { classes: 5, shape: &[2] });
    assert_eq!((data.label(0), data.labels(0), data.target_width()), (None, Some(&[1, 2][..]), 2));
    let batch = Batch { data: &data, rows: &[1, 0] };
    let (mut x, mut labels) = ([0; 4], [0; 4]);
    batch.gather_indices(&mut x);
    batch.gather_labels(&mut labels);
    assert_eq!((x, labels), ([2, 3, 0, 1], [3, 4, 1, 2]));

    let wrong = Targets::Labels { labels: vec![1, 2, 3], classes: 5, shape: vec![2] };
    let of = |indices, targets| message(Dataset::<f32>::of_indices([2], indices, 4, targets));
    assert_eq!(of(vec![0; 4], wrong.clone()), "2 samples need 4 labels, found 3");
    assert_eq!(
        of(vec![0, 0, 4, 0], wrong),
        "row 1: index 4 is not below the limit of the inputs, 4"
    );
    assert_eq!(
        message(data.balanced()),
        "balanced: expected one label a row, found labels of 5 classes and shape [2]"
    );
}

#[test]
#[should_panic(expected = "gather_inputs: the inputs are indices below 3")]
fn numbers_of_indices_panic() {
    let targets = Targets::Values { values: vec![0.0], shape: vec![] };
    let data = Dataset::<f32>::of_indices([], vec![2], 3, targets).unwrap();
    data.gather_inputs(&[0], &mut [0.0]);
}

#[test]
#[should_panic(expected = "gather_indices: the inputs are numbers")]
fn indices_of_numbers_panic() {
    of_labels(vec![0], 1).gather_indices(&[0], &mut [0]);
}

#[test]
#[should_panic(expected = "gather_weights: the dataset has no weights")]
fn weights_of_none_panic() {
    of_labels(vec![0], 1).gather_weights(&[0], &mut [0.0]);
}

#[test]
#[should_panic(expected = "gather_lengths: the dataset has no lengths")]
fn lengths_of_none_panic() {
    of_labels(vec![0], 1).gather_lengths(&[0], &mut [0]);
}

#[test]
#[should_panic(expected = "row 2 of a dataset of 2 rows")]
fn a_weight_beyond_the_taken_rows_panics() {
    complete(4).take(2).weight(2);
}

#[test]
fn what_rounding_leaves_goes_to_the_largest_remainder() {
    // 0.3 of 4, 5 and 4 rows: 1.2, 1.5 and 1.2 make 4 of 13, and 0.5 of 3 and 3: 1.5 and 1.5 make 3 of 6.
    for (counts, fraction, expected) in
        [(&[4, 5, 4][..], 0.3, &[1, 2, 1][..]), (&[3, 3], 0.5, &[2, 1])]
    {
        let labels = (0..).zip(counts).flat_map(|(label, &count)| vec![label; count]).collect();
        let (left, _) = of_labels(labels, counts.len()).split_stratified(fraction, 7).unwrap();
        let mut found = vec![0; counts.len()];
        for row in 0..left.len() {
            found[left.label(row).unwrap() as usize] += 1;
        }
        assert_eq!(found, expected);
    }
}

/// From the order 8 7 5 2 3 1 9 10 6 4 11 0, which tests/golden/permutation.py gives for 12 rows and seed 42.
#[test]
fn folds_and_stratified_parts_are_the_promised_ones() {
    let data = of_labels((0..12).map(|row| row % 2).collect(), 2);
    let numbers = |part: &Dataset<f64>| -> Vec<f64> {
        (0..part.len()).map(|row| part.input(row)[0]).collect()
    };
    let folds = data.folds(3, 42).unwrap();
    assert_eq!(numbers(&folds[1].0), [8.0, 7.0, 5.0, 2.0, 6.0, 4.0, 11.0, 0.0]);
    assert_eq!(numbers(&folds[1].1), [3.0, 1.0, 9.0, 10.0]);
    let (left, right) = data.split_stratified(0.5, 42).unwrap();
    assert_eq!(numbers(&left), [8.0, 7.0, 5.0, 2.0, 3.0, 10.0]);
    assert_eq!(numbers(&right), [1.0, 9.0, 6.0, 4.0, 11.0, 0.0]);
}

#[test]
fn folds_and_selections_have_limits() {
    let data = of_labels(vec![0; 3], 1);
    for k in [0, 1, 4] {
        assert_eq!(
            message(data.folds(k, 1)),
            format!("folds: expected a number of folds from 2 to the 3 rows, found {k}")
        );
    }
    assert_eq!(message(data.select([0, 3])), "select: row 3 of a dataset of 3 rows");
    assert!(matches!(data.select([]), Err(DataError::Empty)));
}

proptest! {
    #[test]
    fn a_stratified_split_keeps_proportions(
        labels in prop::collection::vec(0..5_u32, 2..200),
        fraction in 0.01..0.99_f64,
        seed: u64,
    ) {
        let data = of_labels(labels.clone(), 7);
        let Ok((left, right)) = data.split_stratified(fraction, seed) else {
            prop_assert!(data.split(fraction, seed).is_err());
            return Ok(());
        };
        let (same, _) = data.split(fraction, seed).unwrap();
        prop_assert_eq!((left.len(), left.len() + right.len()), (same.len(), labels.len()));
        let numbers = |part: &Dataset<f64>| -> Vec<usize> {
            (0..part.len()).map(|row| part.input(row)[0] as usize).collect()
        };
        let mut all = [numbers(&left), numbers(&right)].concat();
        all.sort_unstable();
        prop_assert_eq!(all, (0..labels.len()).collect::<Vec<_>>());
        for class in 0..5 {
            let count = |part: &Dataset<f64>| {
                (0..part.len()).filter(|&row| part.label(row) == Some(class)).count() as f64
            };
            let exact = fraction * (count(&left) + count(&right));
            prop_assert!((count(&left) - exact).abs() < 1.0, "{} of {exact}", count(&left));
        }
    }

    #[test]
    fn each_row_validates_once(rows in 2..60_usize, k in 2..10_usize, seed: u64) {
        let data = complete(rows);
        prop_assume!(k <= rows);
        let mut seen = vec![0; rows];
        for (train, valid) in data.folds(k, seed).unwrap() {
            prop_assert_eq!(train.len() + valid.len(), rows);
            prop_assert!(valid.len() == rows / k || valid.len() == rows.div_ceil(k));
            let mut here = vec![0; rows];
            for part in [&train, &valid] {
                for row in 0..part.len() {
                    here[part.input(row)[0] as usize] += 1;
                }
            }
            prop_assert_eq!(here, vec![1; rows]);
            for row in 0..valid.len() {
                seen[valid.input(row)[0] as usize] += 1;
            }
        }
        prop_assert_eq!(seen, vec![1; rows]);
    }
}
