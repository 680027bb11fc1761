//! The gated linear unit.

use crate::{Activation, Reads, Sigmoid, gate};
use neuropil_simd::Float;

/// y = a σ(b), where a is the first and b the second half of each row: b is a gate for a, and the
/// row becomes half as wide. PyTorch's `GLU(dim=-1)`.
///
/// The derivative, from the input, with s = σ(b): da += dy s, db += dy a s (1 - s).
///
/// Source: Dauphin and others, "Language Modeling with Gated Convolutional Networks", 2017.
///
/// ```
/// use neuropil_activations::{Activation, Glu};
///
/// let x = [6.0_f32, 7.0, 0.0, 200.0]; // one row of four: a = (6, 7), b = (0, 200)
/// let mut y = [0.0; 2];
/// Glu.forward(4, &x, &mut y);
/// assert_eq!(y, [3.0, 7.0]);
/// assert_eq!(Glu.output_width(4), Some(2));
/// assert_eq!(Glu.output_width(5), None);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Glu;

impl Activation for Glu {
    fn reads(&self) -> Reads {
        Reads::Input
    }

    fn output_width(&self, width: usize) -> Option<usize> {
        gate::output_width(width)
    }

    fn forward<T: Float>(&self, width: usize, x: &[T], y: &mut [T]) {
        gate::forward(self, &Sigmoid, width, x, y);
    }

    fn backward<T: Float>(&self, width: usize, x: &[T], _y: &[T], dy: &[T], dx: &mut [T]) {
        gate::backward(self, &Sigmoid, width, x, dy, dx);
    }
}
