//! Ops that pool and upsample: on a value of each row, and on one for all.

use crate::cases::{OpCase, op};
use crate::reference::pooling::{
    Windows, between, bins, channels_last, largest, mean, nearest, resample,
};
use neuropil::Spec;
use neuropil::ops::{
    AdaptiveAvgPoolOp, AdaptiveMaxPoolOp, AvgPoolOp, ChannelsLastOp, LpPoolOp, MaxPoolOp,
    UpsampleOp,
};
use neuropil::tensor::pool::{
    AdaptiveAverage, AdaptiveMax, AveragePooling, Divisor, Interpolation, LpPooling, MaxPooling,
    Upsampling,
};
use neuropil::tensor::{Rounding, ShapeError, Window};

const SHAPE: [usize; 3] = [2, 5, 9];
const WINDOW: Window = Window { stride: 2, before: 1, after: 1, ..Window::new(3) };
const HALVES: Window = Window { stride: 2, ..Window::new(2) };

const WINDOWS: Windows =
    Windows { input: &[5, 9], kernel: &[3, 3], stride: 2, padding: 1, dilation: 1, beyond: false };

fn inputs() -> [Spec; 2] {
    [Spec::per_row(SHAPE), Spec::single(SHAPE)]
}

fn good<P>(plan: Result<P, ShapeError>) -> P {
    plan.expect("it fits")
}

/// Maxima.
pub fn max() -> [OpCase; 2] {
    let plan = good(MaxPooling::new(SHAPE, [WINDOW; 2], Rounding::Down));
    inputs().map(|x| op(MaxPoolOp(plan), &[x], |x| WINDOWS.map(&x[0], |x, _| largest(x))))
}

/// Averages.
pub fn average() -> [OpCase; 2] {
    let plan = good(AveragePooling::new(SHAPE, [WINDOW; 2], Rounding::Down, Divisor::Seen));
    inputs().map(|x| op(AvgPoolOp(plan), &[x], |x| WINDOWS.map(&x[0], |x, _| mean(x))))
}

/// Norms.
pub fn norm() -> [OpCase; 2] {
    let plan = good(LpPooling::new(SHAPE, [HALVES; 2], Rounding::Down, 2.0));
    inputs().map(|x| {
        op(LpPoolOp(plan), &[x], |x| {
            Windows { kernel: &[2, 2], padding: 0, ..WINDOWS }
                .map(&x[0], |x, _| x.iter().map(|x| x * x).sum::<f64>().sqrt())
        })
    })
}

/// Means of bins.
pub fn adaptive_average() -> [OpCase; 2] {
    let plan = good(AdaptiveAverage::new(SHAPE, [2, 4]));
    inputs().map(|x| op(AdaptiveAvgPoolOp(plan), &[x], |x| bins(&x[0], [5, 9], [2, 4], mean)))
}

/// Maxima of bins.
pub fn adaptive_max() -> [OpCase; 2] {
    let plan = good(AdaptiveMax::new(SHAPE, [2, 4]));
    inputs().map(|x| op(AdaptiveMaxPoolOp(plan), &[x], |x| bins(&x[0], [5, 9], [2, 4], largest)))
}

/// Upsampling.
pub fn upsample() -> Vec<OpCase> {
    let linear = Interpolation::Linear { align_corners: false };
    let linear = good(Upsampling::new(SHAPE, [10, 13], linear));
    let by_two = good(Upsampling::new(SHAPE, [10, 18], Interpolation::Nearest));
    inputs()
        .into_iter()
        .flat_map(|x| {
            [
                op(UpsampleOp(linear.clone()), &[x], |x| {
                    resample(&x[0], [5, 9], [10, 13], between)
                }),
                op(UpsampleOp(by_two.clone()), &[x], |x| {
                    resample(&x[0], [5, 9], [10, 18], nearest)
                }),
            ]
        })
        .collect()
}

/// Channels last.
pub fn channels_last_op() -> [OpCase; 2] {
    inputs().map(|x| {
        op(ChannelsLastOp, &[x], |x| {
            let rows = x[0].chunks(SHAPE.iter().product());
            rows.flat_map(|x| channels_last(x, SHAPE[0])).collect()
        })
    })
}
