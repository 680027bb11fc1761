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
//! | [`largest`] | max x |
//! | [`sum_of`] | Σ f(x, y, ...) for a [`Term`] f |
//! | [`sum_into`] | the same, and stores the terms |
//!
//! A kernel that is already running at some level, for example over the rows of a matrix, calls the
//! functions of the same names in [`within`].

mod terms;
pub mod within;

pub use terms::{Product, Square, Term, Value};

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
/// use neuropil_simd::reduce::{Term, sum_into};
/// use neuropil_simd::{Float, Lanes, math};
///
/// /// e^(x - shift), the numerator of softmax
/// #[derive(Clone, Copy)]
/// struct ShiftedExp<T> {
///     shift: T,
/// }
///
/// impl<T: Float> Term<T, 1> for ShiftedExp<T> {
///     #[inline(always)]
///     fn term<V: Lanes<T>>(&self, [x]: [V; 1]) -> V {
///         math::exp(x - V::splat(self.shift))
///     }
/// }
///
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

struct Largest<'a, T>(&'a [T]);

impl<T: Float> Kernel<T> for Largest<'_, T> {
    type Out = T;
    #[inline(always)]
    fn run<V: Lanes<T>>(self) -> T {
        within::largest::<T, V>(self.0)
    }
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
