//! All losses.

use super::Member;
use crate::cases::{LossCase, loss};
use crate::reference::losses::{
    binary_cross_entropy, focal, hinge, huber, label, margins, mean, others, probability, sets,
    smooth_cross_entropy,
};
use crate::reference::{cross_entropy, mean_squared_error, sigmoid};
use neuropil::losses::{
    BinaryCrossEntropy, BinaryCrossEntropyWithLogits, BinaryFocal, CategoricalFocal,
    CategoricalHinge, CrossEntropy, Dice, GeneralizedCrossEntropy, Hinge, HingeEmbedding, Huber,
    KlDivergence, LogCosh, Lp, MeanAbsoluteError, MeanAbsolutePercentageError, MeanSquaredError,
    MeanSquaredLogError, MultiLabelMargin, MultiLabelSoftMargin, MultiMargin, Nll,
    PerceptronCriterion, PoissonNll, Quantile, SmoothL1, SoftMargin, SquaredHinge, Target, Tversky,
};

/// All of them.
pub fn all() -> Vec<Member<LossCase>> {
    let mut all = of_values();
    all.extend(of_yes_or_no());
    all.extend(of_classes());
    all
}

const RIGHT: &str = "a right setting";

/// Losses of differences and counts.
fn of_values() -> Vec<Member<LossCase>> {
    vec![
        Member::of::<MeanSquaredError>([
            loss(MeanSquaredError::new(), mean_squared_error),
            loss(MeanSquaredError::new().sum(), mean_squared_error),
            loss(MeanSquaredError::new().batch_mean(), mean_squared_error),
        ]),
        Member::of::<MeanAbsoluteError>([
            loss(MeanAbsoluteError::new(), |x, t| mean(x, t, |x, t| (x - t).abs())),
            loss(MeanAbsoluteError::new().sum(), |x, t| mean(x, t, |x, t| (x - t).abs())),
        ]),
        Member::of::<Huber>([
            loss(Huber::new(), |x, t| mean(x, t, |x, t| huber(1.0, x - t))),
            loss(Huber::new().delta(0.5).expect(RIGHT).sum(), |x, t| {
                mean(x, t, |x, t| huber(0.5, x - t))
            }),
        ]),
        Member::of::<SmoothL1>([
            loss(SmoothL1::new(), |x, t| mean(x, t, |x, t| huber(1.0, x - t))),
            loss(SmoothL1::new().beta(0.25).expect(RIGHT).batch_mean(), |x, t| {
                mean(x, t, |x, t| huber(0.25, x - t) / 0.25)
            }),
        ]),
        Member::of::<LogCosh>([loss(LogCosh::new(), |x, t| {
            mean(x, t, |x, t| (x - t).cosh().ln())
        })]),
        Member::of::<MeanAbsolutePercentageError>([loss(
            MeanAbsolutePercentageError::new(),
            |x, t| mean(x, t, |x, t| 100.0 * (x - t).abs() / t.abs().max(1e-7)),
        )]),
        Member::of::<MeanSquaredLogError>([loss(MeanSquaredLogError::new(), |x, t| {
            mean(x, t, |x, t| (x.max(0.0).ln_1p() - t.ln_1p()).powi(2))
        })]),
        Member::of::<Lp>([
            // Below 2 the slope is too steep at the target for differences: golden values show it.
            loss(Lp::new(2.5).expect(RIGHT), |x, t| mean(x, t, |x, t| (x - t).abs().powf(2.5))),
            loss(Lp::new(3.0).expect(RIGHT).sum(), |x, t| mean(x, t, |x, t| (x - t).abs().powi(3))),
        ]),
        Member::of::<Quantile>([
            loss(Quantile::new(0.5).expect(RIGHT), |x, t| mean(x, t, |x, t| (x - t).abs() / 2.0)),
            loss(Quantile::new(0.9).expect(RIGHT), |x, t| {
                mean(x, t, |x, t| (0.9 * (t - x)).max(-0.1 * (t - x)))
            }),
        ]),
        // With rates, x would have to be positive: golden values show them.
        Member::of::<PoissonNll>([loss(PoissonNll::new(), |x, t| {
            mean(x, t, |x, t| x.exp() - t * x)
        })
        .cancelling(|x, t| mean(x, t, |x, t| x.exp() + t * x.abs()))]),
        Member::of::<KlDivergence>([
            loss(KlDivergence::new(), |x, t| mean(x, t, |x, t| t * (t.ln() - x)))
                .cancelling(|x, t| mean(x, t, |x, t| t * (t.ln().abs() + x.abs()))),
            loss(KlDivergence::new().log_target().batch_mean(), |x, t| {
                mean(x, t, |x, t| t.exp() * (t - x))
            })
            .cancelling(|x, t| mean(x, t, |x, t| t.exp() * (t.abs() + x.abs()))),
        ]),
        Member::of::<HingeEmbedding>([loss(HingeEmbedding::new(), |x, t| {
            mean(x, t, |x, _| x + (1.0 - x).max(0.0))
        })
        .cancelling(|x, t| mean(x, t, |x, _| x.abs() + (1.0 - x).max(0.0)))]),
    ]
}

/// Losses of yes or no, by numbers or by rows.
fn of_yes_or_no() -> Vec<Member<LossCase>> {
    vec![
        Member::of::<BinaryCrossEntropy>([
            loss(BinaryCrossEntropy::new(), |x, t| {
                mean(x, t, |x, t| -(t * x.ln() + (1.0 - t) * (1.0 - x).ln()))
            }),
            loss(BinaryCrossEntropy::new().label_smoothing(0.5).expect(RIGHT), |x, t| {
                mean(x, t, |x, t| {
                    let t = 0.5 * t + 0.25;
                    -(t * x.ln() + (1.0 - t) * (1.0 - x).ln())
                })
            }),
        ]),
        Member::of::<BinaryCrossEntropyWithLogits>([
            loss(BinaryCrossEntropyWithLogits::new(), |x, t| mean(x, t, binary_cross_entropy)),
            loss(
                BinaryCrossEntropyWithLogits::new().label_smoothing(0.5).expect(RIGHT).sum(),
                |x, t| mean(x, t, |x, t| binary_cross_entropy(x, 0.5 * t + 0.25)),
            ),
        ]),
        Member::of::<BinaryFocal>([
            loss(BinaryFocal::new(), |x, t| mean(x, t, |x, t| focal(Some(0.25), 2.0, x, t))),
            loss(BinaryFocal::new().unbalanced().gamma(1.5).expect(RIGHT), |x, t| {
                mean(x, t, |x, t| focal(None, 1.5, x, t))
            }),
        ]),
        Member::of::<SoftMargin>([loss(SoftMargin::new(), |x, t| {
            mean(x, t, |x, t| (-t * x).exp().ln_1p())
        })]),
        Member::of::<Hinge>([loss(Hinge::new(), |x, t| mean(x, t, hinge))]),
        Member::of::<SquaredHinge>([loss(SquaredHinge::new(), |x, t| {
            mean(x, t, |x, t| hinge(x, t).powi(2))
        })]),
        Member::of::<PerceptronCriterion>([loss(PerceptronCriterion::new(), |x, t| {
            mean(x, t, |x, t| (-t * x).max(0.0))
        })]),
        Member::of::<MultiLabelSoftMargin>([
            loss(MultiLabelSoftMargin::new(), |x, t| mean(x, t, binary_cross_entropy)),
            loss(MultiLabelSoftMargin::new().sum(), |x, t| mean(x, t, binary_cross_entropy)),
        ]),
        Member::of::<MultiLabelMargin>([loss(MultiLabelMargin::new(), margins)]),
        Member::of::<Dice>([loss(Dice::new(), |x, t| sets(0.5, 0.5, 0.5e-7, x, t))]),
        Member::of::<Tversky>([
            loss(Tversky::new(), |x, t| sets(0.5, 0.5, 1e-7, x, t)),
            loss(Tversky::new().weights(0.25, 2.0).expect(RIGHT), |x, t| {
                sets(0.25, 2.0, 1e-7, x, t)
            }),
        ]),
    ]
}

/// Losses of classes.
fn of_classes() -> Vec<Member<LossCase>> {
    let smooth = CrossEntropy::new().label_smoothing(0.1).expect(RIGHT);
    let squared = MultiMargin::new().p(2).expect(RIGHT).margin(0.5).expect(RIGHT);
    let unfocused = CategoricalFocal::new().gamma(0.0).expect(RIGHT).alpha(1.0).expect(RIGHT);
    vec![
        Member::of::<CrossEntropy>([
            loss(CrossEntropy::new(), cross_entropy),
            loss(CrossEntropy::new().sum(), cross_entropy),
            loss(smooth, |x, t| smooth_cross_entropy(0.1, x, t)),
            loss(CrossEntropy::new().ignore_index(1), |x, t| match t {
                Target::Labels([1]) => 0.0,
                _ => cross_entropy(x, t),
            }),
        ]),
        Member::of::<Nll>([
            loss(Nll::new(), |x, t| -x[label(t)]).cancelling(|x, t| x[label(t)].abs()),
            loss(Nll::new().ignore_index(1), |x, t| match label(t) {
                1 => 0.0,
                label => -x[label],
            })
            .cancelling(|x, t| x[label(t)].abs()),
        ]),
        Member::of::<GeneralizedCrossEntropy>([
            loss(GeneralizedCrossEntropy::new(), |x, t| (1.0 - probability(x, t).powf(0.7)) / 0.7),
            loss(GeneralizedCrossEntropy::new().q(1.0).expect(RIGHT), |x, t| {
                1.0 - probability(x, t)
            }),
        ]),
        Member::of::<CategoricalFocal>([
            loss(CategoricalFocal::new(), |x, t| {
                let p = probability(x, t);
                -0.25 * (1.0 - p).powi(2) * p.ln()
            }),
            loss(unfocused, cross_entropy),
        ]),
        Member::of::<MultiMargin>([
            loss(MultiMargin::new(), |x, t| others(x, t, |d| (1.0 - d).max(0.0))),
            loss(squared, |x, t| others(x, t, |d| (0.5 - d).max(0.0).powi(2))),
            loss(MultiMargin::new().ignore_index(1), |x, t| match label(t) {
                1 => 0.0,
                _ => others(x, t, |d| (1.0 - d).max(0.0)),
            }),
        ]),
        Member::of::<CategoricalHinge>([loss(CategoricalHinge::new(), |x, t| {
            let right = label(t);
            let others = x.iter().enumerate().filter(|&(i, _)| i != right);
            let best = others.map(|(_, &x)| x).fold(f64::NEG_INFINITY, f64::max);
            (1.0 - x[right] + best).max(0.0)
        })]),
    ]
}

#[test]
fn what_yes_or_no_costs() {
    let cost = -(0.25 * sigmoid(2.0).ln() + 0.75 * sigmoid(-2.0).ln());
    assert!((binary_cross_entropy(2.0, 0.25) - cost).abs() < 1e-15);
}
