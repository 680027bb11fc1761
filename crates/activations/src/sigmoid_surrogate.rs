//! The slope of a logistic function lent to a function that has none.

use crate::error::positive;
use crate::{ActivationError, Elementwise, Reads};
use neuropil_simd::{Float, Lanes, math};

/// y = f(x), as any [`Elementwise`] f has it, with the slope k σ(kx) (1 - σ(kx)) of the logistic
/// function σ(kx) in place of its own: near the threshold of a [`Step`](crate::Step) a change of x
/// counts, far away it does not. The steepness k is 1 by default.
///
/// [`Sign`](crate::Sign) jumps by 2, and has half the slope of its smooth counterpart 2 σ(kx) - 1.
///
/// Source: Neftci, Mostafa and Zenke, "Surrogate Gradient Learning in Spiking Neural Networks"
/// (2019), where the steepness is a setting.
///
/// ```
/// use neuropil_activations::{Activation, Step};
///
/// let step = Step.sigmoid_surrogate(4.0)?;
/// let (x, mut y, mut dx) = ([-100.0_f32, 0.0, 100.0], [0.0; 3], [0.0; 3]);
/// step.forward(3, &x, &mut y);
/// step.backward(3, &x, &[], &[1.0; 3], &mut dx);
/// assert_eq!(y, [0.0, 1.0, 1.0]);
/// assert_eq!(dx, [0.0, 1.0, 0.0]);
/// # Ok::<(), neuropil_activations::ActivationError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SigmoidSurrogate<E> {
    f: E,
    steepness: f64,
}

impl<E: Elementwise> SigmoidSurrogate<E> {
    /// f with the slope of σ(x).
    pub fn new(f: E) -> Self {
        Self { f, steepness: 1.0 }
    }

    /// The steepness k.
    ///
    /// # Errors
    /// If `steepness` is not positive and finite.
    pub fn steepness(mut self, steepness: f64) -> Result<Self, ActivationError> {
        self.steepness = positive("SigmoidSurrogate", "steepness", steepness)?;
        Ok(self)
    }
}

impl<E: Elementwise> Elementwise for SigmoidSurrogate<E> {
    const READS: Reads = Reads::Input;

    #[inline(always)]
    fn value<T: Float, V: Lanes<T>>(&self, x: V) -> V {
        self.f.value(x)
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, x: V, _y: V) -> V {
        let k = V::of(self.steepness);
        let s = math::sigmoid(k * x);
        k * (s * (V::of(1.0) - s))
    }
}
