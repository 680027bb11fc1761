//! The vectors of `wide`: whatever the build enables, SSE2 on x86-64 and NEON on AArch64 by
//! default. Eight `f32` or four `f64`, which are two registers there.

use super::operators;
use crate::Lanes;
use bytemuck::cast;
use wide::{f32x8, f64x4, u32x8, u64x4};

macro_rules! lanes {
    (
        $vector:ident, $mask:ident, $float:ident, $wide:ident, $unsigned:ident, $word:ident,
        $len:literal, $mantissa_bits:literal, $bias:literal
    ) => {
        #[derive(Clone, Copy, Debug)]
        #[repr(transparent)]
        pub(crate) struct $vector($wide);

        #[derive(Clone, Copy, Debug)]
        #[repr(transparent)]
        pub(crate) struct $mask($wide);

        operators!($vector, $mask);

        impl $vector {
            /// 2^mantissa_bits: an integer below it, added, stands in the lowest bits.
            const SHIFTER: f64 = (1_u64 << $mantissa_bits) as f64;

            #[inline(always)]
            fn plus(self, other: Self) -> Self {
                Self(self.0 + other.0)
            }

            #[inline(always)]
            fn minus(self, other: Self) -> Self {
                Self(self.0 - other.0)
            }

            #[inline(always)]
            fn times(self, other: Self) -> Self {
                Self(self.0 * other.0)
            }

            #[inline(always)]
            fn over(self, other: Self) -> Self {
                Self(self.0 / other.0)
            }

            #[inline(always)]
            fn negated(self) -> Self {
                Self(self.0 ^ $wide::splat(-0.0))
            }

            /// 2^n for integral n in the range of normal exponents.
            #[inline(always)]
            fn power_of_two(self) -> Self {
                self.power_of_two_and(0.0)
            }

            /// 2^(n + more), likewise.
            #[inline(always)]
            fn power_of_two_and(self, more: f64) -> Self {
                let shifted: $unsigned = cast((self + Self::of(Self::SHIFTER + $bias + more)).0);
                Self(cast(shifted << $mantissa_bits))
            }
        }

        impl $mask {
            #[inline(always)]
            fn both(self, other: Self) -> Self {
                Self(self.0 & other.0)
            }

            #[inline(always)]
            fn either(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }

            #[inline(always)]
            fn neither(self) -> Self {
                Self(self.0 ^ cast::<$unsigned, $wide>($unsigned::splat($word::MAX)))
            }
        }

        impl Lanes<$float> for $vector {
            type Mask = $mask;
            const LEN: usize = $len;
            const REGISTERS: usize = 8;

            #[inline(always)]
            fn splat(x: $float) -> Self {
                Self($wide::splat(x))
            }

            #[inline(always)]
            fn load(x: &[$float]) -> Self {
                let mut lanes = [0.0; $len];
                lanes.copy_from_slice(&x[..$len]);
                Self($wide::new(lanes))
            }

            #[inline(always)]
            fn store(self, y: &mut [$float]) {
                y[..$len].copy_from_slice(&self.0.to_array());
            }

            #[inline(always)]
            unsafe fn load_at(x: *const $float) -> Self {
                // SAFETY: the caller guarantees LEN readable numbers.
                Self($wide::new(unsafe { x.cast::<[$float; $len]>().read() }))
            }

            #[inline(always)]
            unsafe fn store_at(self, y: *mut $float) {
                // SAFETY: the caller guarantees LEN writable numbers.
                unsafe { y.cast::<[$float; $len]>().write(self.0.to_array()) }
            }

            #[inline(always)]
            unsafe fn load_first(x: *const $float, n: usize) -> Self {
                let mut lanes = [0.0; $len];
                // SAFETY: the caller guarantees n readable numbers.
                lanes[..n].copy_from_slice(unsafe { std::slice::from_raw_parts(x, n) });
                Self($wide::new(lanes))
            }

            #[inline(always)]
            unsafe fn store_first(self, y: *mut $float, n: usize) {
                // SAFETY: the caller guarantees n writable numbers.
                let y = unsafe { std::slice::from_raw_parts_mut(y, n) };
                y.copy_from_slice(&self.0.to_array()[..n]);
            }

            #[inline(always)]
            fn mul_add(self, a: Self, b: Self) -> Self {
                Self(self.0.mul_add(a.0, b.0))
            }

            #[inline(always)]
            fn min(self, other: Self) -> Self {
                Self::select(self.lt(other), self, other)
            }

            #[inline(always)]
            fn max(self, other: Self) -> Self {
                Self::select(other.lt(self), self, other)
            }

            #[inline(always)]
            fn abs(self) -> Self {
                Self(self.0.abs())
            }

            #[inline(always)]
            fn copysign(self, sign: Self) -> Self {
                let bit = $wide::splat(-0.0);
                Self(self.0.abs() | (sign.0 & bit))
            }

            #[inline(always)]
            fn sqrt(self) -> Self {
                Self(self.0.sqrt())
            }

            #[inline(always)]
            fn round(self) -> Self {
                // Adding and subtracting 1.5 2^mantissa_bits leaves no room for a fraction; the
                // sign is put back for what rounds to zero.
                let shifter = Self::of(1.5 * Self::SHIFTER);
                (self + shifter - shifter).copysign(self)
            }

            #[inline(always)]
            fn scale(self, n: Self) -> Self {
                // Two factors, since 2^n may be out of range where the product is not. The first is
                // exact, or what it rounds ends in zero anyway: so the product is rounded once.
                let second = n.max(Self::of(1.0 - $bias)).min(Self::of($bias));
                self * (n - second).power_of_two() * second.power_of_two()
            }

            #[inline(always)]
            fn scale_down(self, n: Self) -> Self {
                // The first factor keeps clear of the denormal numbers, so that only the second
                // product rounds; it is a constant.
                let half = ($bias + 1.0) / 2.0;
                let half_exponent = 1 << (8 * size_of::<$float>() - 3);
                let inverse = $float::from_bits((1.0 as $float).to_bits() - half_exponent);
                self * n.power_of_two_and(half) * Self::splat(inverse)
            }

            #[inline(always)]
            fn exponent(self) -> Self {
                let bits: $unsigned = cast(self.0);
                let shifter: $unsigned = cast($wide::splat(Self::SHIFTER as $float));
                Self(cast((bits >> $mantissa_bits) | shifter)) - Self::of(Self::SHIFTER + $bias)
            }

            #[inline(always)]
            fn mantissa(self) -> Self {
                let one = (1.0 as $float).to_bits();
                let low = ((1 as $word) << $mantissa_bits) - 1;
                let bits: $unsigned = cast(self.0);
                Self(cast((bits & $unsigned::splat(low)) | $unsigned::splat(one)))
            }

            #[inline(always)]
            fn transpose(square: &mut [Self]) {
                let square: &mut [Self; $len] =
                    square.try_into().expect("as many vectors as lanes");
                let rows = (*square).map(|row| row.0);
                *square = $wide::transpose(rows).map(Self);
            }

            #[inline(always)]
            fn lt(self, other: Self) -> $mask {
                $mask(self.0.simd_lt(other.0))
            }

            #[inline(always)]
            fn le(self, other: Self) -> $mask {
                $mask(self.0.simd_le(other.0))
            }

            #[inline(always)]
            fn eq(self, other: Self) -> $mask {
                $mask(self.0.simd_eq(other.0))
            }

            #[inline(always)]
            fn first(n: usize) -> $mask {
                let mut words = [0; $len];
                words[..n].fill($word::MAX);
                $mask(cast($unsigned::new(words)))
            }

            #[inline(always)]
            fn select(mask: $mask, yes: Self, no: Self) -> Self {
                Self(mask.0.bitselect(yes.0, no.0))
            }

            #[inline(always)]
            fn bits(mask: $mask) -> u32 {
                mask.0.to_bitmask() as u32
            }

            #[inline(always)]
            fn sum(self) -> $float {
                let mut lanes = self.0.to_array();
                let mut n = $len;
                while n > 1 {
                    n /= 2;
                    for i in 0..n {
                        lanes[i] += lanes[i + n];
                    }
                }
                lanes[0]
            }

            #[inline(always)]
            fn largest(self) -> $float {
                if Self::bits(self.is_nan()) != 0 {
                    return $float::NAN;
                }
                let largest = self.0.to_array().into_iter().fold($float::NEG_INFINITY, $float::max);
                // A zero loses its sign, which would depend on the order.
                largest + 0.0
            }
        }
    };
}

lanes!(F32x8, Mask32x8, f32, f32x8, u32x8, u32, 8, 23, 127.0);
lanes!(F64x4, Mask64x4, f64, f64x4, u64x4, u64, 4, 52, 1023.0);
