//! Layers that convolve and pad.

use crate::cases::{LayerCase, layer};
use crate::reference::convolution::Windows;
use neuropil::prelude::*;
use neuropil::tensor::padding::PaddingMode;

/// Two channels of a plane that leaves a rest in every vector.
const IMAGE: [usize; 3] = [2, 5, 7];
const PLAIN: Windows = Windows::new(2, &[5, 7], &[3, 3]);
const ODD: Windows = Windows {
    stride: &[2, 1],
    dilation: &[1, 3],
    ..Windows::new(2, &[5, 7], &[3, 2]).padding(&[1, 2])
};
const GROUPS: Windows = Windows { groups: 2, ..Windows::new(4, &[5, 4], &[3, 2]).padding(&[1; 2]) };
const LINE: Windows = Windows::new(3, &[11], &[3]);
const VOLUME: Windows = Windows {
    stride: &[1, 2, 1],
    dilation: &[2, 1, 1],
    ..Windows::new(2, &[4, 5, 3], &[2, 3, 2]).padding(&[1, 0, 1])
};

/// Convolutions.
pub fn forward() -> Vec<LayerCase> {
    let odd = Conv2d::new(2, 3, [3, 2]).stride([2, 1]).padding([1, 2]).dilation([1, 3]);
    let grouped = Conv2d::new(4, 6, [3, 2]).padding(1).groups(2);
    let same = Padding::Same;
    [
        layer(Conv2d::new(2, 3, 3), &[&IMAGE], |p, x| PLAIN.layer(p, x)),
        layer(Conv2d::new(2, 3, 3).padding(Padding::Valid), &[&IMAGE], |p, x| PLAIN.layer(p, x)),
        layer(Conv2d::new(2, 7, 3).padding(1), &[&IMAGE], |p, x| {
            PLAIN.padding(&[1; 2]).layer(p, x)
        }),
        layer(Conv2d::new(2, 3, 3).stride(2), &[&IMAGE], |p, x| {
            Windows { stride: &[2; 2], ..PLAIN }.layer(p, x)
        }),
        layer(Conv2d::new(2, 3, 2).stride(3).padding(2), &[&IMAGE], |p, x| {
            Windows { kernel: &[2; 2], stride: &[3; 2], ..PLAIN }.padding(&[2; 2]).layer(p, x)
        }),
        layer(Conv2d::new(2, 3, [4, 3]).padding(same), &[&IMAGE], |p, x| {
            Windows { kernel: &[4, 3], before: &[1, 1], after: &[2, 1], ..PLAIN }.layer(p, x)
        }),
        layer(Conv2d::new(2, 3, 2).padding(same).dilation([1, 3]), &[&IMAGE], |p, x| {
            let of = Windows { kernel: &[2; 2], dilation: &[1, 3], ..PLAIN };
            Windows { before: &[0, 1], after: &[1, 2], ..of }.layer(p, x)
        }),
        layer(Conv2d::new(2, 5, 1), &[&IMAGE], |p, x| {
            Windows { kernel: &[1; 2], ..PLAIN }.layer(p, x)
        }),
        layer(odd.clone(), &[&IMAGE], |p, x| ODD.layer(p, x)),
        layer(odd.without_bias(), &[&IMAGE], |p, x| ODD.layer(p, x)),
        layer(grouped, &[&[4, 5, 4]], |p, x| GROUPS.layer(p, x)),
        layer(Conv2d::new(4, 4, [3, 2]).padding(1).groups(4), &[&[4, 5, 4]], |p, x| {
            Windows { groups: 4, ..GROUPS }.layer(p, x)
        }),
        layer(Conv2d::new(4, 8, [3, 2]).padding(1).groups(4), &[&[4, 5, 4]], |p, x| {
            Windows { groups: 4, ..GROUPS }.layer(p, x)
        }),
        layer(Conv1d::new(3, 4, 3), &[&[3, 11]], |p, x| LINE.layer(p, x)),
        layer(Conv1d::new(3, 2, 3).stride(2).padding(2).dilation(2), &[&[3, 11]], |p, x| {
            Windows { stride: &[2], dilation: &[2], ..LINE }.padding(&[2]).layer(p, x)
        }),
        layer(
            Conv3d::new(2, 3, [2, 3, 2]).stride([1, 2, 1]).dilation([2, 1, 1]).padding([1, 0, 1]),
            &[&[2, 4, 5, 3]],
            |p, x| VOLUME.layer(p, x),
        ),
    ]
    .into_iter()
    .flatten()
    .chain(modes())
    .collect()
}

/// Convolutions whose padding shows something.
fn modes() -> impl Iterator<Item = LayerCase> {
    let padded = |mode| Conv2d::new(2, 3, 3).padding([2, 1]).padding_mode(mode);
    let same = |mode| Conv1d::new(3, 2, 4).padding(Padding::Same).padding_mode(mode);
    [
        layer(padded(PaddingMode::Zeros), &[&IMAGE], |p, x| PLAIN.padding(&[2, 1]).layer(p, x)),
        layer(padded(PaddingMode::Reflect), &[&IMAGE], |p, x| {
            Windows { mode: PaddingMode::Reflect, ..PLAIN }.padding(&[2, 1]).layer(p, x)
        }),
        layer(padded(PaddingMode::Replicate).stride(2), &[&IMAGE], |p, x| {
            let of = Windows { mode: PaddingMode::Replicate, stride: &[2; 2], ..PLAIN };
            of.padding(&[2, 1]).layer(p, x)
        }),
        layer(padded(PaddingMode::Circular), &[&IMAGE], |p, x| {
            Windows { mode: PaddingMode::Circular, ..PLAIN }.padding(&[2, 1]).layer(p, x)
        }),
        layer(same(PaddingMode::Reflect), &[&[3, 11]], |p, x| {
            let of = Windows { kernel: &[4], mode: PaddingMode::Reflect, ..LINE };
            Windows { before: &[1], after: &[2], ..of }.layer(p, x)
        }),
        layer(same(PaddingMode::Circular).without_bias(), &[&[3, 11]], |p, x| {
            let of = Windows { kernel: &[4], mode: PaddingMode::Circular, ..LINE };
            Windows { before: &[1], after: &[2], ..of }.layer(p, x)
        }),
    ]
    .into_iter()
    .flatten()
}

/// Transposed convolutions.
pub fn transposed() -> Vec<LayerCase> {
    let halves = ConvTranspose2d::new(2, 3, 2).stride(2);
    let more = ConvTranspose2d::new(2, 3, 3).stride([2, 3]).padding(1).output_padding([1, 2]);
    [
        layer(ConvTranspose2d::new(2, 3, 3), &[&IMAGE], |p, x| PLAIN.transposed(p, &[0; 2], x)),
        layer(halves.clone(), &[&IMAGE], |p, x| {
            Windows { kernel: &[2; 2], stride: &[2; 2], ..PLAIN }.transposed(p, &[0; 2], x)
        }),
        layer(halves.without_bias(), &[&IMAGE], |p, x| {
            Windows { kernel: &[2; 2], stride: &[2; 2], ..PLAIN }.transposed(p, &[0; 2], x)
        }),
        layer(more.clone(), &[&IMAGE], |p, x| {
            let of = Windows { stride: &[2, 3], ..PLAIN }.padding(&[1; 2]);
            of.transposed(p, &[1, 2], x)
        }),
        layer(more.dilation([1, 2]).without_bias(), &[&IMAGE], |p, x| {
            let of = Windows { stride: &[2, 3], dilation: &[1, 2], ..PLAIN }.padding(&[1; 2]);
            of.transposed(p, &[1, 2], x)
        }),
        layer(ConvTranspose2d::new(2, 1, 1).stride(2), &[&IMAGE], |p, x| {
            Windows { kernel: &[1; 2], stride: &[2; 2], ..PLAIN }.transposed(p, &[0; 2], x)
        }),
        layer(ConvTranspose2d::new(4, 6, [3, 2]).groups(2).padding(1), &[&[4, 5, 4]], |p, x| {
            GROUPS.transposed(p, &[0; 2], x)
        }),
        layer(ConvTranspose2d::new(4, 4, [3, 2]).groups(4), &[&[4, 5, 4]], |p, x| {
            Windows { groups: 4, ..GROUPS }.padding(&[0; 2]).transposed(p, &[0; 2], x)
        }),
        layer(ConvTranspose1d::new(3, 2, 3).stride(2).padding(1), &[&[3, 11]], |p, x| {
            Windows { stride: &[2], ..LINE }.padding(&[1]).transposed(p, &[0], x)
        }),
        layer(
            ConvTranspose3d::new(2, 3, [2, 3, 2])
                .stride([1, 2, 1])
                .dilation([2, 1, 1])
                .padding([1, 0, 1])
                .output_padding([0, 1, 0]),
            &[&[2, 4, 5, 3]],
            |p, x| VOLUME.transposed(p, &[0, 1, 0], x),
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Padding.
pub fn pad() -> Vec<LayerCase> {
    let of = |mode| layer(Pad::new([(2, 1), (0, 3)], mode), &[&IMAGE], of_mode(mode));
    [
        of(PaddingMode::Zeros),
        of(PaddingMode::Reflect),
        of(PaddingMode::Replicate),
        of(PaddingMode::Circular),
        layer(Pad::new([(11, 0)], PaddingMode::Circular), &[&[3, 11]], |_, x| {
            let of = Windows { mode: PaddingMode::Circular, ..LINE };
            Windows { before: &[11], ..of }.pad(x)
        }),
        layer(
            Pad::new([(0, 1), (2, 1), (0, 0)], PaddingMode::Reflect),
            &[&[2, 4, 5, 3]],
            |_, x| {
                let of = Windows { mode: PaddingMode::Reflect, ..VOLUME };
                Windows { before: &[0, 2, 0], after: &[1, 1, 0], ..of }.pad(x)
            },
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn of_mode(mode: PaddingMode) -> fn(&Params<f64>, &[f64]) -> Vec<f64> {
    const SIDES: Windows = Windows { before: &[2, 0], after: &[1, 3], ..PLAIN };
    match mode {
        PaddingMode::Zeros => |_, x| SIDES.pad(x),
        PaddingMode::Reflect => |_, x| Windows { mode: PaddingMode::Reflect, ..SIDES }.pad(x),
        PaddingMode::Replicate => |_, x| Windows { mode: PaddingMode::Replicate, ..SIDES }.pad(x),
        PaddingMode::Circular => |_, x| Windows { mode: PaddingMode::Circular, ..SIDES }.pad(x),
    }
}
