//! Ops that convolve and pad: on a value of each row, and on one for all.

use crate::cases::{OpCase, op};
use crate::reference::convolution::Windows;
use neuropil::Spec;
use neuropil::ops::{ConvOp, ConvTransposeOp, PadOp};
use neuropil::tensor::Window;
use neuropil::tensor::convolution::Convolution;
use neuropil::tensor::padding::{Padded, PaddingMode};

/// An image and what a convolution makes of it.
const SMALL: [usize; 3] = [4, 5, 6];
const LARGE: [usize; 3] = [2, 8, 10];

/// As a layer could not have it: padding that differs from side to side.
const FORWARD: Windows = Windows {
    stride: &[1, 2],
    dilation: &[2, 1],
    before: &[0, 2],
    after: &[1, 0],
    groups: 2,
    ..Windows::new(2, &[8, 10], &[3, 2])
};
/// The same from its output on.
const BACKWARD: Windows =
    Windows { stride: &[2, 2], before: &[1, 1], groups: 2, ..Windows::new(4, &[5, 6], &[3, 2]) };

/// Convolutions.
pub fn forward() -> Vec<OpCase> {
    let windows = [
        Window { dilation: 2, after: 1, ..Window::new(3) },
        Window { stride: 2, before: 2, ..Window::new(2) },
    ];
    let plan = Convolution::new(LARGE, 4, &windows, 2).expect("it fits");
    assert_eq!(plan.output().dims(), SMALL);
    let (w, b) = (Spec::single(plan.weight()), Spec::single([4]));
    [Spec::per_row(LARGE), Spec::single(LARGE)]
        .into_iter()
        .flat_map(|x| {
            [
                op(ConvOp(plan.clone()), &[x, w], |x| FORWARD.convolve(&x[1], None, &x[0])),
                op(ConvOp(plan.clone()), &[x, w, b], |x| {
                    FORWARD.convolve(&x[1], Some(&x[2]), &x[0])
                }),
            ]
        })
        .collect()
}

/// Transposed convolutions.
pub fn transposed() -> Vec<OpCase> {
    let twice = |kernel| Window { stride: 2, before: 1, after: 1, ..Window::new(kernel) };
    // From 5 x 6 to 9 x 10, and one row more.
    let plan = Convolution::new([2, 10, 10], 4, &[twice(3), twice(2)], 2).expect("it fits");
    assert_eq!(plan.output().dims(), SMALL);
    let (w, b) = (Spec::single(plan.weight()), Spec::single([2]));
    [Spec::per_row(SMALL), Spec::single(SMALL)]
        .into_iter()
        .flat_map(|x| {
            [
                op(ConvTransposeOp(plan.clone()), &[x, w], |x| {
                    BACKWARD.transpose(&x[1], None, &[1, 0], &x[0])
                }),
                op(ConvTransposeOp(plan.clone()), &[x, w, b], |x| {
                    BACKWARD.transpose(&x[1], Some(&x[2]), &[1, 0], &x[0])
                }),
            ]
        })
        .collect()
}

/// Padding.
pub fn pad() -> Vec<OpCase> {
    const SIDES: Windows = Windows { before: &[2, 0], after: &[1, 3], ..BACKWARD };
    let of = |mode, x, reference| {
        let plan = Padded::new(SMALL, &[(2, 1), (0, 3)], mode).expect("it fits");
        op(PadOp(plan), &[x], reference)
    };
    [Spec::per_row(SMALL), Spec::single(SMALL)]
        .into_iter()
        .flat_map(|x| {
            [
                of(PaddingMode::Zeros, x, |x| SIDES.pad(&x[0])),
                of(PaddingMode::Reflect, x, |x| {
                    Windows { mode: PaddingMode::Reflect, ..SIDES }.pad(&x[0])
                }),
                of(PaddingMode::Replicate, x, |x| {
                    Windows { mode: PaddingMode::Replicate, ..SIDES }.pad(&x[0])
                }),
                of(PaddingMode::Circular, x, |x| {
                    Windows { mode: PaddingMode::Circular, ..SIDES }.pad(&x[0])
                }),
            ]
        })
        .collect()
}
