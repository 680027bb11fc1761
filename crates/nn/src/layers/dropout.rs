//! Dropout as a layer.

use crate::error::BuildError;
use crate::graph::Node;
use crate::module::Module;
use crate::ops::DropoutOp;
use neuropil_regularizers::{Dropout as Rule, RegularizerError};

/// y = x m / (1 - rate) in training, where each number of m is 0 with probability `rate`, else 1;
/// y = x in inference.
///
/// Source: Srivastava et al., "Dropout: A Simple Way to Prevent Neural Networks from Overfitting"
/// (2014), in the inverted form by default, as in PyTorch's `Dropout` and in Keras.
///
/// ```
/// use neuropil_nn::prelude::*;
///
/// let layers = Sequential::new().then(Linear::new(4, 8)).then(Relu).then(Dropout::new(0.2)?);
/// let mut net = Network::new(layers, [4], 42)?;
/// assert_eq!(net.predict(&[1.0; 4])?, net.predict(&[1.0; 4])?);
/// assert!(Dropout::new(1.5).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Dropout {
    rule: Rule,
}

impl Dropout {
    /// Drops this share.
    ///
    /// # Errors
    /// If `rate` is not in [0, 1].
    pub fn new(rate: f64) -> Result<Self, RegularizerError> {
        Ok(Self { rule: Rule::new(rate)? })
    }

    /// The first form of the paper: y = x m in training, and y = x (1 - rate) in inference.
    #[must_use]
    pub fn classic(mut self) -> Self {
        self.rule = self.rule.classic();
        self
    }
}

impl Module for Dropout {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        x.op(DropoutOp(self.rule))
    }
}
