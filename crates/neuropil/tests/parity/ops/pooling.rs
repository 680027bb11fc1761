//! Ops that pool and upsample.

use super::check;
use crate::Failure;
use crate::golden::{Case, Family};
use neuropil::ops::{
    AdaptiveAvgPoolOp, AdaptiveMaxPoolOp, AvgPoolOp, ChannelsLastOp, LpPoolOp, MaxPoolOp,
    UpsampleOp,
};
use neuropil::tensor::pool::{
    AdaptiveAverage, AdaptiveMax, AveragePooling, Divisor, Interpolation, LpPooling, MaxPooling,
    Upsampling,
};
use neuropil::tensor::{Rounding, Window};

/// The rows of all cases but those of upsampling.
const SHAPE: [usize; 3] = [2, 5, 21];

/// All of them.
pub fn members(family: &mut Family) {
    family.member("AdaptiveAvgPoolOp", |case| {
        let plan = AdaptiveAverage::new(SHAPE, [count(case, "output")?; 2])?;
        check(case, || AdaptiveAvgPoolOp(plan))
    });
    family.member("AdaptiveMaxPoolOp", |case| {
        let plan = AdaptiveMax::new(SHAPE, [count(case, "output")?; 2])?;
        check(case, || AdaptiveMaxPoolOp(plan))
    });
    family.member("AvgPoolOp", |case| {
        let windows = [window(case)?; 2];
        let plan = AveragePooling::new(SHAPE, windows, Rounding::Down, Divisor::Padded)?;
        check(case, || AvgPoolOp(plan))
    });
    family.member("ChannelsLastOp", |case| check(case, || ChannelsLastOp));
    family.member("LpPoolOp", |case| {
        let halves = Window { stride: 2, ..Window::new(2) };
        let p = case.setting("p").ok_or("no p")?;
        let plan = LpPooling::new(SHAPE, [halves; 2], Rounding::Down, p)?;
        check(case, || LpPoolOp(plan))
    });
    family.member("MaxPoolOp", |case| {
        let plan = MaxPooling::new(SHAPE, [window(case)?; 2], Rounding::Down)?;
        check(case, || MaxPoolOp(plan))
    });
    family.member("UpsampleOp", |case| {
        let interpolation = match case.flag("linear") {
            true => Interpolation::Linear { align_corners: true },
            false => Interpolation::Nearest,
        };
        let plan = Upsampling::new([2, 3, 4], [6, 9], interpolation)?;
        check(case, || UpsampleOp(plan.clone()))
    });
}

fn count(case: &Case, key: &str) -> Result<usize, Failure> {
    Ok(case.setting(key).ok_or_else(|| format!("no {key}"))? as usize)
}

fn window(case: &Case) -> Result<Window, Failure> {
    let (kernel, stride) = (count(case, "kernel")?, count(case, "stride")?);
    let padding = count(case, "padding")?;
    Ok(Window { stride, before: padding, after: padding, ..Window::new(kernel) })
}
