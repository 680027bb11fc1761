//! The threshold neuron's all or nothing.

use crate::{Elementwise, Reads};
use neuropil_simd::{Float, Lanes};

/// y = 1 if x >= 0, else 0: the threshold of the perceptron, o = step(w·x + b). NaN stays NaN.
///
/// At 0 the neuron fires, as in NumPy's `heaviside(x, 1)`. The slope is 0 wherever there is one, and
/// is taken to be 0 at the jump too, so nothing is learned through a step: the perceptron has a
/// rule of its own.
///
/// ```
/// use neuropil_activations::{Activation, Step};
///
/// // x AND y: both must be there to reach the threshold of 1.5.
/// let sums = [0.0_f32 - 1.5, 1.0 - 1.5, 1.0 - 1.5, 2.0 - 1.5];
/// let mut fires = [0.0; 4];
/// Step.forward(1, &sums, &mut fires);
/// assert_eq!(fires, [0.0, 0.0, 0.0, 1.0]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Step;

impl Elementwise for Step {
    const READS: Reads = Reads::Nothing;

    #[inline(always)]
    fn value<T: Float, V: Lanes<T>>(&self, x: V) -> V {
        let zero = V::of(0.0);
        let below = V::select(x.lt(zero), zero, x);
        V::select(zero.le(x), V::of(1.0), below)
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, _x: V, _y: V) -> V {
        V::of(0.0)
    }
}
