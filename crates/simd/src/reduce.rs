//! Sums and maxima of slices in one fixed order, whatever the instruction set.
//!
//! Floating-point addition is not associative, so a sum is a number only together with its order.
//! Here the order depends on the count of numbers alone:
//!
//! 1. The numbers are cut into leaves of [`LEAF`] = 4,096; the last one may be shorter.
//! 2. In a leaf, number `i` goes to chain `i mod 64` (`f32`) or `i mod 32` (`f64`). A chain starts
//!    at +0 and adds its numbers in ascending order. 64 chains are four accumulators of the widest
//!    vector there is; narrower vectors take more accumulators.
//! 3. The chains are folded by halving: chain `i` takes chain `i + n/2`, until one is left.
//! 4. The leaves are added as a balanced binary tree: of `n` leaves the largest power of two below
//!    `n` go to the left, the others to the right.
//!
//! So the error is at most about `(70 + log2(n / 4096)) / 2` [`EPSILON`](crate::Float::EPSILON)
//! times the sum of the absolute values, and 4,096 times less than that of one chain for long
//! slices. Sums of plain numbers have the same bits at every [`Level`](crate::Level). Sums of
//! products have the same bits at every level that fuses multiply and add.
//!
//! | function | result |
//! | --- | --- |
//! | [`sum`] | Σ x |
//! | [`dot`] | Σ x y |
//! | [`sum_of_squares`] | Σ x² |
//! | [`log_sum_exp`] | ln Σ e^x |
//! | [`largest`], [`smallest`] | max x, min x |
//! | [`argmax`], [`argmin`] | where they are |
//! | [`sum_of`] | Σ f(x, y, ...) for a [`Term`] f |
//! | [`sum_into`], [`sum_in_place`] | the same, and stores the terms |
//!
//! A kernel that is already running at some level, for example over the rows of a matrix, calls the
//! functions of the same names in [`within`].

mod terms;
pub mod within;

pub use terms::{ExpBelow, Product, ShiftedExp, Square, Term, Value};

use crate::{Float, Kernel, Lanes, dispatch};

/// Numbers in a leaf: a piece that is summed by chains.
pub const LEAF: usize = 4096;

/// The count of chains of a leaf: 64 for `f32`, 32 for `f64`.
#[inline(always)]
pub const fn chains<T: Float>() -> usize {
    256 / size_of::<T>()
}

/// Σ xᵢ in the canonical order; +0 when empty.
///
/// ```
/// assert_eq!(neuropil_simd::reduce::sum(&[1.0_f32, 2.0, 3.5]), 6.5);
/// ```
pub fn sum<T: Float>(x: &[T]) -> T {
    sum_of(Value, [x])
}

/// Σ xᵢ yᵢ in the canonical order; +0 when empty.
///
/// ```
/// assert_eq!(neuropil_simd::reduce::dot(&[1.0_f32, 2.0], &[3.0, 4.0]), 11.0);
/// ```
///
/// # Panics
/// If `x` and `y` differ in length.
pub fn dot<T: Float>(x: &[T], y: &[T]) -> T {
    sum_of(Product, [x, y])
}

/// Σ xᵢ² in the canonical order; +0 when empty.
///
/// ```
/// assert_eq!(neuropil_simd::reduce::sum_of_squares(&[3.0_f32, 4.0]), 25.0);
/// ```
pub fn sum_of_squares<T: Float>(x: &[T]) -> T {
    sum_of(Square, [x])
}

/// ln Σ e^xᵢ, without overflow: max x + ln Σ e^(xᵢ - max x), the sum in the canonical order.
/// PyTorch's `logsumexp`.
///
/// NaN if there is a NaN, else ∞ if there is an ∞; -∞ when empty or when all are -∞.
///
/// ```
/// use neuropil_simd::reduce::log_sum_exp;
/// assert_eq!(log_sum_exp(&[1000.0_f32, 1000.0]), 1000.0 + std::f32::consts::LN_2);
/// assert_eq!(log_sum_exp::<f32>(&[]), f32::NEG_INFINITY);
/// ```
pub fn log_sum_exp<T: Float>(x: &[T]) -> T {
    dispatch(LogSumExp(x))
}

/// max xᵢ; NaN if there is one, -∞ when empty. A zero is positive.
///
/// ```
/// use neuropil_simd::reduce::largest;
/// assert_eq!(largest(&[1.0_f32, 7.0, -9.0]), 7.0);
/// assert!(largest(&[1.0_f32, f32::NAN]).is_nan());
/// ```
pub fn largest<T: Float>(x: &[T]) -> T {
    dispatch(Largest(x))
}

/// min xᵢ; NaN if there is one, ∞ when empty. A zero is positive.
///
/// ```
/// use neuropil_simd::reduce::smallest;
/// assert_eq!(smallest(&[1.0_f32, 7.0, -9.0]), -9.0);
/// assert!(smallest(&[1.0_f32, f32::NAN]).is_nan());
/// ```
pub fn smallest<T: Float>(x: &[T]) -> T {
    dispatch(Smallest(x))
}

/// The first i with the largest xᵢ; the first NaN if there is one, as in PyTorch; none when empty.
/// Zeros are equal whatever their sign.
///
/// ```
/// use neuropil_simd::reduce::argmax;
/// assert_eq!(argmax(&[1.0_f32, 7.0, -9.0, 7.0]), Some(1));
/// assert_eq!(argmax(&[1.0_f32, f32::NAN, f32::INFINITY]), Some(1));
/// assert_eq!(argmax::<f32>(&[]), None);
/// ```
pub fn argmax<T: Float>(x: &[T]) -> Option<usize> {
    dispatch(Argmax(x))
}

/// The first i with the smallest xᵢ; the first NaN if there is one, as in PyTorch; none when empty.
/// Zeros are equal whatever their sign.
///
/// ```
/// use neuropil_simd::reduce::argmin;
/// assert_eq!(argmin(&[1.0_f32, -9.0, 7.0, -9.0]), Some(1));
/// assert_eq!(argmin(&[1.0_f32, f32::NAN, f32::NEG_INFINITY]), Some(1));
/// assert_eq!(argmin::<f32>(&[]), None);
/// ```
pub fn argmin<T: Float>(x: &[T]) -> Option<usize> {
    dispatch(Argmin(x))
}

/// Σ f(xᵢ, yᵢ, ...) in the canonical order; +0 when empty.
///
/// ```
/// use neuropil_simd::reduce::{Term, sum_of};
/// use neuropil_simd::{Float, Lanes};
///
/// /// (x - mean)²
/// #[derive(Clone, Copy)]
/// struct SquaredDeviation<T> {
///     mean: T,
/// }
///
/// impl<T: Float> Term<T, 1> for SquaredDeviation<T> {
///     #[inline(always)]
///     fn term<V: Lanes<T>>(&self, [x]: [V; 1]) -> V {
///         let d = x - V::splat(self.mean);
///         d * d
///     }
/// }
///
/// assert_eq!(sum_of(SquaredDeviation { mean: 2.0_f32 }, [&[1.0, 2.0, 4.0]]), 5.0);
/// ```
///
/// # Panics
/// If the slices differ in length.
pub fn sum_of<T: Float, F: Term<T, N>, const N: usize>(f: F, x: [&[T]; N]) -> T {
    dispatch(SumOf(f, x))
}

/// y = f(xᵢ, ...), and Σ yᵢ in the canonical order; +0 when empty.
///
/// ```
/// use neuropil_simd::reduce::{ShiftedExp, sum_into};
///
/// // The numerators of softmax, and its denominator.
/// let mut y = [0.0_f32; 2];
/// assert_eq!(sum_into(ShiftedExp { shift: 5.0 }, [&[5.0, 5.0]], &mut y), 2.0);
/// assert_eq!(y, [1.0, 1.0]);
/// ```
///
/// # Panics
/// If the slices differ in length.
pub fn sum_into<T: Float, F: Term<T, N>, const N: usize>(f: F, x: [&[T]; N], y: &mut [T]) -> T {
    dispatch(SumInto(f, x, y))
}

/// y = f(yᵢ) of what y holds, and Σ yᵢ in the canonical order; +0 when empty.
///
/// ```
/// use neuropil_simd::reduce::{Square, sum_in_place};
///
/// let mut y = [3.0_f32, 4.0];
/// assert_eq!(sum_in_place(Square, &mut y), 25.0);
/// assert_eq!(y, [9.0, 16.0]);
/// ```
pub fn sum_in_place<T: Float, F: Term<T, 1>>(f: F, y: &mut [T]) -> T {
    dispatch(SumInPlace(f, y))
}

/// A kernel for each function of [`within`] that takes a slice and nothing else.
macro_rules! of_one_slice {
    ($($kernel:ident, $name:ident -> $out:ty;)*) => {$(
        struct $kernel<'a, T>(&'a [T]);

        impl<T: Float> Kernel<T> for $kernel<'_, T> {
            type Out = $out;
            #[inline(always)]
            fn run<V: Lanes<T>>(self) -> $out {
                within::$name::<T, V>(self.0)
            }
        }
    )*};
}

of_one_slice! {
    LogSumExp, log_sum_exp -> T;
    Largest, largest -> T;
    Smallest, smallest -> T;
    Argmax, argmax -> Option<usize>;
    Argmin, argmin -> Option<usize>;
}

struct SumOf<'a, T, F, const N: usize>(F, [&'a [T]; N]);

impl<T: Float, F: Term<T, N>, const N: usize> Kernel<T> for SumOf<'_, T, F, N> {
    type Out = T;
    #[inline(always)]
    fn run<V: Lanes<T>>(self) -> T {
        within::sum_of::<T, V, F, N>(self.0, self.1)
    }
}

struct SumInto<'a, T, F, const N: usize>(F, [&'a [T]; N], &'a mut [T]);

impl<T: Float, F: Term<T, N>, const N: usize> Kernel<T> for SumInto<'_, T, F, N> {
    type Out = T;
    #[inline(always)]
    fn run<V: Lanes<T>>(self) -> T {
        within::sum_into::<T, V, F, N>(self.0, self.1, self.2)
    }
}

struct SumInPlace<'a, T, F>(F, &'a mut [T]);

impl<T: Float, F: Term<T, 1>> Kernel<T> for SumInPlace<'_, T, F> {
    type Out = T;
    #[inline(always)]
    fn run<V: Lanes<T>>(self) -> T {
        within::sum_in_place::<T, V, F>(self.0, self.1)
    }
}
