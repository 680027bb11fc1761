//! Stochastic gradient descent, with and without momentum.

use neuropil_simd::{Float, Lanes};

use crate::{
    Optimizer, OptimizerError, Rule, Step,
    error::{below_one, non_negative},
    sweep,
};

/// Stochastic gradient descent: a step against the gradient.
///
/// Plain, with g = dw + weight_decay · w:
///
/// w −= rate · g
///
/// With a momentum μ above 0, the step follows a running sum b of the gradients, which crosses
/// narrow valleys less and runs along them faster:
///
/// b = μ b + (1 − dampening) g, in the first step b = g;
/// w −= rate · b, or in Nesterov's form w −= rate · (g + μ b)
///
/// All settings are 0 by default, and the default rate is 10⁻³. Decay here is coupled: it adds the
/// gradient of weight_decay/2 · Σw² to the gradient, as an L2 penalty does.
///
/// Source: Sutskever et al., "On the importance of initialization and momentum in deep learning"
/// (2013), with the rate outside of the buffer. Equals PyTorch's `torch.optim.SGD`.
///
/// ```
/// use neuropil_optimizers::{Optimizer, Sgd, Step};
///
/// let sgd = Sgd::new().momentum(0.5)?;
/// let (mut w, mut buffer) = ([1.0_f32], [0.0]);
/// for count in 1..=3 {
///     sgd.step(Step { rate: 0.25, count, shape: &[1] }, &mut w, &[1.0], &mut [&mut buffer]);
/// }
/// assert_eq!(buffer, [1.75]); // 1, 1.5, 1.75
/// assert_eq!(w, [1.0 - 0.25 * (1.0 + 1.5 + 1.75)]);
/// # Ok::<(), neuropil_optimizers::OptimizerError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sgd {
    momentum: f64,
    dampening: f64,
    weight_decay: f64,
    nesterov: bool,
}

impl Sgd {
    /// Plain gradient descent: no momentum, no decay.
    #[must_use]
    pub const fn new() -> Self {
        Self { momentum: 0.0, dampening: 0.0, weight_decay: 0.0, nesterov: false }
    }

    /// How much of the last step's direction is kept, in [0, 1).
    ///
    /// # Errors
    /// [`OptimizerError`] if `momentum` lies outside [0, 1), or is 0 in Nesterov's form.
    pub fn momentum(self, momentum: f64) -> Result<Self, OptimizerError> {
        let momentum = below_one("Sgd", "momentum", momentum)?;
        Self { momentum, ..self }.consistent()
    }

    /// How much of each gradient but the first the momentum's buffer leaves out, in [0, 1).
    ///
    /// # Errors
    /// [`OptimizerError`] if `dampening` lies outside [0, 1), or is above 0 in Nesterov's form.
    pub fn dampening(self, dampening: f64) -> Result<Self, OptimizerError> {
        let dampening = below_one("Sgd", "dampening", dampening)?;
        Self { dampening, ..self }.consistent()
    }

    /// Nesterov's form: the gradient corrects the step after the momentum has been followed.
    ///
    /// # Errors
    /// [`OptimizerError`] if no momentum has been set, or a dampening has.
    pub fn nesterov(self) -> Result<Self, OptimizerError> {
        let nesterov = true;
        Self { nesterov, ..self }.consistent()
    }

    /// The coupled decay: weight_decay · w is added to the gradient.
    ///
    /// # Errors
    /// [`OptimizerError`] if `weight_decay` is NaN, infinite or negative.
    pub fn weight_decay(self, weight_decay: f64) -> Result<Self, OptimizerError> {
        let weight_decay = non_negative("Sgd", "weight_decay", weight_decay)?;
        Ok(Self { weight_decay, ..self })
    }

    fn consistent(self) -> Result<Self, OptimizerError> {
        let Self { momentum, dampening, .. } = self;
        if self.nesterov && (momentum == 0.0 || dampening != 0.0) {
            return Err(OptimizerError::Nesterov { momentum, dampening });
        }
        Ok(self)
    }
}

impl Optimizer for Sgd {
    fn name(&self) -> &'static str {
        "Sgd"
    }

    fn default_rate(&self) -> f64 {
        1e-3
    }

    fn slot_names(&self) -> &'static [&'static str] {
        if self.momentum == 0.0 { &[] } else { &["momentum_buffer"] }
    }

    fn without_decay(&self) -> Self {
        Self { weight_decay: 0.0, ..*self }
    }

    fn step<T: Float>(&self, at: Step<'_>, w: &mut [T], dw: &[T], state: &mut [&mut [T]]) {
        assert!(at.count > 0, "the first step's count is 1, but count is 0");
        let plain = Plain { rate: at.rate, weight_decay: self.weight_decay };
        if self.momentum == 0.0 {
            return sweep(plain, w, dw, state);
        }
        let momentum = Momentum {
            plain,
            momentum: self.momentum,
            // The buffer begins as zeros, so only the dampening sets the first step apart.
            share: if at.count == 1 { 1.0 } else { 1.0 - self.dampening },
        };
        if self.nesterov {
            sweep(Nesterov(momentum), w, dw, state);
        } else {
            sweep(momentum, w, dw, state);
        }
    }
}

struct Plain {
    rate: f64,
    weight_decay: f64,
}

impl Plain {
    /// g = dw + weight_decay w
    #[inline(always)]
    fn gradient<T: Float, V: Lanes<T>>(&self, w: V, dw: V) -> V {
        V::of(self.weight_decay).mul_add(w, dw)
    }

    /// w - rate g
    #[inline(always)]
    fn descend<T: Float, V: Lanes<T>>(&self, w: V, g: V) -> V {
        V::of(-self.rate).mul_add(g, w)
    }
}

impl Rule<0> for Plain {
    #[inline(always)]
    fn update<T: Float, V: Lanes<T>>(&self, w: V, dw: V, _state: &mut [V; 0]) -> V {
        self.descend(w, self.gradient(w, dw))
    }
}

struct Momentum {
    plain: Plain,
    momentum: f64,
    /// 1 - dampening
    share: f64,
}

impl Momentum {
    /// b = momentum b + share g
    #[inline(always)]
    fn accumulate<T: Float, V: Lanes<T>>(&self, b: V, g: V) -> V {
        V::of(self.momentum).mul_add(b, V::of(self.share) * g)
    }
}

impl Rule<1> for Momentum {
    #[inline(always)]
    fn update<T: Float, V: Lanes<T>>(&self, w: V, dw: V, [b]: &mut [V; 1]) -> V {
        let g = self.plain.gradient(w, dw);
        *b = self.accumulate(*b, g);
        self.plain.descend(w, *b)
    }
}

struct Nesterov(Momentum);

impl Rule<1> for Nesterov {
    #[inline(always)]
    fn update<T: Float, V: Lanes<T>>(&self, w: V, dw: V, [b]: &mut [V; 1]) -> V {
        let g = self.0.plain.gradient(w, dw);
        *b = self.0.accumulate(*b, g);
        let ahead = V::of(self.0.momentum).mul_add(*b, g);
        self.0.plain.descend(w, ahead)
    }
}
