//! What happens at the edges: nothing to find, nothing found, NaN, targets that are all the same,
//! settings out of range.

use neuropil_losses::Target;
use neuropil_nn::Error;
use neuropil_nn::metrics::{
    Accuracy, Average, Better, BinaryAccuracy, ConfusionMatrix, FBeta, MeanAbsoluteError, Metric,
    MetricError, Perplexity, Precision, RSquared, Recall, RocAuc, RootMeanSquaredError, Threshold,
    TopKAccuracy,
};

const NAN: f32 = f32::NAN;

#[test]
fn a_row_with_a_nan_predicts_no_class() -> Result<(), MetricError> {
    let y = [0.0, 1.0, NAN, 1.0, 1.0, NAN]; // [3, 2]
    let labels = Target::Labels(&[1, 1, 0]);
    assert_eq!(Accuracy.of(2, &y, labels)?, 1.0 / 3.0);
    assert_eq!(TopKAccuracy::new(2).expect("a k").of(2, &y, labels)?, 1.0 / 3.0);
    // The one prediction that there is is right; two rows are not found.
    assert_eq!(Precision::new(Average::Micro).of(2, &y, labels)?, 1.0);
    assert_eq!(Recall::new(Average::Micro).of(2, &y, labels)?, 1.0 / 3.0);
    assert_eq!(Recall::new(Average::Macro).of(2, &y, labels)?, 0.25);
    assert_eq!(FBeta::f1(Average::Micro).of(2, &y, labels)?, 2.0 / 4.0);
    let confusion = ConfusionMatrix.of(2, &y, labels)?;
    assert_eq!([0, 1].map(|label| confusion.undecided(label)), [1.0, 1.0]);
    assert_eq!(confusion.accuracy(), 1.0 / 3.0);
    assert_eq!(confusion.recall(1), 0.5);
    Ok(())
}

#[test]
fn a_nan_says_no_and_is_wrong() -> Result<(), MetricError> {
    let (y, labels) = ([NAN, NAN, 1.0], Target::Labels(&[0, 1, 1]));
    assert_eq!(BinaryAccuracy::new(Threshold::LOGITS).of(1, &y, labels)?, 1.0 / 3.0);
    let threshold = Threshold::LOGITS;
    assert_eq!(Precision::new(Average::Micro).threshold(threshold).of(1, &y, labels)?, 1.0);
    assert_eq!(Recall::new(Average::Micro).threshold(threshold).of(1, &y, labels)?, 0.5);
    Ok(())
}

#[test]
fn where_a_number_is_nan_so_is_what_is_made_of_it() -> Result<(), MetricError> {
    for (y, target) in [([NAN, 1.0, 2.0], [1.0, 2.0, 3.0]), ([1.0, 2.0, 3.0], [1.0, NAN, 2.0])] {
        let target = Target::Values(&target);
        assert!(MeanAbsoluteError.of(1, &y, target)?.is_nan());
        assert!(RootMeanSquaredError.of(1, &y, target)?.is_nan());
        assert!(RSquared.of(1, &y, target)?.is_nan());
    }
    // Targets that are all the same hide no NaN either.
    assert!(RSquared.of(1, &[NAN, 1.0], Target::Values(&[1.0, 1.0]))?.is_nan());
    for metric in [RocAuc::LOGITS, RocAuc::PROBABILITIES] {
        let y = [0.0, NAN, 2.0, 3.0, 1.0, 1.0];
        assert!(metric.of(1, &[NAN, 1.0], Target::Labels(&[0, 1]))?.is_nan());
        assert!(metric.of(2, &y[..4], Target::Labels(&[0, 1]))?.is_nan());
        assert!(metric.of(3, &y, Target::Labels(&[0, 1]))?.is_nan());
        assert!(metric.of(3, &y.map(|y| -y), Target::Labels(&[0, 1]))?.is_nan());
    }
    assert!(Perplexity.of(2, &[0.0, NAN], Target::Labels(&[0]))?.is_nan());
    Ok(())
}

#[test]
fn nothing_predicted_and_nothing_there() -> Result<(), MetricError> {
    // Class 0 is there and never predicted, 1 the other way round, 2 right, 3 neither.
    let y = [0.0_f32, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0]; // [2, 4]
    let labels = Target::Labels(&[0, 2]);
    let precision = |average| Precision::new(average).of(4, &y, labels);
    let recall = |average| Recall::new(average).of(4, &y, labels);
    let f1 = |average| FBeta::f1(average).of(4, &y, labels);
    for (class, expected) in [(0, 0.0), (1, 0.0), (2, 1.0), (3, 0.0)] {
        assert_eq!(precision(Average::Class(class))?, expected);
        assert_eq!(recall(Average::Class(class))?, expected);
        assert_eq!(f1(Average::Class(class))?, expected);
    }
    // The mean is over three classes: the fourth did not occur.
    assert_eq!(precision(Average::Macro)?, 1.0 / 3.0);
    assert_eq!(recall(Average::Macro)?, 1.0 / 3.0);
    assert_eq!(f1(Average::Macro)?, 1.0 / 3.0);
    Ok(())
}

/// With a threshold every column counts, as in scikit-learn's `multilabel`.
#[test]
fn a_column_without_any_yes_counts() -> Result<(), MetricError> {
    let (y, values) = ([1.0_f32, -1.0, 1.0, -1.0], Target::Values(&[1.0, 0.0, 1.0, 0.0]));
    let threshold = Threshold::LOGITS;
    assert_eq!(Precision::new(Average::Macro).threshold(threshold).of(2, &y, values)?, 0.5);
    assert_eq!(Recall::new(Average::Weighted).threshold(threshold).of(2, &y, values)?, 1.0);
    let none = Target::Values(&[0.0; 4]);
    for average in [Average::Macro, Average::Micro, Average::Weighted, Average::Class(0)] {
        assert_eq!(Recall::new(average).threshold(threshold).of(2, &y, none)?, 0.0);
    }
    Ok(())
}

#[test]
fn an_area_needs_both_sides() -> Result<(), MetricError> {
    let y = [0.2_f32, 0.7];
    assert!(RocAuc::LOGITS.of(1, &y, Target::Labels(&[1, 1]))?.is_nan(), "no negative row");
    assert!(RocAuc::LOGITS.of(1, &y, Target::Labels(&[0, 0]))?.is_nan(), "no positive row");
    let weightless = Target::Labels(&[0, 1]).weighted(&[1.0, 0.0]);
    assert!(RocAuc::LOGITS.of(1, &y, weightless)?.is_nan(), "no positive row that counts");
    // Class 2 is not there: its column is left out, though not what is wrong with it.
    let y = [0.9, 0.1, 0.5, 0.2, 0.8, 0.0]; // [2, 3]
    assert_eq!(RocAuc::LOGITS.of(3, &y, Target::Labels(&[0, 1]))?, 1.0);
    let y = [0.9, 0.1, NAN, 0.2, 0.8, 0.0];
    assert!(RocAuc::PROBABILITIES.of(3, &y, Target::Labels(&[0, 1]))?.is_nan());
    Ok(())
}

#[test]
fn targets_that_are_all_the_same() -> Result<(), MetricError> {
    let same = Target::Values(&[0.1_f64, 0.1, 0.1]);
    assert_eq!(RSquared.of(1, &[0.1, 0.1, 0.1], same)?, 1.0);
    assert_eq!(RSquared.of(1, &[0.1, 0.2, 0.1], same)?, 0.0);
    // One such column of two.
    let target = Target::Values(&[1.0_f64, 5.0, 2.0, 5.0, 3.0, 5.0]);
    assert_eq!(RSquared.of(2, &[1.0, 4.0, 2.0, 5.0, 3.0, 5.0], target)?, 0.5);
    // One row, or one that counts, does not vary.
    assert!(RSquared.of(1, &[1.0_f64], Target::Values(&[1.0]))?.is_nan());
    let one = Target::Values(&[1.0_f64, 2.0]).weighted(&[0.0, 1.0]);
    assert!(RSquared.of(1, &[1.0, 2.0], one)?.is_nan());
    Ok(())
}

#[test]
fn infinite_numbers_are_numbers() -> Result<(), MetricError> {
    let inf = f32::INFINITY;
    assert_eq!(Accuracy.of(2, &[inf, 0.0, -inf, -inf], Target::Labels(&[0, 1]))?, 0.5);
    assert_eq!(BinaryAccuracy::new(Threshold::LOGITS).of(1, &[-inf], Target::Labels(&[0]))?, 1.0);
    assert_eq!(MeanAbsoluteError.of(1, &[inf], Target::Values(&[0.0]))?, f64::INFINITY);
    assert_eq!(Perplexity.of(2, &[0.0, -inf], Target::Labels(&[1]))?, f64::INFINITY);
    // One that is infinite has the probability 1; two would share it, nobody knows how.
    let y = [0.0, inf, 1.0, 0.0, 9.0, -inf]; // [2, 3]
    assert_eq!(RocAuc::LOGITS.of(3, &y, Target::Labels(&[1, 0]))?, 1.0);
    assert!(RocAuc::LOGITS.of(3, &y.map(f32::abs), Target::Labels(&[1, 0]))?.is_finite());
    let y = [0.0, inf, inf, 0.0, 9.0, 1.0];
    assert!(RocAuc::LOGITS.of(3, &y, Target::Labels(&[1, 0]))?.is_nan());
    Ok(())
}

/// Rows of no numbers come from an empty slice, whose width nobody has set.
#[test]
fn no_rows_of_no_numbers() -> Result<(), MetricError> {
    let (y, labels) = ([0.0_f32; 0], Target::Labels(&[]));
    assert_eq!(ConfusionMatrix.of(0, &y, labels)?.classes(), 0);
    assert!(Accuracy.of(0, &y, labels)?.is_nan());
    assert!(TopKAccuracy::new(2).expect("a k").of(0, &y, labels)?.is_nan());
    assert!(FBeta::f1(Average::Class(1)).of(0, &y, labels)?.is_nan());
    Ok(())
}

#[test]
fn names_tell_the_threshold() {
    let tenth = Threshold::new(0.1).expect("a threshold");
    let f1 = FBeta::f1(Average::Micro);
    assert_eq!(f1.name(), "F1 (micro)");
    assert_eq!(f1.threshold(Threshold::LOGITS).name(), "F1 (micro)");
    assert_eq!(f1.threshold(tenth).name(), "F1 (micro above 0.1)");
    let recall = Recall::new(Average::Class(2)).threshold(Threshold::PROBABILITIES);
    assert_eq!(recall.name(), "recall (class 2 above 0.5)");
    assert_eq!(BinaryAccuracy::new(Threshold::LOGITS).name(), "binary accuracy");
    assert_eq!(BinaryAccuracy::new(tenth).name(), "binary accuracy (above 0.1)");
}

#[test]
fn settings_out_of_range() {
    let says = |error: Error, words: &[&str]| {
        let message = error.to_string();
        assert!(words.iter().all(|word| message.contains(word)), "{message:?} lacks {words:?}");
    };
    says(TopKAccuracy::new(0).expect_err("no k"), &["top-k", "0", "at least 1"]);
    says(Threshold::new(f64::NAN).expect_err("no threshold"), &["threshold", "NaN"]);
    assert!(Threshold::new(f64::NEG_INFINITY).is_ok());
    for beta in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let error = FBeta::new(beta, Average::Macro).expect_err("no beta");
        says(error, &["beta", &beta.to_string(), "above 0"]);
    }
}

#[test]
fn a_class_that_is_not_there_is_named() {
    let (y, labels) = ([0.0_f32, 1.0], Target::Labels(&[1]));
    let error = Recall::new(Average::Class(2)).of(2, &y, labels).expect_err("no such class");
    assert_eq!(
        error.to_string(),
        "recall (class 2): there is no class 2; of rows of 2 numbers, classes are below 2"
    );
}

#[test]
fn several_decisions_a_row_take_no_labels() {
    let labels = Target::Labels(&[1, 0]);
    let precision = Precision::new(Average::Micro).threshold(Threshold::LOGITS);
    for error in [
        precision.of(2, &[0.0_f32; 4], labels).expect_err("labels"),
        BinaryAccuracy::new(Threshold::LOGITS).of(2, &[0.0_f32; 4], labels).expect_err("labels"),
    ] {
        assert!(matches!(error, MetricError::Width { width: 2, .. }), "{error:?}");
    }
}

#[test]
fn nan_is_never_better() {
    let nan = f64::NAN;
    for better in [Better::Higher, Better::Lower] {
        assert!(!better.than(nan, 1.0) && !better.than(nan, nan) && !better.than(1.0, 1.0));
        assert!(better.than(1.0, nan));
    }
    assert!(Better::Higher.than(2.0, 1.0) && !Better::Higher.than(1.0, 2.0));
    assert!(Better::Lower.than(1.0, 2.0) && !Better::Lower.than(2.0, 1.0));
}
