//! What layers are: something that records itself into a graph.

use crate::error::BuildError;
use crate::graph::Node;
use crate::ops::Activate;
use neuropil_activations::Activation;
use std::fmt::Debug;

/// A layer, a block, a whole network: a configuration that records ops and weights for an input.
///
/// Every activation is a module. A residual block:
///
/// ```
/// use neuropil_nn::{BuildError, Linear, Module, Node, prelude::*};
///
/// #[derive(Debug)]
/// struct Block {
///     width: usize,
/// }
///
/// impl Module for Block {
///     fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
///         let first = Linear::new(self.width, self.width);
///         let second = Linear::new(self.width, self.width);
///         let h = x.named("1", &first)?.then(Relu)?.named("2", &second)?;
///         h.plus(x)?.then(Relu)
///     }
/// }
///
/// let net = Network::new(Sequential::new().then(Block { width: 4 }), [4], 42)?;
/// assert_eq!(net.params().paths().next(), Some("0.1.weight"));
/// # Ok::<(), Error>(())
/// ```
pub trait Module: Debug + Send + Sync {
    /// Records what this module makes of `x`.
    ///
    /// # Errors
    /// If the input's shape does not fit, or an option is out of range.
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError>;
}

impl<A: Activation> Module for A {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        x.op(Activate(self.clone()))
    }
}
