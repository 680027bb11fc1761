//! Layer normalization: each row brought to mean 0 and variance 1, then scaled and shifted.
//!
//! For a row x of `width` numbers, with a gain γ and a shift β for each place of a row:
//!
//! | | |
//! | --- | --- |
//! | mean μ | 1/width Σ x |
//! | rstd ρ | 1/√(1/width Σ (x - μ)² + ε) |
//! | y | (x - μ) ρ γ + β |
//! | dx | ρ (g - 1/width Σ g - x̂ 1/width Σ g x̂), with g = dy γ and x̂ = (x - μ) ρ |
//! | dγ | Σ over the rows of dy x̂ |
//! | dβ | Σ over the rows of dy |
//!
//! μ and ρ are kept for the way back, a number of each for a row. The variance is that of the rows
//! themselves, divided by `width`, from centred squares. Where the mean is large beside the
//! deviations, the error of its sum would spoil them, so it is taken off: μ is then the nearest
//! number of its type or a neighbour of it, and y is off by no more than about a unit in the last
//! place of μ, times ρ. The equal numbers of a constant row become zeros, or β.
//!
//! Sums over a row are in the canonical order of [`neuropil_simd::reduce`], those over the rows in
//! theirs: a row has the same result alone and among others, and rows may be shared out among
//! threads for [`forward`] and [`backward`].
//!
//! A row whose sum overflows (beyond 3.4 · 10³⁸ in `f32`) becomes NaN. If only its squared deviations
//! do (of numbers beyond some 10¹⁹ in `f32`), ρ is 0 and the row becomes zeros, or β.
//!
//! Source: Ba, Kiros and Hinton, "Layer Normalization" (2016). Equals PyTorch's `nn.LayerNorm` over
//! the last axis.
//!
//! ```
//! use neuropil_regularizers::layer_norm::{self, EPSILON};
//!
//! let x = [1.0_f64, 3.0, 10.0, 10.0]; // [2, 2]
//! let (mut y, mut mean, mut rstd) = ([0.0; 4], [0.0; 2], [0.0; 2]);
//! let (gain, shift) = ([1.0, 2.0], [0.0, 5.0]);
//! layer_norm::forward(2, &x, Some((&gain, &shift)), EPSILON, &mut y, &mut mean, &mut rstd);
//! assert_eq!(mean, [2.0, 10.0]);
//! assert!((y[0] + 1.0).abs() < 1e-5 && (y[1] - 7.0).abs() < 1e-4);
//! assert_eq!(y[2..], [0.0, 5.0]); // equal numbers: only ε keeps the quotient from 0/0
//! ```

use crate::deviation::{Moment, mean_and_variance};
use neuropil_simd::reduce::{Term, within};
use neuropil_simd::{Float, Kernel, Lanes, dispatch};

/// What is added to the variance: 10⁻⁵, as in PyTorch.
pub const EPSILON: f64 = 1e-5;

/// y = (x - μ) ρ γ + β for each row of `x`, `[rows, width]`. `affine` is the gain γ and the shift β,
/// `[width]` both; without them, γ is 1 and β is 0.
/// Writes μ and ρ to `mean` and `rstd`, `[rows]`. `epsilon` is ε, [`EPSILON`] as a rule.
///
/// # Panics
/// If ε, rounded to `T`, is not positive and finite, if `x` is not whole rows, if `y` has another length, if `mean` or `rstd` has not a number for
/// each row, or if the gain or the shift has not a number for each place.
pub fn forward<T: Float>(
    width: usize,
    x: &[T],
    affine: Option<(&[T], &[T])>,
    epsilon: f64,
    y: &mut [T],
    mean: &mut [T],
    rstd: &mut [T],
) {
    let rows = rows(width, x.len());
    check("y", y.len(), x.len());
    check("mean", mean.len(), rows);
    check("rstd", rstd.len(), rows);
    if let Some((gain, shift)) = affine {
        check("gain", gain.len(), width);
        check("shift", shift.len(), width);
    }
    let rounded = T::of(epsilon);
    let is_right = rounded > T::ZERO && rounded.is_finite();
    assert!(is_right, "LayerNorm: epsilon is {epsilon:e}, no positive finite {}", T::NAME);
    let epsilon = rounded;
    if rows == 0 {
        return;
    }
    match affine {
        None => {
            let affine: (&[T], &[T]) = (&[], &[]);
            dispatch(Forward::<T, false> { width, x, affine, epsilon, y, mean, rstd });
        }
        Some(affine) => {
            dispatch(Forward::<T, true> { width, x, affine, epsilon, y, mean, rstd });
        }
    }
}

/// dx += ρ (g - 1/width Σ g - x̂ 1/width Σ g x̂) for each row, with g = dy γ; `x`, `dy` and `dx` are
/// `[rows, width]`, μ and ρ are what [`forward`] has written. Without `gain`, γ is 1.
///
/// # Panics
/// If a slice has another length.
pub fn backward<T: Float>(
    width: usize,
    x: &[T],
    gain: Option<&[T]>,
    mean: &[T],
    rstd: &[T],
    dy: &[T],
    dx: &mut [T],
) {
    let rows = rows(width, x.len());
    check("dy", dy.len(), x.len());
    check("dx", dx.len(), x.len());
    check("mean", mean.len(), rows);
    check("rstd", rstd.len(), rows);
    if let Some(gain) = gain {
        check("gain", gain.len(), width);
    }
    if rows == 0 {
        return;
    }
    if width == 1 {
        return backward_alone(dy, dx);
    }
    match gain {
        None => dispatch(Backward::<T, false> { width, x, gain: &[], mean, rstd, dy, dx }),
        Some(gain) => dispatch(Backward::<T, true> { width, x, gain, mean, rstd, dy, dx }),
    }
}

/// A number alone is its own mean, whatever it is, so that its gradient is 0, to the last digit.
pub(crate) fn backward_alone<T: Float>(dy: &[T], dx: &mut [T]) {
    for (dx, &dy) in dx.iter_mut().zip(dy) {
        // Or NaN.
        *dx += dy * T::ZERO;
    }
}

/// dγ += Σ dy x̂ and dβ += Σ dy, over the rows in their order; both are `[width]`.
///
/// # Panics
/// If a slice has another length.
pub fn backward_affine<T: Float>(
    x: &[T],
    mean: &[T],
    rstd: &[T],
    dy: &[T],
    dgain: &mut [T],
    dshift: &mut [T],
) {
    backward_affine_part(dgain.len(), 0, (x, dy), (mean, rstd), (dgain, dshift));
}

/// The same for the places from `first` on, as many as `dgain` and `dshift` have room for, of rows of
/// `width` numbers. However the places are cut, the bits are the same.
///
/// # Panics
/// If a slice has another length, or there are fewer places.
pub fn backward_affine_part<T: Float>(
    width: usize,
    first: usize,
    (x, dy): (&[T], &[T]),
    (mean, rstd): (&[T], &[T]),
    (dgain, dshift): (&mut [T], &mut [T]),
) {
    let rows = rows(width, x.len());
    check("dshift", dshift.len(), dgain.len());
    check("dy", dy.len(), x.len());
    check("mean", mean.len(), rows);
    check("rstd", rstd.len(), rows);
    let end = first + dgain.len();
    assert!(end <= width, "LayerNorm: places {first} to {end} of {width}");
    if rows > 0 {
        dispatch(BackwardAffine { width, first, x, mean, rstd, dy, dgain, dshift });
    }
}

/// The number of rows.
fn rows(width: usize, len: usize) -> usize {
    let rows = len.checked_div(width).unwrap_or(0);
    assert!(rows * width == len, "LayerNorm: {len} numbers are no rows of {width}");
    rows
}

fn check(what: &str, len: usize, expected: usize) {
    assert!(len == expected, "LayerNorm: {what} has {len} numbers instead of {expected}");
}

struct Forward<'a, T, const AFFINE: bool> {
    width: usize,
    x: &'a [T],
    /// The gain and the shift, empty if there are none.
    affine: (&'a [T], &'a [T]),
    epsilon: T,
    y: &'a mut [T],
    mean: &'a mut [T],
    rstd: &'a mut [T],
}

impl<T: Float, const AFFINE: bool> Kernel<T> for Forward<'_, T, AFFINE> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let Self { width, x, affine: (gain, shift), epsilon, y, mean, rstd } = self;
        let share = T::of(1.0 / width as f64);
        let (gain, shift) = if AFFINE { (&gain[..width], &shift[..width]) } else { (gain, shift) };
        let rows = x.chunks_exact(width).zip(y.chunks_exact_mut(width));
        for ((x, y), (mean, rstd)) in rows.zip(mean.iter_mut().zip(rstd)) {
            let variance;
            (*mean, variance) = mean_and_variance::<T, V>(x, share);
            *rstd = T::ONE / (variance + epsilon).sqrt();

            let (mean, rstd) = (V::splat(*mean), V::splat(*rstd));
            // Cut to one length, so that the compiler sees that all are in bounds together.
            let (x, y) = (&x[..width], &mut y[..width]);
            let mut i = 0;
            while width - i >= V::LEN {
                let normal = (V::load(&x[i..]) - mean) * rstd;
                let y_i = if AFFINE {
                    normal.mul_add(V::load(&gain[i..]), V::load(&shift[i..]))
                } else {
                    normal
                };
                y_i.store(&mut y[i..]);
                i += V::LEN;
            }
            let y = &mut y[i..];
            if !y.is_empty() {
                let normal = (V::load_partial(&x[i..]) - mean) * rstd;
                let y_i = if AFFINE {
                    normal.mul_add(V::load_partial(&gain[i..]), V::load_partial(&shift[i..]))
                } else {
                    normal
                };
                y_i.store_partial(y);
            }
        }
    }
}

/// g = dy γ
#[derive(Clone, Copy)]
struct Weighted;

impl<T: Float> Term<T, 2> for Weighted {
    #[inline(always)]
    fn term<V: Lanes<T>>(&self, [dy, gain]: [V; 2]) -> V {
        dy * gain
    }

    #[inline(always)]
    fn add<V: Lanes<T>>(&self, sum: V, [dy, gain]: [V; 2]) -> V {
        dy.mul_add(gain, sum)
    }
}

struct Backward<'a, T, const GAIN: bool> {
    width: usize,
    x: &'a [T],
    gain: &'a [T],
    mean: &'a [T],
    rstd: &'a [T],
    dy: &'a [T],
    dx: &'a mut [T],
}

impl<T: Float, const GAIN: bool> Kernel<T> for Backward<'_, T, GAIN> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let Self { width, x, gain, mean, rstd, dy, dx } = self;
        let share = T::of(1.0 / width as f64);
        let gain = if GAIN { &gain[..width] } else { gain };
        let rows = x.chunks_exact(width).zip(dy.chunks_exact(width));
        let of_row = dx.chunks_exact_mut(width).zip(mean.iter().zip(rstd));
        for ((x, dy), (dx, (&mean, &rstd))) in rows.zip(of_row) {
            let moment = Moment { mean };
            let (sum, moment) = if GAIN {
                let sum = within::sum_of::<T, V, _, 2>(Weighted, [dy, gain]);
                (sum, within::sum_of::<T, V, _, 3>(moment, [dy, gain, x]))
            } else {
                (within::sum::<T, V>(dy), within::sum_of::<T, V, _, 2>(moment, [dy, x]))
            };
            // dx = ρ g - (ρ³ Σ g (x - μ)/width) (x - μ) - ρ Σ g/width
            let slope = T::ZERO - moment * share * rstd * rstd * rstd;
            let (mean, rstd, slope) = (V::splat(mean), V::splat(rstd), V::splat(slope));
            let offset = V::splat(sum * share) * -rstd;

            let (x, dy, dx) = (&x[..width], &dy[..width], &mut dx[..width]);
            let mut i = 0;
            while width - i >= V::LEN {
                let g = V::load(&dy[i..]);
                let g = if GAIN { g * V::load(&gain[i..]) } else { g };
                let inner = (V::load(&x[i..]) - mean).mul_add(slope, offset);
                (V::load(&dx[i..]) + g.mul_add(rstd, inner)).store(&mut dx[i..]);
                i += V::LEN;
            }
            let dx = &mut dx[i..];
            if !dx.is_empty() {
                let g = V::load_partial(&dy[i..]);
                let g = if GAIN { g * V::load_partial(&gain[i..]) } else { g };
                let inner = (V::load_partial(&x[i..]) - mean).mul_add(slope, offset);
                (V::load_partial(dx) + g.mul_add(rstd, inner)).store_partial(dx);
            }
        }
    }
}

struct BackwardAffine<'a, T> {
    width: usize,
    first: usize,
    x: &'a [T],
    mean: &'a [T],
    rstd: &'a [T],
    dy: &'a [T],
    dgain: &'a mut [T],
    dshift: &'a mut [T],
}

impl<T: Float> Kernel<T> for BackwardAffine<'_, T> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let Self { width, first, x, mean, rstd, dy, dgain, dshift } = self;
        let rows = x.chunks_exact(width).zip(dy.chunks_exact(width));
        let width = dgain.len();
        let (places, dshift) = (first..first + width, &mut dshift[..width]);
        for ((x, dy), (&mean, &rstd)) in rows.zip(mean.iter().zip(rstd)) {
            let (mean, rstd) = (V::splat(mean), V::splat(rstd));
            let mut i = 0;
            let (x, dy) = (&x[places.clone()], &dy[places.clone()]);
            while width - i >= V::LEN {
                let dy = V::load(&dy[i..]);
                let normal = (V::load(&x[i..]) - mean) * rstd;
                dy.mul_add(normal, V::load(&dgain[i..])).store(&mut dgain[i..]);
                (V::load(&dshift[i..]) + dy).store(&mut dshift[i..]);
                i += V::LEN;
            }
            if i < width {
                let (dgain, dshift) = (&mut dgain[i..], &mut dshift[i..]);
                let dy = V::load_partial(&dy[i..]);
                let normal = (V::load_partial(&x[i..]) - mean) * rstd;
                dy.mul_add(normal, V::load_partial(dgain)).store_partial(dgain);
                (V::load_partial(dshift) + dy).store_partial(dshift);
            }
        }
    }
}
