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

    // f = x 2^-e + (2^-e - 1), and what it has lost: where the second term is the smaller one, the
    // sum is exact.
    let scale = one.scale(-e);
    let (large, small) = (scale - one, x * scale);
    let f = large + small;
    let lost = small - (f - large);

    // ln(1 + f + lost) = ln(1 + f) + lost / (1 + f)
    let low = e.mul_add(V::of(ln2_low::<T>()), lost - lost * f);
    let y = e.mul_add(V::of(ln2_high::<T>()), f - lost_by_ln(f, low)).copysign(x);

    let y = V::select(x.lt(V::splat(T::INFINITY)), y, x);
    let special = V::select(x.eq(-one), V::splat(-T::INFINITY), V::splat(T::NAN));
    V::select((-one).lt(x), y, special)
}
