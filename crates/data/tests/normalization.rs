//! Normalization: the formulas, what it does to missing numbers, constant columns, padding and wrong data.

use neuropil_data::{DataError, Dataset, MeanFill, Normalization, TargetKind, Targets};
use proptest::prelude::*;

fn of(width: usize, inputs: Vec<f64>) -> Dataset<f64> {
    let rows = inputs.len() / width;
    Dataset::labelled([width], inputs, vec![0; rows], 1).unwrap()
}

fn message<T>(result: Result<T, DataError>) -> String {
    result.err().expect("an error").to_string()
}

#[test]
fn standard_and_min_max_of_numbers_computed_by_hand() {
    // Means 2 and -1; deviations sqrt(2/3) and 0.
    let data = of(2, vec![1.0, -1.0, 2.0, -1.0, 3.0, -1.0]);
    let standard = Normalization::standard(&data).unwrap();
    assert_eq!(standard.shift(), [2.0, -1.0]);
    assert_eq!(standard.scale(), [(2.0_f64 / 3.0).sqrt(), 1.0]);
    let normalized = standard.apply(&data).unwrap();
    assert!((normalized.input(2)[0] - 1.5_f64.sqrt()).abs() < 1e-15);
    assert_eq!(normalized.input(2)[1], 0.0);

    let unit = Normalization::min_max(&data).unwrap().apply(&data).unwrap();
    assert_eq!([0, 1, 2].map(|row| unit.input(row)[0]), [0.0, 0.5, 1.0]);
    assert_eq!([0, 1, 2].map(|row| unit.input(row)[1]), [0.0; 3]);
}

#[test]
fn what_is_learnt_comes_from_the_training_part() {
    let train = of(1, vec![0.0, 10.0]);
    let valid = of(1, vec![20.0]);
    let unit = Normalization::min_max(&train).unwrap();
    assert_eq!(unit.apply(&valid).unwrap().input(0), [2.0]);
}

#[test]
fn missing_numbers_are_left_out_and_filled_on_demand() {
    let data = of(2, vec![1.0, f64::NAN, 3.0, 5.0, f64::NAN, 7.0]);
    let standard = Normalization::standard(&data).unwrap();
    assert_eq!((standard.shift(), standard.scale()), (&[2.0, 6.0][..], &[1.0, 1.0][..]));
    assert!(standard.apply(&data).unwrap().input(2)[0].is_nan());
    let fill = MeanFill::fit(&data).unwrap();
    assert_eq!(fill.means(), [2.0, 6.0]);
    let filled = fill.apply(&data).unwrap();
    assert_eq!((filled.input(0), filled.input(2)), (&[1.0, 6.0][..], &[2.0, 7.0][..]));

    let none = of(2, vec![1.0, f64::NAN]);
    assert_eq!(message(MeanFill::fit(&none)), "inputs: feature 1 is missing (NaN) in all rows");
    let infinite = of(2, vec![1.0, 2.0, 3.0, f64::NEG_INFINITY]);
    assert_eq!(
        message(Normalization::min_max(&infinite)),
        "inputs: row 1, number 1: expected a finite number, found -inf"
    );
}

#[test]
fn equal_numbers_have_no_deviation_however_they_round() {
    let data = of(1, vec![0.1; 1000]);
    let standard = Normalization::standard(&data).unwrap();
    assert_eq!((standard.shift(), standard.scale()), (&[0.1][..], &[1.0][..]));
    // A large offset loses nothing to cancellation.
    let data = of(1, (0..1000).map(|i| 1e9 + f64::from(i % 2)).collect());
    assert_eq!(Normalization::standard(&data).unwrap().scale(), [0.5]);
}

#[test]
fn sequences_are_normalized_by_step_without_their_padding() {
    let targets = Targets::Labels { labels: vec![0, 0], classes: 1, shape: vec![] };
    let sequences = [vec![1.0, 10.0, 3.0, 10.0], vec![5.0, 10.0]];
    let data = Dataset::<f64>::sequences([2], &sequences, targets).unwrap();
    let unit = Normalization::min_max_steps(&data).unwrap();
    assert_eq!((unit.shift(), unit.scale()), (&[1.0, 10.0][..], &[4.0, 1.0][..]));
    let unit = unit.apply(&data).unwrap();
    assert_eq!(
        (unit.input(0), unit.input(1)),
        (&[0.0, 0.0, 0.5, 0.0][..], &[1.0, 0.0, 0.0, 0.0][..])
    );
    assert_eq!((unit.length(1), unit.label(1)), (Some(1), Some(0)));
    // As many means as steps and features: of the second step the second row knows nothing.
    let whole = Normalization::standard(&data).unwrap();
    assert_eq!(whole.shift(), [3.0, 10.0, 3.0, 10.0]);
    assert_eq!(whole.apply(&data).unwrap().input(1)[2..], [0.0, 0.0]);
    let single = Dataset::<f64>::labelled([], vec![1.0], vec![0], 1).unwrap();
    assert!(matches!(Normalization::standard_steps(&single), Err(DataError::NoTime)));
}

#[test]
fn targets_there_and_back() {
    let data = Dataset::<f32>::with_values(
        [1],
        vec![0.0; 3],
        [2],
        vec![1.0, 100.0, 2.0, 200.0, 3.0, 300.0],
    )
    .unwrap();
    let targets = Normalization::min_max_targets(&data).unwrap();
    let normalized = targets.apply_to_targets(&data).unwrap();
    assert_eq!(normalized.target_values(1), Some(&[0.5, 0.5][..]));
    let mut y = [0.0, 1.0, 0.25, 0.5_f32];
    targets.invert(&mut y);
    assert_eq!(y, [1.0, 300.0, 1.5, 200.0]);
    let standard = Normalization::standard_targets(&data).unwrap();
    assert_eq!(standard.shift(), [2.0, 200.0]);

    let labels = of(1, vec![1.0]);
    let expected = "targets: expected numbers, found labels of 1 classes";
    assert_eq!(message(Normalization::standard_targets(&labels)), expected);
    assert_eq!(
        message(Normalization::new(vec![0.0], vec![1.0]).unwrap().apply_to_targets(&labels)),
        expected
    );
}

#[test]
fn numbers_that_cannot_normalize() {
    let of =
        |shift: &[f64], scale: &[f64]| message(Normalization::new(shift.to_vec(), scale.to_vec()));
    assert_eq!(of(&[], &[]), "normalization: 0 shifts need 1 scales, found 0");
    assert_eq!(of(&[1.0, 2.0], &[1.0]), "normalization: 2 shifts need 2 scales, found 1");
    for (shift, scale) in [(0.0, 0.0), (f64::NAN, 1.0), (1.0, f64::INFINITY)] {
        assert_eq!(
            of(&[0.0, shift], &[1.0, scale]),
            format!(
                "normalization: feature 1: expected a finite shift and a finite scale other than 0, \
                 found {shift} and {scale}"
            )
        );
    }
    let two = Normalization::new(vec![0.0; 2], vec![1.0; 2]).unwrap();
    assert_eq!(
        message(two.apply(&self::of(3, vec![0.0; 3]))),
        "normalization: 2 features are neither all of shape [3] nor those of its last dimensions"
    );
    let targets = Targets::Values { values: vec![0.0], shape: vec![] };
    let indices = Dataset::<f64>::of_indices([2], vec![0, 1], 2, targets).unwrap();
    assert_eq!(
        message(two.apply(&indices)),
        "normalization: expected inputs that are numbers, found indices below 2"
    );
}

#[test]
fn features_are_all_numbers_or_those_of_the_last_dimensions() {
    let numbers: Vec<f64> = (0..4).map(f64::from).collect();
    let of_shape = |shape: &[usize]| {
        Dataset::with_values(shape, numbers.clone(), shape, numbers.clone()).unwrap()
    };
    let (flat, steps) = (of_shape(&[4]), of_shape(&[2, 2]));
    let two = Normalization::new(vec![0.0, 1.0], vec![1.0; 2]).unwrap();
    assert_eq!(two.apply(&steps).unwrap().input(0), [0.0, 0.0, 2.0, 2.0]);
    assert_eq!(
        two.apply_to_targets(&steps).unwrap().target_values(0),
        Some(&[0.0, 0.0, 2.0, 2.0][..])
    );
    let expected = "2 features are neither all of shape [4] nor those of its last dimensions";
    // Four columns are not two steps of two.
    assert_eq!(message(two.apply(&flat)), format!("normalization: {expected}"));
    assert_eq!(message(two.apply_to_targets(&flat)), format!("normalization: {expected}"));
    let fill = MeanFill::new(vec![0.0, 1.0]).unwrap();
    assert_eq!(message(fill.apply(&flat)), format!("mean fill: {expected}"));
    assert_eq!(fill.apply(&steps).unwrap().input(0), numbers);
    // One shift and scale for all pixels.
    let one = Normalization::new(vec![1.0], vec![2.0]).unwrap();
    assert_eq!(one.apply(&steps).unwrap().input(0), [-0.5, 0.0, 0.5, 1.0]);
}

#[test]
fn means_that_cannot_be_filled_in() {
    let of = |means: &[f64]| message(MeanFill::new(means.to_vec()));
    assert_eq!(of(&[]), "mean fill: expected at least one mean, found none");
    assert_eq!(
        of(&[0.0, f64::INFINITY]),
        "mean fill: feature 1: expected a finite mean, found inf"
    );
    let targets = Targets::Values { values: vec![0.0], shape: vec![] };
    let indices = Dataset::<f64>::of_indices([2], vec![0, 1], 2, targets).unwrap();
    let expected = "mean fill: expected inputs that are numbers, found indices below 2";
    assert_eq!(message(MeanFill::fit(&indices)), expected);
    assert_eq!(message(MeanFill::new(vec![0.0; 2]).unwrap().apply(&indices)), expected);
}

#[test]
#[should_panic(expected = "invert: 3 numbers don't divide into rows of 2 features")]
fn half_a_row_panics() {
    Normalization::new(vec![0.0; 2], vec![1.0; 2]).unwrap().invert(&mut [0.0_f32; 3]);
}

#[test]
fn one_hot_labels_and_longer_padding_keep_weights() {
    let data = of(2, vec![1.0, 2.0, 3.0, 4.0]).weighted(vec![1.0, 3.0]).unwrap();
    let hot = Dataset::labelled([2], vec![1.0, 2.0, 3.0, 4.0], vec![2, 0], 3).unwrap();
    let hot = hot.weighted(vec![1.0, 3.0]).unwrap().select([1]).unwrap().one_hot().unwrap();
    assert_eq!(
        (hot.target_values(0), hot.weight(0), hot.input(0)),
        (Some(&[1.0, 0.0, 0.0][..]), Some(3.0), &[3.0, 4.0][..])
    );
    assert_eq!(hot.target_kind(), TargetKind::Values { shape: &[3] });
    assert_eq!(message(hot.one_hot()), "one_hot: expected labels, found values of shape [3]");

    let longer = data.padded(3).unwrap();
    assert_eq!(
        (longer.input(1), longer.length(1), longer.weight(1)),
        (&[3.0, 4.0, 0.0][..], Some(2), Some(3.0))
    );
    assert_eq!(
        message(longer.padded(2)),
        "padded: expected at least the 3 time steps that rows have, found 2"
    );
}

#[test]
fn another_type_of_numbers_keeps_everything_else() {
    let data = Dataset::<f64>::with_values([2, 1], vec![0.1, 2.0, 3.0, 4.0], [1], vec![0.1, 1e300]);
    let data = data.unwrap().weighted(vec![1.0, 0.1]).unwrap().with_lengths(vec![1, 2]).unwrap();
    let narrow: Dataset<f32> = data.select([1, 0]).unwrap().cast().unwrap();
    assert_eq!((narrow.shape(), narrow.input(1)), (&[2, 1][..], &[0.1, 2.0][..]));
    assert_eq!(narrow.target_values(0), Some(&[f32::INFINITY][..]));
    assert_eq!((narrow.weight(0), narrow.length(0)), (Some(0.1), Some(2)));

    let next = Targets::Labels { labels: vec![1, 0], classes: 2, shape: vec![1] };
    let indices =
        Dataset::<f32>::of_indices([1], vec![3, 4], 5, next).unwrap().cast::<f64>().unwrap();
    assert_eq!((indices.input_indices(1), indices.labels(0)), (Some(&[4][..]), Some(&[1][..])));
    assert!(!indices.is_weighted() && !indices.has_lengths());
    assert!(matches!(data.take(0).cast::<f32>(), Err(DataError::Empty)));
}

proptest! {
    #[test]
    fn normalized_training_data_is_standard(
        inputs in prop::collection::vec(-1e3..1e3_f64, 3..60),
        seed: u64,
    ) {
        let rows = inputs.len() / 3;
        let data = of(3, inputs[..3 * rows].to_vec());
        // Of a part in an order of its own, so that rows of the storage and of the dataset differ.
        let part = data.split(0.6, seed).map_or(data.clone(), |(part, _)| part);
        let standard = Normalization::standard(&part).unwrap();
        let normalized = standard.apply(&part).unwrap();
        let n = part.len() as f64;
        for column in 0..3 {
            let x: Vec<f64> = (0..part.len()).map(|row| normalized.input(row)[column]).collect();
            let mean = x.iter().sum::<f64>() / n;
            let variance = x.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n;
            prop_assert!(mean.abs() < 1e-9, "{mean}");
            let constant = standard.scale()[column] == 1.0 && x.iter().all(|&x| x == 0.0);
            prop_assert!(constant || (variance - 1.0).abs() < 1e-9, "{variance}");
        }
        for row in 0..part.len() {
            let mut back = normalized.input(row).to_vec();
            standard.invert(&mut back);
            for (back, x) in back.iter().zip(part.input(row)) {
                prop_assert!((back - x).abs() < 1e-9);
            }
        }
    }
}
