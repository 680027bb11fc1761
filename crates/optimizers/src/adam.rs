//! Adam: a rate for each weight, from the moments of its gradient.

use neuropil_simd::{Float, Lanes};

use crate::{
    Optimizer, OptimizerError, Rule, Step,
    error::{below_one, non_negative},
    sweep,
};

/// Adam: momentum, divided by the running size of the gradient, weight by weight.
///
/// With g = dw + weight_decay · w, at step t (1 for the first):
///
/// m = β₁ m + (1 − β₁) g,  v = β₂ v + (1 − β₂) g²
/// w −= rate · (m / (1 − β₁ᵗ)) / (√v / √(1 − β₂ᵗ) + ε)
///
/// With [`amsgrad`](Self::amsgrad), the largest v so far takes the place of v in the quotient.
///
/// The corrections 1 − βᵗ make up for moments that begin at zero, so the first step is rate · sign(g)
/// for any gradient well above ε. Defaults: β₁ = 0.9, β₂ = 0.999, ε = 10⁻⁸, no decay, no
/// amsgrad, and a rate of 10⁻³. Decay is coupled as in [`Sgd`](crate::Sgd), and so is divided by the
/// size of the gradient with it: [`AdamW`](crate::AdamW) decays as is usually meant. Corrections are computed in f64, square root
/// and quotient are correctly rounded.
///
/// Source: Kingma and Ba, "Adam: A Method for Stochastic Optimization" (2015), algorithm 1; Reddi,
/// Kale and Kumar, "On the Convergence of Adam and Beyond" (2018) for amsgrad. Equals PyTorch's
/// `torch.optim.Adam`.
///
/// ```
/// use neuropil_optimizers::{Adam, Optimizer, Step};
///
/// let (mut w, mut m, mut v) = ([1.0_f64, 1.0], [0.0; 2], [0.0; 2]);
/// let at = Step { rate: 0.1, count: 1, shape: &[2] };
/// Adam::new().step(at, &mut w, &[1e-3, -50.0], &mut [&mut m, &mut v]);
/// assert!((w[0] - 0.9).abs() < 1e-5 && (w[1] - 1.1).abs() < 1e-9); // the same step for both
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adam {
    beta1: f64,
    beta2: f64,
    epsilon: f64,
    weight_decay: f64,
    amsgrad: bool,
}

impl Adam {
    /// β₁ = 0.9, β₂ = 0.999, ε = 10⁻⁸, no decay, no amsgrad.
    #[must_use]
    pub const fn new() -> Self {
        Self { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.0, amsgrad: false }
    }

    /// How much of the running means of g and of g² each step keeps, both in [0, 1).
    ///
    /// # Errors
    /// [`OptimizerError`] if `beta1` or `beta2` lies outside [0, 1).
    pub fn betas(self, beta1: f64, beta2: f64) -> Result<Self, OptimizerError> {
        let beta1 = below_one("Adam", "beta1", beta1)?;
        let beta2 = below_one("Adam", "beta2", beta2)?;
        Ok(Self { beta1, beta2, ..self })
    }

    /// What is added to √v̂, so that a vanishing gradient makes no large step. Rounded to the type
    /// of the weights.
    ///
    /// # Errors
    /// [`OptimizerError`] if `epsilon` is NaN, infinite or negative.
    pub fn epsilon(self, epsilon: f64) -> Result<Self, OptimizerError> {
        let epsilon = non_negative("Adam", "epsilon", epsilon)?;
        Ok(Self { epsilon, ..self })
    }

    /// The coupled decay: weight_decay · w is added to the gradient.
    ///
    /// # Errors
    /// [`OptimizerError`] if `weight_decay` is NaN, infinite or negative.
    pub fn weight_decay(self, weight_decay: f64) -> Result<Self, OptimizerError> {
        let weight_decay = non_negative("Adam", "weight_decay", weight_decay)?;
        Ok(Self { weight_decay, ..self })
    }

    /// Divides by the largest running size of the gradient so far: a weight's steps never grow again
    /// because its gradients have become small.
    #[must_use]
    pub const fn amsgrad(self) -> Self {
        Self { amsgrad: true, ..self }
    }
}

impl Default for Adam {
    fn default() -> Self {
        Self::new()
    }
}

impl Optimizer for Adam {
    fn name(&self) -> &'static str {
        "Adam"
    }

    fn default_rate(&self) -> f64 {
        1e-3
    }

    fn slot_names(&self) -> &'static [&'static str] {
        slot_names(self.amsgrad)
    }

    fn without_decay(&self) -> Self {
        Self { weight_decay: 0.0, ..*self }
    }

    fn step<T: Float>(&self, at: Step<'_>, w: &mut [T], dw: &[T], state: &mut [&mut [T]]) {
        let mut update = Update::new(at, [self.beta1, self.beta2], self.epsilon);
        update.weight_decay = self.weight_decay;
        update.sweep(self.amsgrad, w, dw, state);
    }
}

/// The slots of Adam and AdamW.
pub(crate) const fn slot_names(amsgrad: bool) -> &'static [&'static str] {
    if amsgrad { &["exp_avg", "exp_avg_sq", "max_exp_avg_sq"] } else { &["exp_avg", "exp_avg_sq"] }
}

/// What all weights of a step have in common, with neither decay.
pub(crate) struct Update {
    /// rate / (1 - beta1^t)
    rate: f64,
    /// 1 - beta1
    new1: f64,
    beta2: f64,
    /// 1 - beta2
    new2: f64,
    /// 1 / sqrt(1 - beta2^t)
    inverse_root2: f64,
    epsilon: f64,
    /// The coupled decay.
    pub weight_decay: f64,
    /// What the decoupled decay leaves of a weight: 1 - rate weight_decay.
    pub kept: f64,
}

impl Update {
    pub fn new(at: Step<'_>, [beta1, beta2]: [f64; 2], epsilon: f64) -> Self {
        assert!(at.count > 0, "the first step's count is 1, but count is 0");
        let correction1 = 1.0 - beta1.powf(at.count as f64);
        let correction2 = 1.0 - beta2.powf(at.count as f64);
        Self {
            rate: at.rate / correction1,
            new1: 1.0 - beta1,
            beta2,
            new2: 1.0 - beta2,
            inverse_root2: 1.0 / correction2.sqrt(),
            epsilon,
            weight_decay: 0.0,
            kept: 1.0,
        }
    }

    pub fn sweep<T: Float>(self, amsgrad: bool, w: &mut [T], dw: &[T], state: &mut [&mut [T]]) {
        if amsgrad {
            sweep(AmsGrad(self), w, dw, state);
        } else {
            sweep(self, w, dw, state);
        }
    }

    /// Moves both moments.
    #[inline(always)]
    fn moments<T: Float, V: Lanes<T>>(&self, w: V, dw: V, m: &mut V, v: &mut V) {
        let g = V::of(self.weight_decay).mul_add(w, dw);
        // beta1 m + (1 - beta1) g, as PyTorch's `lerp_` writes it
        *m = V::of(self.new1).mul_add(g - *m, *m);
        *v = V::of(self.beta2).mul_add(*v, V::of(self.new2) * g * g);
    }

    #[inline(always)]
    fn descend<T: Float, V: Lanes<T>>(&self, w: V, m: V, v: V) -> V {
        let size = v.sqrt().mul_add(V::of(self.inverse_root2), V::of(self.epsilon));
        V::of(self.kept) * w - V::of(self.rate) * m / size
    }
}

impl Rule<2> for Update {
    #[inline(always)]
    fn update<T: Float, V: Lanes<T>>(&self, w: V, dw: V, [m, v]: &mut [V; 2]) -> V {
        self.moments(w, dw, m, v);
        self.descend(w, *m, *v)
    }
}

struct AmsGrad(Update);

impl Rule<3> for AmsGrad {
    #[inline(always)]
    fn update<T: Float, V: Lanes<T>>(&self, w: V, dw: V, [m, v, largest]: &mut [V; 3]) -> V {
        self.0.moments(w, dw, m, v);
        *largest = largest.max(*v);
        self.0.descend(w, *m, *largest)
    }
}
