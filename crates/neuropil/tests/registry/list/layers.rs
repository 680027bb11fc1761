//! All layers.

mod activation;
mod combined;
mod convolution;
mod embedding;
mod noise;
mod normalization;
mod pooling;
mod recurrent;

use super::Member;
use crate::cases::{LayerCase, layer};
use crate::reference::{linear, sigmoid, softmax};
use neuropil::ActivityPenalty;
use neuropil::prelude::*;
use neuropil::regularizers::L1;
use neuropil::{
    AdaptiveAvgPool, AdaptiveMaxPool, AvgPool, ChannelsLast, LpPool, MaxPool, Upsample,
};
use neuropil::{Conv, ConvTranspose};

/// All of them.
pub fn all() -> Vec<Member<LayerCase>> {
    let block = Residual::new(Sequential::new().then(Linear::new(4, 4)).then(Tanh));
    let layers = Sequential::new()
        .then(Linear::new(5, 4))
        .then(Sigmoid)
        .then(Linear::new(4, 3))
        .then(Softmax);
    let members = vec![
        Member::of::<AdaptiveAvgPool<2>>(pooling::adaptive_average()),
        Member::of::<AdaptiveMaxPool<2>>(pooling::adaptive_max()),
        Member::of::<AvgPool<2>>(pooling::average()),
        Member::of::<ChannelsLast>(pooling::channels_last()),
        Member::of::<Conv<2>>(convolution::forward()),
        Member::of::<ConvTranspose<2>>(convolution::transposed()),
        Member::of::<Flatten>(pooling::flatten()),
        Member::of::<GlobalAvgPool>(pooling::global_average()),
        Member::of::<GlobalMaxPool>(pooling::global_max()),
        Member::of::<LpPool<2>>(pooling::norm()),
        Member::of::<MaxPool<2>>(pooling::max()),
        Member::of::<Pad<2>>(convolution::pad()),
        Member::of::<Reshape>(pooling::reshape()),
        Member::of::<Upsample<2>>(pooling::upsample()),
        Member::of::<ActivityPenalty<L1>>(layer(
            ActivityPenalty::new(L1::new(0.1).expect("a strength")),
            &[&[1], &[5], &[16], &[3, 4]],
            |_, x| x.into(),
        ))
        .without_golden("it hands its input on; PenaltyOp has those of the penalty"),
        Member::of::<Linear>(
            [
                layer(Linear::new(5, 3), &[&[5], &[2, 5]], |p, x| linear(p, "", x)),
                layer(Linear::new(17, 9), &[&[17]], |p, x| linear(p, "", x)),
                layer(Linear::new(1, 1), &[&[1]], |p, x| linear(p, "", x)),
                layer(Linear::new(4, 33).without_bias(), &[&[4]], |p, x| linear(p, "", x)),
            ]
            .into_iter()
            .flatten(),
        ),
        Member::of::<Residual<Sequential>>(
            [
                layer(block, &[&[4], &[3, 4]], |p, x| {
                    linear(p, "0.", x).iter().zip(x).map(|(z, x)| z.tanh() + x).collect()
                }),
                layer(Residual::new(Sequential::new()), &[&[5]], |_, x| {
                    x.iter().map(|x| x + x).collect()
                }),
            ]
            .into_iter()
            .flatten(),
        ),
        Member::of::<Sequential>(
            [
                layer(layers, &[&[5]], |p, x| {
                    let y: Vec<f64> = linear(p, "0.", x).into_iter().map(sigmoid).collect();
                    softmax(&linear(p, "2.", &y))
                }),
                layer(Sequential::new(), &[&[5]], |_, x| x.into()),
            ]
            .into_iter()
            .flatten(),
        ),
    ];
    let others = [
        activation::all(),
        combined::all(),
        embedding::all(),
        noise::all(),
        normalization::all(),
        recurrent::all(),
    ];
    members.into_iter().chain(others.into_iter().flatten()).collect()
}
