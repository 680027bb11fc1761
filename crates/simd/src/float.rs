//! `f32` and `f64`, the numbers that everything runs in.

use crate::{Kernel, Level};
use bytemuck::Pod;
use std::fmt::{Debug, Display, LowerExp};
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

/// Seals [`Float`] and [`Lanes`](crate::Lanes).
pub trait Sealed {}
impl Sealed for f32 {}
impl Sealed for f64 {}

/// The number types: `f32`, in which networks run, and `f64`, in which their gradients are
/// checked. Sealed.
pub trait Float:
    Sealed
    + Pod
    + Debug
    + Display
    + LowerExp
    + Default
    + PartialOrd
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
    + DivAssign
    + Sum
    + Send
    + Sync
    + 'static
{
    /// `"f32"` or `"f64"`.
    const NAME: &'static str;
    /// 0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;
    /// The distance from 1 to the next number: 2^-23 or 2^-52.
    const EPSILON: Self;
    /// The smallest positive normal number: 2^-126 or 2^-1022.
    const MIN_POSITIVE: Self;
    /// The largest finite number.
    const MAX: Self;
    /// Positive infinity.
    const INFINITY: Self;
    /// Not a number.
    const NAN: Self;

    /// `x` rounded to this type.
    fn of(x: f64) -> Self;

    /// This number as `f64`, exactly.
    fn to_f64(self) -> f64;

    /// |x|.
    fn abs(self) -> Self;

    /// The correctly rounded square root.
    fn sqrt(self) -> Self;

    /// Whether this is NaN.
    fn is_nan(self) -> bool;

    /// Whether this is neither infinite nor NaN.
    fn is_finite(self) -> bool;

    /// One of two tables: coefficients that differ by type, in a body that does not.
    fn choose<'a, A: ?Sized>(single: &'a A, double: &'a A) -> &'a A;

    /// Runs a kernel with the vectors of a level.
    ///
    /// A method and not an associated type, so that no code outside can name a vector of a level
    /// that the machine lacks.
    #[doc(hidden)]
    fn at<K: Kernel<Self>>(level: Level, kernel: K) -> K::Out;
}

macro_rules! float {
    ($float:ident, $avx2:ident, $avx512:ident, $portable:ident, $single:ident, $double:ident => $choose:ident) => {
        impl Float for $float {
            const NAME: &'static str = stringify!($float);
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            const EPSILON: Self = $float::EPSILON;
            const MIN_POSITIVE: Self = $float::MIN_POSITIVE;
            const MAX: Self = $float::MAX;
            const INFINITY: Self = $float::INFINITY;
            const NAN: Self = $float::NAN;

            #[inline(always)]
            fn of(x: f64) -> Self {
                x as $float
            }

            #[inline(always)]
            fn to_f64(self) -> f64 {
                self as f64
            }

            #[inline(always)]
            fn abs(self) -> Self {
                $float::abs(self)
            }

            #[inline(always)]
            fn sqrt(self) -> Self {
                $float::sqrt(self)
            }

            #[inline(always)]
            fn is_nan(self) -> bool {
                $float::is_nan(self)
            }

            #[inline(always)]
            fn is_finite(self) -> bool {
                $float::is_finite(self)
            }

            #[inline(always)]
            fn choose<'a, A: ?Sized>($single: &'a A, $double: &'a A) -> &'a A {
                $choose
            }

            #[inline(always)]
            fn at<K: Kernel<Self>>(level: Level, kernel: K) -> K::Out {
                match level {
                    #[cfg(target_arch = "x86_64")]
                    Level::Avx512 => {
                        level.require();
                        // SAFETY: `require` has checked that the machine has the instructions.
                        unsafe {
                            crate::arch::avx512::run::<Self, crate::arch::avx512::$avx512, K>(
                                kernel,
                            )
                        }
                    }
                    #[cfg(target_arch = "x86_64")]
                    Level::Avx2 => {
                        level.require();
                        // SAFETY: `require` has checked that the machine has the instructions.
                        unsafe {
                            crate::arch::avx2::run::<Self, crate::arch::avx2::$avx2, K>(kernel)
                        }
                    }
                    _ => {
                        level.require();
                        kernel.run::<crate::arch::portable::$portable>()
                    }
                }
            }
        }
    };
}

float!(f32, F32x8, F32x16, F32x8, single, _double => single);
float!(f64, F64x4, F64x8, F64x4, _single, double => double);
