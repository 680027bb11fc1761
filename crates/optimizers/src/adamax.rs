//! Adamax: Adam with the largest gradient for their mean square.

use neuropil_simd::{Float, Lanes};

use crate::{
    Optimizer, OptimizerError, Rule, Step,
    error::{below_one, non_negative},
    sweep,
};

/// Adam whose steps are divided by the largest gradient that is not yet forgotten.
///
/// With g = dw + weight_decay · w, at step t (1 for the first):
///
/// m = β₁ m + (1 − β₁) g,  u = max(β₂ u, |g| + ε)
/// w −= rate / (1 − β₁ᵗ) · m / u
///
/// Defaults: β₁ = 0.9, β₂ = 0.999, ε = 10⁻⁸, no decay (coupled), and a rate of 2 · 10⁻³. Keras has a rate
/// of 10⁻³.
///
/// Source: Kingma and Ba, "Adam: A Method for Stochastic Optimization" (2015), algorithm 2. Equals
/// PyTorch's `torch.optim.Adamax`; only the u of a weight that has never had a gradient is 0 here, and ε
/// there, which makes no difference to the weights.
///
/// ```
/// use neuropil_optimizers::{Adamax, Optimizer, Step};
///
/// let (mut w, mut m, mut u) = ([1.0_f64, 1.0], [0.0; 2], [0.0; 2]);
/// let at = Step { rate: 0.1, count: 1, shape: &[2] };
/// Adamax::new().step(at, &mut w, &[1e-3, -50.0], &mut [&mut m, &mut u]);
/// assert!((w[0] - 0.9).abs() < 1e-5 && (w[1] - 1.1).abs() < 1e-9); // the same step for both
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adamax {
    beta1: f64,
    beta2: f64,
    epsilon: f64,
    weight_decay: f64,
}

impl Adamax {
    /// β₁ = 0.9, β₂ = 0.999, ε = 10⁻⁸, no decay.
    #[must_use]
    pub const fn new() -> Self {
        Self { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.0 }
    }

    /// How much of the running mean of g and of the largest |g| each step keeps, both in [0, 1).
    ///
    /// # Errors
    /// [`OptimizerError`] if `beta1` or `beta2` lies outside [0, 1).
    pub fn betas(self, beta1: f64, beta2: f64) -> Result<Self, OptimizerError> {
        let beta1 = below_one("Adamax", "beta1", beta1)?;
        let beta2 = below_one("Adamax", "beta2", beta2)?;
        Ok(Self { beta1, beta2, ..self })
    }

    /// What is added to |g|, so that a vanishing gradient makes no large step. Rounded to the type of
    /// the weights.
    ///
    /// # Errors
    /// [`OptimizerError`] if `epsilon` is NaN, infinite or negative.
    pub fn epsilon(self, epsilon: f64) -> Result<Self, OptimizerError> {
        let epsilon = non_negative("Adamax", "epsilon", epsilon)?;
        Ok(Self { epsilon, ..self })
    }

    /// The coupled decay: weight_decay · w is added to the gradient.
    ///
    /// # Errors
    /// [`OptimizerError`] if `weight_decay` is NaN, infinite or negative.
    pub fn weight_decay(self, weight_decay: f64) -> Result<Self, OptimizerError> {
        let weight_decay = non_negative("Adamax", "weight_decay", weight_decay)?;
        Ok(Self { weight_decay, ..self })
    }
}

impl Default for Adamax {
    fn default() -> Self {
        Self::new()
    }
}

impl Optimizer for Adamax {
    fn name(&self) -> &'static str {
        "Adamax"
    }

    fn default_rate(&self) -> f64 {
        2e-3
    }

    fn slot_names(&self) -> &'static [&'static str] {
        &["exp_avg", "exp_inf"]
    }

    fn without_decay(&self) -> Self {
        Self { weight_decay: 0.0, ..*self }
    }

    fn step<T: Float>(&self, at: Step<'_>, w: &mut [T], dw: &[T], state: &mut [&mut [T]]) {
        assert!(at.count > 0, "the first step's count is 1, but count is 0");
        let update = Update {
            rate: at.rate / (1.0 - self.beta1.powf(at.count as f64)),
            new1: 1.0 - self.beta1,
            beta2: self.beta2,
            epsilon: self.epsilon,
            weight_decay: self.weight_decay,
        };
        sweep(update, w, dw, state);
    }
}

/// What all weights of a step have in common.
struct Update {
    /// rate / (1 - beta1^t)
    rate: f64,
    /// 1 - beta1
    new1: f64,
    beta2: f64,
    epsilon: f64,
    weight_decay: f64,
}

impl Rule<2> for Update {
    #[inline(always)]
    fn update<T: Float, V: Lanes<T>>(&self, w: V, dw: V, [m, u]: &mut [V; 2]) -> V {
        let zero = V::of(0.0);
        let g = V::of(self.weight_decay).mul_add(w, dw);
        *m = V::of(self.new1).mul_add(g - *m, *m);
        // The new number stands second: where it is NaN, it is what max gives.
        let largest = (V::of(self.beta2) * *u).max(g.abs() + V::of(self.epsilon));
        // Without any gradient so far, the state has not begun.
        *u = V::select(g.eq(zero) & u.eq(zero), zero, largest);
        w - V::of(self.rate) * *m / largest
    }
}
