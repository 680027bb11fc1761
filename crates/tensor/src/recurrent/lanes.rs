//! Vectors of a row's numbers, the last one perhaps a part of one.

use neuropil_simd::{Float, Lanes};

/// A full vector or a part of one.
#[inline(always)]
pub(super) fn load<T: Float, V: Lanes<T>>(x: &[T]) -> V {
    if x.len() < V::LEN { V::load_partial(x) } else { V::load(x) }
}

/// Writes a full vector or a part of one.
#[inline(always)]
pub(super) fn store<T: Float, V: Lanes<T>>(x: V, y: &mut [T]) {
    if y.len() < V::LEN { x.store_partial(y) } else { x.store(y) }
}

/// Does something with the numbers `$at..$to` of a row of `$len`, vector by vector. It is written out for
/// full vectors and again for the rest, so that the former need not ask how long they are.
macro_rules! each_vector {
    ($V:ty, $len:expr, |$at:ident, $to:ident| $body:block) => {
        let len = $len;
        let mut $at = 0;
        while len - $at >= <$V>::LEN {
            let $to = $at + <$V>::LEN;
            $body
            $at = $to;
        }
        if $at < len {
            let $to = len;
            $body
        }
    };
}
pub(super) use each_vector;
