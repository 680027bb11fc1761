//! Layers that draw: in inference they hand on what they get.

use crate::cases::{LayerCase, layer};
use crate::list::Member;
use crate::reference::linear;
use neuropil::prelude::*;
use neuropil::{
    DropConnect, FeatureAlphaDropout, GaussianDropout, GaussianNoise, VariationalDropout,
};

/// Widths around those of SIMD lanes, and rows within rows.
const ANY: &[&[usize]] = &[&[1], &[2], &[5], &[16], &[33], &[3, 4]];

/// All of them.
pub fn all() -> Vec<Member<LayerCase>> {
    let rates = [0.0, 0.4, 1.0];
    let dropout = |rate| Dropout::new(rate).expect("a rate");
    let path = |rate| DropPath::new(rate).expect("a rate");
    let connect = |layer: Linear| DropConnect::new(layer, 0.4).expect("a rate");
    let classic = layer(dropout(0.4).classic(), ANY, |_, x| x.iter().map(|x| x * 0.6).collect());
    vec![
        Member::of::<AlphaDropout>(
            rates.into_iter().flat_map(|rate| same(AlphaDropout::new(rate).expect("a rate"))),
        ),
        Member::of::<ChannelDropout>(
            rates.into_iter().flat_map(|rate| same(ChannelDropout::new(rate).expect("a rate"))),
        ),
        Member::of::<DropConnect<Linear>>(
            layer(connect(Linear::new(5, 3)), &[&[5], &[2, 5]], |p, x| linear(p, "", x))
                .into_iter()
                .chain(layer(connect(Linear::new(17, 9).without_bias()), &[&[17]], |p, x| {
                    linear(p, "", x)
                })),
        ),
        Member::of::<DropPath>(
            (rates.into_iter().flat_map(|rate| same(path(rate))))
                .chain(same(path(0.4).whole_batch())),
        ),
        Member::of::<Dropout>(
            rates.into_iter().flat_map(|rate| same(dropout(rate))).chain(classic),
        ),
        Member::of::<FeatureAlphaDropout>(
            (rates.into_iter())
                .flat_map(|rate| same(FeatureAlphaDropout::new(rate).expect("a rate"))),
        ),
        Member::of::<GaussianDropout>(
            [0.0, 0.4]
                .into_iter()
                .flat_map(|rate| same(GaussianDropout::new(rate).expect("a rate"))),
        ),
        Member::of::<GaussianNoise>(same(GaussianNoise::new(0.4).expect("a deviation"))),
        Member::of::<VariationalDropout>(
            rates.into_iter().flat_map(|rate| same(VariationalDropout::new(rate).expect("a rate"))),
        ),
    ]
}

fn same<M: Module + Clone + 'static>(of: M) -> Vec<LayerCase> {
    layer(of, ANY, |_, x| x.into())
}
