//! The smooth positive part.

use super::exp_below_40;
use super::log1p::log1p_of_unit;
use crate::{Float, Lanes};

/// ln(1 + e^x), the integral of [`sigmoid`](super::sigmoid()). PyTorch's `softplus`, but without its
/// threshold, which no precision needs here.
///
/// -softplus(-x) is the logarithm of the sigmoid.
///
/// | x | result |
/// | --- | --- |
/// | ±0 | ln 2 |
/// | ∞ | ∞ |
/// | -∞ | +0 |
/// | NaN | NaN |
/// | far below 0 | as precise as elsewhere, down to the last denormal |
///
/// max(x, 0) + log1p(e^-|x|), which never overflows.
///
/// ```
/// use neuropil_simd::slices;
///
/// let mut y = [0.0_f64, 1000.0, -1000.0];
/// slices::softplus_in_place(&mut y);
/// assert_eq!(y, [std::f64::consts::LN_2, 1000.0, 0.0]);
/// ```
#[inline(always)]
pub fn softplus<T: Float, V: Lanes<T>>(x: V) -> V {
    V::of(0.0).max(x) + log1p_of_unit(exp_below_40(-x.abs()))
}
