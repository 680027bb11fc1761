//! Powers with an exponent that all lanes share.

use neuropil_simd::{Float, Lanes, math};

/// x^p for x ≥ 0; 0^0 is 1.
#[inline(always)]
pub(crate) fn power<T: Float, V: Lanes<T>>(x: V, p: f64) -> V {
    if p == 0.0 {
        V::splat(T::ONE)
    } else if p == 0.5 {
        x.sqrt()
    } else if p == 1.0 {
        x
    } else if p == 1.5 {
        x * x.sqrt()
    } else if p == 2.0 {
        x * x
    } else if p == 3.0 {
        x * x * x
    } else if p == 4.0 {
        (x * x) * (x * x)
    } else {
        math::exp(V::of(p) * math::ln(x))
    }
}
