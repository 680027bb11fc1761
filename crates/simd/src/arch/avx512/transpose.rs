//! Squares of numbers transposed in registers: numbers change places within quarters of a vector,
//! then quarters between vectors.

use super::{F32x16, F64x8};
use std::arch::x86_64::*;

/// Takes quarters 0 and 2 of each of two vectors.
const EVEN: i32 = 0x88;
/// Takes quarters 1 and 3 of each of two vectors.
const ODD: i32 = 0xdd;

impl F32x16 {
    #[inline(always)]
    pub(super) fn transpose_square(square: &mut [Self; 16]) {
        let x = *square;
        avx512!({
            // Numbers of two rows: in each quarter columns 0, 1 (low) or 2, 3 (high).
            let (mut low, mut high) = ([x[0].0; 8], [x[0].0; 8]);
            for i in 0..8 {
                low[i] = _mm512_unpacklo_ps(x[2 * i].0, x[2 * i + 1].0);
                high[i] = _mm512_unpackhi_ps(x[2 * i].0, x[2 * i + 1].0);
            }
            // Of four rows: quarter i holds column 4 i + q.
            let mut four = [[x[0].0; 4]; 4];
            for (i, four) in four.iter_mut().enumerate() {
                let (a, b) = (2 * i, 2 * i + 1);
                *four = [
                    _mm512_shuffle_ps::<0x44>(low[a], low[b]),
                    _mm512_shuffle_ps::<0xee>(low[a], low[b]),
                    _mm512_shuffle_ps::<0x44>(high[a], high[b]),
                    _mm512_shuffle_ps::<0xee>(high[a], high[b]),
                ];
            }
            for q in 0..4 {
                // Of eight rows: columns q and q + 8 (even), or q + 4 and q + 12 (odd).
                let upper_even = _mm512_shuffle_f32x4::<EVEN>(four[0][q], four[1][q]);
                let lower_even = _mm512_shuffle_f32x4::<EVEN>(four[2][q], four[3][q]);
                let upper_odd = _mm512_shuffle_f32x4::<ODD>(four[0][q], four[1][q]);
                let lower_odd = _mm512_shuffle_f32x4::<ODD>(four[2][q], four[3][q]);
                square[q] = Self(_mm512_shuffle_f32x4::<EVEN>(upper_even, lower_even));
                square[q + 4] = Self(_mm512_shuffle_f32x4::<EVEN>(upper_odd, lower_odd));
                square[q + 8] = Self(_mm512_shuffle_f32x4::<ODD>(upper_even, lower_even));
                square[q + 12] = Self(_mm512_shuffle_f32x4::<ODD>(upper_odd, lower_odd));
            }
        });
    }
}

impl F64x8 {
    #[inline(always)]
    pub(super) fn transpose_square(square: &mut [Self; 8]) {
        let x = *square;
        avx512!({
            // Numbers of two rows: quarter i holds column 2 i (low) or 2 i + 1 (high).
            let (mut low, mut high) = ([x[0].0; 4], [x[0].0; 4]);
            for i in 0..4 {
                low[i] = _mm512_unpacklo_pd(x[2 * i].0, x[2 * i + 1].0);
                high[i] = _mm512_unpackhi_pd(x[2 * i].0, x[2 * i + 1].0);
            }
            for (q, pair) in [low, high].into_iter().enumerate() {
                // Of four rows: columns q and q + 4 (even), or q + 2 and q + 6 (odd).
                let upper_even = _mm512_shuffle_f64x2::<EVEN>(pair[0], pair[1]);
                let lower_even = _mm512_shuffle_f64x2::<EVEN>(pair[2], pair[3]);
                let upper_odd = _mm512_shuffle_f64x2::<ODD>(pair[0], pair[1]);
                let lower_odd = _mm512_shuffle_f64x2::<ODD>(pair[2], pair[3]);
                square[q] = Self(_mm512_shuffle_f64x2::<EVEN>(upper_even, lower_even));
                square[q + 2] = Self(_mm512_shuffle_f64x2::<EVEN>(upper_odd, lower_odd));
                square[q + 4] = Self(_mm512_shuffle_f64x2::<ODD>(upper_even, lower_even));
                square[q + 6] = Self(_mm512_shuffle_f64x2::<ODD>(upper_odd, lower_odd));
            }
        });
    }
}
