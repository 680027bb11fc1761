//! Lion: the sign of the momentum.

use neuropil_simd::{Float, Lanes};

use crate::{
    Optimizer, OptimizerError, Rule, Step,
    error::{below_one, non_negative},
    sign::sign,
    sweep,
};

/// Steps of one length for all weights: the sign of an interpolated momentum. Half of Adam's state; take
/// a third to a tenth of Adam's rate, and three to ten times the decay.
///
/// c = β₁ m + (1 − β₁) dw
/// w = (1 − rate · weight_decay) w − rate · sign(c)
/// m = β₂ m + (1 − β₂) dw
///
/// Defaults: β₁ = 0.9, β₂ = 0.99, no decay (decoupled), and a rate of 10⁻⁴, as in the authors' code.
///
/// Source: Chen et al., "Symbolic Discovery of Optimization Algorithms" (2023), algorithm 2. PyTorch has
/// no such optimizer.
///
/// ```
/// use neuropil_optimizers::{Lion, Optimizer, Step};
///
/// let (mut w, mut m) = ([1.0_f64, 1.0, 1.0], [0.0; 3]);
/// let at = Step { rate: 0.25, count: 1, shape: &[3] };
/// Lion::new().step(at, &mut w, &[1e-3, -50.0, 0.0], &mut [&mut m]);
/// assert_eq!(w, [0.75, 1.25, 1.0]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lion {
    beta1: f64,
    beta2: f64,
    weight_decay: f64,
}

impl Lion {
    /// β₁ = 0.9, β₂ = 0.99, no decay.
    #[must_use]
    pub const fn new() -> Self {
        Self { beta1: 0.9, beta2: 0.99, weight_decay: 0.0 }
    }

    /// How much of the momentum counts in a step, and how much of it the step keeps, both in [0, 1).
    ///
    /// # Errors
    /// [`OptimizerError`] if `beta1` or `beta2` lies outside [0, 1).
    pub fn betas(self, beta1: f64, beta2: f64) -> Result<Self, OptimizerError> {
        let beta1 = below_one("Lion", "beta1", beta1)?;
        let beta2 = below_one("Lion", "beta2", beta2)?;
        Ok(Self { beta1, beta2, ..self })
    }

    /// The decoupled decay: each step first multiplies the weights by 1 − rate · weight_decay.
    ///
    /// # Errors
    /// [`OptimizerError`] if `weight_decay` is NaN, infinite or negative.
    pub fn weight_decay(self, weight_decay: f64) -> Result<Self, OptimizerError> {
        let weight_decay = non_negative("Lion", "weight_decay", weight_decay)?;
        Ok(Self { weight_decay, ..self })
    }
}

impl Default for Lion {
    fn default() -> Self {
        Self::new()
    }
}

impl Optimizer for Lion {
    fn name(&self) -> &'static str {
        "Lion"
    }

    fn default_rate(&self) -> f64 {
        1e-4
    }

    fn slot_names(&self) -> &'static [&'static str] {
        &["exp_avg"]
    }

    fn without_decay(&self) -> Self {
        Self { weight_decay: 0.0, ..*self }
    }

    fn step<T: Float>(&self, at: Step<'_>, w: &mut [T], dw: &[T], state: &mut [&mut [T]]) {
        assert!(at.count > 0, "the first step's count is 1, but count is 0");
        let update = Update {
            rate: at.rate,
            kept: 1.0 - at.rate * self.weight_decay,
            new1: 1.0 - self.beta1,
            new2: 1.0 - self.beta2,
        };
        sweep(update, w, dw, state);
    }
}

/// What all weights of a step have in common.
struct Update {
    rate: f64,
    /// 1 - rate weight_decay
    kept: f64,
    /// 1 - beta1
    new1: f64,
    /// 1 - beta2
    new2: f64,
}

impl Rule<1> for Update {
    #[inline(always)]
    fn update<T: Float, V: Lanes<T>>(&self, w: V, dw: V, [m]: &mut [V; 1]) -> V {
        let direction = V::of(self.new1).mul_add(dw - *m, *m);
        *m = V::of(self.new2).mul_add(dw - *m, *m);
        V::of(self.kept) * w - V::of(self.rate) * sign(direction)
    }
}
