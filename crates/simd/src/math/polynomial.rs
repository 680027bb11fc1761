//! Polynomials.

use crate::{Float, Lanes};

/// c₀ + c₁ x + c₂ x² + ...; the coefficients are rounded to `T`.
///
/// Horner's scheme; from seven coefficients on in x² for the even and the odd powers, two chains of
/// half the length that a processor runs side by side.
///
/// # Panics
/// If there are no coefficients.
#[inline(always)]
pub fn polynomial<T: Float, V: Lanes<T>>(x: V, coefficients: &[f64]) -> V {
    let mut i = coefficients.len();
    if i < 7 {
        i -= 1;
        let mut sum = V::of(coefficients[i]);
        while i > 0 {
            i -= 1;
            sum = sum.mul_add(x, V::of(coefficients[i]));
        }
        return sum;
    }
    let square = x * x;
    i -= 2;
    let (mut even, mut odd) = (V::of(coefficients[i]), V::of(coefficients[i + 1]));
    while i > 1 {
        i -= 2;
        even = even.mul_add(square, V::of(coefficients[i]));
        odd = odd.mul_add(square, V::of(coefficients[i + 1]));
    }
    let sum = odd.mul_add(x, even);
    if i == 0 { sum } else { sum.mul_add(x, V::of(coefficients[0])) }
}
