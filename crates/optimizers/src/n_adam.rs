//! NAdam: Adam with Nesterov's momentum.

use neuropil_simd::{Float, Lanes};

use crate::{
    Optimizer, OptimizerError, Rule, Step,
    error::{below_one, non_negative},
    sweep,
};

/// Adam that looks ahead along its momentum, as Nesterov's form of [`Sgd`](crate::Sgd) does.
///
/// With g = dw + weight_decay · w, at step t (1 for the first):
///
/// μₜ = β₁ (1 − ½ · 0.96^(t · momentum_decay)),  Πₜ = μ₁ μ₂ ⋯ μₜ
/// m = β₁ m + (1 − β₁) g,  v = β₂ v + (1 − β₂) g²
/// w −= rate · (m μₜ₊₁ / (1 − Πₜ₊₁) + g (1 − μₜ) / (1 − Πₜ)) / (√(v / (1 − β₂ᵗ)) + ε)
///
/// Defaults: β₁ = 0.9, β₂ = 0.999, ε = 10⁻⁸, a momentum decay of 4 · 10⁻³, no weight decay (coupled, or
/// decoupled on request), and a rate of 2 · 10⁻³. Keras has a rate of 10⁻³.
///
/// Source: Dozat, "Incorporating Nesterov Momentum into Adam" (2016). Equals PyTorch's
/// `torch.optim.NAdam`, which keeps the product Π among its state; here it follows from t.
///
/// ```
/// use neuropil_optimizers::{NAdam, Optimizer, Step};
///
/// let (mut w, mut m, mut v) = ([1.0_f64], [0.0], [0.0]);
/// let at = Step { rate: 0.1, count: 1, shape: &[1] };
/// NAdam::new().step(at, &mut w, &[4.0], &mut [&mut m, &mut v]);
/// assert!(w[0] < 0.9); // a longer step than Adam's, which is the rate
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NAdam {
    beta1: f64,
    beta2: f64,
    epsilon: f64,
    momentum_decay: f64,
    weight_decay: f64,
    decoupled: bool,
}

impl NAdam {
    /// β₁ = 0.9, β₂ = 0.999, ε = 10⁻⁸, a momentum decay of 0.004, no weight decay.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
            momentum_decay: 4e-3,
            weight_decay: 0.0,
            decoupled: false,
        }
    }

    /// How much of the running means of g and of g² each step keeps, both in [0, 1).
    ///
    /// # Errors
    /// [`OptimizerError`] if `beta1` or `beta2` lies outside [0, 1).
    pub fn betas(self, beta1: f64, beta2: f64) -> Result<Self, OptimizerError> {
        let beta1 = below_one("NAdam", "beta1", beta1)?;
        let beta2 = below_one("NAdam", "beta2", beta2)?;
        Ok(Self { beta1, beta2, ..self })
    }

    /// What is added to the divisor, so that a vanishing gradient makes no large step. Rounded to the
    /// type of the weights.
    ///
    /// # Errors
    /// [`OptimizerError`] if `epsilon` is NaN, infinite or negative.
    pub fn epsilon(self, epsilon: f64) -> Result<Self, OptimizerError> {
        let epsilon = non_negative("NAdam", "epsilon", epsilon)?;
        Ok(Self { epsilon, ..self })
    }

    /// How fast the momentum μ rises from half of β₁ to β₁.
    ///
    /// # Errors
    /// [`OptimizerError`] if `momentum_decay` is NaN, infinite or negative.
    pub fn momentum_decay(self, momentum_decay: f64) -> Result<Self, OptimizerError> {
        let momentum_decay = non_negative("NAdam", "momentum_decay", momentum_decay)?;
        Ok(Self { momentum_decay, ..self })
    }

    /// The coupled decay: weight_decay · w is added to the gradient.
    ///
    /// # Errors
    /// [`OptimizerError`] if `weight_decay` is NaN, infinite or negative.
    pub fn weight_decay(self, weight_decay: f64) -> Result<Self, OptimizerError> {
        let weight_decay = non_negative("NAdam", "weight_decay", weight_decay)?;
        Ok(Self { weight_decay, ..self })
    }

    /// Makes the decay decoupled: each step first multiplies the weights by 1 − rate · weight_decay,
    /// and their gradients stay as they are.
    #[must_use]
    pub const fn decoupled(self) -> Self {
        Self { decoupled: true, ..self }
    }
}

impl Default for NAdam {
    fn default() -> Self {
        Self::new()
    }
}

impl Optimizer for NAdam {
    fn name(&self) -> &'static str {
        "NAdam"
    }

    fn default_rate(&self) -> f64 {
        2e-3
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
        let (mu, next, product) = self.momentums(at.count);
        let update = Update {
            of_gradient: at.rate * (1.0 - mu) / (1.0 - product),
            of_mean: at.rate * next / (1.0 - product * next),
            new1: 1.0 - self.beta1,
            beta2: self.beta2,
            new2: 1.0 - self.beta2,
            inverse_root2: 1.0 / (1.0 - self.beta2.powf(at.count as f64)).sqrt(),
            epsilon: self.epsilon,
            weight_decay,
            kept,
        };
        sweep(update, w, dw, state);
    }
}

impl NAdam {
    /// μ at a step and at the next, and the product of all up to this one.
    fn momentums(&self, count: u64) -> (f64, f64, f64) {
        let ratio = 0.96_f64.powf(self.momentum_decay);
        let mu = |power: f64| self.beta1 * (1.0 - 0.5 * power);
        let (mut product, mut power) = (1.0, 1.0);
        for _ in 0..count {
            power *= ratio;
            product *= mu(power);
            // From here on it makes no difference to 1 - product. With betas below 0.9, this comes
            // before step 400.
            if product < f64::EPSILON / 16.0 {
                break;
            }
        }
        let at = |step: f64| mu(0.96_f64.powf(step * self.momentum_decay));
        (at(count as f64), at(count as f64 + 1.0), product)
    }
}

/// What all weights of a step have in common.
struct Update {
    /// rate (1 - mu) / (1 - product)
    of_gradient: f64,
    /// rate mu' / (1 - product mu'), mu' being that of the next step
    of_mean: f64,
    /// 1 - beta1
    new1: f64,
    beta2: f64,
    /// 1 - beta2
    new2: f64,
    /// 1 / sqrt(1 - beta2^t)
    inverse_root2: f64,
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
        let size = v.sqrt().mul_add(V::of(self.inverse_root2), V::of(self.epsilon));
        let ahead = V::of(self.of_mean).mul_add(*m, V::of(self.of_gradient) * g);
        V::of(self.kept) * w - ahead / size
    }
}
