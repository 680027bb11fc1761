//! All activations.

use super::Member;
use crate::cases::{ActivationCase, elementwise, rows};
use crate::reference::{normal, sigmoid, softmax};
use neuropil::activations::{
    Gelu, Glu, Identity, LogSoftmax, Relu, Sigmoid, Silu, Softmax, Softplus, Step, Tanh,
};

/// All of them.
pub fn all() -> Vec<Member<ActivationCase>> {
    vec![
        Member::of::<Gelu>([elementwise(Gelu, |x| x * normal(x)).exact_to(0.25)]),
        Member::of::<Glu>([rows(Glu, |x| {
            let (a, b) = x.split_at(x.len() / 2);
            a.iter().zip(b).map(|(a, &b)| a * sigmoid(b)).collect()
        })]),
        Member::of::<Identity>([elementwise(Identity, |x| x)]),
        Member::of::<LogSoftmax>([rows(LogSoftmax, |x| {
            softmax(x).into_iter().map(f64::ln).collect()
        })
        .exact_to(1.0)]),
        Member::of::<Relu>([elementwise(Relu, |x| if x > 0.0 { x } else { 0.0 })]),
        Member::of::<Sigmoid>([elementwise(Sigmoid, sigmoid)]),
        Member::of::<Silu>([elementwise(Silu, |x| x * sigmoid(x))]),
        Member::of::<Softmax>([rows(Softmax, softmax)]),
        Member::of::<Softplus>([elementwise(Softplus, |x| x.exp().ln_1p())]),
        Member::of::<Step>([elementwise(Step, |x| if x < 0.0 { 0.0 } else { 1.0 })]),
        Member::of::<Tanh>([elementwise(Tanh, f64::tanh)]),
    ]
}
