//! What holds for every penalty: its gradient is the slope of its price, and adds. And for every
//! random rule: backward is what forward does to a difference, and adds.

use crate::cases::{PenaltyReference, RegularizerCase, RegularizerKind};
use crate::faces::{AnyPenalty, AnyRule, PenaltyIn, RuleIn};
use crate::list;
use crate::numbers::{bits, doubles, numbers};
use neuropil::simd::Float;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Every regularizer in each of its settings.
pub fn cases() -> impl Iterator<Item = RegularizerCase> {
    list::regularizers::all().into_iter().flat_map(|member| member.cases)
}

fn penalties() -> impl Iterator<Item = (Box<dyn AnyPenalty>, PenaltyReference)> {
    cases().filter_map(|case| match case.kind {
        RegularizerKind::Penalty(penalty, reference) => Some((penalty, reference)),
        RegularizerKind::Rule(_) => None,
    })
}

fn rules() -> impl Iterator<Item = Box<dyn AnyRule>> {
    cases().filter_map(|case| match case.kind {
        RegularizerKind::Rule(rule) => Some(rule),
        RegularizerKind::Penalty(..) => None,
    })
}

#[test]
fn penalties_are_those_of_the_slow_reference() {
    fn check<T: Float>(penalty: &dyn PenaltyIn<T>, reference: PenaltyReference) {
        for n in (0..70).chain([1_000, 5_000]) {
            let w = numbers::<T>(n, 3.0, n as u64);
            let (found, expected) = (penalty.penalty(&w), reference(&doubles(&w)));
            let error = (found - expected).abs() / (T::EPSILON.to_f64() * expected.max(0.1));
            assert!(error <= 8.0, "{penalty:?} of {n}: {found}, should be {expected}");
        }
    }
    for (penalty, reference) in penalties() {
        check::<f32>(&*penalty, reference);
        check::<f64>(&*penalty, reference);
    }
}

#[test]
fn gradients_of_penalties_are_their_slopes_and_add() {
    const H: f64 = 1e-5;
    for (penalty, _) in penalties() {
        let penalty: &dyn PenaltyIn<f64> = &*penalty;
        for n in 1..=40 {
            let (w, before) = (numbers::<f64>(n, 3.0, 1), numbers::<f64>(n, 5.0, 2));
            let mut dw = before.clone();
            penalty.backward(&w, &mut dw);
            let mut moved = w.clone();
            for i in 0..n {
                moved[i] = w[i] + H;
                let above = penalty.penalty(&moved);
                moved[i] = w[i] - H;
                let below = penalty.penalty(&moved);
                moved[i] = w[i];
                let (added, expected) = (dw[i] - before[i], (above - below) / (2.0 * H));
                assert!(
                    (added - expected).abs() <= 1e-8 * (1.0 + expected.abs() + above.abs()),
                    "{penalty:?}: dw[{i}] of {n} is {added}, by differences {expected}"
                );
            }
        }
    }
}

#[test]
fn gradients_of_penalties_in_single_precision_follow_double() {
    for (penalty, _) in penalties() {
        for n in 0..70 {
            let (mut double, mut single) = (vec![5.0; n], vec![5.0; n]);
            PenaltyIn::<f64>::backward(&*penalty, &numbers(n, 3.0, 1), &mut double);
            PenaltyIn::<f32>::backward(&*penalty, &numbers(n, 3.0, 1), &mut single);
            for (double, single) in double.iter().zip(doubles(&single)) {
                let error = (single - double).abs() / f64::from(f32::EPSILON);
                assert!(error <= 2.0 * double.abs().max(5.0), "{penalty:?}: {single} {double}");
            }
        }
    }
}

#[test]
fn penalties_name_themselves_and_refuse_other_lengths() {
    for (penalty, _) in penalties() {
        let type_name = format!("{penalty:?}");
        let type_name = type_name.split([' ', '(']).next().unwrap_or_default();
        assert!(penalty.name().starts_with(type_name), "{} of {type_name}", penalty.name());
        assert!(PenaltyIn::<f64>::penalty(&*penalty, &[1.0, f64::NAN]).is_nan(), "{penalty:?}");
        let call = || PenaltyIn::<f32>::backward(&*penalty, &[0.5; 3], &mut [0.0; 2]);
        let panic = catch_unwind(AssertUnwindSafe(call)).expect_err("it should have panicked");
        let says = panic.downcast_ref::<String>().expect("a message with numbers");
        assert!(says.contains('2') && says.contains('3'), "{says}");
    }
}

/// A rule is linear for given draws: forward of a difference tells backward of it.
#[test]
fn backward_of_rules_is_the_slope_of_forward_and_adds() {
    for rule in rules() {
        let rule: &dyn RuleIn<f64> = &*rule;
        for n in 1..70 {
            let (x, dy) = (numbers::<f64>(n, 2.0, 1), numbers::<f64>(n, 2.0, 2));
            let mut dx = vec![0.5; n];
            rule.backward(&dy, &mut dx);
            let forward = |x: &[f64]| {
                let mut y = vec![f64::NAN; n];
                rule.forward(x, &mut y);
                y
            };
            let before = forward(&x);
            for i in 0..n {
                let mut moved = x.clone();
                moved[i] += 0.5;
                let after = forward(&moved);
                let slope: f64 = (0..n).map(|j| dy[j] * (after[j] - before[j]) / 0.5).sum();
                let added = dx[i] - 0.5;
                assert!((added - slope).abs() < 1e-12, "{rule:?}: dx[{i}] of {n} is {added}");
            }
        }
    }
}

/// The draws belong to the unit, not to the type or the slice that it stands in.
#[test]
fn rules_draw_the_same_in_both_types_and_for_every_length() {
    for rule in rules() {
        let (mut single, mut double) = (vec![f32::NAN; 200], vec![f64::NAN; 200]);
        RuleIn::<f32>::forward(&*rule, &[1.0; 200], &mut single);
        RuleIn::<f64>::forward(&*rule, &[1.0; 200], &mut double);
        // The draws are equal; what is made of them may be rounded once or twice.
        for (i, (&single, &double)) in single.iter().zip(&double).enumerate() {
            let error = (f64::from(single) - double).abs() / f64::from(f32::EPSILON);
            assert!(error <= double.abs().max(1.0), "{rule:?}: y[{i}] is {single} and {double}");
        }
        for n in 0..200 {
            let mut y = vec![f32::NAN; n];
            RuleIn::<f32>::forward(&*rule, &vec![1.0; n], &mut y);
            assert_eq!(bits(&y), bits(&single[..n]), "{rule:?}: {n} numbers");
        }
    }
}
