//! A way around a module.

use crate::error::BuildError;
use crate::graph::Node;
use crate::module::Module;

/// y = x + f(x) for a module f that keeps the shape.
///
/// Source: He et al., "Deep Residual Learning for Image Recognition" (2015), equation 1.
///
/// ```
/// use neuropil_nn::{Linear, Residual, prelude::*};
///
/// let block = Residual::new(Sequential::new().then(Linear::new(8, 8)).then(Relu));
/// let net = Network::new(Sequential::new().then(block), [8], 42)?;
/// assert_eq!(net.params().paths().next(), Some("0.0.weight"));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Residual<M> {
    module: M,
}

impl<M: Module> Residual<M> {
    /// The way around `module`.
    pub fn new(module: M) -> Self {
        Self { module }
    }
}

impl<M: Module> Module for Residual<M> {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        self.module.build(x)?.plus(x)
    }
}
