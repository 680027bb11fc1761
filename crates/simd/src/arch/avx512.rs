//! AVX-512 F, VL, DQ and BW: 512-bit vectors, 32 registers, bit masks.

use super::operators;
use crate::{Float, Kernel, Lanes};
use std::arch::x86_64::*;

/// Runs a kernel compiled with AVX-512.
#[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512bw,avx2,fma")]
pub(crate) fn run<T: Float, V: Lanes<T>, K: Kernel<T>>(kernel: K) -> K::Out {
    kernel.run::<V>()
}

/// Calls instructions of this level.
macro_rules! avx512 {
    ($e:expr) => {{
        // SAFETY: a vector of this module exists only inside `run`, whose caller has checked that
        // the machine has these parts of AVX-512; where a pointer is read or written, the caller
        // of the enclosing function guarantees that it is valid.
        #[allow(unused_unsafe)]
        unsafe {
            $e
        }
    }};
}

// Behind the macro that it uses.
mod transpose;

macro_rules! lanes {
    (
        $vector:ident, $mask:ident, $float:ident, $register:ident, $bits:ident, $len:literal,
        $set1:ident, $loadu:ident, $storeu:ident, $maskz_loadu:ident, $mask_storeu:ident,
        $add:ident, $sub:ident, $mul:ident, $div:ident, $fmadd:ident, $min:ident, $max:ident,
        $sqrt:ident, $roundscale:ident, $and:ident, $andnot:ident, $or:ident, $xor:ident,
        $cmp:ident, $blend:ident, $scalef:ident, $getexp:ident, $getmant:ident
    ) => {
        #[derive(Clone, Copy, Debug)]
        #[repr(transparent)]
        pub(crate) struct $vector($register);

        #[derive(Clone, Copy, Debug)]
        #[repr(transparent)]
        pub(crate) struct $mask($bits);

        operators!($vector, $mask);

        impl $vector {
            #[inline(always)]
            fn plus(self, other: Self) -> Self {
                Self(avx512!($add(self.0, other.0)))
            }

            #[inline(always)]
            fn minus(self, other: Self) -> Self {
                Self(avx512!($sub(self.0, other.0)))
            }

            #[inline(always)]
            fn times(self, other: Self) -> Self {
                Self(avx512!($mul(self.0, other.0)))
            }

            #[inline(always)]
            fn over(self, other: Self) -> Self {
                Self(avx512!($div(self.0, other.0)))
            }

            #[inline(always)]
            fn negated(self) -> Self {
                Self(avx512!($xor(self.0, $set1(-0.0))))
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
                Self(!self.0)
            }
        }

        impl Lanes<$float> for $vector {
            type Mask = $mask;
            const LEN: usize = $len;
            const REGISTERS: usize = 32;

            #[inline(always)]
            fn splat(x: $float) -> Self {
                Self(avx512!($set1(x)))
            }

            #[inline(always)]
            fn load(x: &[$float]) -> Self {
                let x = &x[..$len];
                Self(avx512!($loadu(x.as_ptr())))
            }

            #[inline(always)]
            fn store(self, y: &mut [$float]) {
                let y = &mut y[..$len];
                avx512!($storeu(y.as_mut_ptr(), self.0))
            }

            #[inline(always)]
            unsafe fn load_at(x: *const $float) -> Self {
                Self(avx512!($loadu(x)))
            }

            #[inline(always)]
            unsafe fn store_at(self, y: *mut $float) {
                avx512!($storeu(y, self.0))
            }

            #[inline(always)]
            unsafe fn load_first(x: *const $float, n: usize) -> Self {
                Self(avx512!($maskz_loadu(Self::first(n).0, x)))
            }

            #[inline(always)]
            unsafe fn store_first(self, y: *mut $float, n: usize) {
                avx512!($mask_storeu(y, Self::first(n).0, self.0))
            }

            #[inline(always)]
            fn mul_add(self, a: Self, b: Self) -> Self {
                Self(avx512!($fmadd(self.0, a.0, b.0)))
            }

            #[inline(always)]
            fn min(self, other: Self) -> Self {
                Self(avx512!($min(self.0, other.0)))
            }

            #[inline(always)]
            fn max(self, other: Self) -> Self {
                Self(avx512!($max(self.0, other.0)))
            }

            #[inline(always)]
            fn abs(self) -> Self {
                Self(avx512!($andnot($set1(-0.0), self.0)))
            }

            #[inline(always)]
            fn copysign(self, sign: Self) -> Self {
                Self(avx512!($or($andnot($set1(-0.0), self.0), $and($set1(-0.0), sign.0))))
            }

            #[inline(always)]
            fn sqrt(self) -> Self {
                Self(avx512!($sqrt(self.0)))
            }

            #[inline(always)]
            fn round(self) -> Self {
                Self(avx512!($roundscale::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(
                    self.0
                )))
            }

            #[inline(always)]
            fn scale(self, n: Self) -> Self {
                Self(avx512!($scalef(self.0, n.0)))
            }

            #[inline(always)]
            fn exponent(self) -> Self {
                Self(avx512!($getexp(self.0)))
            }

            #[inline(always)]
            fn mantissa(self) -> Self {
                Self(avx512!($getmant::<_MM_MANT_NORM_1_2, _MM_MANT_SIGN_ZERO>(self.0)))
            }

            #[inline(always)]
            fn transpose(square: &mut [Self]) {
                let square = square.try_into().expect("as many vectors as lanes");
                Self::transpose_square(square);
            }

            #[inline(always)]
            fn lt(self, other: Self) -> $mask {
                $mask(avx512!($cmp::<_CMP_LT_OQ>(self.0, other.0)))
            }

            #[inline(always)]
            fn le(self, other: Self) -> $mask {
                $mask(avx512!($cmp::<_CMP_LE_OQ>(self.0, other.0)))
            }

            #[inline(always)]
            fn eq(self, other: Self) -> $mask {
                $mask(avx512!($cmp::<_CMP_EQ_OQ>(self.0, other.0)))
            }

            #[inline(always)]
            fn first(n: usize) -> $mask {
                assert!(n <= $len);
                $mask(((1_u32 << n) - 1) as $bits)
            }

            #[inline(always)]
            fn select(mask: $mask, yes: Self, no: Self) -> Self {
                Self(avx512!($blend(mask.0, no.0, yes.0)))
            }

            #[inline(always)]
            fn bits(mask: $mask) -> u32 {
                mask.0 as u32
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
    F32x16,
    Mask32x16,
    f32,
    __m512,
    __mmask16,
    16,
    _mm512_set1_ps,
    _mm512_loadu_ps,
    _mm512_storeu_ps,
    _mm512_maskz_loadu_ps,
    _mm512_mask_storeu_ps,
    _mm512_add_ps,
    _mm512_sub_ps,
    _mm512_mul_ps,
    _mm512_div_ps,
    _mm512_fmadd_ps,
    _mm512_min_ps,
    _mm512_max_ps,
    _mm512_sqrt_ps,
    _mm512_roundscale_ps,
    _mm512_and_ps,
    _mm512_andnot_ps,
    _mm512_or_ps,
    _mm512_xor_ps,
    _mm512_cmp_ps_mask,
    _mm512_mask_blend_ps,
    _mm512_scalef_ps,
    _mm512_getexp_ps,
    _mm512_getmant_ps
);

lanes!(
    F64x8,
    Mask64x8,
    f64,
    __m512d,
    __mmask8,
    8,
    _mm512_set1_pd,
    _mm512_loadu_pd,
    _mm512_storeu_pd,
    _mm512_maskz_loadu_pd,
    _mm512_mask_storeu_pd,
    _mm512_add_pd,
    _mm512_sub_pd,
    _mm512_mul_pd,
    _mm512_div_pd,
    _mm512_fmadd_pd,
    _mm512_min_pd,
    _mm512_max_pd,
    _mm512_sqrt_pd,
    _mm512_roundscale_pd,
    _mm512_and_pd,
    _mm512_andnot_pd,
    _mm512_or_pd,
    _mm512_xor_pd,
    _mm512_cmp_pd_mask,
    _mm512_mask_blend_pd,
    _mm512_scalef_pd,
    _mm512_getexp_pd,
    _mm512_getmant_pd
);

impl F32x16 {
    #[inline(always)]
    fn fold_sum(self) -> f32 {
        avx512!({
            let eight =
                _mm256_add_ps(_mm512_castps512_ps256(self.0), _mm512_extractf32x8_ps::<1>(self.0));
            let four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps::<1>(eight));
            let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
            _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)))
        })
    }

    #[inline(always)]
    fn fold_max(self) -> f32 {
        avx512!({
            let eight =
                _mm256_max_ps(_mm512_castps512_ps256(self.0), _mm512_extractf32x8_ps::<1>(self.0));
            let four = _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps::<1>(eight));
            let two = _mm_max_ps(four, _mm_movehl_ps(four, four));
            _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)))
        })
    }
}

impl F64x8 {
    #[inline(always)]
    fn fold_sum(self) -> f64 {
        avx512!({
            let four =
                _mm256_add_pd(_mm512_castpd512_pd256(self.0), _mm512_extractf64x4_pd::<1>(self.0));
            let two = _mm_add_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd::<1>(four));
            _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)))
        })
    }

    #[inline(always)]
    fn fold_max(self) -> f64 {
        avx512!({
            let four =
                _mm256_max_pd(_mm512_castpd512_pd256(self.0), _mm512_extractf64x4_pd::<1>(self.0));
            let two = _mm_max_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd::<1>(four));
            _mm_cvtsd_f64(_mm_max_sd(two, _mm_unpackhi_pd(two, two)))
        })
    }
}
