//! The rule by which the oldest neuron learns.

use neuropil_simd::{Float, reduce::dot};

use crate::{OptimizerError, axpy::axpy, error::within};

/// Rosenblatt's rule for a threshold neuron o = step(w · x + b): it learns from mistakes alone.
///
/// w += rate (t − o) x,  b += rate (t − o)
///
/// with the target t and the output o, both 0 or 1. No gradient is needed, which the threshold has none
/// of. Where a line (a plane) divides the inputs by their targets, it is found after finitely many
/// mistakes; the rate then only scales the weights, if they begin at 0. By default it is 1.
///
/// Source: Rosenblatt, "The perceptron: A probabilistic model for information storage and organization in
/// the brain" (1958). PyTorch has no such rule.
///
/// Two inputs give a line, x₁ = −(w₀/w₁) x₀ − b/w₁, and the neuron fires on one side of it. AND has such
/// a line; XOR has none, and the rule goes on for ever:
///
/// ```
/// use neuropil_optimizers::PerceptronRule;
///
/// let inputs = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
/// let learn = |targets: [f64; 4]| {
///     let (rule, mut w, mut b) = (PerceptronRule::new(), [0.0; 2], 0.5);
///     for _ in 0..1_000 {
///         let mut mistakes = 0;
///         for (x, target) in inputs.iter().zip(targets) {
///             mistakes += usize::from(rule.step(x, target, &mut w, &mut b));
///         }
///         if mistakes == 0 {
///             return Some((w, b));
///         }
///     }
///     None
/// };
/// let (w, b) = learn([0.0, 0.0, 0.0, 1.0]).expect("a line for AND");
/// let line = |x0: f64| -(w[0] / w[1]) * x0 - b / w[1];
/// assert!(w[1] > 0.0); // it fires above the line
/// assert!(1.0 > line(1.0) && 0.0 < line(1.0) && 1.0 < line(0.0));
/// assert_eq!(learn([0.0, 1.0, 1.0, 0.0]), None); // XOR
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PerceptronRule {
    rate: f64,
}

impl PerceptronRule {
    /// A rate of 1.
    #[must_use]
    pub const fn new() -> Self {
        Self { rate: 1.0 }
    }

    /// How far a mistake moves the weights.
    ///
    /// # Errors
    /// [`OptimizerError`] if `rate` is NaN, infinite, 0 or negative.
    pub fn rate(self, rate: f64) -> Result<Self, OptimizerError> {
        let name = ("PerceptronRule", "rate");
        let rate = within(name, rate, "finite and above 0", rate > 0.0)?;
        Ok(Self { rate })
    }

    /// What the neuron gives: 1 where w · x + b ≥ 0, else 0; NaN for NaN.
    ///
    /// # Panics
    /// If `x` and `w` differ in length.
    pub fn output<T: Float>(&self, x: &[T], w: &[T], b: T) -> T {
        let sum = dot(w, x) + b;
        if sum.is_nan() {
            sum
        } else if sum >= T::ZERO {
            T::of(1.0)
        } else {
            T::ZERO
        }
    }

    /// Learns from an input and its target; says whether the neuron was wrong.
    ///
    /// # Panics
    /// If `x` and `w` differ in length.
    pub fn step<T: Float>(&self, x: &[T], target: T, w: &mut [T], b: &mut T) -> bool {
        let error = target - self.output(x, w, *b);
        if error == T::ZERO {
            return false;
        }
        axpy(self.rate * error.to_f64(), x, w);
        *b += T::of(self.rate) * error;
        true
    }
}

impl Default for PerceptronRule {
    fn default() -> Self {
        Self::new()
    }
}
