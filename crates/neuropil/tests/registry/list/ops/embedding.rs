//! Ops that take tokens.

use crate::cases::{OpCase, op};
use crate::list::Member;
use neuropil::Spec;
use neuropil::ops::EmbeddingOp;

/// All of them.
pub fn all() -> Vec<Member<OpCase>> {
    let table = Spec::single([2, 5]);
    let tokens = [Spec::indices([]), Spec::indices([4]), Spec::indices([3, 2])];
    vec![Member::of::<EmbeddingOp>(tokens.into_iter().flat_map(|tokens| {
        [
            op(EmbeddingOp::new(), &[tokens, table], |x| rows(x, f64::INFINITY)),
            op(EmbeddingOp::new().max_norm(1.2), &[tokens, table], |x| rows(x, 1.2)),
        ]
    }))]
}

/// The rows of the tokens, none of a norm above the largest.
fn rows(x: &[Vec<f64>], max: f64) -> Vec<f64> {
    let of = |&token: &f64| {
        let row = &x[1][token as usize * 5..][..5];
        let norm = row.iter().map(|w| w * w).sum::<f64>().sqrt();
        row.iter().map(move |w| w * (max / norm).min(1.0))
    };
    x[0].iter().flat_map(of).collect()
}
