//! Activations with weights or noise, and over any axis.

use crate::cases::{LayerCase, layer};
use crate::list::Member;
use crate::reference::{one_hot, over_axis, sigmoid, snake, softmax};
use neuropil::prelude::*;

/// Channels alone, around the widths of lanes, and channels of several numbers.
const CHANNELS: &[&[usize]] = &[&[3], &[3, 2], &[3, 5, 4]];

/// Any shape.
const ANY: &[&[usize]] = &[&[1], &[5], &[17], &[33], &[3, 4]];

/// All of them.
pub fn all() -> Vec<Member<LayerCase>> {
    let gumbel = GumbelSoftmax::new().tau(0.5).expect("a temperature");
    let hard =
        layer(gumbel.hard(), ANY, |_, x| x.chunks(last(x.len())).flat_map(one_hot).collect());
    vec![
        Member::of::<GumbelSoftmax>(
            [
                layer(GumbelSoftmax::new(), ANY, |_, x| {
                    x.chunks(last(x.len())).flat_map(softmax).collect()
                }),
                layer(gumbel, ANY, |_, x| {
                    let x: Vec<f64> = x.iter().map(|x| x * 2.0).collect();
                    x.chunks(last(x.len())).flat_map(softmax).collect()
                }),
                hard.into_iter().map(LayerCase::lending_slope).collect(),
            ]
            .into_iter()
            .flatten(),
        ),
        Member::of::<LearnedSnake>(
            [
                layer(LearnedSnake::new(3), CHANNELS, |p, x| by_channel(p, "alpha", x, snake)),
                layer(LearnedSnake::new(1).init(0.75), ANY, |p, x| {
                    by_channel(p, "alpha", x, snake)
                }),
            ]
            .into_iter()
            .flatten(),
        ),
        Member::of::<LearnedSwish>(
            [
                layer(LearnedSwish::new(), ANY, |p, x| by_channel(p, "beta", x, swish)),
                layer(LearnedSwish::new().channels(3).init(0.5), CHANNELS, |p, x| {
                    by_channel(p, "beta", x, swish)
                }),
            ]
            .into_iter()
            .flatten(),
        ),
        Member::of::<OverAxis<Softmax>>(
            [
                layer(OverAxis::new(0, Softmax), &[&[3, 2], &[3, 2, 9]], |_, x| {
                    over_axis(3, x.len() / 3, x, softmax)
                }),
                layer(OverAxis::new(1, Softmax), &[&[2, 3, 5], &[4, 3]], |_, x| {
                    over_axis(3, if x.len() == 30 { 5 } else { 1 }, x, softmax)
                }),
            ]
            .into_iter()
            .flatten(),
        ),
        Member::of::<PRelu>(
            [
                layer(PRelu::new(), ANY, |p, x| by_channel(p, "weight", x, leaky)),
                layer(PRelu::new().channels(3), CHANNELS, |p, x| by_channel(p, "weight", x, leaky)),
                layer(PRelu::new().channels(33).init(-0.5), &[&[33]], |p, x| {
                    by_channel(p, "weight", x, leaky)
                }),
            ]
            .into_iter()
            .flatten(),
        ),
        Member::of::<RRelu>(
            [
                layer(RRelu::new(), ANY, |_, x| {
                    x.iter().map(|&x| leaky(x, (1.0 / 8.0 + 1.0 / 3.0) / 2.0)).collect()
                }),
                layer(RRelu::new().bounds(0.0, 1.5).expect("bounds"), ANY, |_, x| {
                    x.iter().map(|&x| leaky(x, 0.75)).collect()
                }),
            ]
            .into_iter()
            .flatten(),
        ),
        Member::of::<Softmax2d>(layer(Softmax2d, &[&[3, 2, 4], &[3, 1, 1], &[3, 5, 5]], |_, x| {
            over_axis(3, x.len() / 3, x, softmax)
        })),
    ]
}

/// The last axis of the shapes in `ANY`.
fn last(len: usize) -> usize {
    if len == 12 { 4 } else { len }
}

fn leaky(x: f64, a: f64) -> f64 {
    if x > 0.0 { x } else { a * x }
}

fn swish(x: f64, beta: f64) -> f64 {
    x * sigmoid(beta * x)
}

/// f of each number and the weight of its channel.
fn by_channel(p: &Params<f64>, path: &str, x: &[f64], f: fn(f64, f64) -> f64) -> Vec<f64> {
    let weight = p.get(path).expect("a weight");
    let inner = x.len() / weight.len();
    x.iter().enumerate().map(|(i, &x)| f(x, weight[i / inner])).collect()
}
