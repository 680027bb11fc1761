//! The exponential function less one.

use super::exp::{clamp, reduce};
use super::polynomial;
use crate::{Float, Lanes};

// (e^r - 1 - r) / r² for |r| <= ln(2)/2, from scripts/coefficients.py.
/// Error 2^-28.8 of e^r - 1.
const SINGLE: [f64; 6] = [0.5, 0.16666666, 0.041666362, 0.00833339, 0.0013940628, 0.000198459];
/// Error 2^-59.9 of e^r - 1.
const DOUBLE: [f64; 11] = [
    0.5,
    0.16666666666666677,
    0.04166666666666651,
    0.008333333333321691,
    0.0013888888888962383,
    0.00019841269885966247,
    2.4801587172514805e-05,
    2.7557244373797543e-06,
    2.7557402661061384e-07,
    2.5108979038490358e-08,
    2.087532506113027e-09,
];

/// e^x - 1, precise near zero, where e^x has lost the digits of x. PyTorch's `expm1`.
///
/// | x | result |
/// | --- | --- |
/// | ±0 | ±0 |
/// | denormal | x |
/// | ∞ | ∞ |
/// | -∞ | -1 |
/// | NaN | NaN |
/// | above 88.722839 (`f32`), 709.782713 (`f64`) | ∞ |
///
/// The argument is reduced as that of [`exp`](super::exp()), and e^x - 1 = 2^n ((1 - 2^-n) + r +
/// r² s(r)); what the first sum loses is added to the last term.
///
/// ```
/// use neuropil_simd::slices;
///
/// let mut y = [-0.0_f64, 1e-20, std::f64::consts::LN_2, f64::NEG_INFINITY];
/// slices::expm1_in_place(&mut y);
/// assert_eq!(y, [-0.0, 1e-20, 1.0, -1.0]);
/// ```
#[inline(always)]
pub fn expm1<T: Float, V: Lanes<T>>(x: V) -> V {
    // Left of this bound the result rounds to -1; 2^-n stays in range. A NaN stays.
    let low: &f64 = T::choose(&-18.0, &-38.0);
    let (n, high, low) = reduce(V::of(*low).max(clamp(x)), None);
    let r = high + low;
    let s = polynomial(r, T::choose(&SINGLE[..], &DOUBLE[..]));

    // Where n = 0, 1 - 2^-n is zero; elsewhere it is larger than |high|: nothing else is lost.
    let offset = V::of(1.0) - V::of(1.0).scale(-n);
    let sum = offset + high;
    let lost = high - (sum - offset);
    let y = sum + ((r * r).mul_add(s, low) + lost);
    y.scale(n).copysign(x)
}
