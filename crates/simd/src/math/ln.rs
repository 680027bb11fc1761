//! The natural logarithm.

use super::{ln2_high, ln2_low, polynomial};
use crate::{Float, Lanes};

// (ln((1 + s) / (1 - s)) - 2 s) / s³ as a polynomial of s², for |s| <= (√2 - 1) / (√2 + 1), from
// scripts/coefficients.py.
/// Error 2^-30.2 of the logarithm.
const SINGLE: [f64; 3] = [0.66666776, 0.3997758, 0.29870927];
/// Error 2^-59.5 of the logarithm.
const DOUBLE: [f64; 7] = [
    0.6666666666666734,
    0.39999999999416413,
    0.28571428742113064,
    0.2222219859362947,
    0.18183563562229293,
    0.1531406404659277,
    0.1479586477382321,
];

/// ln x.
///
/// | x | result |
/// | --- | --- |
/// | 1 | +0 |
/// | ±0 | -∞ |
/// | below 0, -∞ | NaN |
/// | ∞ | ∞ |
/// | NaN | NaN |
/// | denormal | as precise as any other |
///
/// x = m 2^e with m in [√½, √2), and ln m = 2 artanh(s) with s = (m - 1) / (m + 1), a minimax
/// polynomial of s²; the terms are added as in fdlibm's `e_log.c`.
///
/// ```
/// use neuropil_simd::slices;
///
/// let mut y = [1.0_f64, 10.0, 0.0];
/// slices::ln_in_place(&mut y);
/// assert_eq!(y, [0.0, std::f64::consts::LN_10, f64::NEG_INFINITY]);
/// ```
#[inline(always)]
pub fn ln<T: Float, V: Lanes<T>>(x: V) -> V {
    let (zero, one) = (V::of(0.0), V::of(1.0));

    // A denormal is made normal.
    let (up, two_up): &(f64, f64) =
        T::choose(&(24.0, 16_777_216.0), &(54.0, 18_014_398_509_481_984.0));
    let denormal = x.lt(V::splat(T::MIN_POSITIVE));
    let normal = V::select(denormal, x * V::of(*two_up), x);
    let e = normal.exponent() - V::select(denormal, V::of(*up), zero);

    // x = m 2^e with m in [√½, √2)
    let m = normal.mantissa();
    let high = V::of(std::f64::consts::SQRT_2).lt(m);
    let m = V::select(high, m * V::of(0.5), m);
    let e = V::select(high, e + one, e);

    let f = m - one;
    let y = e.mul_add(V::of(ln2_high::<T>()), f - lost_by_ln(f, e * V::of(ln2_low::<T>())));

    let y = V::select(x.lt(V::splat(T::INFINITY)), y, x);
    let special = V::select(x.eq(zero), V::splat(-T::INFINITY), V::splat(T::NAN));
    V::select(zero.lt(x), y, special)
}

/// f - ln(1 + f) - low for 1 + f in [√½, √2): small, and so is its error.
///
/// ln m = 2 artanh s = 2 s + s³ q(s²), and 2 s = f - s f, written as f - (f²/2 - s (f²/2 + s² q)) so
/// that the first term is exact and all others are small.
#[inline(always)]
pub(super) fn lost_by_ln<T: Float, V: Lanes<T>>(f: V, low: V) -> V {
    let s = f / (f + V::of(2.0));
    let z = s * s;
    let q = z * polynomial(z, T::choose(&SINGLE[..], &DOUBLE[..]));
    let half = V::of(0.5) * f * f;
    half - s.mul_add(half + q, low)
}
