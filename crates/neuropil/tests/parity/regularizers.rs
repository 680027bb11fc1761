//! Penalties, their gradients, and what plain descent makes of them; dropout's scale; layer
//! normalization.

pub mod penalties;

use crate::Failure;
use crate::closeness::Closeness;
use crate::golden::{Case, Family};
use neuropil::optimizers::{Optimizer, Sgd, Step};
use neuropil::regularizers::{
    AlphaDropout, ChannelDropout, Dropout, FeatureAlphaDropout, GaussianDropout, GaussianNoise, L2,
    Noise, Regularizer, UnitNoise, layer_norm, random,
};
use neuropil::simd::Float;

#[test]
fn regularizers_equal_pytorch() {
    let mut family = Family::open("regularizers");
    family.member("Dropout", |case| {
        dropout::<f32>(case)?;
        dropout::<f64>(case)
    });
    family.member("L2", |case| match case.expects("shrunk") {
        true => penalties::step_of_l2(case),
        false => penalty(case, L2::new(case.setting("lambda").ok_or("no lambda")?)?),
    });
    penalties::members(&mut family);
    family.member("LayerNorm", |case| {
        normalization::<f32>(case)?;
        normalization::<f64>(case)
    });
    family.member("AlphaDropout", |case| drawn(case, AlphaDropout::new(rate(case)?)?));
    family.member("GaussianDropout", |case| drawn(case, GaussianDropout::new(rate(case)?)?));
    family.member("GaussianNoise", |case| {
        drawn(case, GaussianNoise::new(case.setting("deviation").ok_or("no deviation")?)?)
    });
    family.member("ChannelDropout", |case| drawn_units(case, ChannelDropout::new(rate(case)?)?));
    family.member("FeatureAlphaDropout", |case| {
        drawn_units(case, FeatureAlphaDropout::new(rate(case)?)?)
    });
    family.end();
}

fn rate(case: &Case) -> Result<f64, Failure> {
    Ok(case.setting("rate").ok_or("no rate")?)
}

/// A rule for each number, with the draws that the script has made from their definition.
fn drawn(case: &Case, rule: impl Noise) -> Result<(), Failure> {
    drawn_in::<f32>(
        case,
        |(stream, at, _), x, y| rule.forward(stream, at, x, y),
        |(stream, at, _), dy, dx| rule.backward(stream, at, dy, dx),
    )?;
    drawn_in::<f64>(
        case,
        |(stream, at, _), x, y| rule.forward(stream, at, x, y),
        |(stream, at, _), dy, dx| rule.backward(stream, at, dy, dx),
    )
}

/// The same of a rule for units.
fn drawn_units(case: &Case, rule: impl UnitNoise) -> Result<(), Failure> {
    drawn_in::<f32>(
        case,
        |(stream, at, width), x, y| rule.forward(stream, at, width, x, y),
        |(stream, at, width), dy, dx| rule.backward(stream, at, width, dy, dx),
    )?;
    drawn_in::<f64>(
        case,
        |(stream, at, width), x, y| rule.forward(stream, at, width, x, y),
        |(stream, at, width), dy, dx| rule.backward(stream, at, width, dy, dx),
    )
}

/// Stream, place of the first unit, and numbers of one.
type At = (u64, u64, usize);

fn drawn_in<T: Float>(
    case: &Case,
    forward: impl Fn(At, &[T], &mut [T]),
    backward: impl Fn(At, &[T], &mut [T]),
) -> Result<(), Failure> {
    let setting = |key| case.setting(key).ok_or("a setting is missing");
    let stream = random::key(&[setting("seed")? as u64]);
    let at = (stream, setting("offset")? as u64, setting("width")? as usize);
    let (x, dy) = (case.input::<T>("x")?.values, case.input::<T>("dy")?.values);
    let (mut y, mut dx) = (vec![T::NAN; x.len()], vec![T::ZERO; x.len()]);
    forward(at, &x, &mut y);
    backward(at, &dy, &mut dx);
    case.compare("y", &y, Closeness::SUMS)?;
    case.compare("dx", &dx, Closeness::GRADIENTS)
}

fn penalty(case: &Case, regularizer: impl Regularizer) -> Result<(), Failure> {
    if case.expects("penalty") {
        value_and_gradient::<f32>(case, &regularizer)?;
        value_and_gradient::<f64>(case, &regularizer)
    } else {
        descent::<f32>(case, &regularizer)?;
        descent::<f64>(case, &regularizer)
    }
}

fn value_and_gradient<T: Float>(case: &Case, penalty: &impl Regularizer) -> Result<(), Failure> {
    let w = case.input::<T>("w")?.values;
    case.compare("penalty", &[T::of(penalty.penalty(&w))], Closeness::VALUES)?;
    let mut dw = vec![T::ZERO; w.len()];
    penalty.backward(&w, &mut dw);
    case.compare("dw", &dw, Closeness::GRADIENTS)
}

/// Plain gradient descent on a loss of constant gradient, and the penalty.
fn descent<T: Float>(case: &Case, penalty: &impl Regularizer) -> Result<(), Failure> {
    let mut w = case.input::<T>("start")?.values;
    let loss_gradient = case.input::<T>("loss gradient")?.values;
    let rate = case.setting("rate").ok_or("no rate")?;
    for count in 1..=case.setting("steps").ok_or("no steps")? as u64 {
        let mut dw = loss_gradient.clone();
        penalty.backward(&w, &mut dw);
        Sgd::new().step(Step { rate, count, shape: &[w.len()] }, &mut w, &dw, &mut []);
    }
    case.compare("w", &w, Closeness::TRAJECTORIES)
}

/// What a unit that stays becomes, and hands back; how many stay. Which ones is chance.
fn dropout<T: Float>(case: &Case) -> Result<(), Failure> {
    const UNITS: usize = 40_000;
    let rate = case.setting("rate").ok_or("no rate")?;
    let rule = Dropout::new(rate)?;
    let [unit, dy] = [case.input::<T>("unit")?.values[0], case.input::<T>("dy")?.values[0]];
    let (mut y, mut dx) = (vec![T::NAN; UNITS], vec![T::ZERO; UNITS]);
    let stream = random::key(&[42]);
    rule.forward(stream, 0, &[unit; UNITS], &mut y);
    rule.backward(stream, 0, &[dy; UNITS], &mut dx);

    let kept: Vec<usize> = (0..UNITS).filter(|&i| y[i] != T::ZERO).collect();
    let deviation = (rate * (1.0 - rate) / UNITS as f64).sqrt();
    let share = kept.len() as f64 / UNITS as f64;
    if (share - (1.0 - rate)).abs() > 5.0 * deviation {
        return Err(format!("{share} of the units stay").into());
    }
    let first = |a: &[T]| kept.first().map_or(T::ZERO, |&i| a[i]);
    case.compare("kept unit", &[first(&y)], Closeness::VALUES)?;
    case.compare("kept gradient", &[first(&dx)], Closeness::VALUES)?;
    // Nothing is dropped in inference, which is why the rule has no method for it.
    case.compare("in inference", &[unit], Closeness::VALUES)?;
    for i in 0..UNITS {
        let expected = if y[i] == T::ZERO { [T::ZERO; 2] } else { [first(&y), first(&dx)] };
        if [y[i], dx[i]] != expected {
            return Err(format!("unit {i}: {} {}", y[i], dx[i]).into());
        }
    }
    Ok(())
}

fn normalization<T: Float>(case: &Case) -> Result<(), Failure> {
    let (x, dy) = (case.input::<T>("x")?, case.input::<T>("dy")?.values);
    let &[rows, width] = &*x.shape else { return Err("x is no matrix".into()) };
    let x = x.values;
    let affine = case.given::<T>("gain").zip(case.given::<T>("shift"));
    let affine = affine.as_ref().map(|(gain, shift)| (&gain.values[..], &shift.values[..]));
    let epsilon = case.setting("epsilon").ok_or("no epsilon")?;

    let mut y = vec![T::NAN; x.len()];
    let (mut mean, mut rstd) = (vec![T::NAN; rows], vec![T::NAN; rows]);
    layer_norm::forward(width, &x, affine, epsilon, &mut y, &mut mean, &mut rstd);
    case.compare("y", &y, Closeness::SUMS)?;

    let mut dx = vec![T::ZERO; x.len()];
    let gain = affine.map(|(gain, _)| gain);
    layer_norm::backward(width, &x, gain, &mean, &rstd, &dy, &mut dx);
    case.compare("dx", &dx, Closeness::GRADIENTS)?;
    if gain.is_some() {
        let (mut dgain, mut dshift) = (vec![T::ZERO; width], vec![T::ZERO; width]);
        layer_norm::backward_affine(&x, &mean, &rstd, &dy, &mut dgain, &mut dshift);
        case.compare("dgain", &dgain, Closeness::GRADIENTS)?;
        case.compare("dshift", &dshift, Closeness::GRADIENTS)?;
    }
    Ok(())
}
