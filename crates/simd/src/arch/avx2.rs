//! AVX2 and FMA: 256-bit vectors, 16 registers.

use super::operators;
use crate::{Float, Kernel, Lanes};
use std::arch::x86_64::*;

/// Runs a kernel compiled with AVX2 and FMA.
#[target_feature(enable = "avx2,fma")]
pub(crate) fn run<T: Float, V: Lanes<T>, K: Kernel<T>>(kernel: K) -> K::Out {
    kernel.run::<V>()
}

/// Calls instructions of this level.
macro_rules! avx2 {
    ($e:expr) => {{
        // SAFETY: a vector of this module exists only inside `run`, whose caller has checked that
        // the machine has AVX2 and FMA; where a pointer is read or written, the caller of the
        // enclosing function guarantees that it is valid.
        #[allow(unused_unsafe)]
        unsafe {
            $e
        }
    }};
}

/// Eight set words, then eight clear ones: `n` set words begin at `8 - n`.
static SET_THEN_CLEAR: [i32; 16] = [-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0];

// Behind the macro that it uses.
mod transpose;

macro_rules! lanes {
    (
        $vector:ident, $mask:ident, $float:ident, $register:ident, $len:literal, $words:literal,
        $set1:ident, $loadu:ident, $storeu:ident, $maskload:ident, $maskstore:ident,
        $add:ident, $sub:ident, $mul:ident, $div:ident, $fmadd:ident, $min:ident, $max:ident,
        $sqrt:ident, $round:ident, $and:ident, $andnot:ident, $or:ident, $xor:ident,
        $cmp:ident, $blendv:ident, $movemask:ident,
        $cast_to:ident, $cast_from:ident, $srli:ident, $slli:ident,
        $mantissa_bits:literal, $bias:literal
    ) => {
        #[derive(Clone, Copy, Debug)]
        #[repr(transparent)]
        pub(crate) struct $vector($register);

        #[derive(Clone, Copy, Debug)]
        #[repr(transparent)]
        pub(crate) struct $mask($register);

        operators!($vector, $mask);

        impl $vector {
            /// 2^mantissa_bits: an integer below it, added, stands in the lowest bits.
            const SHIFTER: f64 = (1_u64 << $mantissa_bits) as f64;

            #[inline(always)]
            fn plus(self, other: Self) -> Self {
                Self(avx2!($add(self.0, other.0)))
            }

            #[inline(always)]
            fn minus(self, other: Self) -> Self {
                Self(avx2!($sub(self.0, other.0)))
            }

            #[inline(always)]
            fn times(self, other: Self) -> Self {
                Self(avx2!($mul(self.0, other.0)))
            }

            #[inline(always)]
            fn over(self, other: Self) -> Self {
                Self(avx2!($div(self.0, other.0)))
            }

            #[inline(always)]
            fn negated(self) -> Self {
                Self(avx2!($xor(self.0, $set1(-0.0))))
            }

            /// 2^n for integral n in the range of normal exponents.
            #[inline(always)]
            fn power_of_two(self) -> Self {
                self.power_of_two_and(0.0)
            }

            /// 2^(n + more), likewise.
            #[inline(always)]
            fn power_of_two_and(self, more: f64) -> Self {
                let shifted = self + Self::of(Self::SHIFTER + $bias + more);
                Self(avx2!($cast_from($slli::<$mantissa_bits>($cast_to(shifted.0)))))
            }
        }

        impl $mask {
            #[inline(always)]
            fn both(self, other: Self) -> Self {
                Self(avx2!($and(self.0, other.0)))
            }

            #[inline(always)]
            fn either(self, other: Self) -> Self {
                Self(avx2!($or(self.0, other.0)))
            }

            #[inline(always)]
            fn neither(self) -> Self {
                Self(avx2!($xor(self.0, $cast_from(_mm256_set1_epi32(-1)))))
            }
        }

        impl Lanes<$float> for $vector {
            type Mask = $mask;
            const LEN: usize = $len;
            const REGISTERS: usize = 16;

            #[inline(always)]
            fn splat(x: $float) -> Self {
                Self(avx2!($set1(x)))
            }

            #[inline(always)]
            fn load(x: &[$float]) -> Self {
                let x = &x[..$len];
                Self(avx2!($loadu(x.as_ptr())))
            }

            #[inline(always)]
            fn store(self, y: &mut [$float]) {
                let y = &mut y[..$len];
                avx2!($storeu(y.as_mut_ptr(), self.0))
            }

            #[inline(always)]
            unsafe fn load_at(x: *const $float) -> Self {
                Self(avx2!($loadu(x)))
            }

            #[inline(always)]
            unsafe fn store_at(self, y: *mut $float) {
                avx2!($storeu(y, self.0))
            }

            #[inline(always)]
            unsafe fn load_first(x: *const $float, n: usize) -> Self {
                Self(avx2!($maskload(x, $cast_to(Self::first(n).0))))
            }

            #[inline(always)]
            unsafe fn store_first(self, y: *mut $float, n: usize) {
                avx2!($maskstore(y, $cast_to(Self::first(n).0), self.0))
            }

            #[inline(always)]
            fn mul_add(self, a: Self, b: Self) -> Self {
                Self(avx2!($fmadd(self.0, a.0, b.0)))
            }

            #[inline(always)]
            fn min(self, other: Self) -> Self {
                Self(avx2!($min(self.0, other.0)))
            }

            #[inline(always)]
            fn max(self, other: Self) -> Self {
                Self(avx2!($max(self.0, other.0)))
            }

            #[inline(always)]
            fn abs(self) -> Self {
                Self(avx2!($andnot($set1(-0.0), self.0)))
            }

            #[inline(always)]
            fn copysign(self, sign: Self) -> Self {
                Self(avx2!($or($andnot($set1(-0.0), self.0), $and($set1(-0.0), sign.0))))
            }

            #[inline(always)]
            fn sqrt(self) -> Self {
                Self(avx2!($sqrt(self.0)))
            }

            #[inline(always)]
            fn round(self) -> Self {
                Self(avx2!($round::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(self.0)))
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
                let exponent = avx2!($cast_from($srli::<$mantissa_bits>($cast_to(self.0))));
                let shifted = avx2!($or(exponent, $set1(Self::SHIFTER as $float)));
                Self(shifted) - Self::of(Self::SHIFTER + $bias)
            }

            #[inline(always)]
            fn mantissa(self) -> Self {
                // The bits of 1.999.. less those of 1 are the mantissa's.
                let below_two = $float::from_bits((2.0 as $float).to_bits() - 1);
                let low = $float::from_bits(below_two.to_bits() ^ (1.0 as $float).to_bits());
                Self(avx2!($or($and(self.0, $set1(low)), $set1(1.0))))
            }

            #[inline(always)]
            fn transpose(square: &mut [Self]) {
                let square = square.try_into().expect("as many vectors as lanes");
                Self::transpose_square(square);
            }

            #[inline(always)]
            fn lt(self, other: Self) -> $mask {
                $mask(avx2!($cmp::<_CMP_LT_OQ>(self.0, other.0)))
            }

            #[inline(always)]
            fn le(self, other: Self) -> $mask {
                $mask(avx2!($cmp::<_CMP_LE_OQ>(self.0, other.0)))
            }

            #[inline(always)]
            fn eq(self, other: Self) -> $mask {
                $mask(avx2!($cmp::<_CMP_EQ_OQ>(self.0, other.0)))
            }

            #[inline(always)]
            fn first(n: usize) -> $mask {
                let start = &SET_THEN_CLEAR[8 - n * $words..][..8];
                // The load reads these eight words.
                $mask(avx2!($cast_from(_mm256_loadu_si256(start.as_ptr().cast()))))
            }

            #[inline(always)]
            fn select(mask: $mask, yes: Self, no: Self) -> Self {
                Self(avx2!($blendv(no.0, yes.0, mask.0)))
            }

            #[inline(always)]
            fn bits(mask: $mask) -> u32 {
                avx2!($movemask(mask.0)) as u32
            }

            #[inline(always)]
            fn sum(self) -> $float {
                self.fold_sum()
            }

            #[inline(always)]
            fn largest(self) -> $float {
                // `max` drops a NaN on its left; one look at the mask brings it back.
                let largest = self.fold_max();
                // A zero loses its sign, which would depend on the order.
                if Self::bits(self.is_nan()) != 0 { $float::NAN } else { largest + 0.0 }
            }
        }
    };
}

lanes!(
    F32x8,
    Mask32x8,
    f32,
    __m256,
    8,
    1,
    _mm256_set1_ps,
    _mm256_loadu_ps,
    _mm256_storeu_ps,
    _mm256_maskload_ps,
    _mm256_maskstore_ps,
    _mm256_add_ps,
    _mm256_sub_ps,
    _mm256_mul_ps,
    _mm256_div_ps,
    _mm256_fmadd_ps,
    _mm256_min_ps,
    _mm256_max_ps,
    _mm256_sqrt_ps,
    _mm256_round_ps,
    _mm256_and_ps,
    _mm256_andnot_ps,
    _mm256_or_ps,
    _mm256_xor_ps,
    _mm256_cmp_ps,
    _mm256_blendv_ps,
    _mm256_movemask_ps,
    _mm256_castps_si256,
    _mm256_castsi256_ps,
    _mm256_srli_epi32,
    _mm256_slli_epi32,
    23,
    127.0
);

lanes!(
    F64x4,
    Mask64x4,
    f64,
    __m256d,
    4,
    2,
    _mm256_set1_pd,
    _mm256_loadu_pd,
    _mm256_storeu_pd,
    _mm256_maskload_pd,
    _mm256_maskstore_pd,
    _mm256_add_pd,
    _mm256_sub_pd,
    _mm256_mul_pd,
    _mm256_div_pd,
    _mm256_fmadd_pd,
    _mm256_min_pd,
    _mm256_max_pd,
    _mm256_sqrt_pd,
    _mm256_round_pd,
    _mm256_and_pd,
    _mm256_andnot_pd,
    _mm256_or_pd,
    _mm256_xor_pd,
    _mm256_cmp_pd,
    _mm256_blendv_pd,
    _mm256_movemask_pd,
    _mm256_castpd_si256,
    _mm256_castsi256_pd,
    _mm256_srli_epi64,
    _mm256_slli_epi64,
    52,
    1023.0
);

impl F32x8 {
    #[inline(always)]
    fn fold_sum(self) -> f32 {
        avx2!({
            let four =
                _mm_add_ps(_mm256_castps256_ps128(self.0), _mm256_extractf128_ps::<1>(self.0));
            let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
            _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)))
        })
    }

    #[inline(always)]
    fn fold_max(self) -> f32 {
        avx2!({
            let four =
                _mm_max_ps(_mm256_castps256_ps128(self.0), _mm256_extractf128_ps::<1>(self.0));
            let two = _mm_max_ps(four, _mm_movehl_ps(four, four));
            _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)))
        })
    }
}

impl F64x4 {
    #[inline(always)]
    fn fold_sum(self) -> f64 {
        avx2!({
            let two =
                _mm_add_pd(_mm256_castpd256_pd128(self.0), _mm256_extractf128_pd::<1>(self.0));
            _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)))
        })
    }

    #[inline(always)]
    fn fold_max(self) -> f64 {
        avx2!({
            let two =
                _mm_max_pd(_mm256_castpd256_pd128(self.0), _mm256_extractf128_pd::<1>(self.0));
            _mm_cvtsd_f64(_mm_max_sd(two, _mm_unpackhi_pd(two, two)))
        })
    }
}
