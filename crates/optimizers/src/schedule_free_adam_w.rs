//! Schedule-free AdamW: an average of the weights in the place of a falling rate.

use neuropil_simd::{Float, Lanes};

use crate::{
    Optimizer, OptimizerError, Rule, Step,
    error::{below_one, non_negative, within},
    sweep,
};

/// AdamW without a schedule: it trains at weights y between a fast sequence z and the average x of it,
/// and x is as good as if the rate had fallen to zero just now, at any time.
///
/// With g = dw at y, at step t (1 for the first), z beginning at y, and η = rate · min(1, t/warmup):
///
/// v = β₂ v + (1 − β₂) g²,  d = g / (√(v / (1 − β₂ᵗ)) + ε) + weight_decay · y
/// c = ηₜ² / (η₁² + ⋯ + ηₜ²)
/// y += c (z − y) − η (1 − β₁ (1 − c)) d
/// z −= η d
///
/// The weights in training are y. To evaluate and to keep, take x = y + (1 − 1/β₁)(z − y):
/// [`evaluation_weights`](Optimizer::evaluation_weights). Keep the rate constant: a warm-up is a
/// setting here, and the shares c count on no other change.
///
/// Defaults: β₁ = 0.9, β₂ = 0.999, ε = 10⁻⁸, no decay, no warm-up, and a rate of 2.5 · 10⁻³, as in the
/// authors' code.
///
/// Source: Defazio et al., "The Road Less Scheduled" (2024), in the form of the authors' code
/// (`AdamWScheduleFree`), which never computes x in training. PyTorch has no such optimizer.
///
/// ```
/// use neuropil_optimizers::{Optimizer, ScheduleFreeAdamW, Step};
///
/// let optimizer = ScheduleFreeAdamW::new();
/// let (mut y, mut z, mut v) = ([1.0_f64], [0.0], [0.0]);
/// for count in 1..=400 {
///     let at = Step { rate: 0.1, count, shape: &[1] };
///     let dy = [y[0] + 0.3 * (count as f64).sin()]; // the gradient of w²/2, with noise
///     optimizer.step(at, &mut y, &dy, &mut [&mut z, &mut v]);
/// }
/// let mut x = y;
/// optimizer.evaluation_weights(&mut x, &[&z, &v]);
/// assert!(x[0].abs() < 0.03 && (y[0] - x[0]).abs() > 0.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScheduleFreeAdamW {
    beta1: f64,
    beta2: f64,
    epsilon: f64,
    weight_decay: f64,
    warmup: u64,
}

impl ScheduleFreeAdamW {
    /// β₁ = 0.9, β₂ = 0.999, ε = 10⁻⁸, no decay, no warm-up.
    #[must_use]
    pub const fn new() -> Self {
        Self { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.0, warmup: 0 }
    }

    /// How near y is to the average (β₁, in (0, 1)), and how much of the running mean of g² each step
    /// keeps (β₂, in [0, 1)).
    ///
    /// # Errors
    /// [`OptimizerError`] if one of them lies outside its range.
    pub fn betas(self, beta1: f64, beta2: f64) -> Result<Self, OptimizerError> {
        let name = ("ScheduleFreeAdamW", "beta1");
        let passes = 0.0 < beta1 && beta1 < 1.0;
        let beta1 = within(name, beta1, "above 0 and below 1", passes)?;
        let beta2 = below_one("ScheduleFreeAdamW", "beta2", beta2)?;
        Ok(Self { beta1, beta2, ..self })
    }

    /// What is added to the divisor, so that a vanishing gradient makes no large step. Rounded to the
    /// type of the weights.
    ///
    /// # Errors
    /// [`OptimizerError`] if `epsilon` is NaN, infinite or negative.
    pub fn epsilon(self, epsilon: f64) -> Result<Self, OptimizerError> {
        let epsilon = non_negative("ScheduleFreeAdamW", "epsilon", epsilon)?;
        Ok(Self { epsilon, ..self })
    }

    /// The decoupled decay: weight_decay · y is added to what the rate is multiplied with.
    ///
    /// # Errors
    /// [`OptimizerError`] if `weight_decay` is NaN, infinite or negative.
    pub fn weight_decay(self, weight_decay: f64) -> Result<Self, OptimizerError> {
        let weight_decay = non_negative("ScheduleFreeAdamW", "weight_decay", weight_decay)?;
        Ok(Self { weight_decay, ..self })
    }

    /// Lets the rate rise in a straight line over so many steps; 0 is none.
    #[must_use]
    pub const fn warmup(self, steps: u64) -> Self {
        Self { warmup: steps, ..self }
    }

    /// The share of the rate at a step, and what the average takes of z there.
    fn shares(&self, count: u64) -> (f64, f64) {
        let (t, warmup) = (count as f64, self.warmup as f64);
        // 1 + 4 + 9 + ⋯
        let squares = |n: f64| n * (n + 1.0) * (2.0 * n + 1.0) / 6.0;
        if count < self.warmup {
            return (t / warmup, t * t / squares(t));
        }
        let before = if self.warmup > 0 { squares(warmup) / (warmup * warmup) } else { 0.0 };
        (1.0, 1.0 / (before + (t - warmup)))
    }
}

impl Default for ScheduleFreeAdamW {
    fn default() -> Self {
        Self::new()
    }
}

impl Optimizer for ScheduleFreeAdamW {
    fn name(&self) -> &'static str {
        "ScheduleFreeAdamW"
    }

    fn default_rate(&self) -> f64 {
        2.5e-3
    }

    fn slot_names(&self) -> &'static [&'static str] {
        &["z", "exp_avg_sq"]
    }

    fn without_decay(&self) -> Self {
        Self { weight_decay: 0.0, ..*self }
    }

    fn has_evaluation_weights(&self) -> bool {
        true
    }

    fn evaluation_weights<T: Float>(&self, w: &mut [T], state: &[&[T]]) {
        let beyond = T::of(1.0 - 1.0 / self.beta1);
        for (w, &z) in w.iter_mut().zip(state[0]) {
            *w += beyond * (z - *w);
        }
    }

    fn step<T: Float>(&self, at: Step<'_>, w: &mut [T], dw: &[T], state: &mut [&mut [T]]) {
        assert!(at.count > 0, "the first step's count is 1, but count is 0");
        let (warmth, share) = self.shares(at.count);
        let rate = at.rate * warmth;
        let update = Update {
            rate,
            share,
            of_weight: rate * (1.0 - self.beta1 * (1.0 - share)),
            beta2: self.beta2,
            new2: 1.0 - self.beta2,
            inverse_root2: 1.0 / (1.0 - self.beta2.powf(at.count as f64)).sqrt(),
            epsilon: self.epsilon,
            weight_decay: self.weight_decay,
        };
        sweep(update, w, dw, state);
    }
}

/// What all weights of a step have in common.
struct Update {
    rate: f64,
    /// c
    share: f64,
    /// rate (1 - beta1 (1 - c))
    of_weight: f64,
    beta2: f64,
    /// 1 - beta2
    new2: f64,
    /// 1 / sqrt(1 - beta2^t)
    inverse_root2: f64,
    epsilon: f64,
    weight_decay: f64,
}

impl Rule<2> for Update {
    #[inline(always)]
    fn update<T: Float, V: Lanes<T>>(&self, y: V, dy: V, [z, v]: &mut [V; 2]) -> V {
        let zero = V::of(0.0);
        // Where nothing has ever moved, z has not begun, or is the weight anyway.
        let start = V::select(z.eq(zero) & v.eq(zero), y, *z);
        *v = V::of(self.beta2).mul_add(*v, V::of(self.new2) * dy * dy);
        let size = v.sqrt().mul_add(V::of(self.inverse_root2), V::of(self.epsilon));
        let direction = V::of(self.weight_decay).mul_add(y, dy / size);
        *z = start - V::of(self.rate) * direction;
        V::of(self.share).mul_add(start - y, y) - V::of(self.of_weight) * direction
    }
}
