//! The sign.

use crate::{ActivationError, Elementwise, Reads, SigmoidSurrogate, StraightThrough};
use neuropil_simd::{Float, Lanes};

/// y = 1 if x > 0, -1 if x < 0, and 0 at 0: the bipolar threshold neuron, and the rounding of
/// binarized networks. PyTorch's `torch.sign`, but that NaN stays NaN.
///
/// By default the slope is 0, also at the jump, so nothing is learned through it;
/// [`straight_through`](Sign::straight_through) and [`sigmoid_surrogate`](Sign::sigmoid_surrogate)
/// lend it one.
///
/// ```
/// use neuropil_activations::{Activation, Sign};
///
/// let mut y = [0.0_f32; 3];
/// Sign.forward(3, &[-2.0, 0.0, 0.5], &mut y);
/// assert_eq!(y, [-1.0, 0.0, 1.0]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sign;

impl Sign {
    /// With a slope of 1 in place of 0: see [`StraightThrough`].
    #[must_use]
    pub fn straight_through(self) -> StraightThrough<Self> {
        StraightThrough::new(self)
    }

    /// With the slope of a logistic function: see [`SigmoidSurrogate`].
    ///
    /// # Errors
    /// If `steepness` is not positive and finite.
    pub fn sigmoid_surrogate(
        self,
        steepness: f64,
    ) -> Result<SigmoidSurrogate<Self>, ActivationError> {
        SigmoidSurrogate::new(self).steepness(steepness)
    }
}

impl Elementwise for Sign {
    const READS: Reads = Reads::Nothing;

    #[inline(always)]
    fn value<T: Float, V: Lanes<T>>(&self, x: V) -> V {
        let zero = V::of(0.0);
        let not_below = V::select(zero.lt(x), V::of(1.0), x);
        V::select(x.lt(zero), V::of(-1.0), not_below)
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, _x: V, _y: V) -> V {
        V::of(0.0)
    }
}
