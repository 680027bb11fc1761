//! The identity with a bend.

use crate::squareplus::root;
use crate::{Elementwise, Reads};
use neuropil_simd::{Float, Lanes};

/// y = (√(x² + 1) - 1)/2 + x: a line that is three times as steep far right as far left. Beyond
/// PyTorch.
///
/// √(x² + 1) - 1 is computed as x²/(√(x² + 1) + 1), which loses nothing near 0.
///
/// The derivative, from the input: x/(2 √(x² + 1)) + 1, between 1/2 and 3/2. No paper is known as its
/// origin.
///
/// ```
/// use neuropil_activations::{Activation, BentIdentity};
///
/// let (x, mut y, mut dx) = ([-0.75_f32, 0.0, 0.75], [0.0; 3], [0.0; 3]);
/// BentIdentity.forward(3, &x, &mut y);
/// assert_eq!(y, [-0.625, 0.0, 0.875]);
/// BentIdentity.backward(3, &x, &[], &[1.0; 3], &mut dx);
/// assert_eq!(dx, [0.7, 1.0, 1.3]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BentIdentity;

impl Elementwise for BentIdentity {
    const READS: Reads = Reads::Input;

    #[inline(always)]
    fn value<T: Float, V: Lanes<T>>(&self, x: V) -> V {
        // ∞/∞ would be NaN; a NaN stays, being on the right.
        let a = V::splat(T::MAX).min(x.abs());
        let share = a / (root(a, 1.0) + V::of(1.0));
        (a * V::of(0.5)).mul_add(share, x)
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, x: V, _y: V) -> V {
        let a = V::splat(T::MAX).min(x.abs());
        let half = (a / root(a, 1.0)) * V::of(0.5);
        V::of(1.0) + half.copysign(x)
    }
}
