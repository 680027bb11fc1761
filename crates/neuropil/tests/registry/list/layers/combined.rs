//! Layers over several values.

use super::Member;
use crate::cases::{LayerCase, layer};
use crate::reference::{linear, sigmoid};
use neuropil::prelude::*;
use neuropil::{Bilinear, Parallel, Params};

/// All of them.
pub fn all() -> Vec<Member<LayerCase>> {
    let gate = || Sequential::new().then(Linear::new(4, 4)).then(Sigmoid);
    vec![
        Member::of::<Bilinear>(
            [
                layer(Bilinear::new(3, 2, 4), &[&[5], &[2, 5]], |p, x| bilinear(p, 3, x)),
                layer(Bilinear::new(1, 1, 1), &[&[2]], |p, x| bilinear(p, 1, x)),
                layer(Bilinear::new(17, 9, 5).without_bias(), &[&[26]], |p, x| bilinear(p, 17, x)),
            ]
            .into_iter()
            .flatten(),
        ),
        Member::of::<Parallel>(
            [
                layer(
                    Parallel::concatenate().branch(Linear::new(4, 3)).branch(Identity).branch(Tanh),
                    &[&[4], &[2, 4]],
                    |p, x| {
                        let rows = x.chunks(4).flat_map(|x| {
                            let tanh = x.iter().map(|x| x.tanh());
                            [linear(p, "0.", x), x.to_vec(), tanh.collect()].concat()
                        });
                        rows.collect()
                    },
                ),
                layer(
                    Parallel::add().branch(Linear::new(4, 4)).branch(gate()).branch(Identity),
                    &[&[4]],
                    |p, x| {
                        let gate = linear(p, "1.0.", x).into_iter().map(sigmoid);
                        let sums = linear(p, "0.", x).into_iter().zip(gate).zip(x);
                        sums.map(|((a, b), x)| a + b + x).collect()
                    },
                ),
                layer(Parallel::multiply().branch(Tanh).branch(gate()), &[&[4]], |p, x| {
                    let gate = linear(p, "1.0.", x).into_iter().map(sigmoid);
                    x.iter().zip(gate).map(|(x, gate)| x.tanh() * gate).collect()
                }),
                layer(Parallel::add().branch(Relu), &[&[5]], |_, x| {
                    x.iter().map(|x| x.max(0.0)).collect()
                }),
            ]
            .into_iter()
            .flatten(),
        ),
    ]
}

/// Every pair of numbers by its weight; the first `m` of a row are the first input.
fn bilinear(params: &Params<f64>, m: usize, x: &[f64]) -> Vec<f64> {
    let (w, shape) = (params.get("weight").unwrap(), params.shape("weight").unwrap());
    let (out, n) = (shape[0], shape[2]);
    let mut y = Vec::new();
    for row in x.chunks(m + n) {
        let (a, b) = row.split_at(m);
        for k in 0..out {
            let pairs = (0..m * n).map(|i| a[i / n] * w[k * m * n + i] * b[i % n]);
            y.push(params.get("bias").map_or(0.0, |bias| bias[k]) + pairs.sum::<f64>());
        }
    }
    y
}
