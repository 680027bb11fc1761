//! Ops that convolve and pad.

use super::check;
use crate::Failure;
use crate::golden::{Case, Family};
use crate::layers::convolution::mode;
use neuropil::ops::{ConvOp, ConvTransposeOp, PadOp};
use neuropil::tensor::Window;
use neuropil::tensor::convolution::Convolution;
use neuropil::tensor::padding::Padded;

/// The rows of all cases.
const SHAPE: [usize; 3] = [4, 4, 5];

/// All of them.
pub fn members(family: &mut Family) {
    family.member("ConvOp", |case| {
        let (windows, groups) = windows(case)?;
        let plan = Convolution::new(SHAPE, 8, &windows, groups)?;
        check(case, || ConvOp(plan.clone()))
    });
    family.member("ConvTransposeOp", |case| {
        let (windows, groups) = windows(case)?;
        // The shortest image that the convolution takes to the rows.
        let along = |axis: usize| {
            let Window { stride, before, after, .. } = windows[axis];
            (SHAPE[axis + 1] - 1) * stride + windows[axis].reach() - before - after
        };
        let plan = Convolution::new([8, along(0), along(1)], 4, &windows, groups)?;
        check(case, || ConvTransposeOp(plan.clone()))
    });
    family.member("PadOp", |case| {
        let plan = Padded::new(SHAPE, &[(2, 1), (0, 3)], mode(case, "mode")?)?;
        check(case, || PadOp(plan.clone()))
    });
}

/// Windows of three by two, and groups.
fn windows(case: &Case) -> Result<([Window; 2], usize), Failure> {
    let count = |key: &str| Ok::<_, Failure>(case.setting(key).ok_or("no setting")? as usize);
    let padding = count("padding")?;
    let (stride, dilation) = (count("stride")?, count("dilation")?);
    let of = |kernel| Window { kernel, stride, dilation, before: padding, after: padding };
    Ok(([of(3), of(2)], count("groups")?))
}
