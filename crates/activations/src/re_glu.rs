//! The linear unit that a ReLU gates.

use crate::{Activation, Reads, Relu, gate};
use neuropil_simd::Float;

/// y = a max(b, 0), where a is the first and b the second half of each row: a is scaled by a ReLU of b. The row
/// becomes half as wide.
///
/// The derivative, from the input: da += dy max(b, 0), and db += dy a where b > 0.
///
/// Source: Shazeer, "GLU Variants Improve Transformer" (2020). Beyond PyTorch: `a * relu(b)` after
/// `chunk(2, dim=-1)`. The second half is the gate, as of [`Glu`](crate::Glu); where another program
/// gates by the first, the halves of the weight before it change places.
///
/// ```
/// use neuropil_activations::{Activation, ReGlu};
///
/// let mut y = [0.0_f32; 2];
/// ReGlu.forward(4, &[6.0, 7.0, -1.0, 2.0], &mut y); // a = (6, 7)
/// assert_eq!(y, [0.0, 14.0]);
/// assert_eq!(ReGlu.output_width(5), None);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReGlu;

impl Activation for ReGlu {
    fn reads(&self) -> Reads {
        Reads::Input
    }

    fn output_width(&self, width: usize) -> Option<usize> {
        gate::output_width(width)
    }

    fn forward<T: Float>(&self, width: usize, x: &[T], y: &mut [T]) {
        gate::forward(self, &Relu, width, x, y);
    }

    fn backward<T: Float>(&self, width: usize, x: &[T], _y: &[T], dy: &[T], dx: &mut [T]) {
        gate::backward(self, &Relu, width, x, dy, dx);
    }
}
