//! All losses of several inputs.

use super::Member;
use crate::cases::{JointLossCase, ctc, joint_loss};
use crate::joint_losses::samples::Fill::{Points, Positive, Signs};
use neuropil::losses::{
    CosineDistance, CosineEmbedding, Ctc, GaussianNll, LossError, LpDistance, MarginRanking,
    TripletMargin, TripletMarginWithDistance,
};

/// All of them.
pub fn all() -> Vec<Member<JointLossCase>> {
    let members = || -> Result<_, LossError> {
        Ok(vec![
            Member::of::<CosineEmbedding>([
                joint_loss(CosineEmbedding::new(), [Points, Points, Signs], |x| cosine(x, 0.0)),
                joint_loss(
                    CosineEmbedding::new().margin(0.25)?.sum(),
                    [Points, Points, Signs],
                    |x| cosine(x, 0.25),
                ),
            ]),
            Member::of::<Ctc>([
                ctc(Ctc::new()),
                ctc(Ctc::new().sum()),
                ctc(Ctc::new().blank(2)),
                ctc(Ctc::new().zero_infinity(true)),
            ]),
            Member::of::<GaussianNll>([
                joint_loss(GaussianNll::new(), [Points, Points, Positive], |x| gaussian(x, 0.0)),
                joint_loss(GaussianNll::new().sum(), [Points, Points, Positive], |x| {
                    gaussian(x, 0.0)
                }),
                joint_loss(GaussianNll::new().batch_mean(), [Points, Points, Positive], |x| {
                    gaussian(x, 0.0)
                }),
                joint_loss(GaussianNll::new().full(true), [Points, Points, Positive], |x| {
                    gaussian(x, (2.0 * std::f64::consts::PI).ln() / 2.0)
                }),
                joint_loss(GaussianNll::new().shared_variance(), [Points, Points, Positive], |x| {
                    gaussian(x, 0.0)
                }),
            ]),
            Member::of::<MarginRanking>([
                joint_loss(MarginRanking::new(), [Points, Points, Signs], |x| ranking(x, 0.0)),
                joint_loss(MarginRanking::new().margin(1.5)?.sum(), [Points, Points, Signs], |x| {
                    ranking(x, 1.5)
                }),
            ]),
            Member::of::<TripletMargin>([
                joint_loss(TripletMargin::new(), [Points; 3], |x| {
                    triplet(x, |a, b| power(a, b, 2.0), 1.0, false)
                }),
                joint_loss(TripletMargin::new().swap(true).sum(), [Points; 3], |x| {
                    triplet(x, |a, b| power(a, b, 2.0), 1.0, true)
                }),
                joint_loss(TripletMargin::new().p(1.0)?.margin(5.0)?, [Points; 3], |x| {
                    triplet(x, |a, b| power(a, b, 1.0), 5.0, false)
                }),
                joint_loss(
                    TripletMargin::new().p(3.0)?.margin(2.5)?.swap(true),
                    [Points; 3],
                    |x| triplet(x, |a, b| power(a, b, 3.0), 2.5, true),
                ),
                joint_loss(TripletMargin::new().p(f64::INFINITY)?, [Points; 3], |x| {
                    triplet(x, largest, 1.0, false)
                }),
            ]),
            Member::of::<TripletMarginWithDistance>([
                joint_loss(TripletMarginWithDistance::new(CosineDistance), [Points; 3], |x| {
                    triplet(x, |a, b| 1.0 - angle(a, b, 1e-16), 1.0, false)
                }),
                joint_loss(
                    TripletMarginWithDistance::new(CosineDistance).swap(true),
                    [Points; 3],
                    |x| triplet(x, |a, b| 1.0 - angle(a, b, 1e-16), 1.0, true),
                ),
                joint_loss(
                    TripletMarginWithDistance::new(LpDistance::euclidean()).margin(0.5)?,
                    [Points; 3],
                    |x| triplet(x, |a, b| power(a, b, 2.0), 0.5, false),
                ),
            ]),
        ])
    };
    members().expect("good settings")
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// With what is added to each square.
fn angle(a: &[f64], b: &[f64], epsilon: f64) -> f64 {
    dot(a, b) / ((dot(a, a) + epsilon) * (dot(b, b) + epsilon)).sqrt()
}

fn cosine([a, b, y]: [&[f64]; 3], margin: f64) -> f64 {
    let angle = angle(a, b, 1e-12);
    if y[0] > 0.0 { 1.0 - angle } else { (angle - margin).max(0.0) }
}

fn ranking([a, b, y]: [&[f64]; 3], margin: f64) -> f64 {
    let hinge = |i: usize| (margin - y[i] * (a[i] - b[i])).max(0.0);
    (0..a.len()).map(hinge).sum::<f64>() / a.len() as f64
}

/// With one variance for each number or one for all.
fn gaussian([mean, target, variance]: [&[f64]; 3], constant: f64) -> f64 {
    let cost = |i: usize| {
        let v = variance[i.min(variance.len() - 1)];
        (v.ln() + (target[i] - mean[i]).powi(2) / v) / 2.0 + constant
    };
    (0..mean.len()).map(cost).sum::<f64>() / mean.len() as f64
}

fn power(a: &[f64], b: &[f64], p: f64) -> f64 {
    let terms = a.iter().zip(b).map(|(a, b)| (a - b + 1e-6).abs().powf(p));
    terms.sum::<f64>().powf(1.0 / p)
}

fn largest(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b + 1e-6).abs()).fold(0.0, f64::max)
}

fn triplet(
    [a, p, n]: [&[f64]; 3],
    distance: impl Fn(&[f64], &[f64]) -> f64,
    margin: f64,
    swap: bool,
) -> f64 {
    let far = if swap { distance(a, n).min(distance(p, n)) } else { distance(a, n) };
    (distance(a, p) - far + margin).max(0.0)
}
