//! The rectified linear unit with a ceiling.

use crate::{Elementwise, Reads};
use neuropil_simd::{Float, Lanes};

/// y = min(max(x, 0), 6). NaN stays NaN. PyTorch's `ReLU6`.
///
/// The slope is 1 for 0 < y < 6 and 0 elsewhere, at both kinks too.
///
/// Source: Krizhevsky, "Convolutional Deep Belief Networks on CIFAR-10" (2010).
///
/// ```
/// use neuropil_activations::{Activation, Relu6};
///
/// let mut y = [0.0_f32; 3];
/// Relu6.forward(3, &[-2.0, 3.0, 9.0], &mut y);
/// assert_eq!(y, [0.0, 3.0, 6.0]);
///
/// let mut dx = [0.0; 3];
/// Relu6.backward(3, &[], &y, &[1.0; 3], &mut dx);
/// assert_eq!(dx, [0.0, 1.0, 0.0]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Relu6;

impl Elementwise for Relu6 {
    const READS: Reads = Reads::Output;

    #[inline(always)]
    fn value<T: Float, V: Lanes<T>>(&self, x: V) -> V {
        // In this order a NaN stays.
        V::of(6.0).min(V::of(0.0).max(x))
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, _x: V, y: V) -> V {
        let zero = V::of(0.0);
        V::select(y.le(zero) | V::of(6.0).le(y), zero, V::of(1.0))
    }

    fn clamp(&self) -> Option<(f64, f64)> {
        Some((0.0, 6.0))
    }
}
