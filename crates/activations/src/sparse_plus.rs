//! A smooth positive part that is zero far left.

use crate::{Elementwise, Reads};
use neuropil_simd::{Float, Lanes};

/// y = 0 if x <= -1, (x + 1)²/4 if -1 < x < 1, x if x >= 1: the integral of
/// [`SparseSigmoid`](crate::SparseSigmoid). NaN stays NaN. Beyond PyTorch; JAX's
/// `jax.nn.sparse_plus`.
///
/// The derivative, from the output: √y, but no more than 1.
///
/// Source: Blondel, Martins and Niculae, "Learning with Fenchel-Young Losses" (2020), for two classes.
///
/// ```
/// use neuropil_activations::{Activation, SparsePlus};
///
/// let (mut y, mut dx) = ([0.0_f32; 4], [0.0; 4]);
/// SparsePlus.forward(4, &[-2.0, 0.0, 0.5, 3.0], &mut y);
/// assert_eq!(y, [0.0, 0.25, 0.5625, 3.0]);
/// SparsePlus.backward(4, &[], &y, &[1.0; 4], &mut dx);
/// assert_eq!(dx, [0.0, 0.5, 0.75, 1.0]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SparsePlus;

impl Elementwise for SparsePlus {
    const READS: Reads = Reads::Output;

    #[inline(always)]
    fn value<T: Float, V: Lanes<T>>(&self, x: V) -> V {
        let (zero, one) = (V::of(0.0), V::of(1.0));
        let root = zero.max(x + one) * V::of(0.5);
        V::select(one.le(x), x, root * root)
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, _x: V, y: V) -> V {
        V::of(1.0).min(y).sqrt()
    }
}
