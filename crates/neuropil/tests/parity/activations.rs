//! Activations: values and gradients.

use crate::Failure;
use crate::closeness::Closeness;
use crate::golden::{Case, Family};
use neuropil::activations::{
    Activation, Gelu, Glu, Identity, LogSoftmax, Relu, Sigmoid, Silu, Softmax, Softplus, Step, Tanh,
};
use neuropil::simd::Float;

#[test]
fn activations_equal_pytorch() {
    let mut family = Family::open("activations");
    family.member("Gelu", |case| check(case, Gelu));
    family.member("Glu", |case| check(case, Glu));
    family.member("Identity", |case| check(case, Identity));
    family.member("LogSoftmax", |case| check(case, LogSoftmax));
    family.member("Relu", |case| check(case, Relu));
    family.member("Sigmoid", |case| check(case, Sigmoid));
    family.member("Silu", |case| check(case, Silu));
    family.member("Softmax", |case| check(case, Softmax));
    family.member("Softplus", |case| check(case, Softplus));
    family.member("Step", |case| check(case, Step));
    family.member("Tanh", |case| check(case, Tanh));
    family.end();
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
