//! Layers that normalize.

use crate::cases::{LayerCase, layer};
use crate::list::Member;
use neuropil::prelude::*;
use neuropil::regularizers::batch_norm::EPSILON;

/// Channels alone, short planes, and planes that are worked through by themselves.
const CHANNELS: &[&[usize]] = &[&[3], &[3, 2], &[3, 2, 3], &[3, 5, 8]];

/// All of them.
pub fn all() -> Vec<Member<LayerCase>> {
    let many = BatchNorm::new(33).momentum(0.3).expect("a momentum").cumulative();
    let wide = BatchNorm::new(3).epsilon(0.25).expect("an epsilon");
    vec![Member::of::<BatchNorm>(
        [
            layer(BatchNorm::new(3), CHANNELS, |p, x| normalized(p, x, EPSILON)),
            layer(many, &[&[33]], |p, x| normalized(p, x, EPSILON)),
            layer(wide.without_affine(), CHANNELS, |p, x| normalized(p, x, 0.25)),
            // Of one row alone, and so of all rows alike, as inference has it.
            layer(BatchNorm::new(1), &[&[1], &[1, 40]], |p, x| normalized(p, x, EPSILON)),
        ]
        .into_iter()
        .flatten(),
    )]
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
