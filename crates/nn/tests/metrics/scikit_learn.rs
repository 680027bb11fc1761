//! Values of scikit-learn, for rows made at random; `scikit_learn.py` has made the file.

use neuropil_losses::{CrossEntropy, Target, Weighted};
use neuropil_nn::metrics::{
    Accuracy, Average, BinaryAccuracy, ConfusionMatrix, Cost, FBeta, MeanAbsoluteError, Metric,
    Perplexity, Precision, RSquared, Recall, RocAuc, RootMeanSquaredError, Threshold, TopKAccuracy,
};
use serde_json::Value;
use std::cell::RefCell;
use std::collections::BTreeSet;

/// Rows, and what scikit-learn says of them without weights and with them.
struct Case {
    width: usize,
    y: Vec<f64>,
    target: Vec<f64>,
    weights: Vec<f64>,
    scores: [Value; 2],
}

fn numbers(value: &Value) -> Vec<f64> {
    let list = value.as_array().expect("a list");
    list.iter().map(|number| number.as_f64().expect("a number")).collect()
}

impl Case {
    fn read(name: &str) -> Self {
        let file: Value = serde_json::from_str(include_str!("scikit_learn.json")).expect("JSON");
        let case = &file[name];
        let [y, target, weights] = ["y", "target", "weights"].map(|key| numbers(&case[key]));
        let width = y.len() / weights.len();
        assert_eq!(case["width"], width);
        let scores = ["plain", "weighted"].map(|key| case[key].clone());
        Self { width, y, target, weights, scores }
    }

    fn labels(&self) -> Vec<u32> {
        self.target.iter().map(|&label| label as u32).collect()
    }

    /// Shows the target without weights and with them, with what there is to compare.
    fn each(&self, target: Target<'_, f64>, seen: impl Fn(Weighted<'_, f64>, &Scores<'_>)) {
        for (weights, scores) in [None, Some(&self.weights[..])].into_iter().zip(&self.scores) {
            let scores = Scores { scores, compared: Default::default() };
            seen(Weighted { target, weights }, &scores);
            let all = scores.scores.as_object().expect("scores").len();
            assert_eq!(
                scores.compared.borrow().len(),
                all,
                "not all scores of the file were compared"
            );
        }
    }
}

/// The scores of a case, and which were looked at.
struct Scores<'a> {
    scores: &'a Value,
    compared: RefCell<BTreeSet<String>>,
}

impl Scores<'_> {
    fn take(&self, name: &str) -> &Value {
        self.compared.borrow_mut().insert(name.into());
        &self.scores[name]
    }

    fn compare(&self, name: &str, found: f64) {
        let expected = self.take(name).as_f64().unwrap_or_else(|| panic!("no score {name:?}"));
        assert!((found - expected).abs() < 1e-12, "{name}: {found}, scikit-learn says {expected}");
    }
}

/// Compares precision, recall and two F scores under each average.
fn compare_averages(
    case: &Case,
    target: Weighted<'_, f64>,
    scores: &Scores<'_>,
    averages: &[(&str, Average)],
    threshold: Option<Threshold>,
) {
    for &(name, average) in averages {
        let (mut precision, mut recall) = (Precision::new(average), Recall::new(average));
        let (mut f1, mut half) = (FBeta::f1(average), FBeta::new(0.5, average).expect("a beta"));
        if let Some(threshold) = threshold {
            precision = precision.threshold(threshold);
            recall = recall.threshold(threshold);
            (f1, half) = (f1.threshold(threshold), half.threshold(threshold));
        }
        scores.compare(&format!("precision {name}"), of(precision, case, target));
        scores.compare(&format!("recall {name}"), of(recall, case, target));
        scores.compare(&format!("f1 {name}"), of(f1, case, target));
        scores.compare(&format!("f0.5 {name}"), of(half, case, target));
    }
}

fn of<M: Metric>(metric: M, case: &Case, target: Weighted<'_, f64>) -> M::Value {
    metric.of(case.width, &case.y, target).expect("good rows")
}

const AVERAGES: [(&str, Average); 3] =
    [("macro", Average::Macro), ("micro", Average::Micro), ("weighted", Average::Weighted)];

#[test]
fn several_classes() {
    let case = Case::read("classes");
    let labels = case.labels();
    case.each(Target::Labels(&labels), |target, scores| {
        compare_averages(&case, target, scores, &AVERAGES, None);
        scores.compare("accuracy", of(Accuracy, &case, target));
        scores.compare("top 2", of(TopKAccuracy::new(2).expect("a k"), &case, target));
        let entropy = of(Cost(CrossEntropy::new()), &case, target);
        scores.compare("cross entropy", entropy);
        assert_eq!(of(Perplexity, &case, target), entropy.exp());
        compare_areas(&case, target, scores);

        let confusion = of(ConfusionMatrix, &case, target);
        let rows = scores.take("confusion").as_array().expect("a table");
        assert_eq!(rows.len(), confusion.classes());
        for (label, row) in rows.iter().enumerate() {
            let counts = (0..rows.len()).map(|guess| confusion.count(label, guess));
            assert_eq!(numbers(row), counts.collect::<Vec<_>>(), "label {label}");
        }
    });
}

/// Compares the area of logits, and of the probabilities that they stand for.
fn compare_areas(case: &Case, target: Weighted<'_, f64>, scores: &Scores<'_>) {
    let mut probabilities = case.y.clone();
    for row in probabilities.chunks_exact_mut(case.width) {
        let largest = row.iter().fold(f64::NEG_INFINITY, |a, &b| a.max(b));
        row.iter_mut().for_each(|y| *y = (*y - largest).exp());
        let mut sorted = row.to_vec();
        sorted.sort_by(f64::total_cmp);
        let sum: f64 = sorted.iter().sum();
        row.iter_mut().for_each(|y| *y /= sum);
    }
    scores.compare("area of softmax", of(RocAuc::LOGITS, case, target));
    let area = RocAuc::PROBABILITIES.of(case.width, &probabilities, target).expect("good rows");
    scores.compare("area of softmax", area);
    if case.width == 2 {
        let area = RocAuc::LOGITS.of(2, &probabilities, target).expect("good rows");
        scores.compare("area of softmax", area);
    }
}

/// Rows of logits, each row shifted by a number of its own.
#[test]
fn shifted_logits() {
    for name in ["two classes", "shifted"] {
        let case = Case::read(name);
        let labels = case.labels();
        case.each(Target::Labels(&labels), |target, scores| compare_areas(&case, target, scores));
    }
}

#[test]
fn one_decision() {
    let case = Case::read("binary");
    let labels = case.labels();
    case.each(Target::Labels(&labels), |target, scores| {
        let averages = [("binary", Average::Class(0))];
        compare_averages(&case, target, scores, &averages, Some(Threshold::LOGITS));
        scores.compare("accuracy", of(BinaryAccuracy::new(Threshold::LOGITS), &case, target));
        scores.compare("area", of(RocAuc::LOGITS, &case, target));
    });
}

#[test]
fn several_decisions() {
    let case = Case::read("decisions");
    case.each(Target::Values(&case.target), |target, scores| {
        compare_averages(&case, target, scores, &AVERAGES, Some(Threshold::LOGITS));
        scores.compare("area", of(RocAuc::LOGITS, &case, target));
    });
}

#[test]
fn values() {
    let case = Case::read("values");
    case.each(Target::Values(&case.target), |target, scores| {
        scores.compare("absolute", of(MeanAbsoluteError, &case, target));
        scores.compare("squared", of(RootMeanSquaredError, &case, target).powi(2));
        scores.compare("r2", of(RSquared, &case, target));
    });
}
