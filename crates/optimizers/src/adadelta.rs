//! Adadelta: steps in the units of the weights, with no rate to find.

use neuropil_simd::{Float, Lanes};

use crate::{
    Optimizer, OptimizerError, Rule, Step,
    error::{below_one, non_negative},
    sweep,
};

/// Steps as long as the last ones have been, over the running size of the gradient.
///
/// With g = dw + weight_decay · w:
///
/// v = ρ v + (1 − ρ) g²
/// Δ = √(a + ε) / √(v + ε) · g
/// a = ρ a + (1 − ρ) Δ²,  w −= rate · Δ
///
/// Defaults: ρ = 0.9, ε = 10⁻⁶, no decay (coupled), and a rate of 1. The first steps are about √ε long, so
/// it begins slowly. Keras has ρ = 0.95, ε = 10⁻⁷ and a rate of 10⁻³, at which it hardly moves.
///
/// Source: Zeiler, "ADADELTA: An Adaptive Learning Rate Method" (2012), algorithm 1. Equals PyTorch's
/// `torch.optim.Adadelta`.
///
/// ```
/// use neuropil_optimizers::{Adadelta, Optimizer, Step};
///
/// let (mut w, mut v, mut a) = ([1.0_f64, 1.0], [0.0; 2], [0.0; 2]);
/// let at = Step { rate: 1.0, count: 1, shape: &[2] };
/// Adadelta::new().step(at, &mut w, &[3.0, -300.0], &mut [&mut v, &mut a]);
/// assert!((1.0 - w[0] - 1e-3 / 0.1_f64.sqrt()).abs() < 1e-6); // √ε / √(1 − ρ)
/// assert!((w[0] + w[1] - 2.0).abs() < 1e-6); // the same length for both
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adadelta {
    rho: f64,
    epsilon: f64,
    weight_decay: f64,
}

impl Adadelta {
    /// ρ = 0.9, ε = 10⁻⁶, no decay.
    #[must_use]
    pub const fn new() -> Self {
        Self { rho: 0.9, epsilon: 1e-6, weight_decay: 0.0 }
    }

    /// How much of the running means each step keeps, in [0, 1).
    ///
    /// # Errors
    /// [`OptimizerError`] if `rho` lies outside [0, 1).
    pub fn rho(self, rho: f64) -> Result<Self, OptimizerError> {
        let rho = below_one("Adadelta", "rho", rho)?;
        Ok(Self { rho, ..self })
    }

    /// What is added below both roots; its own root is about the length of the first steps. Rounded
    /// to the type of the weights.
    ///
    /// # Errors
    /// [`OptimizerError`] if `epsilon` is NaN, infinite or negative.
    pub fn epsilon(self, epsilon: f64) -> Result<Self, OptimizerError> {
        let epsilon = non_negative("Adadelta", "epsilon", epsilon)?;
        Ok(Self { epsilon, ..self })
    }

    /// The coupled decay: weight_decay · w is added to the gradient.
    ///
    /// # Errors
    /// [`OptimizerError`] if `weight_decay` is NaN, infinite or negative.
    pub fn weight_decay(self, weight_decay: f64) -> Result<Self, OptimizerError> {
        let weight_decay = non_negative("Adadelta", "weight_decay", weight_decay)?;
        Ok(Self { weight_decay, ..self })
    }
}

impl Default for Adadelta {
    fn default() -> Self {
        Self::new()
    }
}

impl Optimizer for Adadelta {
    fn name(&self) -> &'static str {
        "Adadelta"
    }

    fn default_rate(&self) -> f64 {
        1.0
    }

    fn slot_names(&self) -> &'static [&'static str] {
        &["square_avg", "acc_delta"]
    }

    fn without_decay(&self) -> Self {
        Self { weight_decay: 0.0, ..*self }
    }

    fn step<T: Float>(&self, at: Step<'_>, w: &mut [T], dw: &[T], state: &mut [&mut [T]]) {
        assert!(at.count > 0, "the first step's count is 1, but count is 0");
        let Self { rho, epsilon, weight_decay } = *self;
        sweep(Update { rate: at.rate, rho, new: 1.0 - rho, epsilon, weight_decay }, w, dw, state);
    }
}

/// What all weights of a step have in common.
struct Update {
    rate: f64,
    rho: f64,
    /// 1 - rho
    new: f64,
    epsilon: f64,
    weight_decay: f64,
}

impl Rule<2> for Update {
    #[inline(always)]
    fn update<T: Float, V: Lanes<T>>(&self, w: V, dw: V, [v, a]: &mut [V; 2]) -> V {
        let (rho, new, epsilon) = (V::of(self.rho), V::of(self.new), V::of(self.epsilon));
        let g = V::of(self.weight_decay).mul_add(w, dw);
        *v = rho.mul_add(*v, new * g * g);
        let delta = (*a + epsilon).sqrt() / (*v + epsilon).sqrt() * g;
        *a = rho.mul_add(*a, new * delta * delta);
        w - V::of(self.rate) * delta
    }
}
