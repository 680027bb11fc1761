//! LAMB: Adam with steps as long as the tensor's weights say.

use neuropil_simd::{
    Float, Lanes,
    reduce::{Term, sum_of},
};

use crate::{
    Optimizer, OptimizerError, Rule, Step,
    error::{below_one, non_negative},
    norm, sweep,
};

/// Layer-wise adaptive moments for batches of thousands: Adam's direction for each tensor, brought to a
/// length of rate · ‖w‖.
///
/// With g = dw, at step t (1 for the first), m and v as in [`Adam`](crate::Adam):
///
/// u = (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε) + weight_decay · w
/// w −= rate · ‖w‖/‖u‖ · u
///
/// The trust ratio ‖w‖/‖u‖ is 1 where either norm is 0, and has no bound, as in the paper with φ(z) = z.
/// Norms are those of a whole tensor, so this optimizer is not element-wise.
///
/// Defaults: β₁ = 0.9, β₂ = 0.999, ε = 10⁻⁶, no decay (decoupled; the paper takes 0.01), and a rate of
/// 10⁻³.
///
/// Source: You et al., "Large Batch Optimization for Deep Learning: Training BERT in 76 minutes" (2020),
/// algorithm 2. PyTorch has no such optimizer.
///
/// ```
/// use neuropil_optimizers::{Lamb, Optimizer, Step, norm};
///
/// let (mut w, mut m, mut v) = ([3.0_f64, -4.0], [0.0; 2], [0.0; 2]);
/// let at = Step { rate: 0.1, count: 1, shape: &[2] };
/// Lamb::new().step(at, &mut w, &[1e3, 1e3], &mut [&mut m, &mut v]);
/// let moved = [w[0] - 3.0, w[1] + 4.0];
/// assert!((norm(&moved) - 0.1 * 5.0).abs() < 1e-12);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lamb {
    beta1: f64,
    beta2: f64,
    epsilon: f64,
    weight_decay: f64,
}

impl Lamb {
    /// β₁ = 0.9, β₂ = 0.999, ε = 10⁻⁶, no decay.
    #[must_use]
    pub const fn new() -> Self {
        Self { beta1: 0.9, beta2: 0.999, epsilon: 1e-6, weight_decay: 0.0 }
    }

    /// How much of the running means of g and of g² each step keeps, both in [0, 1).
    ///
    /// # Errors
    /// [`OptimizerError`] if `beta1` or `beta2` lies outside [0, 1).
    pub fn betas(self, beta1: f64, beta2: f64) -> Result<Self, OptimizerError> {
        let beta1 = below_one("Lamb", "beta1", beta1)?;
        let beta2 = below_one("Lamb", "beta2", beta2)?;
        Ok(Self { beta1, beta2, ..self })
    }

    /// What is added to the divisor, so that a vanishing gradient makes no large step. Rounded to the
    /// type of the weights.
    ///
    /// # Errors
    /// [`OptimizerError`] if `epsilon` is NaN, infinite or negative.
    pub fn epsilon(self, epsilon: f64) -> Result<Self, OptimizerError> {
        let epsilon = non_negative("Lamb", "epsilon", epsilon)?;
        Ok(Self { epsilon, ..self })
    }

    /// The decoupled decay: weight_decay · w is added to the direction, before it is brought to its
    /// length.
    ///
    /// # Errors
    /// [`OptimizerError`] if `weight_decay` is NaN, infinite or negative.
    pub fn weight_decay(self, weight_decay: f64) -> Result<Self, OptimizerError> {
        let weight_decay = non_negative("Lamb", "weight_decay", weight_decay)?;
        Ok(Self { weight_decay, ..self })
    }
}

impl Default for Lamb {
    fn default() -> Self {
        Self::new()
    }
}

impl Optimizer for Lamb {
    fn name(&self) -> &'static str {
        "Lamb"
    }

    fn default_rate(&self) -> f64 {
        1e-3
    }

    fn slot_names(&self) -> &'static [&'static str] {
        &["exp_avg", "exp_avg_sq"]
    }

    fn is_elementwise(&self) -> bool {
        false
    }

    fn without_decay(&self) -> Self {
        Self { weight_decay: 0.0, ..*self }
    }

    fn step<T: Float>(&self, at: Step<'_>, w: &mut [T], dw: &[T], state: &mut [&mut [T]]) {
        assert!(at.count > 0, "the first step's count is 1, but count is 0");
        let moments = Moments { new1: 1.0 - self.beta1, beta2: self.beta2, new2: 1.0 - self.beta2 };
        sweep(moments, w, dw, state);
        let direction = Direction {
            inverse1: 1.0 / (1.0 - self.beta1.powf(at.count as f64)),
            inverse_root2: 1.0 / (1.0 - self.beta2.powf(at.count as f64)).sqrt(),
            epsilon: self.epsilon,
            weight_decay: self.weight_decay,
        };
        // The direction is computed twice rather than kept.
        let length = sum_of(direction, [&*w, &*state[0], &*state[1]]).to_f64().sqrt();
        let weights = norm(w);
        let trust = if weights == 0.0 || length == 0.0 { 1.0 } else { weights / length };
        sweep(Move { rate: at.rate * trust, direction }, w, dw, state);
    }
}

struct Moments {
    /// 1 - beta1
    new1: f64,
    beta2: f64,
    /// 1 - beta2
    new2: f64,
}

impl Rule<2> for Moments {
    #[inline(always)]
    fn update<T: Float, V: Lanes<T>>(&self, w: V, g: V, [m, v]: &mut [V; 2]) -> V {
        *m = V::of(self.new1).mul_add(g - *m, *m);
        *v = V::of(self.beta2).mul_add(*v, V::of(self.new2) * g * g);
        w
    }
}

/// u of a weight and its moments; as a term of a sum, u².
#[derive(Clone, Copy)]
struct Direction {
    /// 1 / (1 - beta1^t)
    inverse1: f64,
    /// 1 / sqrt(1 - beta2^t)
    inverse_root2: f64,
    epsilon: f64,
    weight_decay: f64,
}

impl Direction {
    #[inline(always)]
    fn of<T: Float, V: Lanes<T>>(&self, w: V, m: V, v: V) -> V {
        let size = v.sqrt().mul_add(V::of(self.inverse_root2), V::of(self.epsilon));
        V::of(self.weight_decay).mul_add(w, V::of(self.inverse1) * m / size)
    }
}

impl<T: Float> Term<T, 3> for Direction {
    #[inline(always)]
    fn term<V: Lanes<T>>(&self, [w, m, v]: [V; 3]) -> V {
        let u = self.of(w, m, v);
        u * u
    }
}

struct Move {
    rate: f64,
    direction: Direction,
}

impl Rule<2> for Move {
    #[inline(always)]
    fn update<T: Float, V: Lanes<T>>(&self, w: V, _g: V, [m, v]: &mut [V; 2]) -> V {
        w - V::of(self.rate) * self.direction.of(w, *m, *v)
    }
}
