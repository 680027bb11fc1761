//! RAdam: Adam that waits until it knows the size of its gradients.

use neuropil_simd::{Float, Lanes};

use crate::{
    Optimizer, OptimizerError, Rule, Step,
    error::{below_one, non_negative},
    sweep,
};

/// Rectified Adam: plain momentum in the first steps, while the running size of the gradients is still
/// known from too few of them; then Adam, in steps that grow to their length. It needs no warm-up.
///
/// With g = dw + weight_decay · w, at step t (1 for the first), m and v as in [`Adam`](crate::Adam):
///
/// ρ∞ = 2/(1 − β₂) − 1,  ρ = ρ∞ − 2 t β₂ᵗ/(1 − β₂ᵗ),  m̂ = m/(1 − β₁ᵗ)
/// ρ ≤ 5:  w −= rate · m̂
/// ρ > 5:  w −= rate · m̂ · √(1 − β₂ᵗ)/(√v + ε) · √((ρ − 4)(ρ − 2) ρ∞ / ((ρ∞ − 4)(ρ∞ − 2) ρ))
///
/// Defaults: β₁ = 0.9, β₂ = 0.999, ε = 10⁻⁸, no weight decay (coupled, or decoupled on request), and a
/// rate of 10⁻³. With them the first five steps are plain.
///
/// Source: Liu et al., "On the Variance of the Adaptive Learning Rate and Beyond" (2020), algorithm 2.
/// Equals PyTorch's `torch.optim.RAdam`.
///
/// ```
/// use neuropil_optimizers::{Optimizer, RAdam, Step};
///
/// let (mut w, mut m, mut v) = ([1.0_f64], [0.0], [0.0]);
/// let at = Step { rate: 0.1, count: 1, shape: &[1] };
/// RAdam::new().step(at, &mut w, &[4.0], &mut [&mut m, &mut v]);
/// assert!((w[0] - 0.6).abs() < 1e-12); // plain descent at first
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RAdam {
    beta1: f64,
    beta2: f64,
    epsilon: f64,
    weight_decay: f64,
    decoupled: bool,
}

impl RAdam {
    /// β₁ = 0.9, β₂ = 0.999, ε = 10⁻⁸, no weight decay.
    #[must_use]
    pub const fn new() -> Self {
        Self { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.0, decoupled: false }
    }

    /// How much of the running means of g and of g² each step keeps, both in [0, 1).
    ///
    /// # Errors
    /// [`OptimizerError`] if `beta1` or `beta2` lies outside [0, 1).
    pub fn betas(self, beta1: f64, beta2: f64) -> Result<Self, OptimizerError> {
        let beta1 = below_one("RAdam", "beta1", beta1)?;
        let beta2 = below_one("RAdam", "beta2", beta2)?;
        Ok(Self { beta1, beta2, ..self })
    }

    /// What is added to the divisor, so that a vanishing gradient makes no large step. Rounded to the
    /// type of the weights.
    ///
    /// # Errors
    /// [`OptimizerError`] if `epsilon` is NaN, infinite or negative.
    pub fn epsilon(self, epsilon: f64) -> Result<Self, OptimizerError> {
        let epsilon = non_negative("RAdam", "epsilon", epsilon)?;
        Ok(Self { epsilon, ..self })
    }

    /// The coupled decay: weight_decay · w is added to the gradient.
    ///
    /// # Errors
    /// [`OptimizerError`] if `weight_decay` is NaN, infinite or negative.
    pub fn weight_decay(self, weight_decay: f64) -> Result<Self, OptimizerError> {
        let weight_decay = non_negative("RAdam", "weight_decay", weight_decay)?;
        Ok(Self { weight_decay, ..self })
    }

    /// Makes the decay decoupled: each step first multiplies the weights by 1 − rate · weight_decay,
    /// and their gradients stay as they are.
    #[must_use]
    pub const fn decoupled(self) -> Self {
        Self { decoupled: true, ..self }
    }
}

impl Default for RAdam {
    fn default() -> Self {
        Self::new()
    }
}

impl Optimizer for RAdam {
    fn name(&self) -> &'static str {
        "RAdam"
    }

    fn default_rate(&self) -> f64 {
        1e-3
    }

    fn slot_names(&self) -> &'static [&'static str] {
        &["exp_avg", "exp_avg_sq"]
    }

    fn without_decay(&self) -> Self {
        Self { weight_decay: 0.0, ..*self }
    }

    fn step<T: Float>(&self, at: Step<'_>, w: &mut [T], dw: &[T], state: &mut [&mut [T]]) {
        assert!(at.count > 0, "the first step's count is 1, but count is 0");
        let (weight_decay, kept) = match self.decoupled {
            false => (self.weight_decay, 1.0),
            true => (0.0, 1.0 - at.rate * self.weight_decay),
        };
        let (t, power2) = (at.count as f64, self.beta2.powf(at.count as f64));
        let longest = 2.0 / (1.0 - self.beta2) - 1.0;
        let length = longest - 2.0 * t * power2 / (1.0 - power2);
        let rate = at.rate / (1.0 - self.beta1.powf(t));
        let rectified = (length > 5.0).then(|| {
            let rectification = (length - 4.0) * (length - 2.0) * longest
                / ((longest - 4.0) * (longest - 2.0) * length);
            rate * (1.0 - power2).sqrt() * rectification.sqrt()
        });
        let update = Update {
            rate,
            rectified,
            new1: 1.0 - self.beta1,
            beta2: self.beta2,
            new2: 1.0 - self.beta2,
            epsilon: self.epsilon,
            weight_decay,
            kept,
        };
        sweep(update, w, dw, state);
    }
}

/// What all weights of a step have in common.
struct Update {
    /// rate / (1 - beta1^t)
    rate: f64,
    /// The rate of a step that is divided by the gradient's size, if it is known well enough.
    rectified: Option<f64>,
    /// 1 - beta1
    new1: f64,
    beta2: f64,
    /// 1 - beta2
    new2: f64,
    epsilon: f64,
    weight_decay: f64,
    kept: f64,
}

impl Rule<2> for Update {
    #[inline(always)]
    fn update<T: Float, V: Lanes<T>>(&self, w: V, dw: V, [m, v]: &mut [V; 2]) -> V {
        let g = V::of(self.weight_decay).mul_add(w, dw);
        *m = V::of(self.new1).mul_add(g - *m, *m);
        *v = V::of(self.beta2).mul_add(*v, V::of(self.new2) * g * g);
        let w = V::of(self.kept) * w;
        match self.rectified {
            Some(rate) => w - V::of(rate) * *m / (v.sqrt() + V::of(self.epsilon)),
            None => w - V::of(self.rate) * *m,
        }
    }
}
