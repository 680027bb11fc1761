//! A sigmoid of three straight lines.

use crate::{Elementwise, Reads};
use neuropil_simd::{Float, Lanes};

/// y = min(max(x/6 + 1/2, 0), 1). NaN stays NaN. PyTorch's `Hardsigmoid`; Keras's of before version 3
/// was x/5 + 1/2.
///
/// The slope, from the output, is 1/6 for 0 < y < 1 and 0 elsewhere, at both kinks too.
///
/// Source: Courbariaux, Bengio and David, "BinaryConnect" (2015), with other constants.
///
/// ```
/// use neuropil_activations::{Activation, Hardsigmoid};
///
/// let mut y = [0.0_f32; 3];
/// Hardsigmoid.forward(3, &[-4.0, 1.5, 4.0], &mut y);
/// assert_eq!(y, [0.0, 0.75, 1.0]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hardsigmoid;

impl Elementwise for Hardsigmoid {
    const READS: Reads = Reads::Output;

    #[inline(always)]
    fn value<T: Float, V: Lanes<T>>(&self, x: V) -> V {
        // Near -3 the sum is exact. In this order a NaN stays.
        let line = (x + V::of(3.0)) / V::of(6.0);
        V::of(1.0).min(V::of(0.0).max(line))
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, _x: V, y: V) -> V {
        let (zero, one) = (V::of(0.0), V::of(1.0));
        V::select(zero.lt(y) & y.lt(one), V::of(1.0 / 6.0), zero)
    }
}
