//! Adan: Nesterov's momentum from the differences of gradients.

use neuropil_simd::{Float, Lanes};

use crate::{
    Optimizer, OptimizerError, Rule, Step,
    error::{below_one, non_negative},
    sweep,
};

/// Adam with a momentum of the gradients' differences beside that of the gradients, which takes a step's
/// look ahead without a second gradient.
///
/// With the difference d of the gradient and the last one (0 in the first step), at step t (1 for the
/// first):
///
/// m = β₁ m + (1 − β₁) g,  n = β₂ n + (1 − β₂) d,  v = β₃ v + (1 − β₃) (g + β₂ d)²
/// size = √v / √(1 − β₃ᵗ) + ε
/// w −= rate · (m / (1 − β₁ᵗ) + β₂ n / (1 − β₂ᵗ)) / size
/// w = w / (1 + rate · weight_decay)
///
/// Defaults: betas of 0.98, 0.92 and 0.99, ε = 10⁻⁸, no decay (decoupled, in its proximal form), and a
/// rate of 10⁻³, as in the authors' code, which counts the betas as shares that are kept.
///
/// Source: Xie et al., "Adan: Adaptive Nesterov Momentum Algorithm for Faster Optimizing Deep Models"
/// (2022), algorithm 1. PyTorch has no such optimizer.
///
/// ```
/// use neuropil_optimizers::{Adan, Optimizer, Step};
///
/// let mut w = [1.0_f64, 1.0];
/// let (mut m, mut n, mut v, mut last) = ([0.0; 2], [0.0; 2], [0.0; 2], [0.0; 2]);
/// let at = Step { rate: 0.1, count: 1, shape: &[2] };
/// Adan::new().step(at, &mut w, &[1e-3, -50.0], &mut [&mut m, &mut n, &mut v, &mut last]);
/// assert!((w[0] - 0.9).abs() < 1e-5 && (w[1] - 1.1).abs() < 1e-9); // the same step for both
/// assert_eq!(last, [-1e-3, 50.0]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adan {
    beta1: f64,
    beta2: f64,
    beta3: f64,
    epsilon: f64,
    weight_decay: f64,
}

impl Adan {
    /// Betas of 0.98, 0.92 and 0.99, ε = 10⁻⁸, no decay.
    #[must_use]
    pub const fn new() -> Self {
        Self { beta1: 0.98, beta2: 0.92, beta3: 0.99, epsilon: 1e-8, weight_decay: 0.0 }
    }

    /// How much of the running means of gradients, differences and squares each step keeps, all in
    /// [0, 1).
    ///
    /// # Errors
    /// [`OptimizerError`] if one of them lies outside [0, 1).
    pub fn betas(self, beta1: f64, beta2: f64, beta3: f64) -> Result<Self, OptimizerError> {
        let beta1 = below_one("Adan", "beta1", beta1)?;
        let beta2 = below_one("Adan", "beta2", beta2)?;
        let beta3 = below_one("Adan", "beta3", beta3)?;
        Ok(Self { beta1, beta2, beta3, ..self })
    }

    /// What is added to the divisor, so that a vanishing gradient makes no large step. Rounded to the
    /// type of the weights.
    ///
    /// # Errors
    /// [`OptimizerError`] if `epsilon` is NaN, infinite or negative.
    pub fn epsilon(self, epsilon: f64) -> Result<Self, OptimizerError> {
        let epsilon = non_negative("Adan", "epsilon", epsilon)?;
        Ok(Self { epsilon, ..self })
    }

    /// The decoupled decay: each step divides the weights by 1 + rate · weight_decay at its end.
    ///
    /// # Errors
    /// [`OptimizerError`] if `weight_decay` is NaN, infinite or negative.
    pub fn weight_decay(self, weight_decay: f64) -> Result<Self, OptimizerError> {
        let weight_decay = non_negative("Adan", "weight_decay", weight_decay)?;
        Ok(Self { weight_decay, ..self })
    }
}

impl Default for Adan {
    fn default() -> Self {
        Self::new()
    }
}

impl Optimizer for Adan {
    fn name(&self) -> &'static str {
        "Adan"
    }

    fn default_rate(&self) -> f64 {
        1e-3
    }

    fn slot_names(&self) -> &'static [&'static str] {
        &["exp_avg", "exp_avg_diff", "exp_avg_sq", "neg_pre_grad"]
    }

    fn without_decay(&self) -> Self {
        Self { weight_decay: 0.0, ..*self }
    }

    fn step<T: Float>(&self, at: Step<'_>, w: &mut [T], dw: &[T], state: &mut [&mut [T]]) {
        assert!(at.count > 0, "the first step's count is 1, but count is 0");
        let t = at.count as f64;
        let update = Update {
            rate1: at.rate / (1.0 - self.beta1.powf(t)),
            rate2: at.rate * self.beta2 / (1.0 - self.beta2.powf(t)),
            is_first: at.count == 1,
            new1: 1.0 - self.beta1,
            beta2: self.beta2,
            new2: 1.0 - self.beta2,
            beta3: self.beta3,
            new3: 1.0 - self.beta3,
            inverse_root3: 1.0 / (1.0 - self.beta3.powf(t)).sqrt(),
            epsilon: self.epsilon,
            shrunk: 1.0 / (1.0 + at.rate * self.weight_decay),
        };
        sweep(update, w, dw, state);
    }
}

/// What all weights of a step have in common.
struct Update {
    /// rate / (1 - beta1^t)
    rate1: f64,
    /// rate beta2 / (1 - beta2^t)
    rate2: f64,
    is_first: bool,
    /// 1 - beta1
    new1: f64,
    beta2: f64,
    /// 1 - beta2
    new2: f64,
    beta3: f64,
    /// 1 - beta3
    new3: f64,
    /// 1 / sqrt(1 - beta3^t)
    inverse_root3: f64,
    epsilon: f64,
    /// 1 / (1 + rate weight_decay)
    shrunk: f64,
}

impl Rule<4> for Update {
    #[inline(always)]
    fn update<T: Float, V: Lanes<T>>(&self, w: V, dw: V, [m, n, v, last]: &mut [V; 4]) -> V {
        // The last gradient is kept with its sign turned, as in the authors' code.
        let difference = if self.is_first { V::of(0.0) } else { dw + *last };
        let ahead = V::of(self.beta2).mul_add(difference, dw);
        *m = V::of(self.new1).mul_add(dw - *m, *m);
        *n = V::of(self.new2).mul_add(difference - *n, *n);
        *v = V::of(self.beta3).mul_add(*v, V::of(self.new3) * ahead * ahead);
        // Of a zero it is a zero without a sign, which padding keeps.
        *last = V::of(0.0) - dw;
        let size = v.sqrt().mul_add(V::of(self.inverse_root3), V::of(self.epsilon));
        let step = V::of(self.rate1).mul_add(*m, V::of(self.rate2) * *n);
        (w - step / size) * V::of(self.shrunk)
    }
}
