//! The linear unit that a GELU gates.

use crate::{Activation, Gelu, Reads, gate};
use neuropil_simd::Float;

/// y = a b Φ(b), where a is the first and b the second half of each row: a is scaled by a [`Gelu`] of b. The row
/// becomes half as wide.
///
/// The derivative, from the input: da += dy g(b) and db += dy a g'(b), where g is the GELU.
///
/// Source: Shazeer, "GLU Variants Improve Transformer" (2020). Beyond PyTorch: `a * gelu(b)` after
/// `chunk(2, dim=-1)`. The second half is the gate, as of [`Glu`](crate::Glu); where another program
/// gates by the first, the halves of the weight before it change places.
///
/// ```
/// use neuropil_activations::{Activation, GeGlu};
///
/// let mut y = [0.0_f32; 2];
/// GeGlu.forward(4, &[6.0, 7.0, 0.0, 50.0], &mut y); // a = (6, 7)
/// assert_eq!(y, [0.0, 350.0]);
/// assert_eq!(GeGlu.output_width(5), None);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GeGlu;

impl Activation for GeGlu {
    fn reads(&self) -> Reads {
        Reads::Input
    }

    fn output_width(&self, width: usize) -> Option<usize> {
        gate::output_width(width)
    }

    fn forward<T: Float>(&self, width: usize, x: &[T], y: &mut [T]) {
        gate::forward(self, &Gelu, width, x, y);
    }

    fn backward<T: Float>(&self, width: usize, x: &[T], _y: &[T], dy: &[T], dx: &mut [T]) {
        gate::backward(self, &Gelu, width, x, dy, dx);
    }
}
