//! Activations: values and gradients.

use crate::Failure;
use crate::closeness::Closeness;
use crate::golden::{Case, Family};
use neuropil::activations::{
    Activation, ActivationError, BentIdentity, Celu, Elu, Exponential, Gaussian, GeGlu, Gelu,
    GeluTanh, Glu, Hardshrink, Hardsigmoid, Hardswish, Hardtanh, Identity, LeakyRelu, LogSigmoid,
    LogSoftmax, Maxout, Mish, ReGlu, Relu, Relu6, ReluSquared, Selu, Sigmoid, SigmoidSurrogate,
    Sign, Silu, Sine, Snake, Softmax, SoftmaxPlusOne, Softmin, Softplus, Softshrink, Softsign,
    SparsePlus, SparseSigmoid, Sparsemax, Squareplus, Step, StraightThrough, SwiGlu, Swish, Tanh,
    Tanhshrink, Threshold, ThresholdedRelu,
};
use neuropil::simd::Float;

#[test]
fn activations_equal_pytorch() {
    let mut family = Family::open("activations");
    family.member("Gelu", |case| check(case, Gelu));
    family.member("GeluTanh", |case| check(case, GeluTanh));
    family.member("GeGlu", |case| check(case, GeGlu));
    family.member("Glu", |case| check(case, Glu));
    family.member("ReGlu", |case| check(case, ReGlu));
    family.member("SwiGlu", |case| check(case, SwiGlu));
    family.member("Exponential", |case| check(case, Exponential));
    family.member("BentIdentity", |case| check(case, BentIdentity));
    family.member("Gaussian", |case| check(case, Gaussian));
    family.member("Hardsigmoid", |case| check(case, Hardsigmoid));
    family.member("Hardswish", |case| check(case, Hardswish));
    family.member("Identity", |case| check(case, Identity));
    family.member("LogSigmoid", |case| check(case, LogSigmoid));
    family.member("LogSoftmax", |case| check(case, LogSoftmax));
    family.member("Maxout", |case| check(case, Maxout::new(need(case, "pieces")? as usize)?));
    family.member("Mish", |case| check(case, Mish));
    family.member("Relu", |case| check(case, Relu));
    family.member("Relu6", |case| check(case, Relu6));
    family.member("ReluSquared", |case| check(case, ReluSquared));
    family.member("Selu", |case| check(case, Selu));
    family.member("Sigmoid", |case| check(case, Sigmoid));
    family.member("Sign", |case| check(case, Sign));
    family.member("SigmoidSurrogate", |case| {
        let surrogate = SigmoidSurrogate::new(Step);
        check(case, surrogate.steepness(need(case, "steepness")?)?)
    });
    family.member("Silu", |case| check(case, Silu));
    family.member("Softmax", |case| check(case, Softmax));
    family.member("SoftmaxPlusOne", |case| check(case, SoftmaxPlusOne));
    family.member("Softmin", |case| check(case, Softmin));
    family.member("Softplus", |case| check(case, Softplus));
    family.member("Softsign", |case| check(case, Softsign));
    family.member("SparsePlus", |case| check(case, SparsePlus));
    family.member("SparseSigmoid", |case| check(case, SparseSigmoid));
    family.member("Sparsemax", |case| check(case, Sparsemax));
    family.member("Step", |case| check(case, Step));
    family.member("StraightThrough", |case| {
        let surrogate = StraightThrough::new(Step);
        match case.setting("bound") {
            None => check(case, surrogate),
            Some(bound) => check(case, surrogate.clipped(bound)?),
        }
    });
    family.member("Swish", |case| check(case, Swish::new(need(case, "beta")?)?));
    family.member("Tanh", |case| check(case, Tanh));
    family.member("Tanhshrink", |case| check(case, Tanhshrink));
    family.member("Threshold", |case| {
        check(case, Threshold::new(need(case, "threshold")?, need(case, "value")?)?)
    });
    with_defaults(&mut family);
    family.end();
}

/// Those with settings that may be left alone.
fn with_defaults(family: &mut Family) {
    family.member("Celu", |case| check(case, set(Celu::new(), case, "alpha", Celu::alpha)?));
    family.member("Elu", |case| check(case, set(Elu::new(), case, "alpha", Elu::alpha)?));
    family.member("Hardshrink", |case| {
        check(case, set(Hardshrink::new(), case, "lambd", Hardshrink::lambda)?)
    });
    family.member("Hardtanh", |case| match case.setting("low") {
        None => check(case, Hardtanh::new()),
        Some(low) => check(case, Hardtanh::new().bounds(low, need(case, "high")?)?),
    });
    family.member("LeakyRelu", |case| {
        check(case, set(LeakyRelu::new(), case, "negative_slope", LeakyRelu::negative_slope)?)
    });
    family.member("ScaledSoftplus", |case| {
        let softplus = Softplus.beta(need(case, "beta")?)?;
        match case.setting("threshold") {
            None => check(case, softplus),
            Some(threshold) => check(case, softplus.threshold(threshold)?),
        }
    });
    family
        .member("Sine", |case| check(case, set(Sine::new(), case, "frequency", Sine::frequency)?));
    family.member("Snake", |case| {
        check(case, set(Snake::new(), case, "frequency", Snake::frequency)?)
    });
    family.member("Softshrink", |case| {
        check(case, set(Softshrink::new(), case, "lambd", Softshrink::lambda)?)
    });
    family.member("Squareplus", |case| {
        check(case, set(Squareplus::new(), case, "b", Squareplus::b)?)
    });
    family.member("ThresholdedRelu", |case| {
        check(case, set(ThresholdedRelu::new(), case, "theta", ThresholdedRelu::theta)?)
    });
}

/// A setting that the case must have.
fn need(case: &Case, key: &str) -> Result<f64, Failure> {
    case.setting(key).ok_or_else(|| format!("no {key}").into())
}

/// The activation with a setting, if the case has it.
fn set<A>(
    activation: A,
    case: &Case,
    key: &str,
    to: fn(A, f64) -> Result<A, ActivationError>,
) -> Result<A, Failure> {
    match case.setting(key) {
        None => Ok(activation),
        Some(value) => Ok(to(activation, value)?),
    }
}

fn check(case: &Case, activation: impl Activation) -> Result<(), Failure> {
    in_type::<f32>(case, &activation)?;
    in_type::<f64>(case, &activation)
}

fn in_type<T: Float>(case: &Case, activation: &impl Activation) -> Result<(), Failure> {
    if !case.is_for::<T>() {
        return Ok(());
    }
    let x = case.input::<T>("x")?;
    let &[rows, width] = &*x.shape else { return Err("x is no matrix".into()) };
    let wide = activation.output_width(width).ok_or("no such width")?;
    let mut y = vec![T::NAN; rows * wide];
    activation.forward(width, &x.values, &mut y);
    case.compare("y", &y, Closeness::VALUES)?;
    if let Some(dy) = case.given::<T>("dy") {
        let mut dx = vec![T::ZERO; x.values.len()];
        activation.backward(width, &x.values, &y, &dy.values, &mut dx);
        case.compare("dx", &dx, Closeness::GRADIENTS)?;
    }
    Ok(())
}
