//! Ops that draw: in inference they hand on what they get.

use crate::cases::{OpCase, op};
use crate::list::Member;
use neuropil::ops::{DropoutOp, NoiseOp, Unit, UnitNoiseOp, VariationalDropoutOp};
use neuropil::regularizers::{
    AlphaDropout, ChannelDropout, Dropout, FeatureAlphaDropout, GaussianDropout, GaussianNoise,
};
use neuropil::{AnyOp, Spec};

/// All of them.
pub fn all() -> Vec<Member<OpCase>> {
    let rates = [0.0, 0.3, 1.0];
    let dropout = |rate| Dropout::new(rate).expect("a rate");
    let channels = |rate| ChannelDropout::new(rate).expect("a rate");
    let of_channels = |rate| UnitNoiseOp::new(channels(rate), Unit::Channel);
    let alpha = FeatureAlphaDropout::new(0.3).expect("a rate");
    let classic = DropoutOp(dropout(0.3).classic());
    let half = |x: &[Vec<f64>]| x[0].iter().map(|x| x * 0.7).collect();
    vec![
        Member::of::<DropoutOp>(
            (rates.into_iter().flat_map(|rate| same(DropoutOp(dropout(rate)))))
                .chain(specs().map(|x| op(classic, &[x], half))),
        ),
        Member::of::<NoiseOp<AlphaDropout>>(
            (rates.into_iter())
                .flat_map(|rate| same(NoiseOp(AlphaDropout::new(rate).expect("a rate"))))
                .chain(same(NoiseOp(GaussianDropout::new(0.3).expect("a rate"))))
                .chain(same(NoiseOp(GaussianNoise::new(0.3).expect("a deviation")))),
        ),
        Member::of::<UnitNoiseOp<ChannelDropout>>(
            (rates.into_iter().flat_map(|rate| same(of_channels(rate))))
                .chain(same(UnitNoiseOp::new(channels(0.3), Unit::Row)))
                .chain(same(UnitNoiseOp::new(channels(0.3), Unit::Batch)))
                .chain(same(UnitNoiseOp::new(alpha, Unit::Channel))),
        ),
        Member::of::<VariationalDropoutOp>(
            rates.into_iter().flat_map(|rate| same(VariationalDropoutOp(dropout(rate)))),
        ),
    ]
}

/// Of rows, of rows with steps, of a weight.
fn specs() -> impl Iterator<Item = Spec> {
    [Spec::per_row([5]), Spec::per_row([3, 4]), Spec::single([5, 3])].into_iter()
}

fn same<O: AnyOp + Clone>(of: O) -> Vec<OpCase> {
    specs().map(|x| op(of.clone(), &[x], |x| x[0].clone())).collect()
}
