//! All activations.

use std::hint::black_box;

use neuropil_activations::{
    Activation, BentIdentity, Celu, Elu, Exponential, Gaussian, GeGlu, Gelu, GeluTanh, Glu,
    GumbelSoftmax, Hardshrink, Hardsigmoid, Hardswish, Hardtanh, Identity, LeakyRelu, LogSigmoid,
    LogSoftmax, Maxout, Mish, RRelu, ReGlu, Relu, Relu6, ReluSquared, ScaledSoftplus, Selu,
    Sigmoid, SigmoidSurrogate, Sign, Silu, Sine, Snake, Softmax, SoftmaxPlusOne, Softmin, Softplus,
    Softshrink, Softsign, SparsePlus, SparseSigmoid, Sparsemax, Squareplus, Step, StraightThrough,
    SwiGlu, Swish, Tanh, Tanhshrink, Threshold, ThresholdedRelu,
};
use neuropil_simd::{AlignedVec, Float};

use super::{LEN, Member, Run, WIDTH, spread};

pub(super) fn all() -> Vec<Member> {
    vec![
        of(Identity),
        of(Step),
        of(Sign),
        of(StraightThrough::new(Sign)).with("of `Sign`"),
        of(SigmoidSurrogate::new(Step)).with("of `Step`"),
        of(Threshold::new(0.1, 20.0).expect("numbers")),
        of(Relu),
        of(Relu6),
        of(LeakyRelu::new()),
        random_relu(),
        of(ThresholdedRelu::new()),
        of(ReluSquared),
        of(Elu::new()),
        of(Celu::new()),
        of(Selu),
        of(Gelu),
        of(GeluTanh),
        of(Silu),
        of(Swish::new(1.5).expect("a number")),
        of(Mish),
        of(Hardswish),
        of(Sigmoid),
        of(Hardsigmoid),
        of(LogSigmoid),
        of(SparseSigmoid),
        of(Tanh),
        of(Hardtanh::new()),
        of(Tanhshrink),
        of(Softsign),
        of(Softplus),
        of(ScaledSoftplus::new(1.0).expect("a number")),
        of(Squareplus::new()),
        of(SparsePlus),
        of(Hardshrink::new()),
        of(Softshrink::new()),
        of(Exponential),
        of(Gaussian),
        of(BentIdentity),
        of(Sine::new()),
        of(Snake::new()),
        of(Softmax),
        of(LogSoftmax),
        of(Softmin),
        of(SoftmaxPlusOne),
        of(Sparsemax),
        gumbel_softmax(),
        of(Glu),
        of(ReGlu),
        of(GeGlu),
        of(SwiGlu),
        of(Maxout::new(2).expect("pieces")).with("2 pieces"),
    ]
}

fn of(activation: impl Activation) -> Member {
    let runs = both(runs::<f32>(&activation), runs::<f64>(&activation));
    Member::new(&activation, runs)
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

/// What draws is given its draws.
fn random_relu() -> Member {
    fn runs<T: Float>() -> [Run; 2] {
        let (relu, x, dy) = (RRelu::new(), spread::<T>(LEN, 1), spread::<T>(LEN, 2));
        let (draws, mut y) = (draws::<T>(), AlignedVec::<T>::zeros(LEN));
        let (input, drawn) = (x.clone(), draws.clone());
        let forward = move || relu.forward(black_box(&input), &drawn, black_box(&mut y));
        let mut dx = AlignedVec::<T>::zeros(LEN);
        let backward = move || relu.backward(&x, &draws, black_box(&dy), black_box(&mut dx));
        [Box::new(forward), Box::new(backward)]
    }
    Member::new(&RRelu::new(), both(runs::<f32>(), runs::<f64>()))
}

fn gumbel_softmax() -> Member {
    fn runs<T: Float>() -> [Run; 2] {
        let (softmax, x, dy) = (GumbelSoftmax::new(), spread::<T>(LEN, 1), spread::<T>(LEN, 2));
        let (mut noise, mut y) = (draws::<T>(), AlignedVec::<T>::zeros(LEN));
        GumbelSoftmax::noise(&mut noise);
        softmax.soft(WIDTH, &x, Some(&noise), &mut y);
        let mut output = y.clone();
        let forward = move || {
            softmax.soft(WIDTH, black_box(&x), Some(&noise), black_box(&mut output));
        };
        let mut dx = AlignedVec::<T>::zeros(LEN);
        let backward = move || softmax.backward(WIDTH, &y, black_box(&dy), black_box(&mut dx));
        [Box::new(forward), Box::new(backward)]
    }
    Member::new(&GumbelSoftmax::new(), both(runs::<f32>(), runs::<f64>()))
}

fn both([forward, backward]: [Run; 2], [forward64, backward64]: [Run; 2]) -> Vec<Option<Run>> {
    [forward, backward, forward64, backward64].map(Some).into()
}

/// Numbers in (0, 1).
fn draws<T: Float>() -> AlignedVec<T> {
    let mut draws = spread::<T>(LEN, 3);
    draws.iter_mut().for_each(|x| *x = T::of(0.5 + x.to_f64() / 8.01));
    draws
}
