//! Averaged stochastic gradient descent.

use neuropil_simd::{Float, Lanes};

use crate::{Optimizer, OptimizerError, Rule, Step, error::non_negative, sweep};

/// Gradient descent that keeps the mean of the weights it has passed: the mean settles where the weights
/// go on trembling.
///
/// With g = dw + weight_decay · w, at step t (1 for the first):
///
/// η = rate / (1 + λ · rate · (t − 1))^α
/// w = (1 − λ η) w − η g
/// ax += (w − ax) / max(1, t − 1 − t₀); ax = w up to step t₀ + 2
///
/// The mean `ax` is what to evaluate and to keep: see
/// [`evaluation_weights`](Optimizer::evaluation_weights).
///
/// Defaults: λ = 10⁻⁴, α = 0.75, t₀ = 10⁶, no weight decay (coupled), and a rate of 10⁻². λ is a decay of
/// its own, and stays where weight decay is taken away.
///
/// Source: Polyak and Juditsky, "Acceleration of Stochastic Approximation by Averaging" (1992), with the
/// rates of Xu, "Towards Optimal One Pass Large Scale Learning with Averaged Stochastic Gradient Descent"
/// (2011). Equals PyTorch's `torch.optim.ASGD` at a fixed rate; where a schedule changes it, PyTorch's η
/// follows a step later. PyTorch keeps η and the mean's share among its state; here they follow from t.
///
/// ```
/// use neuropil_optimizers::{Asgd, Optimizer, Step};
///
/// let asgd = Asgd::new().lambda(0.0)?.start(0.0)?;
/// let (mut w, mut mean) = ([0.0_f64], [0.0]);
/// for count in 1..=4 {
///     let at = Step { rate: 1.0, count, shape: &[1] };
///     asgd.step(at, &mut w, &[-1.0], &mut [&mut mean]);
/// }
/// assert_eq!(w, [4.0]);
/// asgd.evaluation_weights(&mut w, &[&mean]);
/// assert_eq!(w, [3.0]); // the mean of 2, 3, 4: it begins anew at t₀ + 2
/// # Ok::<(), neuropil_optimizers::OptimizerError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Asgd {
    lambda: f64,
    alpha: f64,
    start: f64,
    weight_decay: f64,
}

impl Asgd {
    /// λ = 10⁻⁴, α = 0.75, t₀ = 10⁶, no weight decay.
    #[must_use]
    pub const fn new() -> Self {
        Self { lambda: 1e-4, alpha: 0.75, start: 1e6, weight_decay: 0.0 }
    }

    /// The decay λ of weights and rate.
    ///
    /// # Errors
    /// [`OptimizerError`] if `lambda` is NaN, infinite or negative.
    pub fn lambda(self, lambda: f64) -> Result<Self, OptimizerError> {
        let lambda = non_negative("Asgd", "lambda", lambda)?;
        Ok(Self { lambda, ..self })
    }

    /// The power α of the fall of the rate.
    ///
    /// # Errors
    /// [`OptimizerError`] if `alpha` is NaN, infinite or negative.
    pub fn alpha(self, alpha: f64) -> Result<Self, OptimizerError> {
        let alpha = non_negative("Asgd", "alpha", alpha)?;
        Ok(Self { alpha, ..self })
    }

    /// The step t₀ from which on weights are averaged.
    ///
    /// # Errors
    /// [`OptimizerError`] if `start` is NaN, infinite or negative.
    pub fn start(self, start: f64) -> Result<Self, OptimizerError> {
        let start = non_negative("Asgd", "start", start)?;
        Ok(Self { start, ..self })
    }

    /// The coupled decay: weight_decay · w is added to the gradient.
    ///
    /// # Errors
    /// [`OptimizerError`] if `weight_decay` is NaN, infinite or negative.
    pub fn weight_decay(self, weight_decay: f64) -> Result<Self, OptimizerError> {
        let weight_decay = non_negative("Asgd", "weight_decay", weight_decay)?;
        Ok(Self { weight_decay, ..self })
    }
}

impl Default for Asgd {
    fn default() -> Self {
        Self::new()
    }
}

impl Optimizer for Asgd {
    fn name(&self) -> &'static str {
        "Asgd"
    }

    fn default_rate(&self) -> f64 {
        1e-2
    }

    fn slot_names(&self) -> &'static [&'static str] {
        &["ax"]
    }

    fn without_decay(&self) -> Self {
        Self { weight_decay: 0.0, ..*self }
    }

    fn has_evaluation_weights(&self) -> bool {
        true
    }

    fn evaluation_weights<T: Float>(&self, w: &mut [T], state: &[&[T]]) {
        w.copy_from_slice(state[0]);
    }

    fn step<T: Float>(&self, at: Step<'_>, w: &mut [T], dw: &[T], state: &mut [&mut [T]]) {
        assert!(at.count > 0, "the first step's count is 1, but count is 0");
        let before = (at.count - 1) as f64;
        let rate = at.rate / (1.0 + self.lambda * at.rate * before).powf(self.alpha);
        let update = Update {
            rate,
            kept: 1.0 - self.lambda * rate,
            share: if at.count == 1 { 1.0 } else { 1.0 / (before - self.start).max(1.0) },
            weight_decay: self.weight_decay,
        };
        sweep(update, w, dw, state);
    }
}

/// What all weights of a step have in common.
struct Update {
    /// η
    rate: f64,
    /// 1 - λ η
    kept: f64,
    /// What the mean takes of the new weight.
    share: f64,
    weight_decay: f64,
}

impl Rule<1> for Update {
    #[inline(always)]
    fn update<T: Float, V: Lanes<T>>(&self, w: V, dw: V, [mean]: &mut [V; 1]) -> V {
        let g = V::of(self.weight_decay).mul_add(w, dw);
        let w = V::of(self.kept) * w - V::of(self.rate) * g;
        // With a share of 1 it must be the weight to the bit.
        *mean = if self.share == 1.0 { w } else { V::of(self.share).mul_add(w - *mean, *mean) };
        w
    }
}
