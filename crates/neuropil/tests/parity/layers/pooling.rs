//! Layers that pool, upsample and reshape.

use super::check;
use crate::Failure;
use crate::golden::{Case, Family};
use neuropil::tensor::Axes;
use neuropil::{
    AdaptiveAvgPool, AdaptiveMaxPool, AvgPool, ChannelsLast, Flatten, GlobalAvgPool, GlobalMaxPool,
    LpPool, MaxPool, Reshape, Upsample,
};
use std::num::NonZeroUsize;

/// All of them.
pub fn members(family: &mut Family) {
    family.member("AdaptiveAvgPool", |case| match rank(case, "output")? {
        1 => check(case, &AdaptiveAvgPool::<1>::new(wanted(case, "output")?)),
        2 => check(case, &AdaptiveAvgPool::<2>::new(wanted(case, "output")?)),
        _ => check(case, &AdaptiveAvgPool::<3>::new(wanted(case, "output")?)),
    });
    family.member("AdaptiveMaxPool", |case| match rank(case, "output")? {
        1 => check(case, &AdaptiveMaxPool::<1>::new(wanted(case, "output")?)),
        2 => check(case, &AdaptiveMaxPool::<2>::new(wanted(case, "output")?)),
        _ => check(case, &AdaptiveMaxPool::<3>::new(wanted(case, "output")?)),
    });
    family.member("AvgPool", |case| match rank(case, "kernel")? {
        1 => check(case, &average::<1>(case)?),
        2 => check(case, &average::<2>(case)?),
        _ => check(case, &average::<3>(case)?),
    });
    family.member("ChannelsLast", |case| check(case, &ChannelsLast));
    family.member("Flatten", |case| check(case, &Flatten));
    family.member("GlobalAvgPool", |case| check(case, &GlobalAvgPool));
    family.member("GlobalMaxPool", |case| check(case, &GlobalMaxPool));
    family.member("LpPool", |case| match rank(case, "kernel")? {
        1 => check(case, &norm::<1>(case)?),
        2 => check(case, &norm::<2>(case)?),
        _ => check(case, &norm::<3>(case)?),
    });
    family.member("MaxPool", |case| match rank(case, "kernel")? {
        1 => check(case, &max::<1>(case)?),
        2 => check(case, &max::<2>(case)?),
        _ => check(case, &max::<3>(case)?),
    });
    family.member("Reshape", |case| {
        let shape = numbers(case, "shape").ok_or("no shape")?;
        check(case, &Reshape::new(shape))
    });
    family.member("Upsample", |case| {
        let key = if numbers(case, "factor").is_some() { "factor" } else { "size" };
        match rank(case, key)? {
            1 => check(case, &upsample::<1>(case)?),
            2 => check(case, &upsample::<2>(case)?),
            _ => check(case, &upsample::<3>(case)?),
        }
    });
}

/// The numbers of a setting `2x3`, if the case has it.
fn numbers(case: &Case, key: &str) -> Option<Vec<usize>> {
    case.text(key)?.split('x').map(|number| number.parse().ok()).collect()
}

/// Axes of a setting.
pub(super) fn rank(case: &Case, key: &str) -> Result<usize, Failure> {
    Ok(numbers(case, key).ok_or_else(|| format!("no {key}"))?.len())
}

/// A number for each axis, if the case has them.
pub(super) fn axes<const N: usize>(case: &Case, key: &str) -> Option<Axes<N>> {
    numbers(case, key)?.try_into().ok().map(Axes)
}

/// A number for each axis, which the case must have.
pub(super) fn wanted<const N: usize>(case: &Case, key: &str) -> Result<Axes<N>, Failure> {
    axes(case, key).ok_or_else(|| format!("no {key}").into())
}

fn max<const N: usize>(case: &Case) -> Result<MaxPool<N>, Failure> {
    let mut pool = MaxPool::new(wanted::<N>(case, "kernel")?);
    if let Some(stride) = axes::<N>(case, "stride") {
        pool = pool.stride(stride);
    }
    if let Some(padding) = axes::<N>(case, "padding") {
        pool = pool.padding(padding);
    }
    if let Some(dilation) = axes::<N>(case, "dilation") {
        pool = pool.dilation(dilation);
    }
    Ok(if case.flag("ceil mode") { pool.ceil_mode() } else { pool })
}

fn average<const N: usize>(case: &Case) -> Result<AvgPool<N>, Failure> {
    let mut pool = AvgPool::new(wanted::<N>(case, "kernel")?);
    if let Some(stride) = axes::<N>(case, "stride") {
        pool = pool.stride(stride);
    }
    if let Some(padding) = axes::<N>(case, "padding") {
        pool = pool.padding(padding);
    }
    if case.flag("excluding padding") {
        pool = pool.excluding_padding();
    }
    if let Some(divisor) = case.setting("divisor") {
        pool = pool.divisor(NonZeroUsize::new(divisor as usize).ok_or("a divisor of 0")?);
    }
    Ok(if case.flag("ceil mode") { pool.ceil_mode() } else { pool })
}

fn norm<const N: usize>(case: &Case) -> Result<LpPool<N>, Failure> {
    let mut pool = LpPool::new(case.setting("p").ok_or("no p")?, wanted::<N>(case, "kernel")?);
    if let Some(stride) = axes::<N>(case, "stride") {
        pool = pool.stride(stride);
    }
    Ok(if case.flag("ceil mode") { pool.ceil_mode() } else { pool })
}

fn upsample<const N: usize>(case: &Case) -> Result<Upsample<N>, Failure> {
    let is_linear = case.text("interpolation") == Some("linear");
    let layer = match (axes::<N>(case, "factor"), is_linear) {
        (Some(factor), true) => Upsample::linear(factor),
        (Some(factor), false) => Upsample::nearest(factor),
        (None, true) => Upsample::linear_to(wanted::<N>(case, "size")?),
        (None, false) => Upsample::nearest_to(wanted::<N>(case, "size")?),
    };
    Ok(if case.flag("align corners") { layer.align_corners() } else { layer })
}
