//! The threshold neuron's all or nothing.

use crate::{ActivationError, Elementwise, Reads, SigmoidSurrogate, StraightThrough};
use neuropil_simd::{Float, Lanes};

/// y = 1 if x >= 0, else 0: the threshold of the perceptron, o = step(w·x + b). NaN stays NaN.
///
/// At 0 the neuron fires, as in PyTorch's `torch.heaviside(x, 1)`. The slope is 0 wherever there is one, and
/// is taken to be 0 at the jump too, so by default nothing is learned through a step: the perceptron has a
/// rule of its own. [`straight_through`](Step::straight_through) and
/// [`sigmoid_surrogate`](Step::sigmoid_surrogate) lend it a slope.
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
///
/// With two inputs, the perceptron fires on one side of the line x₁ = -(w₀/w₁) x₀ - b/w₁. No line
/// makes XOR: silence at (0, 0) needs b < 0, firing at (1, 0) and at (0, 1) needs w₀ + b >= 0 and
/// w₁ + b >= 0, and then w₀ + w₁ + b >= -b > 0, so (1, 1) fires too.
///
/// ```
/// use neuropil_activations::{Activation, Step};
///
/// let corners = [[0.0_f64, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
/// let perceptron = |w: [f64; 2], b: f64| {
///     let mut fires = [0.0; 4];
///     Step.forward(1, &corners.map(|x| w[0] * x[0] + w[1] * x[1] + b), &mut fires);
///     fires
/// };
///
/// let (w, b) = ([0.5, 1.0], -0.75);
/// let line = |x0: f64| -(w[0] / w[1]) * x0 - b / w[1];
/// assert_eq!([line(0.0), line(1.0)], [0.75, 0.25]);
/// let above = corners.map(|[x0, x1]| f64::from(x1 >= line(x0)));
/// assert_eq!(perceptron(w, b), above);
///
/// let quarters = || (-12..=12).map(|n| f64::from(n) / 4.0);
/// let xor = [0.0, 1.0, 1.0, 0.0];
/// for w0 in quarters() {
///     for w1 in quarters() {
///         assert!(quarters().all(|b| perceptron([w0, w1], b) != xor));
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Step;

impl Step {
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
