//! The logistic function.

use super::exp_below_40;
use crate::{Float, Lanes};

/// 1 / (1 + e^-x).
///
/// | x | result |
/// | --- | --- |
/// | ±0 | 1/2 |
/// | ∞ | 1 |
/// | -∞ | +0 |
/// | NaN | NaN |
/// | far below 0 | as precise as elsewhere, down to the last denormal |
///
/// ```
/// use neuropil_simd::slices;
///
/// let mut y = [0.0_f32, 100.0, -100.0];
/// slices::sigmoid_in_place(&mut y);
/// assert_eq!(y, [0.5, 1.0, (-100.0_f64).exp() as f32]);
/// ```
#[inline(always)]
pub fn sigmoid<T: Float, V: Lanes<T>>(x: V) -> V {
    // e^-|x| never overflows, and left of zero it is the numerator too: precise down to the last
    // denormal, where 1 / (1 + e^-x) has long given up.
    let one = V::of(1.0);
    let e = exp_below_40(-x.abs());
    let left = V::select(x.lt(V::of(0.0)), e, one);
    let sum = one + e;

    // The quotient loses up to three halves of a unit to two roundings; what they took is added
    // again. It would have to be divided by `sum`, between 1 and 2: ¾ is near enough.
    let lost = e - (sum - one);
    let y = left / sum;
    let rest = -lost.mul_add(y, sum.mul_add(y, -left));
    rest.mul_add(V::of(0.75), y)
}
