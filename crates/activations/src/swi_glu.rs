//! The linear unit that a SiLU gates.

use crate::{Activation, Reads, Silu, gate};
use neuropil_simd::Float;

/// y = a b σ(b), where a is the first and b the second half of each row: a is scaled by a [`Silu`] (swish) of b. The row
/// becomes half as wide.
///
/// The derivative, from the input: da += dy g(b) and db += dy a g'(b), where g is the SiLU.
///
/// Source: Shazeer, "GLU Variants Improve Transformer" (2020). Beyond PyTorch: `a * silu(b)` after
/// `chunk(2, dim=-1)`. The second half is the gate, as of [`Glu`](crate::Glu); where another program
/// gates by the first, the halves of the weight before it change places.
///
/// ```
/// use neuropil_activations::{Activation, SwiGlu};
///
/// let mut y = [0.0_f32; 2];
/// SwiGlu.forward(4, &[6.0, 7.0, 0.0, 50.0], &mut y); // a = (6, 7)
/// assert_eq!(y, [0.0, 350.0]);
/// assert_eq!(SwiGlu.output_width(5), None);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SwiGlu;

impl Activation for SwiGlu {
    fn reads(&self) -> Reads {
        Reads::Input
    }

    fn output_width(&self, width: usize) -> Option<usize> {
        gate::output_width(width)
    }

    fn forward<T: Float>(&self, width: usize, x: &[T], y: &mut [T]) {
        gate::forward(self, &Silu, width, x, y);
    }

    fn backward<T: Float>(&self, width: usize, x: &[T], _y: &[T], dy: &[T], dx: &mut [T]) {
        gate::backward(self, &Silu, width, x, dy, dx);
    }
}
