//! Ops that normalize.

use super::{check, check_recorded};
use crate::Failure;
use crate::golden::{Case, Family};
use neuropil::ops::{
    GroupNormOp, InstanceNormOp, LayerNormOp, LinearOp, LocalResponseNormOp, RmsNormOp,
    SpectralNormOp, WeightNormOp,
};

/// A setting that counts.
fn count(case: &Case, key: &str) -> Result<usize, Failure> {
    Ok(case.setting(key).ok_or_else(|| format!("no {key}"))? as usize)
}

/// All of them.
pub fn members(family: &mut Family) {
    family.member("GroupNormOp", |case| {
        let op = GroupNormOp::new(count(case, "groups")?, count(case, "channels")?);
        check(case, || op)
    });
    family.member("InstanceNormOp", |case| {
        let op = InstanceNormOp::new(count(case, "channels")?);
        check(case, || op)
    });
    family.member("LayerNormOp", |case| check(case, || LayerNormOp::new([5])));
    family.member("LocalResponseNormOp", |case| {
        let setting = |key| case.setting(key).ok_or("a setting is missing");
        let op = LocalResponseNormOp::new(count(case, "size")?)?;
        let op = op.alpha(setting("alpha")?)?.beta(setting("beta")?)?.k(setting("k")?)?;
        check(case, || op)
    });
    family.member("RmsNormOp", |case| check(case, || RmsNormOp::new([5])));
    family.member("SpectralNormOp", |case| {
        let axis = count(case, "axis")?;
        let [n, others] = if axis == 0 { [4, 3] } else { [3, 4] };
        check_recorded(case, |inputs| {
            let graph = inputs[0].graph();
            let states = [graph.state("u", [n], 1.0)?, graph.state("v", [others], 0.5)?];
            let w = graph.record(SpectralNormOp::of_axis(axis), &inputs[1..], &states)?;
            inputs[0].op_with([w], LinearOp)
        })
    });
    family.member("WeightNormOp", |case| {
        let op = match case.setting("axis") {
            Some(axis) => WeightNormOp::of_axis(axis as usize),
            None => WeightNormOp::of_all(),
        };
        check_recorded(case, |inputs| {
            let w = inputs[1].op_with([inputs[2]], op)?;
            inputs[0].op_with([w], LinearOp)
        })
    });
}
