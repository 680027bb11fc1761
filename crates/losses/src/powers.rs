//! Powers with an exponent that all lanes share.

use neuropil_simd::{Float, Lanes, math};

/// x^p for x ≥ 0; 0^0 is 1.
#[inline(always)]
pub(crate) fn power<T: Float, V: Lanes<T>>(x: V, p: f64) -> V {
    // Multiplied out where that is exact to a rounding each.
    if p <= 8.0 && (2.0 * p) % 1.0 == 0.0 && p >= 0.0 {
        let mut y = if p % 1.0 == 0.0 { V::splat(T::ONE) } else { x.sqrt() };
        for _ in 0..p as u32 {
            y = y * x;
        }
        y
    } else {
        math::exp(V::of(p) * math::ln(x))
    }
}
