//! What holds for all metrics, tested on each.

use crate::registry::{MEMBERS, Member, Subject};
use crate::samples::{Sample, Task};
use neuropil_losses::{Target, TargetKind, Weighted};
use std::collections::{BTreeMap, BTreeSet};

/// More rows than are summed in one block.
const ROWS: usize = 300;

/// Shows each metric with each task that it is for.
fn each(mut seen: impl FnMut(&Member, &Subject, Task)) {
    for member in MEMBERS {
        for subject in (member.subjects)() {
            for &task in subject.tasks {
                seen(member, &subject, task);
            }
        }
    }
}

fn in_f32(subject: &Subject, sample: &Sample<f32>) -> Vec<f64> {
    subject.metric.in_f32(sample, &[sample.len()]).expect("a good sample")
}

/// Asserts that numbers are equal but for what rounding of sums can do.
fn assert_close(found: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (found, expected) in found.iter().zip(expected) {
        let close = (found - expected).abs() <= tolerance * expected.abs().max(1.0);
        assert!(close, "{what}: {found}, expected {expected}");
    }
}

fn bits(numbers: &[f64]) -> Vec<u64> {
    numbers.iter().map(|number| number.to_bits()).collect()
}

#[test]
fn batches_change_no_bit() {
    each(|_, subject, task| {
        for sample in [Sample::new(task, ROWS, 1), Sample::new(task, ROWS, 2).weighted(3)] {
            let whole = bits(&in_f32(subject, &sample));
            let ones: Vec<usize> = (0..=ROWS).collect();
            for ends in [&[1, 8, 8, 257, ROWS][..], &ones] {
                let found = subject.metric.in_f32(&sample, ends).expect("good batches");
                assert_eq!(bits(&found), whole, "{} of {task:?}", subject.metric.name());
            }
        }
    });
}

#[test]
fn the_order_of_rows_changes_last_bits_at_most() {
    each(|_, subject, task| {
        let sample = Sample::new(task, ROWS, 4).weighted(5);
        let mut order: Vec<usize> = (0..ROWS).rev().collect();
        order.rotate_left(17);
        let (found, expected) = (in_f32(subject, &sample.pick(&order)), in_f32(subject, &sample));
        assert_close(&found, &expected, 1e-12, &subject.metric.name());
    });
}

#[test]
fn both_types_give_the_same() {
    each(|member, subject, task| {
        let single = in_f32(subject, &Sample::new(task, ROWS, 6).weighted(7));
        let sample = Sample::new(task, ROWS, 6).weighted(7);
        let double = subject.metric.in_f64(&sample, &[ROWS]).expect("a good sample");
        let tolerance = if member.rounds { 1e-6 } else { 0.0 };
        assert_close(&single, &double, tolerance, &subject.metric.name());
    });
}

#[test]
fn a_weight_says_how_often_a_row_is_there() {
    each(|_, subject, task| {
        let mut sample: Sample<f32> = Sample::new(task, ROWS, 8).weighted(9);
        let weights = sample.weights.clone().expect("weights");
        let times = |row: usize| std::iter::repeat_n(row, weights[row] as usize);
        let mut repeated = sample.pick(&(0..ROWS).flat_map(times).collect::<Vec<_>>());
        repeated.weights = None;
        assert!(weights.contains(&0.0) && weights.contains(&3.0));
        // What does not count may be anything.
        for (y, &weight) in sample.y.chunks_mut(sample.width).zip(&weights) {
            if weight == 0.0 {
                y.fill(f32::NAN);
            }
        }
        let expected = in_f32(subject, &repeated);
        assert!(expected.iter().all(|number| number.is_finite()), "{expected:?}");
        let name = subject.metric.name();
        assert_close(&in_f32(subject, &sample), &expected, 1e-12, &name);

        // Shares and means know no scale; counts do.
        if subject.erased.is_some() {
            let eighths = |weight: &f32| weight / 8.0;
            sample.weights = Some(weights.iter().map(eighths).collect());
            assert_close(&in_f32(subject, &sample), &expected, 1e-12, &name);
        }
    });
}

#[test]
fn nothing_is_not_a_number() {
    each(|_, subject, task| {
        let mut sample: Sample<f32> = Sample::new(task, 9, 10);
        sample.weights = Some(vec![0.0; 9]);
        let name = subject.metric.name();
        let nothing = subject.metric.in_f32(&sample.rows(0..0), &[]).expect("no batch");
        assert!(nothing[0].is_nan(), "{name} of nothing: {nothing:?}");
        let nothing = in_f32(subject, &sample.rows(0..0));
        assert!(nothing[0].is_nan(), "{name} of an empty batch: {nothing:?}");
        let nothing = in_f32(subject, &sample);
        assert!(nothing[0].is_nan(), "{name} of rows without weight: {nothing:?}");
    });
}

/// Of any width, and be the width nothing too.
#[test]
fn no_rows_add_nothing() {
    each(|_, subject, task| {
        let good: Sample<f32> = Sample::new(task, 9, 10);
        for width in [task.width(), 0] {
            let none = Sample { width, ..good.rows(0..0) };
            let (result, before, after) = subject.metric.refusal(&good, &none);
            let name = subject.metric.name();
            assert_eq!(result, Ok(()), "{name}, width {width}");
            assert_eq!(before, after, "{name}, width {width}");
            if let Some(mut erased) = subject.erased.clone() {
                erased.add(width, &none.y, none.target()).expect("no rows");
                assert!(erased.value().is_nan(), "{name}, width {width}");
            }
        }
    });
}

#[test]
fn perfect_is_better() {
    each(|_, subject, task| {
        // Without ties between predictions of several classes.
        let sample: Sample<f32> = Sample::new(task, ROWS, 11);
        let perfect = in_f32(subject, &sample.clone().perfect())[0];
        let other = in_f32(subject, &sample)[0];
        let name = subject.metric.name();
        let better = subject.metric.is_better(perfect, other);
        match &subject.erased {
            // Logits that are all right are no probabilities that are.
            Some(_) if matches!(task, Task::Probabilities(_)) => {}
            // With so many classes the best guesses are all there are.
            Some(_) if perfect == other => assert_eq!(perfect, 1.0, "{name}"),
            Some(erased) => {
                assert!(better, "{name} of {task:?}: {perfect} is not better than {other}");
                assert_eq!(erased.better().map(|it| it.than(perfect, other)), Some(true));
            }
            None => assert!(!better, "{name}: a table is not better than another"),
        }
    });
}

#[test]
fn behind_a_pointer_it_is_the_same() {
    each(|_, subject, task| {
        let Some(erased) = &subject.erased else { return };
        let (one, other): (Sample<f32>, Sample<f32>) =
            (Sample::new(task, ROWS, 12), Sample::new(task, ROWS, 13));
        let expected = in_f32(subject, &one)[0];
        assert_eq!(erased.name(), subject.metric.name());
        assert!(erased.accepts(task.kind()));
        let mut erased = erased.clone();
        assert!(erased.value().is_nan());
        erased.add(one.width, &one.y, one.target()).expect("a good sample");
        assert_eq!(erased.value().to_bits(), expected.to_bits());

        let copy = erased.clone();
        erased.add(other.width, &other.y, other.target()).expect("a good sample");
        assert_eq!(copy.value().to_bits(), expected.to_bits(), "a copy has a tally of its own");
        erased.reset();
        assert!(erased.value().is_nan());
        erased.add(one.width, &one.y, one.target()).expect("a good sample");
        assert_eq!(erased.value().to_bits(), expected.to_bits());
    });
}

#[test]
fn names_tell_metrics_apart() {
    let mut said = BTreeMap::new();
    each(|_, subject, task| {
        let name = subject.metric.name();
        // Names become columns of tables of commas.
        assert!(!name.is_empty() && !name.contains([',', '"', '\n']), "{name:?}");
        let numbers = bits(&in_f32(subject, &Sample::new(task, ROWS, 16)));
        let first = said.entry((name, format!("{task:?}"))).or_insert(numbers.clone());
        assert_eq!(*first, numbers, "two of one name: {:?}", subject.metric.name());
    });
    let first = |member: &Member| (member.subjects)()[0].metric.name();
    let names: BTreeSet<String> = MEMBERS.iter().map(first).collect();
    assert_eq!(names.len(), MEMBERS.len(), "{names:?}");
}

/// What each metric must refuse, with words that the message must have.
#[test]
fn bad_input_is_refused_and_changes_nothing() {
    each(|_, subject, task| {
        let good: Sample<f32> = Sample::new(task, 12, 14).weighted(15);
        let refuses = |change: &dyn Fn(&mut Sample<f32>), words: &[&str]| {
            let mut bad = good.clone();
            change(&mut bad);
            let (result, before, after) = subject.metric.refusal(&good, &bad);
            let error = result.expect_err("bad input");
            let message = error.to_string();
            assert!(message.starts_with(&subject.metric.name()), "{message:?} names no metric");
            for word in words {
                assert!(message.contains(word), "{message:?} lacks {word:?}");
            }
            assert_eq!(before, after, "{message:?}, and yet something was added");
        };
        refuses(&|bad| bad.width = 0, &["rows of 0"]);
        if task.width() > 1 {
            refuses(&|bad| bad.y.truncate(task.width() * 12 - 1), &["rows of"]);
        }
        refuses(&|bad| bad.y.truncate(task.width() * 11), &["11 rows"]);
        refuses(
            &|bad| bad.weights.as_mut().expect("weights").truncate(11),
            &["11 weights", "12 rows"],
        );
        for wrong in [-1.0, f32::NAN, f32::INFINITY] {
            let change = |bad: &mut Sample<f32>| bad.weights.as_mut().expect("weights")[7] = wrong;
            refuses(&change, &["weight of row 7", &wrong.to_string()]);
        }
        match task.kind() {
            TargetKind::Labels => {
                let classes = task.width().max(2) as u32;
                let words = ["row 3", &classes.to_string()];
                refuses(&|bad| bad.labels[3] = classes, &words);
                refuses(&|bad| bad.labels.truncate(11), &["11 labels", "12"]);
            }
            TargetKind::Values => {
                let found = format!("{} target values", 12 * task.width() - 1);
                refuses(&|bad| bad.values.truncate(12 * task.width() - 1), &[&found, "12 rows"]);
            }
        }
    });
}

#[test]
fn targets_of_another_kind_are_refused() {
    let mut refused = 0;
    each(|_, subject, task| {
        let Some(erased) = &subject.erased else { return };
        let mut erased = erased.clone();
        let target = match task.kind() {
            TargetKind::Labels => Target::Values(&[][..]),
            TargetKind::Values => Target::Labels(&[]),
        };
        if !erased.accepts(target.kind()) {
            let result = erased.add(1, &[], Weighted::from(target));
            let message = result.expect_err("targets of another kind").to_string();
            assert!(message.contains(&target.kind().to_string()), "{message}");
            refused += 1;
        }
    });
    assert!(refused > 10, "only {refused} were tried");
}
