//! All regularizers: penalties, and rules that draw.

use super::Member;
use crate::cases::{RegularizerCase, penalty, rule, unit_rule};
use neuropil::regularizers::{
    AlphaDropout, ChannelDropout, Dropout, ElasticNet, FeatureAlphaDropout, GaussianDropout,
    GaussianNoise, GroupLasso, L1, L2, Orthogonal,
};

/// All of them.
pub fn all() -> Vec<Member<RegularizerCase>> {
    let rates = [0.0, 0.2, 0.5, 1.0];
    let dropout = |rate| Dropout::new(rate).expect("a rate");
    let below_one = [0.0, 0.2, 0.5, 0.9];
    vec![
        Member::of::<AlphaDropout>(
            rates.map(|rate| rule(AlphaDropout::new(rate).expect("a rate"))),
        ),
        Member::of::<ChannelDropout>(
            rates.map(|rate| unit_rule(ChannelDropout::new(rate).expect("a rate"))),
        ),
        Member::of::<Dropout>(
            rates.into_iter().flat_map(|rate| [rule(dropout(rate)), rule(dropout(rate).classic())]),
        ),
        Member::of::<FeatureAlphaDropout>(
            rates.map(|rate| unit_rule(FeatureAlphaDropout::new(rate).expect("a rate"))),
        ),
        Member::of::<GaussianDropout>(
            below_one.map(|rate| rule(GaussianDropout::new(rate).expect("a rate"))),
        ),
        Member::of::<GaussianNoise>(
            [0.0, 0.3, 2.0].map(|of| rule(GaussianNoise::new(of).expect("a deviation"))),
        ),
        Member::of::<ElasticNet>([penalty(ElasticNet::new(0.2, 0.6).expect("strengths"), |w| {
            sum(w, |w| 0.2 * w.abs() + 0.3 * w * w)
        })]),
        // Without units, all is one.
        Member::of::<GroupLasso>([penalty(GroupLasso::new(0.3).expect("a strength"), |w| {
            0.3 * (w.len() as f64 * sum(w, |w| w * w)).sqrt()
        })]),
        Member::of::<L1>([penalty(L1::new(0.3).expect("a strength"), |w| {
            sum(w, |w| 0.3 * w.abs())
        })]),
        Member::of::<Orthogonal>([penalty(Orthogonal::new(0.001).expect("a strength"), |w| {
            let square = sum(w, |w| w * w);
            // Nothing has no vector.
            if w.is_empty() { 0.0 } else { 0.001 * (square - 1.0).powi(2) }
        })]),
        Member::of::<L2>([penalty(L2::new(0.3).expect("a strength"), |w| {
            w.iter().map(|w| 0.15 * w * w).sum()
        })]),
    ]
}

/// Σ f(w) in pieces: a plain sum of thousands of terms is less exact than what it is to check.
fn sum(w: &[f64], f: impl Fn(f64) -> f64) -> f64 {
    w.chunks(64).map(|w| w.iter().map(|&w| f(w)).sum::<f64>()).sum()
}
