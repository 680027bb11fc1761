//! Layers that normalize.

use crate::cases::{LayerCase, layer};
use crate::list::Member;
use crate::reference::product;
use neuropil::prelude::*;
use neuropil::regularizers::batch_norm::EPSILON;
use neuropil::{LocalResponseNorm, SpectralNorm, WeightNorm};

/// Channels alone, short planes, and planes that are worked through by themselves.
const CHANNELS: &[&[usize]] = &[&[3], &[3, 2], &[3, 2, 3], &[3, 5, 8]];

/// All of them.
pub fn all() -> Vec<Member<LayerCase>> {
    let many = BatchNorm::new(33).momentum(0.3).expect("a momentum").cumulative();
    let wide = BatchNorm::new(3).epsilon(0.25).expect("an epsilon");
    let mut members = others();
    members.push(Member::of::<BatchNorm>(
        [
            layer(BatchNorm::new(3), CHANNELS, |p, x| normalized(p, x, EPSILON)),
            layer(many, &[&[33]], |p, x| normalized(p, x, EPSILON)),
            layer(wide.without_affine(), CHANNELS, |p, x| normalized(p, x, 0.25)),
            // Of one row alone, and so of all rows alike, as inference has it.
            layer(BatchNorm::new(1), &[&[1], &[1, 40]], |p, x| normalized(p, x, EPSILON)),
        ]
        .into_iter()
        .flatten(),
    ));
    members
}

fn others() -> Vec<Member<LayerCase>> {
    const LAST: &[&[usize]] = &[&[6], &[3, 6]];
    const FOUR: &[&[usize]] = &[&[4], &[4, 3], &[4, 5, 9]];
    const PLACES: &[&[usize]] = &[&[4, 3], &[4, 5, 9]];
    let group = GroupNorm::new(2, 4).epsilon(0.25).expect("an epsilon");
    let instance = InstanceNorm::new(4);
    let response = LocalResponseNorm::new(3).expect("a size");
    // So many iterations that u and v settle: the gradient takes them as constants, and differences
    // would see them move. What one iteration makes is golden.
    let settled = SpectralNorm::new(Linear::new(5, 3)).iterations(300).expect("a count");
    let of = |layers: [Vec<LayerCase>; 3]| layers.into_iter().flatten();
    vec![
        Member::of::<GroupNorm>(of([
            layer(group, FOUR, |p, x| pieces(p, x, x.len() / 2, x.len() / 4, 0.25)),
            layer(GroupNorm::new(1, 4), FOUR, |p, x| pieces(p, x, x.len(), x.len() / 4, EPSILON)),
            layer(group.without_affine(), FOUR, |p, x| pieces(p, x, x.len() / 2, 1, 0.25)),
        ])),
        Member::of::<InstanceNorm>(of([
            layer(instance, PLACES, |p, x| pieces(p, x, x.len() / 4, 1, EPSILON)),
            layer(instance.affine(), PLACES, |p, x| {
                pieces(p, x, x.len() / 4, x.len() / 4, EPSILON)
            }),
            layer(instance.affine().running_statistics(), PLACES, |p, x| normalized(p, x, EPSILON)),
        ])),
        Member::of::<LayerNorm>(of([
            layer(LayerNorm::new(6), LAST, |p, x| pieces(p, x, 6, 1, EPSILON)),
            layer(LayerNorm::new(6).without_bias(), LAST, |p, x| pieces(p, x, 6, 1, EPSILON)),
            layer(LayerNorm::new([3, 6]).without_affine(), &[&[3, 6]], |p, x| {
                pieces(p, x, 18, 1, EPSILON)
            }),
        ])),
        Member::of::<LocalResponseNorm>(layer(response, FOUR, |_, x| {
            let inner = x.len() / 4;
            let at = |i: usize| {
                let window = (i / inner).saturating_sub(1)..(i / inner + 2).min(4);
                let sum: f64 = window.map(|c| x[c * inner + i % inner].powi(2)).sum();
                x[i] * (1.0 + 1e-4 / 3.0 * sum).powf(-0.75)
            };
            (0..x.len()).map(at).collect()
        })),
        Member::of::<RmsNorm>(of([
            layer(RmsNorm::new(6), LAST, |p, x| roots(p, x, f64::EPSILON)),
            layer(RmsNorm::new(6).epsilon(0.25).expect("an epsilon"), LAST, |p, x| {
                roots(p, x, 0.25)
            }),
            layer(RmsNorm::new(6).without_affine(), LAST, |p, x| roots(p, x, f64::EPSILON)),
        ])),
        Member::of::<SpectralNorm<Linear>>(layer(settled, &[&[5], &[2, 5]], |p, x| {
            let w = p.get("parametrizations.weight.original").expect("a weight");
            let state = |name| p.state(&format!("parametrizations.weight.0.{name}"));
            let (u, v) = (state("_u").expect("a state"), state("_v").expect("a state"));
            let sigma: f64 = (0..15).map(|i| v[i / 3] * w[i] * u[i % 3]).sum();
            let w: Vec<f64> = w.iter().map(|w| w / sigma).collect();
            product(x, &w, p.get("bias").expect("a bias"))
        })),
        Member::of::<WeightNorm<Linear>>(layer(
            WeightNorm::new(Linear::new(5, 3)),
            &[&[5], &[2, 5]],
            |p, x| {
                let part = |i| p.get(&format!("parametrizations.weight.original{i}"));
                let (g, v) = (part(0).expect("lengths"), part(1).expect("directions"));
                let norm = |j: usize| (0..5).map(|i| v[3 * i + j].powi(2)).sum::<f64>().sqrt();
                let w: Vec<f64> = (0..15).map(|i| g[i % 3] * v[i] / norm(i % 3)).collect();
                product(x, &w, p.get("bias").expect("a bias"))
            },
        )),
    ]
}

/// (x - μ)/√(σ² + ε) of each piece of so many numbers, scaled and shifted by channels of `inner`.
fn pieces(p: &Params<f64>, x: &[f64], len: usize, inner: usize, epsilon: f64) -> Vec<f64> {
    let of = |x: &[f64]| {
        let mean = x.iter().sum::<f64>() / len as f64;
        let variance = x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / len as f64;
        x.iter().map(move |x| (x - mean) / (variance + epsilon).sqrt()).collect::<Vec<f64>>()
    };
    let normal: Vec<f64> = x.chunks(len).flat_map(of).collect();
    scaled(p, &normal, inner)
}

/// x/√(mean of x² + ε) of each six numbers, scaled.
fn roots(p: &Params<f64>, x: &[f64], epsilon: f64) -> Vec<f64> {
    let of = |x: &[f64]| {
        let square = x.iter().map(|x| x * x).sum::<f64>() / 6.0;
        x.iter().map(move |x| x / (square + epsilon).sqrt()).collect::<Vec<f64>>()
    };
    let normal: Vec<f64> = x.chunks(6).flat_map(of).collect();
    scaled(p, &normal, 1)
}

/// x γ + β by channels of `inner` numbers.
fn scaled(p: &Params<f64>, x: &[f64], inner: usize) -> Vec<f64> {
    let of = |path, i: usize, otherwise| {
        p.get(path).map_or(otherwise, |weight| weight[i / inner % weight.len()])
    };
    let at = |(i, x): (usize, &f64)| x * of("weight", i, 1.0) + of("bias", i, 0.0);
    x.iter().enumerate().map(at).collect()
}

/// (x - μ)/√(σ² + ε) γ + β with the running statistics.
fn normalized(p: &Params<f64>, x: &[f64], epsilon: f64) -> Vec<f64> {
    let [mean, variance] =
        ["running_mean", "running_var"].map(|path| p.state(path).expect("a state"));
    let inner = x.len() / mean.len();
    let of = |path, c: usize, otherwise| p.get(path).map_or(otherwise, |weight| weight[c]);
    let at = |(i, x): (usize, &f64)| {
        let c = i / inner;
        let normal = (x - mean[c]) / (variance[c] + epsilon).sqrt();
        normal * of("weight", c, 1.0) + of("bias", c, 0.0)
    };
    x.iter().enumerate().map(at).collect()
}
