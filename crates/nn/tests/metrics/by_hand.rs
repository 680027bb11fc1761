//! Values that can be worked out on paper.

use neuropil_losses::Target;
use neuropil_nn::metrics::{
    Accuracy, Average, BinaryAccuracy, Confusion, ConfusionMatrix, FBeta, MeanAbsoluteError,
    Metric, MetricError, Perplexity, Precision, RSquared, Recall, RocAuc, RootMeanSquaredError,
    Threshold, TopKAccuracy,
};

/// Ten rows of three classes as one-hot predictions, and their labels:
/// label 0 four times, taken for 0, 0, 0, 1; label 1 three times, taken for 1, 1, 2; label 2 three
/// times, taken for 2, 0, 0.
const LABELS: [u32; 10] = [0, 0, 0, 0, 1, 1, 1, 2, 2, 2];
const GUESSES: [usize; 10] = [0, 0, 0, 1, 1, 1, 2, 2, 0, 0];

fn one_hot(classes: usize, guesses: &[usize]) -> Vec<f32> {
    let row = |&guess: &usize| (0..classes).map(move |class| f32::from(class == guess));
    guesses.iter().flat_map(row).collect()
}

fn of<M: Metric>(metric: M) -> M::Value {
    metric.of(3, &one_hot(3, &GUESSES), Target::Labels(&LABELS)).expect("good rows")
}

fn assert_close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-15, "{found}, expected {expected}");
}

#[test]
fn three_classes() {
    assert_eq!(of(Accuracy), 0.6);
    assert_eq!(of(TopKAccuracy::new(1).expect("a k")), 0.6);
    // Zeros tie, and the first of them is second: 1 for guess 0, 0 for the others.
    assert_eq!(of(TopKAccuracy::new(2).expect("a k")), 0.7);
    assert_eq!(of(TopKAccuracy::new(3).expect("a k")), 1.0);

    let precisions = [3.0 / 5.0, 2.0 / 3.0, 1.0 / 2.0];
    let recalls = [3.0 / 4.0, 2.0 / 3.0, 1.0 / 3.0];
    let f1 = [6.0 / 9.0, 4.0 / 6.0, 2.0 / 5.0];
    let f2 = [15.0 / 21.0, 10.0 / 15.0, 5.0 / 14.0];
    let support = [0.4, 0.3, 0.3];
    let beta_2 = |average| FBeta::new(2.0, average).expect("a beta");
    for class in 0..3 {
        let average = Average::Class(class);
        assert_close(of(Precision::new(average)), precisions[class]);
        assert_close(of(Recall::new(average)), recalls[class]);
        assert_close(of(FBeta::f1(average)), f1[class]);
        assert_close(of(beta_2(average)), f2[class]);
    }
    let mean = |scores: [f64; 3]| scores.iter().sum::<f64>() / 3.0;
    let weighted = |scores: [f64; 3]| scores.iter().zip(support).map(|(s, w)| s * w).sum::<f64>();
    for (average, of_classes) in
        [(Average::Macro, &mean as &dyn Fn([f64; 3]) -> f64), (Average::Weighted, &weighted)]
    {
        assert_close(of(Precision::new(average)), of_classes(precisions));
        assert_close(of(Recall::new(average)), of_classes(recalls));
        assert_close(of(FBeta::f1(average)), of_classes(f1));
        assert_close(of(beta_2(average)), of_classes(f2));
    }
    // Together every wrong guess is a false positive of one class and a false negative of another.
    assert_close(of(Precision::new(Average::Micro)), 0.6);
    assert_close(of(Recall::new(Average::Micro)), 0.6);
    assert_close(of(beta_2(Average::Micro)), 0.6);
}

#[test]
fn a_table_of_three_classes() {
    let confusion = of(ConfusionMatrix);
    let rows: Vec<Vec<f64>> =
        (0..3).map(|label| (0..3).map(|guess| confusion.count(label, guess)).collect()).collect();
    assert_eq!(rows, [[3.0, 1.0, 0.0], [0.0, 2.0, 1.0], [2.0, 0.0, 1.0]]);
    assert_eq!(confusion.classes(), 3);
    assert_eq!([0, 1, 2].map(|class| confusion.support(class)), [4.0, 3.0, 3.0]);
    assert_eq!([0, 1, 2].map(|class| confusion.precision(class)), [0.6, 2.0 / 3.0, 0.5]);
    assert_eq!([0, 1, 2].map(|class| confusion.recall(class)), [0.75, 2.0 / 3.0, 1.0 / 3.0]);
    assert_eq!(confusion.accuracy(), 0.6);
    let expected = "\
label \\ prediction       0       1       2  recall
                 0       3       1       0  0.7500
                 1       0       2       1  0.6667
                 2       2       0       1  0.3333
         precision  0.6000  0.6667  0.5000  0.6000
";
    assert_eq!(confusion.to_string(), expected);
}

/// Columns are as wide as their longest number, weights show fractions, and rows without a
/// prediction have a column.
#[test]
fn a_table_of_weights_with_undecided_rows() -> Result<(), MetricError> {
    let y = [1.0, 0.0, 0.0, 1.0, f64::NAN, 0.0, 0.0, 1.0]; // [4, 2]
    let target = Target::Labels(&[0, 0, 1, 1]);
    let weights = [1_234_567.0, 0.25, 2.5, 1.0];
    let confusion = ConfusionMatrix.of(2, &y, target.weighted(&weights))?;
    let expected = "\
label \\ prediction           0           1        none  recall
                 0  1234567.00        0.25        0.00  1.0000
                 1        0.00        1.00        2.50  0.2857
         precision      1.0000      0.8000              1.0000
";
    assert_eq!(confusion.to_string(), expected);
    assert_eq!(confusion.undecided(1), 2.5);
    Ok(())
}

#[test]
#[should_panic(expected = "class 3 of a confusion matrix of 3 classes")]
fn a_table_has_no_more_classes_than_it_has() {
    of(ConfusionMatrix).count(0, 3);
}

#[test]
fn a_table_with_names() {
    let confusion = of(ConfusionMatrix);
    let named =
        confusion.named(&["cat", "dog", "naïve pig-footed bandicoot"]).expect("three names");
    let expected = "        label \\ prediction                         cat                         dog  naïve pig-footed bandicoot  recall
                       cat                           3                           1                           0  0.7500
                       dog                           0                           2                           1  0.6667
naïve pig-footed bandicoot                           2                           0                           1  0.3333
                 precision                      0.6000                      0.6667                      0.5000  0.6000
";
    assert_eq!(named.to_string(), expected);
    let numbers = ["0", "1", "2"].map(String::from);
    let named = confusion.named(&numbers).expect("three names");
    assert_eq!(named.to_string(), confusion.to_string());
    let error = confusion.named(&["cat", "dog"]).expect_err("too few");
    assert_eq!(error.to_string(), "confusion matrix: 2 names for 3 classes");
    assert!(confusion.named(&["a", "b", "c", "d"]).is_err());
}

#[test]
fn an_empty_table_is_only_a_head() {
    let expected = "label \\ prediction  recall\n         precision     NaN\n";
    assert_eq!(Confusion::default().to_string(), expected);
}

/// Six logits; above 0 means yes: TP 2, FP 1, FN 1, TN 2.
#[test]
fn one_decision_a_row() -> Result<(), MetricError> {
    let y = [1.5_f32, 0.25, 3.0, -0.5, 0.0, -4.0];
    let labels = Target::Labels(&[1, 0, 1, 1, 0, 0]);
    assert_close(BinaryAccuracy::new(Threshold::LOGITS).of(1, &y, labels)?, 4.0 / 6.0);
    let precision = Precision::new(Average::Class(0)).threshold(Threshold::LOGITS);
    let recall = Recall::new(Average::Macro).threshold(Threshold::LOGITS);
    let score = FBeta::f1(Average::Weighted).threshold(Threshold::LOGITS);
    assert_close(precision.of(1, &y, labels)?, 2.0 / 3.0);
    assert_close(recall.of(1, &y, labels)?, 2.0 / 3.0);
    assert_close(score.of(1, &y, labels)?, 2.0 / 3.0);

    // The same as values, also soft ones; and above 1/2 there are only two.
    let values = Target::Values(&[0.9, 0.1, 1.0, 0.75, 0.0, 0.5]);
    assert_close(precision.of(1, &y, values)?, 2.0 / 3.0);
    assert_close(BinaryAccuracy::new(Threshold::LOGITS).of(1, &y, values)?, 4.0 / 6.0);
    let precision = Precision::new(Average::Micro).threshold(Threshold::PROBABILITIES);
    assert_close(precision.of(1, &y, values)?, 1.0);
    Ok(())
}

/// Two decisions a row. Column 0: TP 1, FP 1, FN 0; column 1: TP 1, FP 0, FN 2.
#[test]
fn several_decisions_a_row() -> Result<(), MetricError> {
    let y = [0.9_f64, 0.2, 0.8, 0.7, 0.1, 0.3]; // [3, 2]
    let values = Target::Values(&[1.0, 1.0, 0.0, 1.0, 0.0, 1.0]);
    let half = Threshold::PROBABILITIES;
    let precision = |average| Precision::new(average).threshold(half).of(2, &y, values);
    let recall = |average| Recall::new(average).threshold(half).of(2, &y, values);
    assert_close(BinaryAccuracy::new(half).of(2, &y, values)?, 3.0 / 6.0);
    assert_close(precision(Average::Class(0))?, 0.5);
    assert_close(precision(Average::Class(1))?, 1.0);
    assert_close(precision(Average::Macro)?, 0.75);
    assert_close(precision(Average::Micro)?, 2.0 / 3.0);
    assert_close(precision(Average::Weighted)?, (0.5 + 3.0) / 4.0);
    assert_close(recall(Average::Macro)?, (1.0 + 1.0 / 3.0) / 2.0);
    assert_close(recall(Average::Micro)?, 2.0 / 4.0);
    Ok(())
}

#[test]
fn pairs_in_order() -> Result<(), MetricError> {
    let area = |y: &[f64], labels: &[u32]| RocAuc::LOGITS.of(1, y, Target::Labels(labels));
    assert_eq!(area(&[1.0, 2.0, 3.0, 4.0], &[0, 0, 1, 1])?, 1.0);
    assert_eq!(area(&[4.0, 3.0, 2.0, 1.0], &[0, 0, 1, 1])?, 0.0);
    assert_eq!(area(&[1.0, 1.0, 1.0, 1.0], &[0, 1, 0, 1])?, 0.5);
    // Of 2 x 3 pairs: 2 > 1; 2 = 2 (half), 2 < 3; 3 > 1, 3 > 2, 3 = 3 (half).
    assert_eq!(area(&[2.0, 3.0, 1.0, 2.0, 3.0], &[1, 1, 0, 0, 0])?, 4.0 / 6.0);
    // 0 and -0 are equal, infinities are numbers like others.
    assert_eq!(area(&[0.0, -0.0], &[0, 1])?, 0.5);
    assert_eq!(area(&[f64::NEG_INFINITY, f64::INFINITY], &[0, 1])?, 1.0);

    // Three columns: in order; 1 of 2 pairs in order; all equal.
    let y = [0.9_f32, 0.5, 0.3, 0.1, 0.4, 0.3, 0.2, 0.6, 0.3]; // [3, 3]
    let area = RocAuc::PROBABILITIES.of(3, &y, Target::Labels(&[0, 1, 2]))?;
    assert_close(area, (1.0 + 0.0 + 0.5) / 3.0);
    Ok(())
}

/// A network may add to all logits of a row what it likes: only their differences are said.
#[test]
fn pairs_of_logits() -> Result<(), MetricError> {
    let y = [0.0_f64, 1.0, 5.0, 5.5]; // [2, 2]
    let target = Target::Labels(&[1, 0]);
    assert_eq!(RocAuc::LOGITS.of(2, &y, target)?, 1.0);
    assert_eq!(RocAuc::PROBABILITIES.of(2, &y, target)?, 1.0);

    // Class 1 is ahead of the best other by 1, then by 1/2; its own logits say the opposite.
    let y = [0.0_f64, 1.0, -1.0, 5.0, 5.5, 4.0]; // [2, 3]
    assert_eq!(RocAuc::LOGITS.of(3, &y, target)?, 1.0);
    assert_eq!(RocAuc::PROBABILITIES.of(3, &y, target)?, 0.5);

    // Both probabilities of class 1 round to 1, and are no tie.
    let y = [0.0_f64, 50.0, 0.0, 0.0, 40.0, 0.0];
    assert_eq!(RocAuc::LOGITS.of(3, &y, target)?, 1.0);

    // The same logits, in another order and shifted, are one.
    let y = [0.25, 1.0, 0.5, 2.0, 2.5, 3.0, 2.25, 4.0];
    assert_eq!(RocAuc::LOGITS.of(4, &y, Target::Labels(&[3, 0]))?, (1.0 + 0.5) / 2.0);
    Ok(())
}

#[test]
fn pairs_by_weight() -> Result<(), MetricError> {
    let target = Target::Labels(&[1, 1, 0, 0]);
    let y = [2.0, 0.0, 1.0, 2.0];
    // 2 > 1 counts 3 * 1, 2 = 2 half of 3 * 4; 0 is below both.
    let area = RocAuc::LOGITS.of(1, &y, target.weighted(&[3.0, 2.0, 1.0, 4.0]))?;
    assert_close(area, (3.0 + 6.0) / (5.0 * 5.0));
    Ok(())
}

#[test]
fn distances() -> Result<(), MetricError> {
    let y = [1.0_f32, 2.0, 3.0, 10.0]; // [2, 2]
    let target = Target::Values(&[1.0, 4.0, 2.0, 6.0]); // off by 0, -2, 1, 4
    assert_eq!(MeanAbsoluteError.of(2, &y, target)?, 7.0 / 4.0);
    assert_eq!(RootMeanSquaredError.of(2, &y, target)?, (21.0_f64 / 4.0).sqrt());
    // Column 0: Σ (t - 1.5)² = 1/2, missed by 1. Column 1: Σ (t - 5)² = 2, missed by 4 + 16.
    assert_close(RSquared.of(2, &y, target)?, (-1.0 - 9.0) / 2.0);
    // The second row counts three times.
    let target = target.weighted(&[1.0, 3.0]);
    assert_eq!(MeanAbsoluteError.of(2, &y, target)?, (2.0 + 3.0 * 5.0) / 8.0);
    assert_eq!(RootMeanSquaredError.of(2, &y, target)?, ((4.0 + 3.0 * 17.0) / 8.0_f64).sqrt());
    // Means 7/4 and 11/2; Σ w (t - mean)² 3/4 and 3.
    assert_close(RSquared.of(2, &y, target)?, (1.0 - 4.0 + 1.0 - 52.0 / 3.0) / 2.0);
    Ok(())
}

/// Columns far from zero lose no digits.
#[test]
fn r_squared_far_from_zero() -> Result<(), MetricError> {
    let far = 1e9;
    let y = [far + 1.0, far + 2.0, far + 4.0];
    let value = RSquared.of(1, &y, Target::Values(&[far + 1.0, far + 2.0, far + 3.0]))?;
    assert!((value - 0.5).abs() < 1e-6, "{value}");
    Ok(())
}

#[test]
fn hesitation_between_guesses() -> Result<(), MetricError> {
    // Labels with the probabilities 1/2 and 1/8: the geometric mean is 1/4.
    let y = [0.5_f64, 0.25, 0.25, 0.75, 0.125, 0.125].map(f64::ln);
    let target = Target::Labels(&[0, 2]);
    assert!((Perplexity.of(3, &y, target)? - 4.0).abs() < 1e-14);
    let weighted = Perplexity.of(3, &y, target.weighted(&[3.0, 1.0]))?;
    assert!((weighted - 2.0_f64.powf(1.5)).abs() < 1e-14);
    Ok(())
}
