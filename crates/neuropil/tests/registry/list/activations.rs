//! All activations.

use super::Member;
use crate::cases::{ActivationCase, elementwise, rows};
use crate::reference::{sigmoid, softmax};
use neuropil::activations::{Glu, Identity, Relu, Sigmoid, Softmax, Step, Tanh};

/// All of them.
pub fn all() -> Vec<Member<ActivationCase>> {
    vec![
        Member::of::<Glu>([rows(Glu, |x| {
            let (a, b) = x.split_at(x.len() / 2);
            a.iter().zip(b).map(|(a, &b)| a * sigmoid(b)).collect()
        })]),
        Member::of::<Identity>([elementwise(Identity, |x| x)]),
        Member::of::<Relu>([elementwise(Relu, |x| if x > 0.0 { x } else { 0.0 })]),
        Member::of::<Sigmoid>([elementwise(Sigmoid, sigmoid)]),
        Member::of::<Softmax>([rows(Softmax, softmax)]),
        Member::of::<Step>([elementwise(Step, |x| if x < 0.0 { 0.0 } else { 1.0 })]),
        Member::of::<Tanh>([elementwise(Tanh, f64::tanh)]),
    ]
}
