//! Activations of whole rows.

use crate::cases::{ActivationCase, rows};
use crate::list::Member;
use crate::reference::{gelu, sigmoid, softmax};
use neuropil::activations::{
    GeGlu, Glu, LogSoftmax, Maxout, ReGlu, Softmax, SoftmaxPlusOne, Softmin, Sparsemax, SwiGlu,
};

/// All of them.
pub fn all() -> Vec<Member<ActivationCase>> {
    vec![
        // GELU is exact to 1/4, and the other factor up to 8.
        Member::of::<GeGlu>([rows(GeGlu, |x| gated(x, gelu)).exact_to(2.0)]),
        Member::of::<Glu>([rows(Glu, |x| gated(x, sigmoid))]),
        Member::of::<LogSoftmax>([rows(LogSoftmax, |x| {
            softmax(x).into_iter().map(f64::ln).collect()
        })
        .exact_to(1.0)]),
        // Of two pieces, since all tests have rows of even widths.
        Member::of::<Maxout>([rows(Maxout::new(2).expect("pieces"), |x| {
            let (a, b) = x.split_at(x.len() / 2);
            a.iter().zip(b).map(|(a, b)| a.max(*b)).collect()
        })]),
        Member::of::<ReGlu>([rows(ReGlu, |x| gated(x, |b| b.max(0.0)))]),
        Member::of::<Softmax>([rows(Softmax, softmax)]),
        Member::of::<SoftmaxPlusOne>([rows(SoftmaxPlusOne, |x| {
            let sum: f64 = 1.0 + x.iter().map(|x| x.exp()).sum::<f64>();
            x.iter().map(|x| x.exp() / sum).collect()
        })]),
        Member::of::<Softmin>([rows(Softmin, |x| {
            softmax(&x.iter().map(|x| -x).collect::<Vec<_>>())
        })]),
        Member::of::<Sparsemax>([rows(Sparsemax, sparsemax).exact_to(1.0)]),
        Member::of::<SwiGlu>([rows(SwiGlu, |x| gated(x, |b| b * sigmoid(b)))]),
    ]
}

/// a g(b) of the halves of x.
fn gated(x: &[f64], g: fn(f64) -> f64) -> Vec<f64> {
    let (a, b) = x.split_at(x.len() / 2);
    a.iter().zip(b).map(|(a, &b)| a * g(b)).collect()
}

/// By sorting, as the paper has it.
fn sparsemax(x: &[f64]) -> Vec<f64> {
    let mut sorted = x.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let (mut sum, mut tau) = (0.0, 0.0);
    for (k, x) in (1..).map(f64::from).zip(sorted) {
        sum += x;
        if 1.0 + k * x > sum {
            tau = (sum - 1.0) / k;
        }
    }
    x.iter().map(|x| (x - tau).max(0.0)).collect()
}
