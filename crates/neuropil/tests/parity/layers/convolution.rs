//! Layers that convolve and pad.

use super::check;
use super::pooling::{axes, rank, wanted};
use crate::Failure;
use crate::golden::{Case, Family};
use neuropil::tensor::padding::PaddingMode;
use neuropil::{Conv, ConvTranspose, Pad, Padding};

/// All of them.
pub fn members(family: &mut Family) {
    family.member("Conv", |case| match rank(case, "kernel size")? {
        1 => check(case, &forward::<1>(case)?),
        2 => check(case, &forward::<2>(case)?),
        _ => check(case, &forward::<3>(case)?),
    });
    family.member("ConvTranspose", |case| match rank(case, "kernel size")? {
        1 => check(case, &transposed::<1>(case)?),
        2 => check(case, &transposed::<2>(case)?),
        _ => check(case, &transposed::<3>(case)?),
    });
    family.member("Pad", |case| match rank(case, "before")? {
        1 => check(case, &pad::<1>(case)?),
        2 => check(case, &pad::<2>(case)?),
        _ => check(case, &pad::<3>(case)?),
    });
}

fn count(case: &Case, key: &str) -> Result<usize, Failure> {
    Ok(case.setting(key).ok_or_else(|| format!("no {key}"))? as usize)
}

/// The mode of a setting, if the case has it.
pub fn mode(case: &Case, key: &str) -> Result<PaddingMode, Failure> {
    match case.text(key) {
        None | Some("zeros" | "constant") => Ok(PaddingMode::Zeros),
        Some("reflect") => Ok(PaddingMode::Reflect),
        Some("replicate") => Ok(PaddingMode::Replicate),
        Some("circular") => Ok(PaddingMode::Circular),
        Some(other) => Err(format!("no mode {other}").into()),
    }
}

fn forward<const N: usize>(case: &Case) -> Result<Conv<N>, Failure> {
    let kernel = wanted::<N>(case, "kernel size")?;
    let mut conv = Conv::new(count(case, "inputs")?, count(case, "outputs")?, kernel);
    if let Some(stride) = axes::<N>(case, "stride") {
        conv = conv.stride(stride);
    }
    conv = match case.text("padding") {
        None => conv,
        Some("same") => conv.padding(Padding::Same),
        Some("valid") => conv.padding(Padding::Valid),
        Some(_) => conv.padding(wanted::<N>(case, "padding")?.0),
    };
    if let Some(dilation) = axes::<N>(case, "dilation") {
        conv = conv.dilation(dilation);
    }
    if case.setting("groups").is_some() {
        conv = conv.groups(count(case, "groups")?);
    }
    conv = conv.padding_mode(mode(case, "padding mode")?);
    Ok(if case.flag("without bias") { conv.without_bias() } else { conv })
}

fn transposed<const N: usize>(case: &Case) -> Result<ConvTranspose<N>, Failure> {
    let kernel = wanted::<N>(case, "kernel size")?;
    let mut conv = ConvTranspose::new(count(case, "inputs")?, count(case, "outputs")?, kernel);
    if let Some(stride) = axes::<N>(case, "stride") {
        conv = conv.stride(stride);
    }
    if let Some(padding) = axes::<N>(case, "padding") {
        conv = conv.padding(padding);
    }
    if let Some(padding) = axes::<N>(case, "output padding") {
        conv = conv.output_padding(padding);
    }
    if let Some(dilation) = axes::<N>(case, "dilation") {
        conv = conv.dilation(dilation);
    }
    if case.setting("groups").is_some() {
        conv = conv.groups(count(case, "groups")?);
    }
    Ok(if case.flag("without bias") { conv.without_bias() } else { conv })
}

fn pad<const N: usize>(case: &Case) -> Result<Pad<N>, Failure> {
    let (before, after) = (wanted::<N>(case, "before")?.0, wanted::<N>(case, "after")?.0);
    let sides = std::array::from_fn(|axis| (before[axis], after[axis]));
    Ok(Pad::new(sides, mode(case, "mode")?))
}
