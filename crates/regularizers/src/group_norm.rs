//! Group normalization: each group of channels of a row brought to mean 0 and variance 1, then scaled
//! and shifted by channel. With as many groups as channels it is instance normalization, with one group
//! layer normalization over channels and places.
//!
//! x is `[rows, channels, inner]`: `inner` is the product of the axes behind the channels, 1 if there
//! are none. With n = channels/groups · inner numbers in a group, and a gain γ and a shift β for each
//! channel:
//!
//! | | |
//! | --- | --- |
//! | mean μ | 1/n Σ x, of a group |
//! | rstd ρ | 1/√(1/n Σ (x - μ)² + ε) |
//! | y | (x - μ) ρ γ + β |
//! | dx | ρ (g - 1/n Σ g - x̂ 1/n Σ g x̂), with g = dy γ and x̂ = (x - μ) ρ |
//! | dγ, dβ | Σ dy x̂ and Σ dy, over the rows and places of a channel |
//!
//! μ and ρ are kept for the way back, `[rows, groups]` both. They are as exact as those of
//! [`layer_norm`](crate::layer_norm): a large mean costs no more than its own rounding. The equal numbers of a
//! constant group, and a group of a single number, become zeros, or β.
//!
//! A row has the same result alone and among others, and rows may be shared out among threads. Sums
//! over a plane of a channel are in the canonical order of [`neuropil_simd::reduce`], those over the
//! planes of a group too, and those over the rows in theirs.
//!
//! Source: Wu and He, "Group Normalization" (2018); Ulyanov, Vedaldi and Lempitsky, "Instance
//! Normalization: The Missing Ingredient for Fast Stylization" (2016). Equals PyTorch's `nn.GroupNorm`,
//! and `nn.InstanceNorm1d` to `3d` without running statistics.
//!
//! ```
//! use neuropil_regularizers::group_norm::{self, EPSILON};
//!
//! let shape = [1, 4, 1]; // a row of four channels in two groups
//! let (x, mut y, mut mean, mut rstd) = ([1.0_f64, 3.0, 5.0, 5.0], [0.0; 4], [0.0; 2], [0.0; 2]);
//! group_norm::forward(shape, 2, &x, None, EPSILON, &mut y, &mut mean, &mut rstd);
//! assert_eq!(mean, [2.0, 5.0]);
//! assert!((y[0] + 1.0).abs() < 1e-5 && (y[1] - 1.0).abs() < 1e-5);
//! assert_eq!(y[2..], [0.0, 0.0]);
//! ```

use crate::batch_norm::planes::{At, Formula, Map};
use crate::deviation::{Moment, mean_and_variance};
use crate::layer_norm::backward_alone;
use neuropil_simd::reduce::within;
use neuropil_simd::{Float, Kernel, Lanes, dispatch};

/// What is added to the variance: 10⁻⁵, as in PyTorch.
pub const EPSILON: f64 = 1e-5;

/// Mean and variance of each group, `[rows, groups]` both, for groups of `n` numbers side by side: what
/// running statistics are made of.
///
/// # Panics
/// If `x` is not a group for each place of `mean`, or if `variance` is not as long.
pub fn statistics<T: Float>(n: usize, x: &[T], mean: &mut [T], variance: &mut [T]) {
    check("x", x.len(), n * mean.len());
    check("variance", variance.len(), mean.len());
    if n > 0 {
        dispatch(Statistics { n, x, mean, variance });
    }
}

/// y = (x - μ) ρ γ + β, `[rows, channels, inner]`; `affine` is γ and β, `[channels]` both; without them, γ
/// is 1 and β is 0. Writes μ and ρ to `mean` and `rstd`, `[rows, groups]`. `epsilon` is ε, [`EPSILON`] as
/// a rule.
///
/// # Panics
/// If the channels are no whole groups, if ε, rounded to `T`, is not positive and finite, or if a slice
/// has another length.
#[expect(clippy::too_many_arguments, reason = "they are what the formula is made of")]
pub fn forward<T: Float>(
    shape: [usize; 3],
    groups: usize,
    x: &[T],
    affine: Option<(&[T], &[T])>,
    epsilon: f64,
    y: &mut [T],
    mean: &mut [T],
    rstd: &mut [T],
) {
    check_shape(shape, groups, x.len());
    check("y", y.len(), x.len());
    check("mean", mean.len(), shape[0] * groups);
    check("rstd", rstd.len(), shape[0] * groups);
    if let Some((gain, shift)) = affine {
        check("gain", gain.len(), shape[1]);
        check("shift", shift.len(), shape[1]);
    }
    let rounded = T::of(epsilon);
    let is_right = rounded > T::ZERO && rounded.is_finite();
    assert!(is_right, "GroupNorm: epsilon is {epsilon:e}, no positive finite {}", T::NAME);
    if !x.is_empty() {
        dispatch(Forward { shape, groups, x, affine, epsilon: rounded, y, mean, rstd });
    }
}

/// Σ dy and Σ dy (x - μ) of each channel of each row, into `sums`, `[rows, channels]` both, and dx += ρ (g -
/// 1/n Σ g - x̂ 1/n Σ g x̂) with g = dy γ, or dx = that if not `adds`, if there is a dx to write to. `of_group`
/// is μ and ρ as [`forward`] has written them; without `gain`, γ is 1.
///
/// # Panics
/// If the channels are no whole groups, or a slice has another length.
pub fn backward<T: Float>(
    shape: [usize; 3],
    groups: usize,
    (x, dy): (&[T], &[T]),
    (mean, rstd): (&[T], &[T]),
    gain: Option<&[T]>,
    (sum, moment): (&mut [T], &mut [T]),
    dx: Option<(&mut [T], bool)>,
) {
    let [rows, channels, _] = shape;
    check_shape(shape, groups, x.len());
    check("dy", dy.len(), x.len());
    check("mean", mean.len(), rows * groups);
    check("rstd", rstd.len(), rows * groups);
    check("sum", sum.len(), rows * channels);
    check("moment", moment.len(), rows * channels);
    if let Some(gain) = gain {
        check("gain", gain.len(), channels);
    }
    if x.is_empty() {
        return;
    }
    dispatch(Sums { shape, groups, x, dy, mean, sum, moment });
    if let Some((dx, adds)) = dx {
        check("dx", dx.len(), x.len());
        if x.len() == rows * groups {
            if !adds {
                dx.fill(T::ZERO);
            }
            return backward_alone(dy, dx);
        }
        let of_group = (mean, rstd);
        let (sum, moment) = (&*sum, &*moment);
        if adds {
            let kernel =
                Backward::<T, true> { shape, groups, x, dy, of_group, gain, sum, moment, dx };
            dispatch(kernel);
        } else {
            let kernel =
                Backward::<T, false> { shape, groups, x, dy, of_group, gain, sum, moment, dx };
            dispatch(kernel);
        }
    }
}

/// dγ += Σ ρ Σ dy (x - μ) and dβ += Σ Σ dy, over the rows in their order; `sums` is what [`backward`] has
/// written.
///
/// # Panics
/// If the channels are no whole groups, or a slice has another length.
pub fn backward_affine<T: Float>(
    groups: usize,
    (sum, moment): (&[T], &[T]),
    rstd: &[T],
    dgain: Option<&mut [T]>,
    dshift: Option<&mut [T]>,
) {
    let rows = rstd.len().checked_div(groups).unwrap_or(0);
    check("moment", moment.len(), sum.len());
    if let Some(dshift) = dshift {
        check("sum", sum.len(), rows * dshift.len());
        for sum in sum.chunks_exact(dshift.len().max(1)) {
            for (dshift, &sum) in dshift.iter_mut().zip(sum) {
                *dshift += sum;
            }
        }
    }
    if let Some(dgain) = dgain {
        check("moment", moment.len(), rows * dgain.len());
        let channels = dgain.len().max(1);
        let each = channels / groups.max(1);
        for (moment, rstd) in moment.chunks_exact(channels).zip(rstd.chunks_exact(groups.max(1))) {
            let of_group = dgain.chunks_mut(each.max(1)).zip(moment.chunks(each.max(1))).zip(rstd);
            for ((dgain, moment), &rstd) in of_group {
                for (dgain, &moment) in dgain.iter_mut().zip(moment) {
                    *dgain += rstd * moment;
                }
            }
        }
    }
}

fn check_shape([rows, channels, inner]: [usize; 3], groups: usize, len: usize) {
    let is_whole = groups > 0 && channels.is_multiple_of(groups);
    assert!(is_whole, "GroupNorm: {channels} channels are no {groups} groups");
    check("x", len, rows * channels * inner);
}

fn check(what: &str, len: usize, expected: usize) {
    assert!(len == expected, "GroupNorm: {what} has {len} numbers instead of {expected}");
}

struct Statistics<'a, T> {
    n: usize,
    x: &'a [T],
    mean: &'a mut [T],
    variance: &'a mut [T],
}

impl<T: Float> Kernel<T> for Statistics<'_, T> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let share = T::of(1.0 / self.n as f64);
        let of_group = self.mean.iter_mut().zip(self.variance);
        for (x, (mean, variance)) in self.x.chunks_exact(self.n).zip(of_group) {
            (*mean, *variance) = mean_and_variance::<T, V>(x, share);
        }
    }
}

/// (x - μ) a, with a = ρ
#[derive(Clone, Copy)]
struct Normal<T> {
    mean: T,
    rstd: T,
}

impl<T: Float> Formula<T, 1, 1> for Normal<T> {
    #[inline(always)]
    fn of_channel<V: Lanes<T>>(&self, _at: At) -> [V; 1] {
        [V::splat(self.rstd)]
    }

    #[inline(always)]
    fn value<V: Lanes<T>>(&self, [x]: [V; 1], [rstd]: [V; 1]) -> V {
        (x - V::splat(self.mean)) * rstd
    }
}

/// (x - μ) ρ γ + β
#[derive(Clone, Copy)]
struct NormalAffine<'a, T> {
    mean: T,
    rstd: T,
    gain: &'a [T],
    shift: &'a [T],
}

impl<T: Float> Formula<T, 1, 2> for NormalAffine<'_, T> {
    #[inline(always)]
    fn of_channel<V: Lanes<T>>(&self, at: At) -> [V; 2] {
        [at.of(self.gain), at.of(self.shift)]
    }

    #[inline(always)]
    fn value<V: Lanes<T>>(&self, [x]: [V; 1], [gain, shift]: [V; 2]) -> V {
        ((x - V::splat(self.mean)) * V::splat(self.rstd)).mul_add(gain, shift)
    }
}

struct Forward<'a, T> {
    shape: [usize; 3],
    groups: usize,
    x: &'a [T],
    affine: Option<(&'a [T], &'a [T])>,
    epsilon: T,
    y: &'a mut [T],
    mean: &'a mut [T],
    rstd: &'a mut [T],
}

impl<T: Float> Kernel<T> for Forward<'_, T> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let Self { shape: [_, channels, inner], groups, x, affine, epsilon, y, mean, rstd } = self;
        let each = channels / groups;
        let n = each * inner;
        let share = T::of(1.0 / n as f64);
        let of_group = mean.iter_mut().zip(rstd).enumerate();
        for ((x, y), (i, (mean, rstd))) in
            x.chunks_exact(n).zip(y.chunks_exact_mut(n)).zip(of_group)
        {
            let variance;
            (*mean, variance) = mean_and_variance::<T, V>(x, share);
            *rstd = T::ONE / (variance + epsilon).sqrt();
            let (mean, rstd, shape) = (*mean, *rstd, [1, each, inner]);
            match affine {
                None => {
                    let formula = Normal { mean, rstd };
                    let shape = [1, 1, n];
                    Map::<T, _, 1, 1, false> { shape, channels: 0..1, formula, x: [x], y }
                        .run::<V>();
                }
                Some((gain, shift)) => {
                    let first = i % groups * each;
                    let (gain, shift) = (&gain[first..first + each], &shift[first..first + each]);
                    let formula = NormalAffine { mean, rstd, gain, shift };
                    Map::<T, _, 1, 2, false> { shape, channels: 0..each, formula, x: [x], y }
                        .run::<V>();
                }
            }
        }
    }
}

/// Σ dy and Σ dy (x - μ) of each plane.
struct Sums<'a, T> {
    shape: [usize; 3],
    groups: usize,
    x: &'a [T],
    dy: &'a [T],
    mean: &'a [T],
    sum: &'a mut [T],
    moment: &'a mut [T],
}

impl<T: Float> Kernel<T> for Sums<'_, T> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let Self { shape: [_, channels, inner], groups, x, dy, mean, sum, moment } = self;
        let each = channels / groups;
        let n = each * inner;
        let sums = sum.chunks_exact_mut(each).zip(moment.chunks_exact_mut(each));
        let of_group = x.chunks_exact(n).zip(dy.chunks_exact(n)).zip(mean);
        for (((x, dy), &mean), (sum, moment)) in of_group.zip(sums) {
            if inner == 1 {
                sum.copy_from_slice(dy);
                for ((moment, &x), &dy) in moment.iter_mut().zip(x).zip(dy) {
                    *moment = dy * (x - mean);
                }
                continue;
            }
            let planes = x.chunks_exact(inner).zip(dy.chunks_exact(inner));
            for ((x, dy), (sum, moment)) in planes.zip(sum.iter_mut().zip(moment)) {
                *sum = within::sum::<T, V>(dy);
                *moment = within::sum_of::<T, V, _, 2>(Moment { mean }, [dy, x]);
            }
        }
    }
}

/// dy a + (x - μ) s + t, with a = ρ γ
#[derive(Clone, Copy)]
struct Gradient<'a, T> {
    mean: T,
    rstd: T,
    slope: T,
    offset: T,
    gain: Option<&'a [T]>,
}

impl<T: Float> Formula<T, 2, 1> for Gradient<'_, T> {
    #[inline(always)]
    fn of_channel<V: Lanes<T>>(&self, at: At) -> [V; 1] {
        match self.gain {
            None => [V::splat(self.rstd)],
            Some(gain) => [at.of::<T, V>(gain) * V::splat(self.rstd)],
        }
    }

    #[inline(always)]
    fn value<V: Lanes<T>>(&self, [dy, x]: [V; 2], [scale]: [V; 1]) -> V {
        let inner = (x - V::splat(self.mean)).mul_add(V::splat(self.slope), V::splat(self.offset));
        dy.mul_add(scale, inner)
    }
}

struct Backward<'a, T, const ADDS: bool> {
    shape: [usize; 3],
    groups: usize,
    x: &'a [T],
    dy: &'a [T],
    of_group: (&'a [T], &'a [T]),
    gain: Option<&'a [T]>,
    sum: &'a [T],
    moment: &'a [T],
    dx: &'a mut [T],
}

impl<T: Float, const ADDS: bool> Kernel<T> for Backward<'_, T, ADDS> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let Self { shape: [_, channels, inner], groups, x, dy, of_group, gain, sum, moment, dx } =
            self;
        let each = channels / groups;
        let n = each * inner;
        let share = T::of(1.0 / n as f64);
        let pieces = x.chunks_exact(n).zip(dy.chunks_exact(n)).zip(dx.chunks_exact_mut(n));
        let of_group = of_group.0.iter().zip(of_group.1).enumerate();
        let sums = sum.chunks_exact(each).zip(moment.chunks_exact(each));
        for ((((x, dy), dx), (i, (&mean, &rstd))), (sum, moment)) in pieces.zip(of_group).zip(sums)
        {
            let first = i % groups * each;
            let gain = gain.map(|gain| &gain[first..first + each]);
            let (sum, moment) = match gain {
                None => (within::sum::<T, V>(sum), within::sum::<T, V>(moment)),
                Some(gain) => (within::dot::<T, V>(sum, gain), within::dot::<T, V>(moment, gain)),
            };
            // dx = ρ g - (ρ³ Σ g (x - μ)/n) (x - μ) - ρ Σ g/n
            let slope = T::ZERO - moment * share * rstd * rstd * rstd;
            let offset = T::ZERO - sum * share * rstd;
            let formula = Gradient { mean, rstd, slope, offset, gain };
            // Without a gain all of a group is alike.
            let shape = if gain.is_some() { [1, each, inner] } else { [1, 1, n] };
            let channels = 0..shape[1];
            Map::<T, _, 2, 1, ADDS> { shape, channels, formula, x: [dy, x], y: dx }.run::<V>();
        }
    }
}
