//! The natural logarithm of one more.

use super::ln::lost_by_ln;
use super::{ln2_high, ln2_low};
use crate::{Float, Lanes};

/// ln(1 + x), precise near zero, where 1 + x has lost the digits of x. PyTorch's `log1p`.
///
/// | x | result |
/// | --- | --- |
/// | ±0 | ±0 |
/// | denormal | x |
/// | -1 | -∞ |
/// | below -1, -∞ | NaN |
/// | ∞ | ∞ |
/// | NaN | NaN |
///
/// 1 + x = (1 + f) 2^e with 1 + f in [√½, √2), and from there as [`ln`](super::ln()). f is the sum
/// of x 2^-e and 2^-e - 1, and what that sum loses goes on with it.
///
/// ```
/// use neuropil_simd::slices;
///
/// let mut y = [-0.0_f64, 1e-20, 1.0, -1.0];
/// slices::log1p_in_place(&mut y);
/// assert_eq!(y, [-0.0, 1e-20, std::f64::consts::LN_2, f64::NEG_INFINITY]);
/// ```
#[inline(always)]
pub fn log1p<T: Float, V: Lanes<T>>(x: V) -> V {
    let one = V::of(1.0);
    // The exponent of 1 + x; that the sum is rounded does not matter.
    let sum = one + x;
    let e = sum.exponent();
    let e = V::select(V::of(std::f64::consts::SQRT_2).lt(sum.mantissa()), e + one, e);

    let y = from_exponent(x, e, one.scale(-e)).copysign(x);

    let y = V::select(x.lt(V::splat(T::INFINITY)), y, x);
    let special = V::select(x.eq(-one), V::splat(-T::INFINITY), V::splat(T::NAN));
    V::select((-one).lt(x), y, special)
}

/// ln(1 + x) for x in [0, 1], to the same bits; a NaN stays.
#[inline(always)]
pub(super) fn log1p_of_unit<T: Float, V: Lanes<T>>(x: V) -> V {
    let one = V::of(1.0);
    // 1 + x lies in [1, 2], so that its exponent shows without its bits.
    let high = V::of(std::f64::consts::SQRT_2).lt(one + x);
    let e = V::select(high, one, V::of(0.0));
    from_exponent(x, e, V::select(high, V::of(0.5), one))
}

/// ln(1 + x), given e with (1 + x) 2^-e in [√½, √2), and 2^-e.
#[inline(always)]
fn from_exponent<T: Float, V: Lanes<T>>(x: V, e: V, scale: V) -> V {
    // f = x 2^-e + (2^-e - 1), and what it has lost: where the second term is the smaller one, the
    // sum is exact.
    let (large, small) = (scale - V::of(1.0), x * scale);
    let f = large + small;
    let lost = small - (f - large);

    // ln(1 + f + lost) = ln(1 + f) + lost / (1 + f)
    let low = e.mul_add(V::of(ln2_low::<T>()), lost - lost * f);
    e.mul_add(V::of(ln2_high::<T>()), f - lost_by_ln(f, low))
}
