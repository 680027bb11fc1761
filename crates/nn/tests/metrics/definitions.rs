//! Every metric against its definition, written down as slowly as it reads, on many random rows.

use crate::samples::{Sample, Task};
use neuropil_nn::metrics::{
    Accuracy, Average, BinaryAccuracy, ConfusionMatrix, FBeta, MeanAbsoluteError, Metric,
    Perplexity, Precision, RSquared, Recall, RocAuc, RootMeanSquaredError, Threshold, TopKAccuracy,
};
use proptest::prelude::*;

fn assert_close(found: f64, expected: f64, what: &str) {
    let close = (found - expected).abs() <= 1e-9 * expected.abs().max(1.0);
    assert!(close || (found.is_nan() && expected.is_nan()), "{what}: {found}, expected {expected}");
}

fn of<M: Metric>(metric: M, sample: &Sample<f64>) -> M::Value {
    metric.of(sample.width, &sample.y, sample.target()).expect("a good sample")
}

fn weight(sample: &Sample<f64>, row: usize) -> f64 {
    sample.weights.as_ref().map_or(1.0, |weights| weights[row])
}

/// The weighted mean over the rows.
fn mean(sample: &Sample<f64>, of_row: impl Fn(usize) -> f64) -> f64 {
    let rows = 0..sample.len();
    let sum: f64 = rows.clone().map(|row| weight(sample, row) * of_row(row)).sum();
    sum / rows.map(|row| weight(sample, row)).sum::<f64>()
}

fn row(sample: &Sample<f64>, row: usize) -> &[f64] {
    &sample.y[row * sample.width..][..sample.width]
}

/// Classes from the best to the worst guess; a stable sort keeps the first of equal ones first.
fn ranked(y: &[f64]) -> Vec<usize> {
    let mut classes: Vec<usize> = (0..y.len()).collect();
    classes.sort_by(|&a, &b| y[b].partial_cmp(&y[a]).expect("numbers"));
    classes
}

/// For each class and row whether it was predicted and whether it was there.
type Decisions = Vec<Vec<(bool, bool)>>;

fn of_largest(sample: &Sample<f64>) -> Decisions {
    let guess = |at| ranked(row(sample, at))[0];
    let of = |class, at| (guess(at) == class, sample.labels[at] as usize == class);
    let rows = 0..sample.len();
    (0..sample.width).map(|class| rows.clone().map(|at| of(class, at)).collect()).collect()
}

fn of_threshold(sample: &Sample<f64>) -> Decisions {
    let there = |place: usize| match sample.values.is_empty() {
        true => sample.labels[place] == 1,
        false => sample.values[place] == 1.0,
    };
    let of = |class, at| {
        let place = at * sample.width + class;
        (sample.y[place] > 0.0, there(place))
    };
    let rows = 0..sample.len();
    (0..sample.width).map(|class| rows.clone().map(|at| of(class, at)).collect()).collect()
}

/// Precision and recall of some decisions, by weight.
fn precision_and_recall(decisions: &[(bool, bool)], weights: &[f64]) -> (f64, f64) {
    let count = |wanted: &dyn Fn(bool, bool) -> bool| -> f64 {
        let counted = decisions.iter().zip(weights).filter(|((a, b), _)| wanted(*a, *b));
        counted.map(|(_, weight)| weight).sum()
    };
    let both = count(&|predicted, there| predicted && there);
    let share = |of: f64| if of > 0.0 { both / of } else { 0.0 };
    (share(count(&|predicted, _| predicted)), share(count(&|_, there| there)))
}

fn f_beta(beta: f64, (precision, recall): (f64, f64)) -> f64 {
    let square = beta * beta;
    if precision + recall == 0.0 {
        return 0.0;
    }
    (1.0 + square) * precision * recall / (square * precision + recall)
}

/// A score of the classes by each average.
fn averages(
    decisions: &Decisions,
    weights: &[f64],
    all: bool,
    score: impl Fn((f64, f64)) -> f64,
) -> [f64; 4] {
    let of_class = |class: &Vec<(bool, bool)>| score(precision_and_recall(class, weights));
    let occurs = |class: &Vec<(bool, bool)>| {
        let counts = |((predicted, there), weight): (&(bool, bool), &f64)| {
            (*predicted || *there) && *weight > 0.0
        };
        all || class.iter().zip(weights).any(counts)
    };
    let support = |class: &Vec<(bool, bool)>| -> f64 {
        class.iter().zip(weights).filter(|((_, there), _)| *there).map(|(_, weight)| weight).sum()
    };
    let occurring: Vec<f64> =
        decisions.iter().filter(|class| occurs(class)).map(of_class).collect();
    let together: Vec<_> = decisions.concat();
    let weights_together: Vec<f64> = decisions.iter().flat_map(|_| weights.to_vec()).collect();
    let supported: f64 = decisions.iter().map(support).sum();
    let weighted: f64 = decisions.iter().map(|class| support(class) * of_class(class)).sum();
    [
        of_class(&decisions[0]),
        occurring.iter().sum::<f64>() / occurring.len() as f64,
        score(precision_and_recall(&together, &weights_together)),
        if supported > 0.0 { weighted / supported } else { 0.0 },
    ]
}

const AVERAGES: [Average; 4] =
    [Average::Class(0), Average::Macro, Average::Micro, Average::Weighted];

fn check_decisions(sample: &Sample<f64>, decisions: &Decisions, threshold: Option<Threshold>) {
    let weights: Vec<f64> = (0..sample.len()).map(|row| weight(sample, row)).collect();
    let all = threshold.is_some();
    let expected = |score: &dyn Fn((f64, f64)) -> f64| averages(decisions, &weights, all, score);
    let precisions = expected(&|(precision, _)| precision);
    let recalls = expected(&|(_, recall)| recall);
    let scores = expected(&|both| f_beta(0.5, both));
    for (place, average) in AVERAGES.into_iter().enumerate() {
        let (mut precision, mut recall) = (Precision::new(average), Recall::new(average));
        let mut score = FBeta::new(0.5, average).expect("a beta");
        if let Some(threshold) = threshold {
            precision = precision.threshold(threshold);
            recall = recall.threshold(threshold);
            score = score.threshold(threshold);
        }
        assert_close(of(precision, sample), precisions[place], "precision");
        assert_close(of(recall, sample), recalls[place], "recall");
        assert_close(of(score, sample), scores[place], "F-beta");
    }
}

/// The probabilities of the classes, of logits.
fn softmax(y: &[f64]) -> Vec<f64> {
    let sum: f64 = y.iter().map(|y| y.exp()).sum();
    y.iter().map(|y| y.exp() / sum).collect()
}

/// The area by all pairs, of each column of scores that has both sides.
fn area(sample: &Sample<f64>, decisions: &Decisions, score: impl Fn(&[f64]) -> Vec<f64>) -> f64 {
    let scores: Vec<Vec<f64>> = (0..sample.len()).map(|at| score(row(sample, at))).collect();
    let mut areas = Vec::new();
    for (column, decisions) in decisions.iter().enumerate() {
        let (mut in_order, mut pairs) = (0.0, 0.0);
        for positive in (0..sample.len()).filter(|&at| decisions[at].1) {
            for negative in (0..sample.len()).filter(|&at| !decisions[at].1) {
                let weight = weight(sample, positive) * weight(sample, negative);
                let ahead = scores[positive][column] - scores[negative][column];
                pairs += weight;
                // Equal probabilities may be unequal in their last bits.
                let is_tie = ahead.abs() < 1e-13;
                in_order += weight * if is_tie { 0.5 } else { f64::from(ahead > 0.0) };
            }
        }
        if pairs > 0.0 {
            areas.push(in_order / pairs);
        }
    }
    areas.iter().sum::<f64>() / areas.len() as f64
}

fn check_classes(sample: &Sample<f64>) {
    for k in [1, 2, 3] {
        let right =
            |at| ranked(row(sample, at)).iter().take(k).any(|&c| c == sample.labels[at] as usize);
        let expected = mean(sample, |at| f64::from(right(at)));
        assert_close(of(TopKAccuracy::new(k).expect("a k"), sample), expected, "top k");
        if k == 1 {
            assert_close(of(Accuracy, sample), expected, "accuracy");
        }
    }
    let decisions = of_largest(sample);
    check_decisions(sample, &decisions, None);
    assert_close(of(RocAuc::LOGITS, sample), area(sample, &decisions, softmax), "area of logits");
    let as_they_are = |y: &[f64]| match y {
        [no, yes] => vec![no - yes, yes - no],
        _ => y.to_vec(),
    };
    let expected = area(sample, &decisions, as_they_are);
    assert_close(of(RocAuc::PROBABILITIES, sample), expected, "area of probabilities");

    let confusion = of(ConfusionMatrix, sample);
    for label in 0..sample.width {
        for guess in 0..sample.width {
            let is_there = |&at: &usize| decisions[label][at].1 && decisions[guess][at].0;
            let count: f64 = (0..sample.len()).filter(is_there).map(|at| weight(sample, at)).sum();
            assert_close(confusion.count(label, guess), count, "count");
        }
    }

    // The geometric mean of what the labels' probabilities are one part of.
    let probability = |at| softmax(row(sample, at))[sample.labels[at] as usize];
    let expected = mean(sample, |at| -probability(at).log2()).exp2();
    assert_close(of(Perplexity, sample), expected, "perplexity");
}

fn check_thresholds(sample: &Sample<f64>) {
    let decisions = of_threshold(sample);
    let right = |at: usize| {
        let right = decisions.iter().filter(|column| column[at].0 == column[at].1);
        right.count() as f64 / sample.width as f64
    };
    let metric = BinaryAccuracy::new(Threshold::LOGITS);
    assert_close(of(metric, sample), mean(sample, right), "binary accuracy");
    check_decisions(sample, &decisions, Some(Threshold::LOGITS));
    for metric in [RocAuc::LOGITS, RocAuc::PROBABILITIES] {
        assert_close(of(metric, sample), area(sample, &decisions, <[f64]>::to_vec), "area");
    }
}

fn check_values(sample: &Sample<f64>) {
    let width = sample.width;
    let error = |at: usize, column| row(sample, at)[column] - sample.values[at * width + column];
    let mean_of_row = |at: usize, of: &dyn Fn(f64) -> f64| {
        (0..width).map(|column| of(error(at, column))).sum::<f64>() / width as f64
    };
    let absolute = mean(sample, |at| mean_of_row(at, &f64::abs));
    assert_close(of(MeanAbsoluteError, sample), absolute, "absolute error");
    let square = mean(sample, |at| mean_of_row(at, &|error| error * error));
    assert_close(of(RootMeanSquaredError, sample), square.sqrt(), "squared error");

    let of_column = |column: usize| {
        let target = |at: usize| sample.values[at * width + column];
        let middle = mean(sample, target);
        let variance = mean(sample, |at| (target(at) - middle).powi(2));
        let missed = mean(sample, |at| error(at, column).powi(2));
        match (variance > 1e-20, missed > 0.0) {
            (true, _) => 1.0 - missed / variance,
            (false, missed) => f64::from(!missed),
        }
    };
    let r2 = (0..width).map(of_column).sum::<f64>() / width as f64;
    assert_close(of(RSquared, sample), r2, "R2");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn all_metrics(rows in 3_usize..24, width in 1_usize..6, seed in 0_u64..1_000_000, weighted: bool) {
        let sample = |task| {
            let sample = Sample::new(task, rows, seed);
            if weighted { sample.weighted(seed) } else { sample }
        };
        if width > 1 {
            check_classes(&sample(Task::Classes(width)));
        }
        check_thresholds(&sample(Task::Binary));
        check_thresholds(&sample(Task::Decisions(width)));
        check_values(&sample(Task::Values(width)));
    }
}
