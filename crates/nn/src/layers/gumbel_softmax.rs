//! Gumbel softmax as a layer.

use crate::error::BuildError;
use crate::graph::Node;
use crate::module::Module;
use crate::ops::GumbelSoftmaxOp;
use neuropil_activations::{ActivationError, GumbelSoftmax as Rule};

/// y = softmax((x + g)/τ) over the last axis, with Gumbel noise g in training: a sample of the classes
/// with the logits x that a gradient goes through. In inference there is no noise: y = softmax(x/τ), or
/// the likeliest class alone. By default τ = 1, and samples are soft.
///
/// Source: Jang, Gu and Poole, "Categorical Reparameterization with Gumbel-Softmax" (2016). PyTorch's
/// `torch.nn.functional.gumbel_softmax(tau=1, hard=False)`, which draws noise in inference, too.
///
/// ```
/// use neuropil_nn::{GumbelSoftmax, prelude::*};
///
/// let mut net = Network::new(GumbelSoftmax::new().tau(0.5)?.hard(), [3], 42)?;
/// assert_eq!(net.predict(&[1.0, 3.0, 2.0])?, [0.0, 1.0, 0.0]);
/// assert!(GumbelSoftmax::new().tau(0.0).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct GumbelSoftmax {
    rule: Rule,
    hard: bool,
}

impl GumbelSoftmax {
    /// Soft samples with a τ of 1.
    pub const fn new() -> Self {
        Self { rule: Rule::new(), hard: false }
    }

    /// The temperature τ.
    ///
    /// # Errors
    /// If τ is not positive and finite.
    pub fn tau(mut self, tau: f64) -> Result<Self, ActivationError> {
        self.rule = self.rule.tau(tau)?;
        Ok(self)
    }

    /// A one for the class that is drawn and zeros for the others, with the gradient of the soft sample.
    #[must_use]
    pub fn hard(mut self) -> Self {
        self.hard = true;
        self
    }
}

impl Module for GumbelSoftmax {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        x.op(GumbelSoftmaxOp { rule: self.rule, hard: self.hard })
    }
}
