//! The sign of a number, for the rules that follow nothing else.

use neuropil_simd::{Float, Lanes};

/// 1, -1, a zero as it is, NaN for NaN: PyTorch's `sign`.
#[inline(always)]
pub(crate) fn sign<T: Float, V: Lanes<T>>(x: V) -> V {
    let stays = x.eq(V::of(0.0)) | x.is_nan();
    V::select(stays, x, V::of(1.0).copysign(x))
}
