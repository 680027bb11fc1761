//! A sigmoid of three straight lines, the steeper one.

use crate::{Elementwise, Reads};
use neuropil_simd::{Float, Lanes};

/// y = min(max((x + 1)/2, 0), 1): [`Sparsemax`](crate::Sparsemax) of x/2 and -x/2. NaN stays NaN.
/// Beyond PyTorch; JAX's `jax.nn.sparse_sigmoid`.
///
/// The slope, from the output, is 1/2 for 0 < y < 1 and 0 elsewhere, at both kinks too.
///
/// Source: Martins and Astudillo, "From Softmax to Sparsemax" (2016).
///
/// ```
/// use neuropil_activations::{Activation, SparseSigmoid};
///
/// let mut y = [0.0_f32; 3];
/// SparseSigmoid.forward(3, &[-2.0, 0.5, 3.0], &mut y);
/// assert_eq!(y, [0.0, 0.75, 1.0]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SparseSigmoid;

impl Elementwise for SparseSigmoid {
    const READS: Reads = Reads::Output;

    #[inline(always)]
    fn value<T: Float, V: Lanes<T>>(&self, x: V) -> V {
        // In this order a NaN stays.
        let line = (x + V::of(1.0)) * V::of(0.5);
        V::of(1.0).min(V::of(0.0).max(line))
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, _x: V, y: V) -> V {
        let (zero, one) = (V::of(0.0), V::of(1.0));
        V::select(zero.lt(y) & y.lt(one), V::of(0.5), zero)
    }
}
