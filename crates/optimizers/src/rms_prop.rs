//! RMSprop: steps divided by the running size of the gradient.

use neuropil_simd::{Float, Lanes};

use crate::{
    Optimizer, OptimizerError, Rule, Step,
    error::{below_one, non_negative},
    sweep,
};

/// Steps divided by the root of the running mean of squared gradients.
///
/// With g = dw + weight_decay · w:
///
/// v = α v + (1 − α) g²
/// w −= rate · g / (√v + ε)
///
/// Centered, the mean of g is taken away, so that the root is the gradient's standard deviation: with
/// a = α a + (1 − α) g, it is √max(v − a², 0). With a momentum μ above 0, the step follows a
/// running sum: b = μ b + g / (√v + ε), w −= rate · b.
///
/// Defaults: α = 0.99, ε = 10⁻⁸, no momentum, not centered, no decay (coupled), and a rate of 10⁻². Keras
/// has α = 0.9, ε = 10⁻⁷ and a rate of 10⁻³, and TensorFlow takes the root of v + ε.
///
/// Source: Tieleman and Hinton, "Lecture 6.5: rmsprop" (2012); centered as in Graves, "Generating
/// Sequences With Recurrent Neural Networks" (2013). Equals PyTorch's `torch.optim.RMSprop`, except that
/// v − a² is not let below 0, where rounding makes PyTorch's root NaN.
///
/// ```
/// use neuropil_optimizers::{Optimizer, RmsProp, Step};
///
/// let (mut w, mut v) = ([1.0_f64], [0.0]);
/// let at = Step { rate: 0.1, count: 1, shape: &[1] };
/// RmsProp::new().alpha(0.75)?.epsilon(0.0)?.step(at, &mut w, &[3.0], &mut [&mut v]);
/// assert_eq!(v, [2.25]);
/// assert_eq!(w, [0.8]); // g/√v = 2
/// # Ok::<(), neuropil_optimizers::OptimizerError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RmsProp {
    alpha: f64,
    epsilon: f64,
    momentum: f64,
    weight_decay: f64,
    centered: bool,
}

impl RmsProp {
    /// α = 0.99, ε = 10⁻⁸, no momentum, not centered, no decay.
    #[must_use]
    pub const fn new() -> Self {
        Self { alpha: 0.99, epsilon: 1e-8, momentum: 0.0, weight_decay: 0.0, centered: false }
    }

    /// How much of the running means each step keeps, in [0, 1).
    ///
    /// # Errors
    /// [`OptimizerError`] if `alpha` lies outside [0, 1).
    pub fn alpha(self, alpha: f64) -> Result<Self, OptimizerError> {
        let alpha = below_one("RmsProp", "alpha", alpha)?;
        Ok(Self { alpha, ..self })
    }

    /// What is added to the divisor, so that a vanishing gradient makes no large step. Rounded to the
    /// type of the weights.
    ///
    /// # Errors
    /// [`OptimizerError`] if `epsilon` is NaN, infinite or negative.
    pub fn epsilon(self, epsilon: f64) -> Result<Self, OptimizerError> {
        let epsilon = non_negative("RmsProp", "epsilon", epsilon)?;
        Ok(Self { epsilon, ..self })
    }

    /// How much of the last step's direction is kept, in [0, 1).
    ///
    /// # Errors
    /// [`OptimizerError`] if `momentum` lies outside [0, 1).
    pub fn momentum(self, momentum: f64) -> Result<Self, OptimizerError> {
        let momentum = below_one("RmsProp", "momentum", momentum)?;
        Ok(Self { momentum, ..self })
    }

    /// Divides by the gradient's standard deviation rather than its size.
    #[must_use]
    pub const fn centered(self) -> Self {
        Self { centered: true, ..self }
    }

    /// The coupled decay: weight_decay · w is added to the gradient.
    ///
    /// # Errors
    /// [`OptimizerError`] if `weight_decay` is NaN, infinite or negative.
    pub fn weight_decay(self, weight_decay: f64) -> Result<Self, OptimizerError> {
        let weight_decay = non_negative("RmsProp", "weight_decay", weight_decay)?;
        Ok(Self { weight_decay, ..self })
    }
}

impl Default for RmsProp {
    fn default() -> Self {
        Self::new()
    }
}

impl Optimizer for RmsProp {
    fn name(&self) -> &'static str {
        "RmsProp"
    }

    fn default_rate(&self) -> f64 {
        1e-2
    }

    fn slot_names(&self) -> &'static [&'static str] {
        match (self.momentum > 0.0, self.centered) {
            (false, false) => &["square_avg"],
            (true, false) => &["square_avg", "momentum_buffer"],
            (false, true) => &["square_avg", "grad_avg"],
            (true, true) => &["square_avg", "momentum_buffer", "grad_avg"],
        }
    }

    fn without_decay(&self) -> Self {
        Self { weight_decay: 0.0, ..*self }
    }

    fn step<T: Float>(&self, at: Step<'_>, w: &mut [T], dw: &[T], state: &mut [&mut [T]]) {
        assert!(at.count > 0, "the first step's count is 1, but count is 0");
        let update = Update {
            rate: at.rate,
            alpha: self.alpha,
            new: 1.0 - self.alpha,
            epsilon: self.epsilon,
            momentum: self.momentum,
            weight_decay: self.weight_decay,
        };
        match (self.momentum > 0.0, self.centered) {
            (false, false) => sweep(update, w, dw, state),
            (true, false) => sweep(Momentum(update), w, dw, state),
            (false, true) => sweep(Centered(update), w, dw, state),
            (true, true) => sweep(CenteredMomentum(update), w, dw, state),
        }
    }
}

/// What all weights of a step have in common.
struct Update {
    rate: f64,
    alpha: f64,
    /// 1 - alpha
    new: f64,
    epsilon: f64,
    momentum: f64,
    weight_decay: f64,
}

impl Update {
    #[inline(always)]
    fn gradient<T: Float, V: Lanes<T>>(&self, w: V, dw: V) -> V {
        V::of(self.weight_decay).mul_add(w, dw)
    }

    /// Moves the mean of squares, and divides the gradient by its root.
    #[inline(always)]
    fn scaled<T: Float, V: Lanes<T>>(&self, g: V, v: &mut V) -> V {
        *v = V::of(self.alpha).mul_add(*v, V::of(self.new) * g * g);
        g / (v.sqrt() + V::of(self.epsilon))
    }

    /// The same, with the variance in the place of the mean of squares.
    #[inline(always)]
    fn centered<T: Float, V: Lanes<T>>(&self, g: V, v: &mut V, mean: &mut V) -> V {
        *v = V::of(self.alpha).mul_add(*v, V::of(self.new) * g * g);
        *mean = V::of(self.new).mul_add(g - *mean, *mean);
        // A variance that is NaN stands second, and stays.
        let variance = V::of(0.0).max(*v - *mean * *mean);
        g / (variance.sqrt() + V::of(self.epsilon))
    }

    #[inline(always)]
    fn follow<T: Float, V: Lanes<T>>(&self, w: V, b: &mut V, scaled: V) -> V {
        *b = V::of(self.momentum).mul_add(*b, scaled);
        w - V::of(self.rate) * *b
    }
}

impl Rule<1> for Update {
    #[inline(always)]
    fn update<T: Float, V: Lanes<T>>(&self, w: V, dw: V, [v]: &mut [V; 1]) -> V {
        w - V::of(self.rate) * self.scaled(self.gradient(w, dw), v)
    }
}

struct Momentum(Update);

impl Rule<2> for Momentum {
    #[inline(always)]
    fn update<T: Float, V: Lanes<T>>(&self, w: V, dw: V, [v, b]: &mut [V; 2]) -> V {
        let scaled = self.0.scaled(self.0.gradient(w, dw), v);
        self.0.follow(w, b, scaled)
    }
}

struct Centered(Update);

impl Rule<2> for Centered {
    #[inline(always)]
    fn update<T: Float, V: Lanes<T>>(&self, w: V, dw: V, [v, mean]: &mut [V; 2]) -> V {
        w - V::of(self.0.rate) * self.0.centered(self.0.gradient(w, dw), v, mean)
    }
}

struct CenteredMomentum(Update);

impl Rule<3> for CenteredMomentum {
    #[inline(always)]
    fn update<T: Float, V: Lanes<T>>(&self, w: V, dw: V, [v, b, mean]: &mut [V; 3]) -> V {
        let scaled = self.0.centered(self.0.gradient(w, dw), v, mean);
        self.0.follow(w, b, scaled)
    }
}
