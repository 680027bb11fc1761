//! Layers that normalize.

use super::{batch_norm, check};
use crate::Failure;
use crate::golden::{Case, Family};
use neuropil::tensor::Shape;
use neuropil::{
    Conv2d, GroupNorm, InstanceNorm, LayerNorm, Linear, LocalResponseNorm, Module, RmsNorm,
    SpectralNorm, WeightNorm,
};

/// All of them.
pub fn members(family: &mut Family) {
    family.member("GroupNorm", |case| {
        let [groups, channels] = [count(case, "groups")?, count(case, "channels")?];
        let mut layer = GroupNorm::new(groups, channels);
        if let Some(epsilon) = case.setting("epsilon") {
            layer = layer.epsilon(epsilon)?;
        }
        check(case, &if case.flag("without affine") { layer.without_affine() } else { layer })
    });
    family.member("InstanceNorm", |case| {
        let mut layer = InstanceNorm::new(count(case, "channels")?);
        if let Some(epsilon) = case.setting("epsilon") {
            layer = layer.epsilon(epsilon)?;
        }
        if let Some(momentum) = case.setting("momentum") {
            layer = layer.momentum(momentum)?;
        }
        if case.flag("affine") {
            layer = layer.affine();
        }
        if case.flag("running statistics") {
            layer = layer.running_statistics();
        }
        batch_norm::by_batches(case, &layer)
    });
    family.member("LayerNorm", |case| {
        let mut layer = LayerNorm::new(shape(case, "shape")?);
        if let Some(epsilon) = case.setting("epsilon") {
            layer = layer.epsilon(epsilon)?;
        }
        if case.flag("without affine") {
            layer = layer.without_affine();
        }
        check(case, &if case.flag("without bias") { layer.without_bias() } else { layer })
    });
    family.member("LocalResponseNorm", |case| {
        let mut layer = LocalResponseNorm::new(count(case, "size")?)?;
        if let Some(alpha) = case.setting("alpha") {
            layer = layer.alpha(alpha)?;
        }
        if let Some(beta) = case.setting("beta") {
            layer = layer.beta(beta)?;
        }
        if let Some(k) = case.setting("k") {
            layer = layer.k(k)?;
        }
        check(case, &layer)
    });
    family.member("RmsNorm", |case| {
        let mut layer = RmsNorm::new(shape(case, "shape")?);
        if let Some(epsilon) = case.setting("epsilon") {
            layer = layer.epsilon(epsilon)?;
        }
        check(case, &if case.flag("without affine") { layer.without_affine() } else { layer })
    });
    family.member("SpectralNorm", |case| match inner(case)? {
        Inner::Linear(linear) => batch_norm::by_batches(case, &spectral(case, linear)?),
        Inner::Conv(conv) => batch_norm::by_batches(case, &spectral(case, conv)?),
    });
    family.member("WeightNorm", |case| match inner(case)? {
        Inner::Linear(linear) => check(case, &weight(case, linear)),
        Inner::Conv(conv) => check(case, &weight(case, conv)),
    });
}

/// A setting that counts.
fn count(case: &Case, key: &str) -> Result<usize, Failure> {
    Ok(case.setting(key).ok_or_else(|| format!("no {key}"))? as usize)
}

/// The numbers of a setting `2x3`.
fn shape(case: &Case, key: &str) -> Result<Shape, Failure> {
    let text = case.text(key).ok_or_else(|| format!("no {key}"))?;
    Ok(text.split('x').map(str::parse).collect::<Result<Shape, _>>()?)
}

/// The layer around which another stands.
enum Inner {
    Linear(Linear),
    Conv(Conv2d),
}

fn inner(case: &Case) -> Result<Inner, Failure> {
    if case.text("linear").is_some() {
        let sizes = shape(case, "linear")?;
        return Ok(Inner::Linear(Linear::new(sizes[0], sizes[1])));
    }
    let sizes = shape(case, "convolution")?;
    Ok(Inner::Conv(Conv2d::new(sizes[0], sizes[1], sizes[2])))
}

fn weight<M: Module>(case: &Case, inner: M) -> WeightNorm<M> {
    let layer = WeightNorm::new(inner);
    match case.setting("dim") {
        _ if case.flag("all") => layer.of_all(),
        Some(dim) => layer.dim(dim as usize),
        None => layer,
    }
}

fn spectral<M: Module>(case: &Case, inner: M) -> Result<SpectralNorm<M>, Failure> {
    let mut layer = SpectralNorm::new(inner);
    if let Some(dim) = case.setting("dim") {
        layer = layer.dim(dim as usize);
    }
    if let Some(iterations) = case.setting("iterations") {
        layer = layer.iterations(iterations as usize)?;
    }
    if let Some(epsilon) = case.setting("epsilon") {
        layer = layer.epsilon(epsilon)?;
    }
    Ok(layer)
}
