//! Layers that pool, upsample and reshape.

use crate::cases::{LayerCase, layer};
use crate::reference::pooling::{
    Windows, between, between_corners, bins, channels_last as channels_last_of, largest, mean,
    nearest, resample,
};
use neuropil::prelude::*;
use std::num::NonZeroUsize;

/// Two channels, on which windows of two leave a row and vectors of eight a rest.
const PLANE: [usize; 3] = [2, 5, 22];

const HALVES: Windows =
    Windows { input: &[5, 22], kernel: &[2, 2], stride: 2, padding: 0, dilation: 1, beyond: false };

const PADDED: Windows = Windows { kernel: &[3, 3], padding: 1, ..HALVES };

const LINE: Windows =
    Windows { input: &[9], kernel: &[3], stride: 1, padding: 1, dilation: 2, beyond: false };

const VOLUME: Windows = Windows { input: &[3, 2, 5], kernel: &[2, 1, 2], ..HALVES };

/// Maxima.
pub fn max() -> Vec<LayerCase> {
    [
        layer(MaxPool2d::new(2), &[&PLANE], |_, x| HALVES.map(x, |x, _| largest(x))),
        layer(MaxPool2d::new(2).ceil_mode(), &[&PLANE], |_, x| {
            Windows { beyond: true, ..HALVES }.map(x, |x, _| largest(x))
        }),
        layer(MaxPool2d::new(3).stride(2).padding(1), &[&PLANE], |_, x| {
            PADDED.map(x, |x, _| largest(x))
        }),
        layer(MaxPool2d::new([2, 3]).stride(1), &[&PLANE], |_, x| {
            Windows { kernel: &[2, 3], stride: 1, ..HALVES }.map(x, |x, _| largest(x))
        }),
        layer(MaxPool1d::new(3).stride(1).padding(1).dilation(2), &[&[3, 9]], |_, x| {
            LINE.map(x, |x, _| largest(x))
        }),
        layer(MaxPool3d::new([2, 1, 2]).stride(2), &[&[2, 3, 2, 5]], |_, x| {
            VOLUME.map(x, |x, _| largest(x))
        }),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Averages.
pub fn average() -> Vec<LayerCase> {
    let padded = AvgPool2d::new(3).stride(2).padding(1);
    let five = NonZeroUsize::new(5).expect("5 is not 0");
    [
        layer(AvgPool2d::new(2), &[&PLANE], |_, x| HALVES.map(x, |x, _| mean(x))),
        layer(padded, &[&PLANE], |_, x| PADDED.map(x, |x, n| x.iter().sum::<f64>() / n)),
        layer(padded.ceil_mode(), &[&PLANE], |_, x| {
            Windows { beyond: true, ..PADDED }.map(x, |x, n| x.iter().sum::<f64>() / n)
        }),
        layer(padded.excluding_padding(), &[&PLANE], |_, x| PADDED.map(x, |x, _| mean(x))),
        layer(padded.divisor(five), &[&PLANE], |_, x| {
            PADDED.map(x, |x, _| x.iter().sum::<f64>() / 5.0)
        }),
        layer(AvgPool1d::new(3).stride(1), &[&[3, 9]], |_, x| {
            Windows { padding: 0, dilation: 1, ..LINE }.map(x, |x, _| mean(x))
        }),
        layer(AvgPool3d::new([2, 1, 2]).stride(2), &[&[2, 3, 2, 5]], |_, x| {
            VOLUME.map(x, |x, _| mean(x))
        }),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Norms.
pub fn norm() -> Vec<LayerCase> {
    [
        layer(LpPool2d::new(2.0, 2), &[&PLANE], |_, x| {
            HALVES.map(x, |x, _| x.iter().map(|x| x * x).sum::<f64>().sqrt())
        }),
        layer(LpPool2d::new(2.0, 2).ceil_mode(), &[&PLANE], |_, x| {
            Windows { beyond: true, ..HALVES }
                .map(x, |x, _| (x.iter().map(|x| x * x).sum::<f64>() * 4.0 / x.len() as f64).sqrt())
        }),
        layer(LpPool1d::new(1.0, 3).stride(1), &[&[3, 9]], |_, x| {
            Windows { padding: 0, dilation: 1, ..LINE }
                .map(x, |x, _| x.iter().map(|x| x.abs()).sum())
        }),
        layer(LpPool3d::new(3.0, [2, 1, 2]).stride(2), &[&[2, 3, 2, 5]], |_, x| {
            VOLUME.map(x, |x, _| x.iter().map(|x| x.abs().powi(3)).sum::<f64>().cbrt())
        }),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Means of bins.
pub fn adaptive_average() -> Vec<LayerCase> {
    [
        layer(AdaptiveAvgPool2d::new([2, 4]), &[&PLANE], |_, x| bins(x, [5, 22], [2, 4], mean)),
        layer(AdaptiveAvgPool2d::new([1, 11]), &[&PLANE], |_, x| bins(x, [5, 22], [1, 11], mean)),
        layer(AdaptiveAvgPool1d::new(3), &[&[2, 7]], |_, x| bins(x, [1, 7], [1, 3], mean)),
        layer(AdaptiveAvgPool3d::new([1, 2, 3]), &[&[2, 1, 5, 4]], |_, x| {
            bins(x, [5, 4], [2, 3], mean)
        }),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Maxima of bins.
pub fn adaptive_max() -> Vec<LayerCase> {
    [
        layer(AdaptiveMaxPool2d::new([2, 4]), &[&PLANE], |_, x| bins(x, [5, 22], [2, 4], largest)),
        layer(AdaptiveMaxPool2d::new([1, 11]), &[&PLANE], |_, x| {
            bins(x, [5, 22], [1, 11], largest)
        }),
        layer(AdaptiveMaxPool1d::new(3), &[&[2, 7]], |_, x| bins(x, [1, 7], [1, 3], largest)),
        layer(AdaptiveMaxPool3d::new([1, 2, 3]), &[&[2, 1, 5, 4]], |_, x| {
            bins(x, [5, 4], [2, 3], largest)
        }),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Means of channels.
pub fn global_average() -> Vec<LayerCase> {
    layer(GlobalAvgPool, &[&[3, 7], &[2, 5, 22], &[2, 3, 1, 4]], |p, x| of_channels(p, x, mean))
}

/// Maxima of channels.
pub fn global_max() -> Vec<LayerCase> {
    layer(GlobalMaxPool, &[&[3, 7], &[2, 5, 22], &[2, 3, 1, 4]], |p, x| of_channels(p, x, largest))
}

/// `f` of each channel; the samples' lengths tell how many there are.
fn of_channels(_: &Params<f64>, x: &[f64], f: fn(&[f64]) -> f64) -> Vec<f64> {
    let channels = if x.len() == 21 { 3 } else { 2 };
    x.chunks(x.len() / channels).map(f).collect()
}

/// Upsampling.
pub fn upsample() -> Vec<LayerCase> {
    [
        layer(Upsample2d::nearest([2, 3]), &[&[2, 3, 4]], |_, x| {
            resample(x, [3, 4], [6, 12], nearest)
        }),
        layer(Upsample2d::nearest_to([5, 8]), &[&[2, 3, 4]], |_, x| {
            resample(x, [3, 4], [5, 8], nearest)
        }),
        layer(Upsample2d::linear(2), &[&[2, 3, 4]], |_, x| resample(x, [3, 4], [6, 8], between)),
        layer(Upsample2d::linear_to([5, 3]).align_corners(), &[&[2, 3, 4]], |_, x| {
            resample(x, [3, 4], [5, 3], between_corners)
        }),
        layer(Upsample1d::linear(3), &[&[2, 4]], |_, x| resample(x, [1, 4], [1, 12], between)),
        layer(Upsample3d::linear([1, 2, 2]), &[&[2, 1, 3, 4]], |_, x| {
            resample(x, [3, 4], [6, 8], between)
        }),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Any shape as a vector.
pub fn flatten() -> Vec<LayerCase> {
    layer(Flatten, &[&[1], &[5], &[3, 4], &[2, 3, 2]], |_, x| x.into())
}

/// Another shape.
pub fn reshape() -> Vec<LayerCase> {
    layer(Reshape::new([2, 6]), &[&[12], &[3, 4], &[2, 1, 6]], |_, x| x.into())
}

/// Channels last.
pub fn channels_last() -> Vec<LayerCase> {
    let cases = [
        layer(ChannelsLast, &[&[3, 4]], |_, x| channels_last_of(x, 3)),
        layer(ChannelsLast, &[&[2, 3, 2]], |_, x| channels_last_of(x, 2)),
        layer(ChannelsLast, &[&[1, 5], &[5, 1]], |_, x| x.into()),
    ];
    cases.into_iter().flatten().collect()
}
