//! All activations.

use std::hint::black_box;

use neuropil_activations::{
    Activation, Gelu, Glu, Identity, LogSoftmax, Relu, Sigmoid, Silu, Softmax, Softplus, Step, Tanh,
};
use neuropil_simd::{AlignedVec, Float};

use super::{LEN, Member, Run, WIDTH, spread};

pub(super) fn all() -> Vec<Member> {
    vec![
        of(Identity),
        of(Step),
        of(Relu),
        of(Sigmoid),
        of(Tanh),
        of(Silu),
        of(Gelu),
        of(Softplus),
        of(Softmax),
        of(LogSoftmax),
        of(Glu),
    ]
}

fn of(activation: impl Activation) -> Member {
    let [forward, backward] = runs::<f32>(&activation);
    let [forward64, backward64] = runs::<f64>(&activation);
    let runs = [forward, backward, forward64, backward64].map(Some);
    Member::new(&activation, runs.into())
}

fn runs<T: Float>(activation: &impl Activation) -> [Run; 2] {
    let narrow = activation.output_width(WIDTH).expect("rows of 64 numbers") * (LEN / WIDTH);
    let x = spread::<T>(LEN, 1);
    let mut y = AlignedVec::<T>::zeros(narrow);
    activation.forward(WIDTH, &x, &mut y);
    let (dy, mut dx) = (spread::<T>(narrow, 2), AlignedVec::<T>::zeros(LEN));
    // Gradients add up; these stay finite however often.
    let (f, input, mut output) = (activation.clone(), x.clone(), y.clone());
    let forward = move || f.forward(WIDTH, black_box(&input), black_box(&mut output));
    let f = activation.clone();
    let backward = move || {
        f.backward(WIDTH, black_box(&x), black_box(&y), black_box(&dy), black_box(&mut dx));
    };
    [Box::new(forward), Box::new(backward)]
}
