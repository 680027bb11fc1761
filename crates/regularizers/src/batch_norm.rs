//! Batch normalization: each channel brought to mean 0 and variance 1 over all rows of a batch, then
//! scaled and shifted.
//!
//! x is `[rows, channels, inner]`: `inner` is the product of the axes behind the channels, 1 if there
//! are none. With a gain γ and a shift β for each channel, and n = rows · inner:
//!
//! | | | |
//! | --- | --- | --- |
//! | mean μ and variance σ² | 1/n Σ x, 1/n Σ (x - μ)² | [`statistics`] |
//! | rstd ρ | 1/√(σ² + ε) | [`reciprocals`] |
//! | y in training | (x - μ) ρ γ + β | [`normalize`] |
//! | running mean and variance r | (1 - m) r + m μ, (1 - m) r + m σ² n/(n - 1) | [`update`] |
//! | y in inference | x a + b, with a = γ ρ and b = β - μ a, μ and σ² running | [`scale_and_shift`], [`transform`] |
//! | Σ dy, Σ dy (x - μ) | dβ, and dγ over ρ | [`sums`] |
//! | dx in training | ρ γ (dy - 1/n Σ dy - x̂ 1/n Σ dy x̂), with x̂ = (x - μ) ρ | [`backward`] |
//! | both where max(y, 0) has followed | dy counts where y > 0 | [`sums_rectified`], [`backward_rectified`] |
//! | dx in inference | dy a | [`backward_transform`] |
//!
//! No sum of squares is taken in a single sweep. Mean and squared deviations of each plane (of 64 rows
//! at a time where planes are short) are merged by Chan's formula in ascending rows, the means as
//! offsets from the first one: a large mean costs no more than its own rounding, and the equal
//! numbers of a constant channel become zeros, or β. The order of all sums follows from the shape.
//!
//! The work can be shared out: what writes a number for each channel takes the first channel of a
//! part, and what writes to `[rows, channels, inner]` takes some rows, and a range of channels in
//! them. However it is cut, the bits are the same.
//!
//! Source: Ioffe and Szegedy, "Batch Normalization: Accelerating Deep Network Training by Reducing
//! Internal Covariate Shift" (2015); Chan, Golub and LeVeque, "Updating Formulae and a Pairwise
//! Algorithm for Computing Sample Variances" (1979). Equals PyTorch's `nn.BatchNorm1d`, `2d` and `3d`.
//!
//! ```
//! use neuropil_regularizers::batch_norm::{self, EPSILON};
//!
//! let shape = [2, 2, 1]; // two rows of two channels
//! let x = [1.0_f64, 10.0, 3.0, 10.0];
//! let (mut mean, mut variance, mut rstd) = ([0.0; 2], [0.0; 2], [0.0; 2]);
//! batch_norm::statistics(shape, 0, &x, &mut mean, &mut variance);
//! assert_eq!((mean, variance), ([2.0, 10.0], [1.0, 0.0]));
//!
//! let (gain, shift, mut y) = ([2.0, 1.0], [5.0, 7.0], [0.0; 4]);
//! batch_norm::reciprocals(&variance, EPSILON, &mut rstd);
//! batch_norm::normalize(shape, 0..2, &x, (&mean, &rstd), Some((&gain, &shift)), &mut y);
//! assert!((y[0] - 3.0).abs() < 1e-4 && (y[2] - 7.0).abs() < 1e-4);
//! assert_eq!((y[1], y[3]), (7.0, 7.0)); // equal numbers: only ε keeps the quotient from 0/0
//! ```

mod formulas;
pub(crate) mod planes;
mod statistics;
mod sums;

use formulas::{Gradient, GradientRectified, Normal, NormalAffine, Scaled, ScaledShifted};
use neuropil_simd::{Float, dispatch};
use planes::{Formula, Map};
use statistics::Statistics;
use std::ops::Range;
use sums::Sums;

/// What is added to the variance: 10⁻⁵, as in PyTorch.
pub const EPSILON: f64 = 1e-5;

/// The weight of a batch in the running statistics: 0.1, as in PyTorch.
pub const MOMENTUM: f64 = 0.1;

/// μ = 1/n Σ x and σ² = 1/n Σ (x - μ)² of the channels from `first` on, as many as `mean` has room
/// for; `x` is all of `[rows, channels, inner]`. Zeros if there are no numbers.
///
/// A channel whose sum overflows (beyond 3.4 · 10³⁸ in `f32`) has a NaN for its mean or variance.
///
/// # Panics
/// If `x` has another length than the shape says, if there are fewer channels, or if `variance` is not
/// as long as `mean`.
pub fn statistics<T: Float>(
    shape: [usize; 3],
    first: usize,
    x: &[T],
    mean: &mut [T],
    variance: &mut [T],
) {
    check("x", x.len(), len(shape));
    check_channels(shape, &(first..first + mean.len()));
    check("variance", variance.len(), mean.len());
    if shape[0] * shape[2] == 0 {
        mean.fill(T::ZERO);
        variance.fill(T::ZERO);
        return;
    }
    dispatch(Statistics { shape, first, x, mean, variance });
}

/// ρ = 1/√(σ² + ε) of each channel. `epsilon` is ε, [`EPSILON`] as a rule.
///
/// # Panics
/// If ε, rounded to `T`, is not positive and finite, or if `rstd` is not as long as `variance`.
pub fn reciprocals<T: Float>(variance: &[T], epsilon: f64, rstd: &mut [T]) {
    check("rstd", rstd.len(), variance.len());
    let epsilon = rounded::<T>(epsilon);
    for (rstd, &variance) in rstd.iter_mut().zip(variance) {
        *rstd = T::ONE / (variance + epsilon).sqrt();
    }
}

/// y = (x - μ) ρ γ + β for a range of the channels; `x` and `y` are `[rows, channels, inner]`, `of_batch`
/// is μ and ρ and `affine` γ and β, `[channels]` each. Without `affine`, γ is 1 and β is 0.
///
/// # Panics
/// If a slice has another length than the shape says, or if there are fewer channels.
pub fn normalize<T: Float>(
    shape: [usize; 3],
    channels: Range<usize>,
    x: &[T],
    of_batch: (&[T], &[T]),
    affine: Option<(&[T], &[T])>,
    y: &mut [T],
) {
    let (mean, rstd) = of_batch;
    let all = shape[1];
    check("mean", mean.len(), all);
    check("rstd", rstd.len(), all);
    match affine {
        None => map(shape, channels, Normal { mean, rstd }, [x], y, false),
        Some((gain, shift)) => {
            check("gain", gain.len(), all);
            check("shift", shift.len(), all);
            let formula = NormalAffine { mean, rstd, gain, shift };
            map(shape, channels, formula, [x], y, false);
        }
    }
}

/// Running statistics, r = (1 - m) r + m k s of each channel: s is `of_batch`, its mean with k = 1, or its
/// variance σ² with k = n/(n - 1), which makes it one without bias; m is `momentum` and k is `factor`.
///
/// # Panics
/// If the slices differ in length.
pub fn update<T: Float>(momentum: f64, factor: f64, of_batch: &[T], running: &mut [T]) {
    check("running", running.len(), of_batch.len());
    let (new, old, factor) = (T::of(momentum), T::of(1.0 - momentum), T::of(factor));
    for (running, &of_batch) in running.iter_mut().zip(of_batch) {
        *running = old * *running + new * (of_batch * factor);
    }
}

/// a = γ ρ and b = β - μ a of each channel, which make of x what inference gives: x a + b. `mean` is the
/// running μ, `scale` holds ρ, what [`reciprocals`] makes of the running σ², and then a; `affine` is γ
/// and β; without `affine`, γ is 1 and β is 0.
///
/// # Panics
/// If the slices differ in length.
pub fn scale_and_shift<T: Float>(
    mean: &[T],
    affine: Option<(&[T], &[T])>,
    scale: &mut [T],
    shift: &mut [T],
) {
    let channels = mean.len();
    check("scale", scale.len(), channels);
    check("shift", shift.len(), channels);
    let of_channel = mean.iter().zip(scale.iter_mut().zip(shift));
    match affine {
        None => {
            for (&mean, (&mut scale, shift)) in of_channel {
                *shift = -(mean * scale);
            }
        }
        Some((gain, beta)) => {
            check("gain", gain.len(), channels);
            check("shift", beta.len(), channels);
            for ((&mean, (scale, shift)), (&gain, &beta)) in of_channel.zip(gain.iter().zip(beta)) {
                *scale *= gain;
                *shift = beta - mean * *scale;
            }
        }
    }
}

/// y = x a + b for a range of the channels, a multiplication and an addition in one; `x` and `y` are
/// `[rows, channels, inner]`, a is `scale` and b is `shift`, `[channels]` both.
///
/// # Panics
/// If a slice has another length than the shape says, or if there are fewer channels.
pub fn transform<T: Float>(
    shape: [usize; 3],
    channels: Range<usize>,
    x: &[T],
    (scale, shift): (&[T], &[T]),
    y: &mut [T],
) {
    check("scale", scale.len(), shape[1]);
    check("shift", shift.len(), shape[1]);
    map(shape, channels, ScaledShifted { scale, shift }, [x], y, false);
}

/// Σ dy and Σ dy (x - μ) of the channels from `first` on, as many as `sum` has room for; `x` and `dy`
/// are all of `[rows, channels, inner]`, `mean` is μ of all channels. So dβ += Σ dy and
/// dγ += ρ Σ dy (x - μ).
///
/// # Panics
/// If a slice has another length than the shape says, if there are fewer channels, or if `moment` is
/// not as long as `sum`.
pub fn sums<T: Float>(
    shape: [usize; 3],
    first: usize,
    (x, dy): (&[T], &[T]),
    mean: &[T],
    (sum, moment): (&mut [T], &mut [T]),
) {
    let (rstd, affine) = (mean, None);
    sum_up(Sums::<T, false> { shape, first, x, mean, rstd, affine, dy, sum, moment });
}

/// The same where max(y, 0) has followed: dy counts where y is above 0, which is seen from x. `of_batch`
/// is μ and ρ, `affine` γ and β, of all channels.
///
/// # Panics
/// As [`sums()`].
pub fn sums_rectified<T: Float>(
    shape: [usize; 3],
    first: usize,
    (x, dy): (&[T], &[T]),
    (mean, rstd): (&[T], &[T]),
    affine: Option<(&[T], &[T])>,
    (sum, moment): (&mut [T], &mut [T]),
) {
    sum_up(Sums::<T, true> { shape, first, x, mean, rstd, affine, dy, sum, moment });
}

fn sum_up<T: Float, const RECTIFIED: bool>(sums: Sums<'_, T, RECTIFIED>) {
    let shape @ [rows, channels, inner] = sums.shape;
    check("x", sums.x.len(), len(shape));
    check("dy", sums.dy.len(), len(shape));
    check("mean", sums.mean.len(), channels);
    check("rstd", sums.rstd.len(), channels);
    if let Some((gain, shift)) = sums.affine {
        check("gain", gain.len(), channels);
        check("shift", shift.len(), channels);
    }
    check_channels(shape, &(sums.first..sums.first + sums.sum.len()));
    check("moment", sums.moment.len(), sums.sum.len());
    if rows * inner == 0 {
        sums.sum.fill(T::ZERO);
        sums.moment.fill(T::ZERO);
        return;
    }
    dispatch(sums);
}

/// dx += ρ γ (dy - 1/n Σ dy - x̂ 1/n Σ dy x̂) for a range of the channels, or dx = that if not `adds`;
/// `x`, `dy` and `dx` are `[rows, channels, inner]`, a part of the rows perhaps. `of_batch` is μ and ρ,
/// `sums` what [`sums()`] has written for all rows, and n, the numbers of a channel in all rows; without
/// `gain`, γ is 1.
///
/// # Panics
/// If a slice has another length than the shape says, or if there are fewer channels.
pub fn backward<T: Float>(
    shape: [usize; 3],
    channels: Range<usize>,
    (x, dy): (&[T], &[T]),
    (mean, rstd): (&[T], &[T]),
    gain: Option<&[T]>,
    (sum, moment, n): (&[T], &[T], usize),
    (dx, adds): (&mut [T], bool),
) {
    let formula = gradient(shape, (mean, rstd), gain, (sum, moment, n));
    map(shape, channels, formula, [dy, x], dx, adds);
}

/// The same where max(y, 0) has followed, and with the sums of [`sums_rectified`]: dy counts where y is
/// above 0, which is seen from x. `affine` is γ and β.
///
/// # Panics
/// As [`backward`].
pub fn backward_rectified<T: Float>(
    shape: [usize; 3],
    channels: Range<usize>,
    (x, dy): (&[T], &[T]),
    of_batch: (&[T], &[T]),
    affine: Option<(&[T], &[T])>,
    sums: (&[T], &[T], usize),
    (dx, adds): (&mut [T], bool),
) {
    let (gain, shift) = affine.unzip();
    if let Some(shift) = shift {
        check("shift", shift.len(), shape[1]);
    }
    let formula = GradientRectified { gradient: gradient(shape, of_batch, gain, sums), shift };
    map(shape, channels, formula, [dy, x], dx, adds);
}

fn gradient<'a, T: Float>(
    [_, channels, _]: [usize; 3],
    (mean, rstd): (&'a [T], &'a [T]),
    gain: Option<&'a [T]>,
    (sum, moment, n): (&'a [T], &'a [T], usize),
) -> Gradient<'a, T> {
    for (what, len) in
        [("mean", mean.len()), ("rstd", rstd.len()), ("sum", sum.len()), ("moment", moment.len())]
    {
        check(what, len, channels);
    }
    if let Some(gain) = gain {
        check("gain", gain.len(), channels);
    }
    Gradient { mean, rstd, gain, sum, moment, share: T::of(1.0 / n.max(1) as f64) }
}

/// dx += dy γ ρ for a range of the channels, or dx = that if not `adds`: the gradient of [`transform`] by
/// a = γ ρ; `dy` and `dx` are `[rows, channels, inner]`, ρ is `rstd` and γ is `gain`, `[channels]` both;
/// without `gain`, γ is 1.
///
/// # Panics
/// If a slice has another length than the shape says, or if there are fewer channels.
pub fn backward_transform<T: Float>(
    shape: [usize; 3],
    channels: Range<usize>,
    dy: &[T],
    (rstd, gain): (&[T], Option<&[T]>),
    (dx, adds): (&mut [T], bool),
) {
    check("rstd", rstd.len(), shape[1]);
    if let Some(gain) = gain {
        check("gain", gain.len(), shape[1]);
    }
    map(shape, channels, Scaled { rstd, gain }, [dy], dx, adds);
}

fn map<T: Float, F: Formula<T, N, K>, const N: usize, const K: usize>(
    shape: [usize; 3],
    channels: Range<usize>,
    formula: F,
    x: [&[T]; N],
    y: &mut [T],
    adds: bool,
) {
    for x in x {
        check("an input", x.len(), len(shape));
    }
    check("the output", y.len(), len(shape));
    check_channels(shape, &channels);
    match adds {
        false => dispatch(Map::<T, F, N, K, false> { shape, channels, formula, x, y }),
        true => dispatch(Map::<T, F, N, K, true> { shape, channels, formula, x, y }),
    }
}

fn len([rows, channels, inner]: [usize; 3]) -> usize {
    rows * channels * inner
}

fn check(what: &str, len: usize, expected: usize) {
    assert!(len == expected, "BatchNorm: {what} has {len} numbers instead of {expected}");
}

fn check_channels(shape: [usize; 3], channels: &Range<usize>) {
    let (Range { start, end }, all) = (channels, shape[1]);
    assert!(start <= end && *end <= all, "BatchNorm: channels {start} to {end} of {all}");
}

/// ε as the number type has it.
fn rounded<T: Float>(epsilon: f64) -> T {
    let rounded = T::of(epsilon);
    let is_right = rounded > T::ZERO && rounded.is_finite();
    assert!(is_right, "BatchNorm: epsilon is {epsilon:e}, no positive finite {}", T::NAME);
    rounded
}
