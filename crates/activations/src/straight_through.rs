//! A slope of 1 lent to a function that has none.

use crate::error::positive;
use crate::{ActivationError, Elementwise, Reads};
use neuropil_simd::{Float, Lanes};

/// y = f(x), as any [`Elementwise`] f has it, with the slope 1 of the identity in place of its own:
/// dx = dy. So a network learns through a [`Step`](crate::Step), a [`Sign`](crate::Sign) or a
/// rounding of your own, whose slope is 0.
///
/// By default the slope is 1 everywhere; [`clipped`](StraightThrough::clipped) makes it 0 where
/// |x| is larger than a bound, beyond which a neuron is far from its threshold.
///
/// Source: Bengio, Léonard and Courville, "Estimating or Propagating Gradients Through Stochastic
/// Neurons for Conditional Computation" (2013); clipped at 1: Hubara et al., "Binarized Neural
/// Networks" (2016).
///
/// ```
/// use neuropil_activations::{Activation, Sign, Step};
///
/// let x = [-3.0_f32, -0.5, 2.0];
/// let mut y = [0.0; 3];
/// let step = Step.straight_through();
/// step.forward(3, &x, &mut y);
/// assert_eq!(y, [0.0, 0.0, 1.0]);
///
/// let mut dx = [0.0; 3];
/// step.backward(3, &x, &[], &[1.0; 3], &mut dx);
/// assert_eq!(dx, [1.0; 3]);
///
/// let mut dx = [0.0; 3];
/// Sign.straight_through().clipped(1.0)?.backward(3, &x, &[], &[1.0; 3], &mut dx);
/// assert_eq!(dx, [0.0, 1.0, 0.0]);
/// # Ok::<(), neuropil_activations::ActivationError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StraightThrough<E> {
    f: E,
    bound: f64,
}

impl<E: Elementwise> StraightThrough<E> {
    /// f with the slope 1.
    pub fn new(f: E) -> Self {
        Self { f, bound: f64::INFINITY }
    }

    /// A slope of 0 where |x| > `bound`.
    ///
    /// # Errors
    /// If `bound` is not positive and finite.
    pub fn clipped(mut self, bound: f64) -> Result<Self, ActivationError> {
        self.bound = positive("StraightThrough", "bound", bound)?;
        Ok(self)
    }
}

impl<E: Elementwise> Elementwise for StraightThrough<E> {
    const READS: Reads = Reads::Input;

    #[inline(always)]
    fn value<T: Float, V: Lanes<T>>(&self, x: V) -> V {
        self.f.value(x)
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, x: V, _y: V) -> V {
        V::select(V::of(self.bound).lt(x.abs()), V::of(0.0), V::of(1.0))
    }
}
