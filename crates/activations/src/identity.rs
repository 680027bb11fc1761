//! y = x.

use crate::{Elementwise, Reads};
use neuropil_simd::{Float, Lanes};

/// y = x, with slope 1: the activation of a linear layer. PyTorch's `Identity`.
///
/// ```
/// use neuropil_activations::{Activation, Identity};
///
/// let mut y = [0.0_f32; 2];
/// Identity.forward(2, &[-1.5, 2.0], &mut y);
/// assert_eq!(y, [-1.5, 2.0]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Identity;

impl Elementwise for Identity {
    const READS: Reads = Reads::Nothing;

    #[inline(always)]
    fn value<T: Float, V: Lanes<T>>(&self, x: V) -> V {
        x
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, _x: V, _y: V) -> V {
        V::of(1.0)
    }

    fn clamp(&self) -> Option<(f64, f64)> {
        Some((f64::NEG_INFINITY, f64::INFINITY))
    }
}
