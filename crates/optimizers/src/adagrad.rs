//! Adagrad: a rate for each weight, from the sum of its squared gradients.

use neuropil_simd::{Float, Lanes};

use crate::{Optimizer, OptimizerError, Rule, Step, error::non_negative, sweep};

/// Steps divided by the root of all squared gradients so far: what is seldom seen takes long steps.
///
/// With g = dw + weight_decay · w, at step t (1 for the first), s beginning at the initial accumulator:
///
/// s += g²
/// w −= rate / (1 + (t − 1) rate_decay) · g / (√s + ε)
///
/// Defaults: no rate decay, an initial accumulator of 0, ε = 10⁻¹⁰, no weight decay (coupled), and a rate
/// of 10⁻². Keras begins at 0.1 and has a rate of 10⁻³.
///
/// Source: Duchi, Hazan and Singer, "Adaptive Subgradient Methods for Online Learning and Stochastic
/// Optimization" (2011). Equals PyTorch's `torch.optim.Adagrad`, where the rate decay is `lr_decay`; only
/// the s of a weight that has never had a gradient is 0 here, which makes no difference to the weights.
///
/// ```
/// use neuropil_optimizers::{Adagrad, Optimizer, Step};
///
/// let (mut w, mut sum) = ([1.0_f64; 3], [0.0; 3]);
/// let at = Step { rate: 0.5, count: 1, shape: &[3] };
/// Adagrad::new().epsilon(0.0)?.step(at, &mut w, &[2.0, -4.0, 8.0], &mut [&mut sum]);
/// assert_eq!((w, sum), ([0.5, 1.5, 0.5], [4.0, 16.0, 64.0]));
/// # Ok::<(), neuropil_optimizers::OptimizerError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adagrad {
    rate_decay: f64,
    initial: f64,
    epsilon: f64,
    weight_decay: f64,
}

impl Adagrad {
    /// No rate decay, an initial accumulator of 0, ε = 10⁻¹⁰, no weight decay.
    #[must_use]
    pub const fn new() -> Self {
        Self { rate_decay: 0.0, initial: 0.0, epsilon: 1e-10, weight_decay: 0.0 }
    }

    /// The rate falls as 1/(1 + (t − 1) rate_decay), on top of its schedule.
    ///
    /// # Errors
    /// [`OptimizerError`] if `rate_decay` is NaN, infinite or negative.
    pub fn rate_decay(self, rate_decay: f64) -> Result<Self, OptimizerError> {
        let rate_decay = non_negative("Adagrad", "rate_decay", rate_decay)?;
        Ok(Self { rate_decay, ..self })
    }

    /// What the sum of squares begins with: above 0 it shortens the first steps.
    ///
    /// # Errors
    /// [`OptimizerError`] if `initial` is NaN, infinite or negative.
    pub fn initial_accumulator(self, initial: f64) -> Result<Self, OptimizerError> {
        let initial = non_negative("Adagrad", "initial_accumulator", initial)?;
        Ok(Self { initial, ..self })
    }

    /// What is added to the divisor, so that a vanishing gradient makes no large step. Rounded to the
    /// type of the weights.
    ///
    /// # Errors
    /// [`OptimizerError`] if `epsilon` is NaN, infinite or negative.
    pub fn epsilon(self, epsilon: f64) -> Result<Self, OptimizerError> {
        let epsilon = non_negative("Adagrad", "epsilon", epsilon)?;
        Ok(Self { epsilon, ..self })
    }

    /// The coupled decay: weight_decay · w is added to the gradient.
    ///
    /// # Errors
    /// [`OptimizerError`] if `weight_decay` is NaN, infinite or negative.
    pub fn weight_decay(self, weight_decay: f64) -> Result<Self, OptimizerError> {
        let weight_decay = non_negative("Adagrad", "weight_decay", weight_decay)?;
        Ok(Self { weight_decay, ..self })
    }
}

impl Default for Adagrad {
    fn default() -> Self {
        Self::new()
    }
}

impl Optimizer for Adagrad {
    fn name(&self) -> &'static str {
        "Adagrad"
    }

    fn default_rate(&self) -> f64 {
        1e-2
    }

    fn slot_names(&self) -> &'static [&'static str] {
        &["sum"]
    }

    fn without_decay(&self) -> Self {
        Self { weight_decay: 0.0, ..*self }
    }

    fn step<T: Float>(&self, at: Step<'_>, w: &mut [T], dw: &[T], state: &mut [&mut [T]]) {
        assert!(at.count > 0, "the first step's count is 1, but count is 0");
        let update = Update {
            rate: at.rate / (1.0 + (at.count - 1) as f64 * self.rate_decay),
            initial: self.initial,
            epsilon: self.epsilon,
            weight_decay: self.weight_decay,
        };
        sweep(update, w, dw, state);
    }
}

/// What all weights of a step have in common.
struct Update {
    rate: f64,
    initial: f64,
    epsilon: f64,
    weight_decay: f64,
}

impl Rule<1> for Update {
    #[inline(always)]
    fn update<T: Float, V: Lanes<T>>(&self, w: V, dw: V, [s]: &mut [V; 1]) -> V {
        let zero = V::of(0.0);
        let g = V::of(self.weight_decay).mul_add(w, dw);
        // A sum that has not begun begins with the first gradient.
        let begins = s.eq(zero) & !g.eq(zero);
        *s = g.mul_add(g, V::select(begins, V::of(self.initial), *s));
        w - V::of(self.rate) * g / (s.sqrt() + V::of(self.epsilon))
    }
}
