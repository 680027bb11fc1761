//! Initializers: the distributions that they draw from.
//!
//! Random numbers differ from PyTorch's. But what is uniform is low + (high - low) u, and what is
//! normal mean + std z, with the u or z of the same generator; so the two numbers are compared
//! exactly, draw by draw, and what is left is whether u and z are what they should be, which the
//! tests of the crate and the moments here say.

use crate::Failure;
use crate::closeness::Closeness;
use crate::golden::{Case, Family};
use neuropil::initializers::{
    Chrono, ClassPrior, Constant, DeltaOrthogonal, Dirac, Eye, Fan, FanMode, ForgetBias, Icnr,
    Initializer, KaimingNormal, KaimingUniform, LecunNormal, LecunUniform, Nonlinearity, Normal,
    Ones, Orthogonal, Siren, Sparse, TruncatedNormal, Uniform, UniformFanIn, VarianceScaling,
    XavierNormal, XavierUniform, Zeros,
};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

#[test]
fn initializers_equal_pytorch() {
    let mut family = Family::open("initializers");
    let need = |case: &Case, key: &str| case.setting(key).ok_or(format!("no {key}"));
    family.member("Zeros", |case| check(case, Zeros));
    family.member("Ones", |case| check(case, Ones));
    family.member("Constant", |case| check(case, Constant(need(case, "value")?)));
    family.member("Uniform", |case| {
        check(case, Uniform::new(need(case, "low")?, need(case, "high")?)?)
    });
    family.member("UniformFanIn", |case| check(case, UniformFanIn));
    family.member("Normal", |case| {
        check(case, Normal::new(need(case, "mean")?, need(case, "std")?)?)
    });
    family.member("XavierUniform", |case| {
        check(case, XavierUniform::new().gain(case.setting("gain").unwrap_or(1.0))?)
    });
    family.member("XavierNormal", |case| {
        check(case, XavierNormal::new().gain(case.setting("gain").unwrap_or(1.0))?)
    });
    family.member("KaimingUniform", |case| {
        if case.text("default of") == Some("Linear") {
            return check(case, KaimingUniform::pytorch_linear());
        }
        let kaiming = KaimingUniform::new().fan(mode(case)?);
        check(case, kaiming.nonlinearity(nonlinearity(case)?)?)
    });
    family.member("KaimingNormal", |case| {
        let kaiming = KaimingNormal::new().fan(mode(case)?);
        check(case, kaiming.nonlinearity(nonlinearity(case)?)?)
    });
    family.member("Orthogonal", |case| {
        check_products(case, Orthogonal::new().gain(case.setting("gain").unwrap_or(1.0))?)
    });
    family.member("Eye", |case| check(case, Eye::new().gain(case.setting("gain").unwrap_or(1.0))?));
    family
        .member("Dirac", |case| check(case, Dirac::new().groups(need(case, "groups")? as usize)?));
    family.member("TruncatedNormal", |case| {
        let init = TruncatedNormal::new(need(case, "mean")?, need(case, "std")?)?;
        check_quantiles(case, &init.bounds(need(case, "low")?, need(case, "high")?)?)
    });
    family.member("LecunUniform", |case| check(case, LecunUniform));
    family.member("LecunNormal", |case| check(case, LecunNormal));
    family.member("VarianceScaling", |case| {
        let init = VarianceScaling::new(need(case, "scale")?)?.fan(mode(case)?);
        match case.text("distribution") {
            Some("truncated_normal") => check_quantiles(case, &init),
            Some("untruncated_normal") => check(case, init.normal()),
            Some("uniform") => check(case, init.uniform()),
            other => Err(format!("no distribution {other:?}").into()),
        }
    });
    family.member("Sparse", |case| {
        let (w, shape) = filled(case, &Sparse::new(need(case, "sparsity")?)?)?;
        let zeros = |row: &[f64]| row.iter().filter(|w| **w == 0.0).count() as f64;
        let zeros: Vec<f64> = w.chunks(shape[1]).map(zeros).collect();
        case.compare("zeros", &zeros, Closeness::VALUES)
    });
    family.member("DeltaOrthogonal", |case| {
        let (w, shape) = filled(case, &DeltaOrthogonal::new())?;
        let taps: usize = shape[2..].iter().product();
        let silent = |tap| w.iter().skip(tap).step_by(taps).all(|w| *w == 0.0);
        let zeros: Vec<f64> = (0..taps).map(|tap| f64::from(u8::from(silent(tap)))).collect();
        case.compare("zeros", &zeros, Closeness::VALUES)?;
        let h = |tap| w.iter().skip(tap).step_by(taps).copied().collect::<Vec<f64>>();
        let middle = (0..taps).find(|&tap| !silent(tap)).ok_or("all are silent")?;
        compare_products(case, &h(middle), shape[0])
    });
    family.member("Icnr", |case| {
        let (w, shape) =
            filled(case, &Icnr::new(Normal::default(), need(case, "scale")? as usize)?)?;
        // Filters of one kind are of one channel.
        let mut kinds: Vec<&[f64]> = Vec::new();
        let mut channel = Vec::new();
        for filter in w.chunks(w.len() / shape[0]) {
            let known = kinds.iter().position(|kind| *kind == filter);
            if known.is_none() {
                kinds.push(filter);
            }
            channel.push(known.unwrap_or(kinds.len() - 1) as f64);
        }
        case.compare("channel", &channel, Closeness::VALUES)
    });
    family.member("Chrono", |case| {
        let (b, _) = filled(case, &Chrono::new(need(case, "longest")? as usize)?)?;
        let one = |key| case.expected(key).and_then(|array| array.values.first().copied());
        let (low, high) = (one("low").ok_or("no low")?, one("high").ok_or("no high")?);
        let units = b.len() / 4;
        let drawn: Vec<f64> = b[units..2 * units].iter().map(|b| b.exp()).collect();
        let opposite = b[..units].iter().zip(&b[units..]).all(|(i, f)| *i == -f);
        let inside = drawn.iter().all(|u| (low - 1e-9..=high + 1e-9).contains(u));
        let mean = drawn.iter().sum::<f64>() / drawn.len() as f64;
        // Six deviations of the mean of a thousand.
        let near = (mean - (low + high) / 2.0).abs() <= 0.06 * (high - low);
        let rest = b[2 * units..].iter().all(|b| *b == 0.0);
        let right = opposite && inside && near && rest;
        if right { Ok(()) } else { Err(format!("{mean} of {low} to {high}").into()) }
    });
    family.member("ForgetBias", |case| {
        let set = case.setting("value").map(ForgetBias::new).transpose()?;
        check(case, set.unwrap_or_default())
    });
    family.member("Siren", |case| {
        let layer = match case.text("layer") {
            Some("first") => Siren::first(),
            _ => Siren::hidden(),
        };
        check(case, layer.omega(need(case, "omega")?)?)
    });
    family.member("ClassPrior", |case| check(case, ClassPrior::new(need(case, "probability")?)?));
    family.member("Nonlinearity", |case| {
        case.compare("gain", &[nonlinearity(case)?.gain()], Closeness::VALUES)
    });
    family.member("Fan", |case| {
        let Fan { input, output } = Fan::of(&shape(case)?);
        case.compare("input", &[input as f64], Closeness::VALUES)?;
        case.compare("output", &[output as f64], Closeness::VALUES)
    });
    family.end();
}

fn shape(case: &Case) -> Result<Vec<usize>, Failure> {
    let shape = case.indices("shape").ok_or("no shape")?;
    Ok(shape.into_iter().map(|dim| dim as usize).collect())
}

fn mode(case: &Case) -> Result<FanMode, Failure> {
    match case.text("mode") {
        None | Some("fan_in") => Ok(FanMode::Input),
        Some("fan_out") => Ok(FanMode::Output),
        Some("fan_avg") => Ok(FanMode::Average),
        Some(other) => Err(format!("no mode {other}").into()),
    }
}

/// ReLU unless the case says other: with a slope of 0, PyTorch's default has the same gain.
fn nonlinearity(case: &Case) -> Result<Nonlinearity, Failure> {
    Ok(match case.text("nonlinearity") {
        Some("linear") => Nonlinearity::Linear,
        Some("sigmoid") => Nonlinearity::Sigmoid,
        Some("tanh") => Nonlinearity::Tanh,
        None | Some("relu") => Nonlinearity::Relu,
        Some("leaky_relu") => Nonlinearity::LeakyRelu(case.setting("slope").ok_or("no slope")?),
        Some("selu") => Nonlinearity::Selu,
        Some(other) => return Err(format!("no nonlinearity {other}").into()),
    })
}

fn check(case: &Case, initializer: impl Initializer) -> Result<(), Failure> {
    let shape = shape(case)?;
    let fan = Fan::of(&shape);
    let fill = |initializer: &dyn Initializer| {
        let mut w = vec![f64::NAN; shape.iter().product()];
        initializer.fill(&mut w, &shape, fan, &mut ChaCha8Rng::seed_from_u64(1));
        w
    };
    let w = fill(&initializer);
    if case.expects("w") {
        return case.compare("w", &w, Closeness::VALUES);
    }
    // What PyTorch draws from, as how far it is moved and stretched from U(0, 1) or N(0, 1).
    let one = |key| case.expected(key).and_then(|array| array.values.first().copied());
    let (plain, shift, scale, deviation) = match (one("low"), one("high"), one("mean"), one("std"))
    {
        (Some(low), Some(high), None, None) => {
            let width = high - low;
            (fill(&Uniform::new(0.0, 1.0)?), low, width, width / 12.0_f64.sqrt())
        }
        (None, None, Some(mean), Some(std)) => (fill(&Normal::new(0.0, 1.0)?), mean, std, std),
        _ => return Err("no distribution is expected".into()),
    };
    for (i, (w, plain)) in w.iter().zip(plain).enumerate() {
        let expected = shift + scale * plain;
        if (w - expected).abs() > 1e-14 * (shift.abs() + (scale * plain).abs()) {
            return Err(format!("draw {i} is {w}, expected {expected}").into());
        }
    }
    // Six deviations of the estimates.
    let n = w.len() as f64;
    let mean = w.iter().sum::<f64>() / n;
    let variance = w.iter().map(|w| (w - mean).powi(2)).sum::<f64>() / n;
    let center = if one("low").is_some() { shift + scale / 2.0 } else { shift };
    if (mean - center).abs() > 6.0 * deviation / n.sqrt() {
        return Err(format!("the mean is {mean}, expected {center}").into());
    }
    if n > 1000.0 && (variance / deviation.powi(2) - 1.0).abs() > 6.0 * (2.0 / n).sqrt() {
        return Err(format!("the deviation is {}, expected {deviation}", variance.sqrt()).into());
    }
    Ok(())
}

/// A weight of the case's shape, which comes with it.
fn filled(case: &Case, initializer: &dyn Initializer) -> Result<(Vec<f64>, Vec<usize>), Failure> {
    let shape = shape(case)?;
    let mut w = vec![f64::NAN; shape.iter().product()];
    initializer.fill(&mut w, &shape, Fan::of(&shape), &mut ChaCha8Rng::seed_from_u64(1));
    Ok((w, shape))
}

/// How much lies below each quantile, to five deviations of the share.
fn check_quantiles(case: &Case, initializer: &dyn Initializer) -> Result<(), Failure> {
    let (w, _) = filled(case, initializer)?;
    let probabilities = case.expected("probabilities").ok_or("no probabilities")?;
    let quantiles = case.expected("quantiles").ok_or("no quantiles")?;
    for (p, x) in probabilities.values.iter().zip(&quantiles.values) {
        let share = w.iter().filter(|w| *w < x).count() as f64 / w.len() as f64;
        if (share - p).abs() > 5.0 * (p * (1.0 - p) / w.len() as f64).sqrt() {
            return Err(format!("a share of {share} lies below {x}, expected {p}").into());
        }
    }
    Ok(())
}

/// The products of all rows, or of all columns if they are fewer, with each other.
fn check_products(case: &Case, initializer: impl Initializer) -> Result<(), Failure> {
    let (w, shape) = filled(case, &initializer)?;
    compare_products(case, &w, shape[0])
}

fn compare_products(case: &Case, w: &[f64], rows: usize) -> Result<(), Failure> {
    let columns = w.len() / rows;
    // Where the numbers of a vector stand.
    let (count, len) = (rows.min(columns), rows.max(columns));
    let at = |vector: usize, place: usize| match rows < columns {
        true => w[vector * columns + place],
        false => w[place * columns + vector],
    };
    let product = |i: usize| -> f64 {
        (0..len).map(|place| at(i / count, place) * at(i % count, place)).sum()
    };
    let products: Vec<f64> = (0..count * count).map(product).collect();
    case.compare("products", &products, Closeness::SUMS)
}
