//! The exponential linear unit that normalizes itself.

use crate::{Elementwise, Reads};
use neuropil_simd::{Float, Lanes, math};

const ALPHA: f64 = 1.673_263_242_354_377_2;
const SCALE: f64 = 1.050_700_987_355_480_5;

/// y = λ x if x > 0, else λ α (e^x - 1), with λ = 1.0507009873554805 and α = 1.6732632423543772: behind
/// weights of variance 1/inputs (LeCun's), values are drawn towards mean 0 and variance 1 from layer
/// to layer. PyTorch's `SELU`.
///
/// The derivative, from the output: λ for y > 0, else y + λ α.
///
/// Source: Klambauer, Unterthiner, Mayr and Hochreiter, "Self-Normalizing Neural Networks" (2017).
///
/// ```
/// use neuropil_activations::{Activation, Selu};
///
/// let mut y = [0.0_f64; 3];
/// Selu.forward(3, &[f64::NEG_INFINITY, 0.0, 1.0], &mut y);
/// assert_eq!(y, [-1.7580993408473766, 0.0, 1.0507009873554805]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Selu;

impl Elementwise for Selu {
    const READS: Reads = Reads::Output;

    #[inline(always)]
    fn value<T: Float, V: Lanes<T>>(&self, x: V) -> V {
        let zero = V::of(0.0);
        // A NaN stays, being on the right.
        let left = V::of(SCALE * ALPHA) * math::expm1(zero.min(x));
        V::select(zero.lt(x), V::of(SCALE) * x, left)
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, _x: V, y: V) -> V {
        V::select(y.le(V::of(0.0)), y + V::of(SCALE * ALPHA), V::of(SCALE))
    }
}
