//! The bell.

use crate::{Elementwise, Reads};
use neuropil_simd::{Float, Lanes, math};

/// y = e^(-x²): a neuron that answers to one place, as in networks of radial basis functions. Beyond
/// PyTorch: `torch.exp(-x**2)`.
///
/// The derivative, from input and output: -2 x y. Far from 0, y is precise to the last places of 1,
/// since the square is rounded.
///
/// Source: Broomhead and Lowe, "Multivariable Functional Interpolation and Adaptive Networks" (1988).
///
/// ```
/// use neuropil_activations::{Activation, Gaussian};
///
/// let (x, mut y, mut dx) = ([f64::NEG_INFINITY, 0.0, 1.0], [0.0; 3], [0.0; 3]);
/// Gaussian.forward(3, &x, &mut y);
/// assert_eq!(y, [0.0, 1.0, (-1_f64).exp()]);
/// Gaussian.backward(3, &x, &y, &[1.0; 3], &mut dx);
/// assert_eq!(dx, [0.0, 0.0, -2.0 * y[2]]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gaussian;

impl Elementwise for Gaussian {
    const READS: Reads = Reads::Both;

    #[inline(always)]
    fn value<T: Float, V: Lanes<T>>(&self, x: V) -> V {
        math::exp_below_40(-(x * x))
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, x: V, y: V) -> V {
        // Where y is zero, x must not be infinite. A NaN stays, being on the right.
        let x = V::of(100.0).min(V::of(-100.0).max(x));
        (x * y) * V::of(-2.0)
    }
}
