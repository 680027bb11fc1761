//! The exponential function.

use super::{ln2_high, ln2_low, polynomial};
use crate::{Float, Lanes};

// (e^r - 1 - r) / r² for |r| <= ln(2)/2, from scripts/coefficients.py.
/// Error 2^-28.0 of e^r.
const SINGLE: [f64; 5] = [0.49999994, 0.16666521, 0.04166839, 0.0083687175, 0.0013814602];
/// Error 2^-56.4 of e^r.
const DOUBLE: [f64; 10] = [
    0.5000000000000011,
    0.16666666666666413,
    0.04166666666653016,
    0.008333333333494465,
    0.0013888888943628952,
    0.00019841269506564425,
    2.4801493100062164e-05,
    2.7557586389679592e-06,
    2.7630247993836337e-07,
    2.5000056283813398e-08,
];

/// e^x.
///
/// | x | result |
/// | --- | --- |
/// | ±0 | 1 |
/// | ∞ | ∞ |
/// | -∞ | +0 |
/// | NaN | NaN |
/// | above 88.722839 (`f32`), 709.782713 (`f64`) | ∞ |
/// | below -103.972077 (`f32`), -745.133219 (`f64`) | +0; denormal results before are rounded once |
///
/// The argument is reduced to x = n ln 2 + r with ln 2 in two parts (Cody and Waite), e^r is a
/// minimax polynomial of degree 6 (`f32`) or 11 (`f64`), and 2^n is multiplied at the end.
///
/// ```
/// use neuropil_simd::{Float, Lanes, Map, map, math};
///
/// /// The Gaussian bell e^(-x²).
/// #[derive(Clone, Copy)]
/// struct Bell;
///
/// impl Map for Bell {
///     #[inline(always)]
///     fn map<T: Float, V: Lanes<T>>(&self, x: V) -> V {
///         math::exp(-(x * x))
///     }
/// }
///
/// let mut y = [0.0_f32; 2];
/// map(Bell, &[0.0, 1.0], &mut y);
/// assert_eq!(y, [1.0, 0.36787945]);
/// ```
#[inline(always)]
pub fn exp<T: Float, V: Lanes<T>>(x: V) -> V {
    let (n, high, low) = reduce(clamp(x), None);
    expand(high, low).scale(n)
}

/// e^x for x up to 40, to the same bits as [`exp`] with fewer instructions: for what is never
/// positive, as an exponent less the largest one. Above 40 the result is unspecified; a NaN stays.
///
/// ```
/// use neuropil_simd::{Float, Lanes, Map, map, math};
///
/// /// The Gaussian bell e^(-x²).
/// #[derive(Clone, Copy)]
/// struct Bell;
///
/// impl Map for Bell {
///     #[inline(always)]
///     fn map<T: Float, V: Lanes<T>>(&self, x: V) -> V {
///         math::exp_below_40(-(x * x))
///     }
/// }
///
/// let mut y = [0.0_f32; 3];
/// map(Bell, &[0.0, 1.0, 1e9], &mut y);
/// assert_eq!(y, [1.0, 0.36787945, 0.0]);
/// ```
#[inline(always)]
pub fn exp_below_40<T: Float, V: Lanes<T>>(x: V) -> V {
    let low: &f64 = T::choose(&-104.0, &-746.0);
    exp_between(V::of(*low).max(x))
}

/// The same for x that is not so low that e^x is zero: -104 (`f32`) or -746 (`f64`) at least.
#[inline(always)]
pub(super) fn exp_between<T: Float, V: Lanes<T>>(x: V) -> V {
    let (n, high, low) = reduce(x, None);
    expand(high, low).scale_down(n)
}

/// e^(x + low) as 2^n (p + lost), for |`low`| < 1/16: the n, the p, and the little that p has lost by
/// rounding.
#[inline(always)]
pub(super) fn exp_of_sum<T: Float, V: Lanes<T>>(x: V, low: V) -> (V, V, V) {
    let (n, high, low) = reduce(x, Some(low));
    let r = high + low;
    let s = polynomial(r, T::choose(&SINGLE[..], &DOUBLE[..]));
    let small = (r * r).mul_add(s, low);
    let sum = high + small;
    let p = sum + V::of(1.0);
    (n, p, (small - (sum - high)) + (sum - (p - V::of(1.0))))
}

/// x, but behind the bounds where e^x is infinite or zero anyway.
#[inline(always)]
pub(super) fn clamp<T: Float, V: Lanes<T>>(x: V) -> V {
    let low: &f64 = T::choose(&-104.0, &-746.0);
    let high: &f64 = T::choose(&89.0, &710.0);
    // A NaN stays, being on the right.
    V::of(*high).min(V::of(*low).max(x))
}

/// The n, high and low of x = n ln 2 + high + low, where high is exact; or of x + rest.
#[inline(always)]
pub(super) fn reduce<T: Float, V: Lanes<T>>(x: V, rest: Option<V>) -> (V, V, V) {
    let whole = match rest {
        None => x,
        Some(rest) => x + rest,
    };
    let n = (whole * V::of(std::f64::consts::LOG2_E)).round();
    let high = n.mul_add(V::of(-ln2_high::<T>()), x);
    let low = n * V::of(-ln2_low::<T>());
    match rest {
        None => (n, high, low),
        Some(rest) => (n, high, low + rest),
    }
}

/// e^(high + low).
#[inline(always)]
fn expand<T: Float, V: Lanes<T>>(high: V, low: V) -> V {
    let r = high + low;
    // e^r = 1 + high + (low + r² s(r)), the smallest first.
    let s = polynomial(r, T::choose(&SINGLE[..], &DOUBLE[..]));
    (r * r).mul_add(s, low) + high + V::of(1.0)
}
