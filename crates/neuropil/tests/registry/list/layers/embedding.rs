//! Layers that take tokens.

use crate::cases::{LayerCase, layer_of_indices};
use crate::list::Member;
use neuropil::prelude::*;

/// One token a sample, and several.
const TOKENS: &[&[usize]] = &[&[], &[1], &[5], &[2, 3]];

/// All of them. With a padding token the gradient is not the derivative, on purpose: PyTorch's golden
/// values have that case.
pub fn all() -> Vec<Member<LayerCase>> {
    let short = Embedding::new(4, 5).max_norm(1.5).expect("a norm");
    vec![Member::of::<Embedding>(
        [
            layer_of_indices(Embedding::new(2, 3), TOKENS, |p, x| rows(p, x, f64::INFINITY)),
            layer_of_indices(Embedding::new(7, 33), &[&[4]], |p, x| rows(p, x, f64::INFINITY)),
            layer_of_indices(short, TOKENS, |p, x| rows(p, x, 1.5)),
        ]
        .into_iter()
        .flatten(),
    )]
}

/// The rows of the tokens, none of a norm above the largest.
fn rows(p: &Params<f64>, tokens: &[f64], max: f64) -> Vec<f64> {
    let table = p.get("weight").expect("a table");
    let width = p.shape("weight").expect("a table")[1];
    let of = |&token: &f64| {
        let row = &table[token as usize * width..][..width];
        let norm = row.iter().map(|w| w * w).sum::<f64>().sqrt();
        row.iter().map(move |w| w * (max / norm).min(1.0))
    };
    tokens.iter().flat_map(of).collect()
}
