//! The vector that every kernel is written against, and what a kernel is.

use crate::Float;
use crate::float::Sealed;
use std::fmt::Debug;
use std::ops::{Add, BitAnd, BitOr, Div, Mul, Neg, Not, Sub};

/// A vector of [`LEN`](Lanes::LEN) numbers of type `T`, in the registers of one instruction set.
///
/// Kernels are generic over it and never learn which instruction set they run on. The trait is
/// sealed, and its implementations cannot be named outside this crate: a kernel gets one from
/// [`dispatch`](crate::dispatch) or [`at`](crate::at), which know that the machine has the
/// instructions. Each function that is generic over `V: Lanes<T>` must be `#[inline(always)]`, or
/// it is compiled without those instructions.
pub trait Lanes<T: Float>:
    Sealed
    + Copy
    + Debug
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
{
    /// The answer of a comparison, one bit a lane.
    type Mask: Copy
        + Debug
        + BitAnd<Output = Self::Mask>
        + BitOr<Output = Self::Mask>
        + Not<Output = Self::Mask>;

    /// Numbers in one vector; divides 16 for `f32` and 8 for `f64`.
    const LEN: usize;

    /// Vectors of this kind that the register file holds: 32 with AVX-512, 16 with AVX2.
    const REGISTERS: usize;

    /// All lanes hold `x`.
    fn splat(x: T) -> Self;

    /// All lanes hold `x`, rounded to `T`.
    #[inline(always)]
    fn of(x: f64) -> Self {
        Self::splat(T::of(x))
    }

    /// The first `LEN` numbers of `x`.
    ///
    /// # Panics
    /// If `x` is shorter.
    fn load(x: &[T]) -> Self;

    /// Writes the lanes to the first `LEN` places of `y`.
    ///
    /// # Panics
    /// If `y` is shorter.
    fn store(self, y: &mut [T]);

    /// The numbers of `x`, which is shorter than `LEN`, followed by zeros.
    ///
    /// # Panics
    /// If `x` has `LEN` numbers or more.
    #[inline(always)]
    fn load_partial(x: &[T]) -> Self {
        assert!(x.len() < Self::LEN);
        // SAFETY: the slice is valid for reading the `x.len() < LEN` numbers that are read.
        unsafe { Self::load_first(x.as_ptr(), x.len()) }
    }

    /// Writes the first `y.len()` lanes, fewer than `LEN`, to `y`.
    ///
    /// # Panics
    /// If `y` has `LEN` places or more.
    #[inline(always)]
    fn store_partial(self, y: &mut [T]) {
        assert!(y.len() < Self::LEN);
        // SAFETY: the slice is valid for writing the `y.len() < LEN` numbers that are written.
        unsafe { self.store_first(y.as_mut_ptr(), y.len()) }
    }

    /// The `LEN` numbers at `x`.
    ///
    /// # Safety
    /// `x` is valid for reading `LEN` numbers; no alignment beyond that of `T` is needed.
    unsafe fn load_at(x: *const T) -> Self;

    /// Writes the lanes to `y`.
    ///
    /// # Safety
    /// `y` is valid for writing `LEN` numbers; no alignment beyond that of `T` is needed.
    unsafe fn store_at(self, y: *mut T);

    /// The first `n < LEN` numbers at `x`, followed by zeros; nothing behind them is touched.
    ///
    /// # Safety
    /// `n < LEN`, and `x` is valid for reading `n` numbers.
    unsafe fn load_first(x: *const T, n: usize) -> Self;

    /// Writes the first `n < LEN` lanes to `y`; nothing behind them is touched.
    ///
    /// # Safety
    /// `n < LEN`, and `y` is valid for writing `n` numbers.
    unsafe fn store_first(self, y: *mut T, n: usize);

    /// `self * a + b`, rounded once where the level fuses (AVX2, AVX-512, NEON), else twice.
    fn mul_add(self, a: Self, b: Self) -> Self;

    /// `self < other ? self : other` by lane: `other` where either is NaN or both are zero.
    fn min(self, other: Self) -> Self;

    /// `self > other ? self : other` by lane: `other` where either is NaN or both are zero.
    fn max(self, other: Self) -> Self;

    /// Clears the sign bit.
    fn abs(self) -> Self;

    /// The magnitude of `self` with the sign of `sign`.
    fn copysign(self, sign: Self) -> Self;

    /// The correctly rounded square root.
    fn sqrt(self) -> Self;

    /// The nearest integer, ties to even, for magnitudes below 2^22 (`f32`) or 2^51 (`f64`).
    fn round(self) -> Self;

    /// `self` times 2^`n`, rounded once, denormal results included. `n` is integral, and
    /// |`n`| <= 252 (`f32`) or 2,044 (`f64`).
    fn scale(self, n: Self) -> Self;

    /// [`scale`](Lanes::scale) for |`self`| in [2^-16, 4) and `n` from -160 to 60 (`f32`) or -1,100 to
    /// 500 (`f64`): the same bits, with fewer instructions where a level has not a single one for it.
    /// For other numbers the result is unspecified, but a NaN stays one.
    #[inline(always)]
    fn scale_down(self, n: Self) -> Self {
        self.scale(n)
    }

    /// The exponent `e` of a positive normal number `m` 2^`e` with `m` in [1, 2); for other
    /// numbers the result is unspecified.
    fn exponent(self) -> Self;

    /// The mantissa `m` in [1, 2) of a positive normal number `m` 2^`e`; for other numbers the
    /// result is unspecified.
    fn mantissa(self) -> Self;

    /// Lane `j` of vector `i` changes places with lane `i` of vector `j`.
    ///
    /// # Panics
    /// If these are not `LEN` vectors.
    fn transpose(square: &mut [Self]);

    /// `self < other`, false where either is NaN.
    fn lt(self, other: Self) -> Self::Mask;

    /// `self <= other`, false where either is NaN.
    fn le(self, other: Self) -> Self::Mask;

    /// `self == other`, false where either is NaN.
    fn eq(self, other: Self) -> Self::Mask;

    /// Where a lane is NaN.
    #[inline(always)]
    fn is_nan(self) -> Self::Mask {
        !self.eq(self)
    }

    /// The first `n` lanes set.
    ///
    /// # Panics
    /// If `n` is more than `LEN`.
    fn first(n: usize) -> Self::Mask;

    /// `yes` where the mask is set, else `no`.
    fn select(mask: Self::Mask, yes: Self, no: Self) -> Self;

    /// The mask as bits, lane 0 lowest.
    fn bits(mask: Self::Mask) -> u32;

    /// The sum of the lanes, folded by halving: lane `i` takes lane `i + n/2` until one is left.
    fn sum(self) -> T;

    /// The largest lane; NaN if a lane is NaN. A zero is positive.
    fn largest(self) -> T;

    /// The smallest lane; NaN if a lane is NaN. A zero is positive.
    #[inline(always)]
    fn smallest(self) -> T {
        T::ZERO - (-self).largest()
    }
}

/// A piece of work written once for every instruction set: the body of a loop over slices.
///
/// ```
/// use neuropil_simd::{Float, Kernel, Lanes, dispatch};
///
/// /// y += a x
/// struct Axpy<'a, T> {
///     a: T,
///     x: &'a [T],
///     y: &'a mut [T],
/// }
///
/// impl<T: Float> Kernel<T> for Axpy<'_, T> {
///     type Out = ();
///     #[inline(always)]
///     fn run<V: Lanes<T>>(self) {
///         let a = V::splat(self.a);
///         let mut y = self.y.chunks_exact_mut(V::LEN);
///         let mut x = self.x.chunks_exact(V::LEN);
///         for (y, x) in (&mut y).zip(&mut x) {
///             a.mul_add(V::load(x), V::load(y)).store(y);
///         }
///         let (y, x) = (y.into_remainder(), x.remainder());
///         a.mul_add(V::load_partial(x), V::load_partial(y)).store_partial(y);
///     }
/// }
///
/// let mut y = [1.0_f32, 2.0, 3.0];
/// dispatch(Axpy { a: 2.0, x: &[1.0, 1.0, 1.0], y: &mut y });
/// assert_eq!(y, [3.0, 4.0, 5.0]);
/// ```
pub trait Kernel<T: Float> {
    /// What the kernel returns.
    type Out;

    /// Does the work. Must be `#[inline(always)]`, and so must all that it calls with `V`.
    /// A closure is a function of its own and may lose the instructions: write loops.
    fn run<V: Lanes<T>>(self) -> Self::Out;
}
