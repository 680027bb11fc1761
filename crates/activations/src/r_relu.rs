//! The rectified linear unit that lets a random share through.

use crate::error::{ascending, at_least_zero};
use crate::{ActivationError, LeakyRelu};
use neuropil_simd::Float;

/// y = x if x > 0, else a x, with a drawn for each number in training, uniform in [lower, upper), and
/// their mean in inference. By default from 1/8 to 1/3. PyTorch's `RReLU`, which takes negative slopes
/// and equal bounds as well; the layer is `RRelu` of the crate `neuropil-nn`.
///
/// It takes its draws as a slice of uniform numbers u in [0, 1): a = lower + (upper - lower) u. It is no
/// [`Activation`](crate::Activation), which has none.
///
/// Source: Xu, Wang, Chen and Li, "Empirical Evaluation of Rectified Activations in Convolutional
/// Network" (2015).
///
/// ```
/// use neuropil_activations::{Activation, RRelu};
///
/// let relu = RRelu::new().bounds(0.25, 0.75)?;
/// let (x, draws) = ([-4.0_f32, -4.0, 4.0], [0.0, 0.5, 0.5]);
/// let (mut y, mut dx) = ([0.0; 3], [0.0; 3]);
/// relu.forward(&x, &draws, &mut y);
/// assert_eq!(y, [-1.0, -2.0, 4.0]);
/// relu.backward(&x, &draws, &[1.0; 3], &mut dx);
/// assert_eq!(dx, [0.25, 0.5, 1.0]);
///
/// relu.mean().forward(3, &x, &mut y); // in inference
/// assert_eq!(y, [-2.0, -2.0, 4.0]);
/// # Ok::<(), neuropil_activations::ActivationError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RRelu {
    lower: f64,
    upper: f64,
}

impl RRelu {
    /// From 1/8 to 1/3.
    pub const fn new() -> Self {
        Self { lower: 1.0 / 8.0, upper: 1.0 / 3.0 }
    }

    /// Between which bounds slopes are drawn.
    ///
    /// # Errors
    /// If one of them is NaN, infinite or negative, or `lower` is not below `upper`.
    pub fn bounds(self, lower: f64, upper: f64) -> Result<Self, ActivationError> {
        at_least_zero("RRelu", "lower", lower)?;
        let [lower, upper] = ascending("RRelu", ["lower", "upper"], [lower, upper])?;
        Ok(Self { lower, upper })
    }

    /// With the mean slope, as inference has it.
    ///
    /// ```
    /// use neuropil_activations::{LeakyRelu, RRelu};
    /// let mean = LeakyRelu::new().negative_slope((1.0 / 8.0 + 1.0 / 3.0) / 2.0);
    /// assert_eq!(Ok(RRelu::new().mean()), mean);
    /// ```
    pub fn mean(&self) -> LeakyRelu {
        LeakyRelu::with_slope((self.lower + self.upper) / 2.0)
    }

    /// y, with a draw for each number.
    ///
    /// # Panics
    /// If the lengths differ.
    pub fn forward<T: Float>(&self, x: &[T], draws: &[T], y: &mut [T]) {
        check("y", x.len(), draws.len(), y.len());
        for ((y, &x), &u) in y.iter_mut().zip(x).zip(draws) {
            *y = if x <= T::ZERO { self.slope(u) * x } else { x };
        }
    }

    /// dx += dy times the slope of each number, with the draws of [`forward`](RRelu::forward).
    ///
    /// # Panics
    /// If the lengths differ.
    pub fn backward<T: Float>(&self, x: &[T], draws: &[T], dy: &[T], dx: &mut [T]) {
        check("dx", x.len(), draws.len(), dx.len());
        assert_eq!(dy.len(), dx.len(), "RRelu: dy has {} numbers, dx {}", dy.len(), dx.len());
        for (((dx, &x), &u), &dy) in dx.iter_mut().zip(x).zip(draws).zip(dy) {
            *dx += if x <= T::ZERO { self.slope(u) * dy } else { dy };
        }
    }

    fn slope<T: Float>(&self, u: T) -> T {
        T::of(self.lower) + T::of(self.upper - self.lower) * u
    }
}

impl Default for RRelu {
    fn default() -> Self {
        Self::new()
    }
}

fn check(name: &str, x: usize, draws: usize, out: usize) {
    assert_eq!(x, out, "RRelu: x has {x} numbers, {name} {out}");
    assert_eq!(draws, out, "RRelu: there are {draws} draws, {name} has {out} numbers");
}
