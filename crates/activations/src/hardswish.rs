//! SiLU of three pieces.

use crate::{Elementwise, Reads};
use neuropil_simd::{Float, Lanes};

/// y = x min(max(x + 3, 0), 6)/6: 0 up to -3, x from 3 on, and a parabola between. PyTorch's
/// `Hardswish`, but for its NaN at -∞, where 0 is given here.
///
/// The derivative, from the input: x/3 + 1/2 for -3 < x < 3, 0 left of it and 1 right of it.
///
/// Source: Howard et al., "Searching for MobileNetV3" (2019).
///
/// ```
/// use neuropil_activations::{Activation, Hardswish};
///
/// let mut y = [0.0_f32; 4];
/// Hardswish.forward(4, &[-4.0, -1.5, 1.5, 4.0], &mut y);
/// assert_eq!(y, [0.0, -0.375, 1.125, 4.0]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hardswish;

impl Elementwise for Hardswish {
    const READS: Reads = Reads::Input;

    #[inline(always)]
    fn value<T: Float, V: Lanes<T>>(&self, x: V) -> V {
        // Left of -3 the result is zero, also where x is infinite. A NaN stays, being on the right.
        let x = V::of(-3.0).max(x);
        let six = V::of(6.0);
        x * (six.min(x + V::of(3.0)) / six)
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, x: V, _y: V) -> V {
        let (zero, one, three) = (V::of(0.0), V::of(1.0), V::of(3.0));
        let between = x.mul_add(V::of(1.0 / 3.0), V::of(0.5));
        V::select(x.le(-three), zero, V::select(x.lt(three), between, one))
    }
}
