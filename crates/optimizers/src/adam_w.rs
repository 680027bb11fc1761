//! AdamW: Adam whose weight decay goes its own way.

use neuropil_simd::Float;

use crate::{
    Optimizer, OptimizerError, Step,
    adam::{Update, slot_names},
    error::{below_one, non_negative},
};

/// Adam with decoupled weight decay: the weights shrink by a share of themselves, whatever their
/// gradients' size.
///
/// With g = dw, at step t (1 for the first):
///
/// w = (1 − rate · weight_decay) w
/// m = β₁ m + (1 − β₁) g,  v = β₂ v + (1 − β₂) g²
/// w −= rate · (m / (1 − β₁ᵗ)) / (√v / √(1 − β₂ᵗ) + ε)
///
/// Defaults: β₁ = 0.9, β₂ = 0.999, ε = 10⁻⁸, a weight decay of 0.01, no amsgrad, and a rate of 10⁻³. The
/// decay is multiplied by the rate, so a schedule fades both. Keras's default decay is 0.004.
///
/// Source: Loshchilov and Hutter, "Decoupled Weight Decay Regularization" (2019), algorithm 2. Equals
/// PyTorch's `torch.optim.AdamW`.
///
/// ```
/// use neuropil_optimizers::{AdamW, Optimizer, Step};
///
/// let (mut w, mut m, mut v) = ([1.0_f64], [0.0], [0.0]);
/// let at = Step { rate: 0.1, count: 1, shape: &[1] };
/// AdamW::new().weight_decay(0.5)?.step(at, &mut w, &[0.0], &mut [&mut m, &mut v]);
/// assert_eq!(w, [0.95]); // without a gradient, decay alone
/// # Ok::<(), neuropil_optimizers::OptimizerError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamW {
    beta1: f64,
    beta2: f64,
    epsilon: f64,
    weight_decay: f64,
    amsgrad: bool,
}

impl AdamW {
    /// β₁ = 0.9, β₂ = 0.999, ε = 10⁻⁸, a decay of 0.01, no amsgrad.
    #[must_use]
    pub const fn new() -> Self {
        Self { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.01, amsgrad: false }
    }

    /// How much of the running means of g and of g² each step keeps, both in [0, 1).
    ///
    /// # Errors
    /// [`OptimizerError`] if `beta1` or `beta2` lies outside [0, 1).
    pub fn betas(self, beta1: f64, beta2: f64) -> Result<Self, OptimizerError> {
        let beta1 = below_one("AdamW", "beta1", beta1)?;
        let beta2 = below_one("AdamW", "beta2", beta2)?;
        Ok(Self { beta1, beta2, ..self })
    }

    /// What is added to the divisor, so that a vanishing gradient makes no large step. Rounded to the
    /// type of the weights.
    ///
    /// # Errors
    /// [`OptimizerError`] if `epsilon` is NaN, infinite or negative.
    pub fn epsilon(self, epsilon: f64) -> Result<Self, OptimizerError> {
        let epsilon = non_negative("AdamW", "epsilon", epsilon)?;
        Ok(Self { epsilon, ..self })
    }

    /// The decoupled decay: each step first multiplies the weights by 1 − rate · weight_decay.
    ///
    /// # Errors
    /// [`OptimizerError`] if `weight_decay` is NaN, infinite or negative.
    pub fn weight_decay(self, weight_decay: f64) -> Result<Self, OptimizerError> {
        let weight_decay = non_negative("AdamW", "weight_decay", weight_decay)?;
        Ok(Self { weight_decay, ..self })
    }

    /// Divides by the largest running size of the gradient so far: see [`Adam`](crate::Adam).
    #[must_use]
    pub const fn amsgrad(self) -> Self {
        Self { amsgrad: true, ..self }
    }
}

impl Default for AdamW {
    fn default() -> Self {
        Self::new()
    }
}

impl Optimizer for AdamW {
    fn name(&self) -> &'static str {
        "AdamW"
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
        update.kept = 1.0 - at.rate * self.weight_decay;
        update.sweep(self.amsgrad, w, dw, state);
    }
}
