//! Functions of each row of a matrix `[rows, width]`, which lies in a slice row by row.
//!
//! | function | result, for each row |
//! | --- | --- |
//! | [`softmax`], [`softmax_in_place`] | e^xᵢ / Σ e^x |
//! | [`log_softmax`], [`log_softmax_in_place`] | xᵢ - ln Σ e^x |
//! | [`log_sum_exp`] | ln Σ e^x |
//! | [`argmax`] | where the largest number is |
//!
//! A row has the same result alone and among others; in place and not. Sums are in the canonical
//! order of [`reduce`]. A kernel that is already running at some level calls the
//! functions of the same names in [`within`], or in [`reduce::within`], for each of its rows.

pub mod within;

use crate::{Float, Kernel, Lanes, dispatch, reduce};

/// yᵢ = e^xᵢ / Σ e^x over each row of `[rows, width]`: positive, with the sum 1. PyTorch's
/// `softmax(dim=-1)`.
///
/// The largest x of the row is subtracted first, which changes nothing but keeps every exponential
/// in range. An x of -∞ becomes 0; a row whose largest x is infinite, or that holds a NaN, becomes
/// NaN.
///
/// ```
/// let mut y = [0.0_f32; 4];
/// neuropil_simd::rows::softmax(2, &[0.0, 0.0, 1000.0, -1000.0], &mut y);
/// assert_eq!(y, [0.5, 0.5, 1.0, 0.0]);
/// ```
///
/// # Panics
/// If `x` is not whole rows, or `y` has another length.
pub fn softmax<T: Float>(width: usize, x: &[T], y: &mut [T]) {
    check("softmax", width, x.len(), y.len(), 1);
    dispatch(Softmax { width, x, y });
}

/// [`softmax`] of what `y` holds.
///
/// # Panics
/// If `y` is not whole rows.
pub fn softmax_in_place<T: Float>(width: usize, y: &mut [T]) {
    check("softmax", width, y.len(), y.len(), 1);
    dispatch(SoftmaxInPlace { width, y });
}

/// yᵢ = xᵢ - ln Σ e^x over each row of `[rows, width]`: the logarithms of [`softmax`], also where
/// that is zero. PyTorch's `log_softmax(dim=-1)`.
///
/// An x of -∞ stays -∞; a row whose largest x is infinite, or that holds a NaN, becomes NaN. The
/// absolute error is about an ε of 1 plus one of y.
///
/// ```
/// let mut y = [0.0_f32; 4];
/// neuropil_simd::rows::log_softmax(2, &[3.0, 3.0, 1000.0, -1000.0], &mut y);
/// assert_eq!(y, [-std::f32::consts::LN_2, -std::f32::consts::LN_2, 0.0, -2000.0]);
/// ```
///
/// # Panics
/// If `x` is not whole rows, or `y` has another length.
pub fn log_softmax<T: Float>(width: usize, x: &[T], y: &mut [T]) {
    check("log_softmax", width, x.len(), y.len(), 1);
    dispatch(LogSoftmax { width, x, y });
}

/// [`log_softmax`] of what `y` holds.
///
/// # Panics
/// If `y` is not whole rows.
pub fn log_softmax_in_place<T: Float>(width: usize, y: &mut [T]) {
    check("log_softmax", width, y.len(), y.len(), 1);
    dispatch(LogSoftmaxInPlace { width, y });
}

/// y = ln Σ e^x of each row: `x` is `[rows, width]`, `y` is `[rows]`. See
/// [`reduce::log_sum_exp`].
///
/// ```
/// let mut y = [0.0_f32; 2];
/// neuropil_simd::rows::log_sum_exp(2, &[3.0, f32::NEG_INFINITY, 1000.0, -1000.0], &mut y);
/// assert_eq!(y, [3.0, 1000.0]);
/// ```
///
/// # Panics
/// If `x` is not whole rows, or `y` has not a number for each.
pub fn log_sum_exp<T: Float>(width: usize, x: &[T], y: &mut [T]) {
    check("log_sum_exp", width, x.len(), y.len(), width);
    dispatch(LogSumExp { width, x, y });
}

/// Where the largest number of each row is, the first of equal ones: `x` is `[rows, width]`, `y` is
/// `[rows]`. The first NaN of a row counts as its largest number, as in PyTorch's `argmax(dim=-1)`.
///
/// ```
/// let mut y = [0; 2];
/// neuropil_simd::rows::argmax(3, &[1.0, 5.0, 5.0, 0.0_f32, -1.0, -2.0], &mut y);
/// assert_eq!(y, [1, 0]);
/// ```
///
/// # Panics
/// If `x` is not whole rows, or `y` has not a place for each, or if a row has 2^32 numbers or more.
pub fn argmax<T: Float>(width: usize, x: &[T], y: &mut [u32]) {
    check("argmax", width, x.len(), y.len(), width);
    assert!(u32::try_from(width).is_ok(), "argmax: rows of {width} numbers");
    dispatch(Argmax { width, x, y });
}

/// Checks that `x` is rows, and that `y` has a number for each `per` of x.
fn check(name: &str, width: usize, x: usize, y: usize, per: usize) {
    assert!(
        x == 0 || width != 0 && x.is_multiple_of(width),
        "{name}: {x} numbers are not whole rows of {width}"
    );
    let expected = if x == 0 { 0 } else { x / per };
    assert_eq!(y, expected, "{name}: y has {y} numbers for {x} in rows of {width}");
}

/// A kernel for each function of [`within`] that makes a row of a row.
macro_rules! of_rows {
    ($($kernel:ident, $name:ident, $in_place_kernel:ident, $in_place:ident;)*) => {$(
        struct $kernel<'a, T> {
            width: usize,
            x: &'a [T],
            y: &'a mut [T],
        }

        impl<T: Float> Kernel<T> for $kernel<'_, T> {
            type Out = ();
            #[inline(always)]
            fn run<V: Lanes<T>>(self) {
                // Without numbers, there are no rows either.
                let width = self.width.max(1);
                for (x, y) in self.x.chunks_exact(width).zip(self.y.chunks_exact_mut(width)) {
                    within::$name::<T, V>(x, y);
                }
            }
        }

        struct $in_place_kernel<'a, T> {
            width: usize,
            y: &'a mut [T],
        }

        impl<T: Float> Kernel<T> for $in_place_kernel<'_, T> {
            type Out = ();
            #[inline(always)]
            fn run<V: Lanes<T>>(self) {
                for y in self.y.chunks_exact_mut(self.width.max(1)) {
                    within::$in_place::<T, V>(y);
                }
            }
        }
    )*};
}

of_rows! {
    Softmax, softmax, SoftmaxInPlace, softmax_in_place;
    LogSoftmax, log_softmax, LogSoftmaxInPlace, log_softmax_in_place;
}

struct LogSumExp<'a, T> {
    width: usize,
    x: &'a [T],
    y: &'a mut [T],
}

impl<T: Float> Kernel<T> for LogSumExp<'_, T> {
    type Out = ();
    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        for (x, y) in self.x.chunks_exact(self.width.max(1)).zip(self.y) {
            *y = reduce::within::log_sum_exp::<T, V>(x);
        }
    }
}

struct Argmax<'a, T> {
    width: usize,
    x: &'a [T],
    y: &'a mut [u32],
}

impl<T: Float> Kernel<T> for Argmax<'_, T> {
    type Out = ();
    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        for (x, y) in self.x.chunks_exact(self.width.max(1)).zip(self.y) {
            // A row is not empty, and `argmax` has checked its length.
            *y = reduce::within::argmax::<T, V>(x).unwrap_or_default() as u32;
        }
    }
}
