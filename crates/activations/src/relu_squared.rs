//! The square of the rectified linear unit.

use crate::{Elementwise, Reads};
use neuropil_simd::{Float, Lanes};

/// y = max(x, 0)². NaN stays NaN. Beyond PyTorch: `relu(x).square()`.
///
/// The derivative, from the output: 2 max(x, 0) = 2 √y.
///
/// Source: So et al., "Primer: Searching for Efficient Transformers for Language Modeling" (2021).
///
/// ```
/// use neuropil_activations::{Activation, ReluSquared};
///
/// let (mut y, mut dx) = ([0.0_f32; 3], [0.0; 3]);
/// ReluSquared.forward(3, &[-2.0, 0.5, 3.0], &mut y);
/// assert_eq!(y, [0.0, 0.25, 9.0]);
/// ReluSquared.backward(3, &[], &y, &[1.0; 3], &mut dx);
/// assert_eq!(dx, [0.0, 1.0, 6.0]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReluSquared;

impl Elementwise for ReluSquared {
    const READS: Reads = Reads::Output;

    #[inline(always)]
    fn value<T: Float, V: Lanes<T>>(&self, x: V) -> V {
        // In this order a NaN stays.
        let x = V::of(0.0).max(x);
        x * x
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, _x: V, y: V) -> V {
        V::of(2.0) * y.sqrt()
    }
}
