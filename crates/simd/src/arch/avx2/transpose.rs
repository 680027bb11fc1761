//! Squares of numbers transposed in registers: pairs of numbers change places within halves of a
//! vector, then pairs of pairs, then the halves.

use super::{F32x8, F64x4};
use std::arch::x86_64::*;

impl F32x8 {
    #[inline(always)]
    pub(super) fn transpose_square(square: &mut [Self; 8]) {
        let x = *square;
        avx2!({
            // Numbers of two rows, of columns 0, 1 | 4, 5 (low) or 2, 3 | 6, 7 (high).
            let (mut low, mut high) = ([x[0].0; 4], [x[0].0; 4]);
            for i in 0..4 {
                low[i] = _mm256_unpacklo_ps(x[2 * i].0, x[2 * i + 1].0);
                high[i] = _mm256_unpackhi_ps(x[2 * i].0, x[2 * i + 1].0);
            }
            // Of four rows, column q | column q + 4.
            let mut four = [[x[0].0; 4]; 2];
            for (i, four) in four.iter_mut().enumerate() {
                let (a, b) = (2 * i, 2 * i + 1);
                *four = [
                    _mm256_shuffle_ps::<0x44>(low[a], low[b]),
                    _mm256_shuffle_ps::<0xee>(low[a], low[b]),
                    _mm256_shuffle_ps::<0x44>(high[a], high[b]),
                    _mm256_shuffle_ps::<0xee>(high[a], high[b]),
                ];
            }
            for q in 0..4 {
                square[q] = Self(_mm256_permute2f128_ps::<0x20>(four[0][q], four[1][q]));
                square[q + 4] = Self(_mm256_permute2f128_ps::<0x31>(four[0][q], four[1][q]));
            }
        });
    }
}

impl F64x4 {
    #[inline(always)]
    pub(super) fn transpose_square(square: &mut [Self; 4]) {
        let x = *square;
        avx2!({
            // Numbers of two rows: columns 0 | 2 (low) or 1 | 3 (high).
            let (mut low, mut high) = ([x[0].0; 2], [x[0].0; 2]);
            for i in 0..2 {
                low[i] = _mm256_unpacklo_pd(x[2 * i].0, x[2 * i + 1].0);
                high[i] = _mm256_unpackhi_pd(x[2 * i].0, x[2 * i + 1].0);
            }
            for (q, pair) in [low, high].into_iter().enumerate() {
                square[q] = Self(_mm256_permute2f128_pd::<0x20>(pair[0], pair[1]));
                square[q + 2] = Self(_mm256_permute2f128_pd::<0x31>(pair[0], pair[1]));
            }
        });
    }
}
