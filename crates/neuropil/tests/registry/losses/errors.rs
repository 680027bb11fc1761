//! What a loss says of rows, targets and weights that don't fit.

use super::cases;
use super::samples::{KINDS, Sample};
use crate::faces::LossIn;
use neuropil::losses::{LossError, Target, Weighted};
use neuropil::simd::Float;

fn message<T>(result: Result<T, LossError>) -> String {
    result.err().expect("it should have failed").to_string()
}

/// The four methods say the same, and leave dx alone when they say no.
fn fails<T: Float>(loss: &dyn LossIn<T>, width: usize, x: &[T], target: Weighted<'_, T>) -> String {
    let mut dx = vec![T::of(7.0); x.len()];
    let says = message(loss.value(width, x, target));
    assert_eq!(says, message(loss.both(width, x, target, &mut dx)));
    assert_eq!(says, message(loss.backward(width, x, target, &mut dx)));
    assert_eq!(says, message(loss.check(width, x, target)));
    assert!(dx.iter().all(|&dx| dx == T::of(7.0)));
    assert!(says.starts_with(&loss.name()), "{says}");
    says
}

#[test]
fn no_rows() {
    for case in cases() {
        let loss: &dyn LossIn<f64> = &*case.loss;
        for width in [0, 1, 10] {
            let says = fails(loss, width, &[], Target::Values(&[]).into());
            assert_eq!(says, format!("{}: there are no rows", loss.name()));
        }
    }
}

#[test]
fn lengths_that_differ() {
    fn check(loss: &dyn LossIn<f32>) {
        for kind in KINDS {
            let Some(sample) = Sample::new(loss, kind, (6, 4), true, 1) else {
                continue;
            };
            let name = loss.name();
            let says = fails(loss, 5, &sample.x, sample.target());
            assert_eq!(says, format!("{name}: x has 24 numbers, which are no rows of 5"));
            let says = fails(loss, 0, &sample.x, sample.target());
            assert_eq!(says, format!("{name}: x has 24 numbers, which are no rows of 0"));

            let needed = sample.target_len();
            let says = fails(loss, 4, &sample.x[..20], sample.target());
            let fewer = needed / 6 * 5;
            assert_eq!(
                says,
                format!("{name}: target has the length {needed}, but 5 rows need {fewer}")
            );
            let says = fails(loss, 4, &sample.x, sample.plain().weighted(&[1.0; 7]));
            assert_eq!(says, format!("{name}: weights has the length 7, but 6 rows need 6"));

            let says = message(loss.both(4, &sample.x, sample.target(), &mut [0.0; 23]));
            assert_eq!(says, format!("{name}: dx has the length 23, but 6 rows need 24"));
        }
    }
    for case in cases() {
        check(&*case.loss);
    }
}

#[test]
fn kinds_and_labels_that_are_not_taken() {
    for case in cases() {
        let loss: &dyn LossIn<f32> = &*case.loss;
        for kind in KINDS {
            let labels = [0, 1, loss.classes(4) as u32];
            let target = match kind {
                neuropil::losses::TargetKind::Values => Target::Values(&[0.5; 12]),
                neuropil::losses::TargetKind::Labels => Target::Labels(&labels),
            };
            let name = loss.name();
            if !loss.accepts(kind) {
                let says = fails(loss, 4, &[0.0; 12], target.into());
                assert_eq!(says, format!("{name}: takes no {kind} as target"));
            } else if let Target::Labels(labels) = target {
                let says = fails(loss, 4, &[0.0; 12], target.into());
                let label = labels[2];
                let expected =
                    format!("the label of row 2 is {label}, but there are only {label} classes");
                assert_eq!(says, format!("{name}: {expected}"));
            }
        }
    }
}
