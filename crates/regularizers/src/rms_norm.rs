//! Root-mean-square normalization: each row divided by its root mean square, then scaled.
//!
//! For a row x of `width` numbers, with a gain γ for each place of a row:
//!
//! | | |
//! | --- | --- |
//! | ρ | 1/√(1/width Σ x² + ε) |
//! | y | x ρ γ |
//! | dx | ρ (g - x ρ² 1/width Σ g x), with g = dy γ |
//! | dγ | Σ over the rows of dy x ρ |
//!
//! It is layer normalization without the mean, and half the work. ρ is kept for the way back, a number
//! for each row. Sums over a row are in the canonical order of [`neuropil_simd::reduce`], those over the
//! rows in theirs: a row has the same result alone and among others.
//!
//! ε is the distance from 1 to the next number of the type by default ([`epsilon`]): 1.2 · 10⁻⁷ in `f32`,
//! 2.2 · 10⁻¹⁶ in `f64`, as with PyTorch's `eps=None`. Most language models set 10⁻⁵ or 10⁻⁶. A row of
//! zeros stays one. A row whose squares overflow (of numbers beyond some 10¹⁹ in `f32`) becomes zeros.
//!
//! Source: Zhang and Sennrich, "Root Mean Square Layer Normalization" (2019). Equals PyTorch's
//! `nn.RMSNorm`.
//!
//! ```
//! use neuropil_regularizers::rms_norm;
//!
//! let (x, mut y, mut rrms) = ([3.0_f64, 4.0], [0.0; 2], [0.0]);
//! rms_norm::forward(2, &x, None, rms_norm::epsilon::<f64>(), &mut y, &mut rrms);
//! let root = 12.5_f64.sqrt(); // of the mean of 9 and 16
//! assert!((y[0] - 3.0 / root).abs() < 1e-12 && (y[1] - 4.0 / root).abs() < 1e-12);
//! ```

use neuropil_simd::reduce::{Term, within};
use neuropil_simd::{Float, Kernel, Lanes, dispatch};

/// What is added to the mean of the squares by default: the distance from 1 to the next number.
pub fn epsilon<T: Float>() -> f64 {
    T::EPSILON.to_f64()
}

/// y = x ρ γ for each row of `x`, `[rows, width]`; `gain` is γ, `[width]`, 1 if there is none. Writes ρ to
/// `rrms`, `[rows]`.
///
/// # Panics
/// If ε, rounded to `T`, is not positive and finite, or if a slice has another length.
pub fn forward<T: Float>(
    width: usize,
    x: &[T],
    gain: Option<&[T]>,
    epsilon: f64,
    y: &mut [T],
    rrms: &mut [T],
) {
    let rows = rows(width, x.len());
    check("y", y.len(), x.len());
    check("rrms", rrms.len(), rows);
    if let Some(gain) = gain {
        check("gain", gain.len(), width);
    }
    let rounded = T::of(epsilon);
    let is_right = rounded > T::ZERO && rounded.is_finite();
    assert!(is_right, "RmsNorm: epsilon is {epsilon:e}, no positive finite {}", T::NAME);
    if rows > 0 {
        dispatch(Forward { width, x, gain, epsilon: rounded, y, rrms });
    }
}

/// dx += ρ (g - x ρ² 1/width Σ g x) for each row, with g = dy γ; `x`, `dy` and `dx` are `[rows, width]`, ρ is
/// what [`forward`] has written.
///
/// # Panics
/// If a slice has another length.
pub fn backward<T: Float>(
    width: usize,
    x: &[T],
    gain: Option<&[T]>,
    rrms: &[T],
    dy: &[T],
    dx: &mut [T],
) {
    let rows = rows(width, x.len());
    check("dy", dy.len(), x.len());
    check("dx", dx.len(), x.len());
    check("rrms", rrms.len(), rows);
    if let Some(gain) = gain {
        check("gain", gain.len(), width);
    }
    if rows > 0 {
        dispatch(Backward { width, x, gain, rrms, dy, dx });
    }
}

/// dγ += Σ dy x ρ, over the rows in their order, of the places from `first` on, as many as `dgain` has room
/// for; `x` and `dy` are all of `[rows, width]`.
///
/// # Panics
/// If a slice has another length, or there are fewer places.
pub fn backward_gain<T: Float>(
    width: usize,
    first: usize,
    x: &[T],
    rrms: &[T],
    dy: &[T],
    dgain: &mut [T],
) {
    let rows = rows(width, x.len());
    check("dy", dy.len(), x.len());
    check("rrms", rrms.len(), rows);
    let end = first + dgain.len();
    assert!(end <= width, "RmsNorm: places {first} to {end} of {width}");
    if rows > 0 {
        dispatch(BackwardGain { width, first, x, rrms, dy, dgain });
    }
}

/// The number of rows.
fn rows(width: usize, len: usize) -> usize {
    let rows = len.checked_div(width).unwrap_or(0);
    assert!(rows * width == len, "RmsNorm: {len} numbers are no rows of {width}");
    rows
}

fn check(what: &str, len: usize, expected: usize) {
    assert!(len == expected, "RmsNorm: {what} has {len} numbers instead of {expected}");
}

/// A vector from place `i` on, or what is left of one.
#[inline(always)]
fn at<T: Float, V: Lanes<T>>(x: &[T], i: usize) -> V {
    if x.len() - i >= V::LEN { V::load(&x[i..]) } else { V::load_partial(&x[i..]) }
}

#[inline(always)]
fn put<T: Float, V: Lanes<T>>(value: V, y: &mut [T], i: usize) {
    if y.len() - i >= V::LEN { value.store(&mut y[i..]) } else { value.store_partial(&mut y[i..]) }
}

struct Forward<'a, T> {
    width: usize,
    x: &'a [T],
    gain: Option<&'a [T]>,
    epsilon: T,
    y: &'a mut [T],
    rrms: &'a mut [T],
}

impl<T: Float> Kernel<T> for Forward<'_, T> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let Self { width, x, gain, epsilon, y, rrms } = self;
        let share = T::of(1.0 / width as f64);
        let rows = x.chunks_exact(width).zip(y.chunks_exact_mut(width));
        for ((x, y), rrms) in rows.zip(rrms) {
            let square = within::sum_of_squares::<T, V>(x) * share;
            *rrms = T::ONE / (square + epsilon).sqrt();
            let rho = V::splat(*rrms);
            let mut i = 0;
            match gain {
                None => {
                    while i < width {
                        put(at::<T, V>(x, i) * rho, y, i);
                        i += V::LEN;
                    }
                }
                Some(gain) => {
                    while i < width {
                        put(at::<T, V>(x, i) * rho * at::<T, V>(gain, i), y, i);
                        i += V::LEN;
                    }
                }
            }
        }
    }
}

/// dy γ x
#[derive(Clone, Copy)]
struct Triple;

impl<T: Float> Term<T, 3> for Triple {
    #[inline(always)]
    fn term<V: Lanes<T>>(&self, [dy, gain, x]: [V; 3]) -> V {
        dy * gain * x
    }

    #[inline(always)]
    fn add<V: Lanes<T>>(&self, sum: V, [dy, gain, x]: [V; 3]) -> V {
        (dy * gain).mul_add(x, sum)
    }
}

struct Backward<'a, T> {
    width: usize,
    x: &'a [T],
    gain: Option<&'a [T]>,
    rrms: &'a [T],
    dy: &'a [T],
    dx: &'a mut [T],
}

impl<T: Float> Kernel<T> for Backward<'_, T> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let Self { width, x, gain, rrms, dy, dx } = self;
        let share = T::of(1.0 / width as f64);
        let rows = x.chunks_exact(width).zip(dy.chunks_exact(width));
        for ((x, dy), (dx, &rrms)) in rows.zip(dx.chunks_exact_mut(width).zip(rrms)) {
            let moment = match gain {
                None => within::dot::<T, V>(dy, x),
                Some(gain) => within::sum_of::<T, V, _, 3>(Triple, [dy, gain, x]),
            };
            // Multiplied in this order, tiny and huge rows keep their digits.
            let slope = T::ZERO - moment * rrms * share * rrms * rrms;
            let (slope, rho) = (V::splat(slope), V::splat(rrms));
            let mut i = 0;
            while i < width {
                let g = at::<T, V>(dy, i);
                let g = match gain {
                    None => g,
                    Some(gain) => g * at::<T, V>(gain, i),
                };
                let change = g.mul_add(rho, at::<T, V>(x, i) * slope);
                put(at::<T, V>(dx, i) + change, dx, i);
                i += V::LEN;
            }
        }
    }
}

struct BackwardGain<'a, T> {
    width: usize,
    first: usize,
    x: &'a [T],
    rrms: &'a [T],
    dy: &'a [T],
    dgain: &'a mut [T],
}

impl<T: Float> Kernel<T> for BackwardGain<'_, T> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let Self { width, first, x, rrms, dy, dgain } = self;
        let places = first..first + dgain.len();
        let rows = x.chunks_exact(width).zip(dy.chunks_exact(width));
        for ((x, dy), &rrms) in rows.zip(rrms) {
            let (x, dy, rho) = (&x[places.clone()], &dy[places.clone()], V::splat(rrms));
            let mut i = 0;
            while i < dgain.len() {
                let normal = at::<T, V>(x, i) * rho;
                put(at::<T, V>(dy, i).mul_add(normal, at::<T, V>(dgain, i)), dgain, i);
                i += V::LEN;
            }
        }
    }
}
