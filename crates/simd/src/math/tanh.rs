//! The hyperbolic tangent.

use super::exp::exp_between;
use super::polynomial;
use crate::{Float, Lanes};

/// Below it the polynomial is used, above it the exponential function.
const SMALL: f64 = 0.625;

/// Above it the result is 1, in `f32` and in `f64`.
const LARGE: [f64; 2] = [10.0, 20.0];

// (tanh x - x) / x³ as a polynomial of x², for |x| <= SMALL, from scripts/coefficients.py.
/// Error 2^-27.7 of tanh x.
const SINGLE: [f64; 5] = [-0.3333328, 0.13331406, -0.053736515, 0.020628167, -0.0056922957];
/// Error 2^-61.2 of tanh x.
const DOUBLE: [f64; 12] = [
    -0.33333333333333315,
    0.1333333333332996,
    -0.05396825396614964,
    0.021869488470707653,
    -0.008863234338911393,
    0.003592114224081453,
    -0.0014557272205013136,
    0.0005894566639295855,
    -0.00023702411267107908,
    9.157852563067986e-05,
    -3.0206087691998592e-05,
    6.050244804790504e-06,
];

/// (e^x - e^-x) / (e^x + e^-x).
///
/// | x | result |
/// | --- | --- |
/// | ±0 | ±0 |
/// | ±∞ | ±1 |
/// | NaN | NaN |
/// | denormal | x |
///
/// x + x³ p(x²) with a minimax polynomial p for |x| < 0.625, else 1 - 2 / (e^2|x| + 1) with the
/// sign of x.
///
/// ```
/// use neuropil_simd::slices;
///
/// let mut y = [-0.0_f32, 0.5, 20.0];
/// slices::tanh_in_place(&mut y);
/// assert_eq!(y, [-0.0, 0.46211717, 1.0]);
/// ```
#[inline(always)]
pub fn tanh<T: Float, V: Lanes<T>>(x: V) -> V {
    let a = x.abs();
    let z = a * a;
    let small = (a * z).mul_add(polynomial(z, T::choose(&SINGLE[..], &DOUBLE[..])), a);
    let (one, two) = (V::of(1.0), V::of(2.0));
    // A NaN stays, being on the right.
    let b = V::of(*T::choose(&LARGE[0], &LARGE[1])).min(a);
    let large = one - two / (exp_between(b + b) + one);
    V::select(a.lt(V::of(SMALL)), small, large).copysign(x)
}
