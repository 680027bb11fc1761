//! Modules one after the other.

use crate::error::BuildError;
use crate::graph::Node;
use crate::module::Module;
use std::sync::Arc;

/// Modules in a row: y = f_n(… f_1(f_0(x))). By default there are none, and y = x. PyTorch's
/// `Sequential`: the weights of the i-th are named `i.…`.
///
/// ```
/// use neuropil_nn::{Linear, prelude::*};
///
/// let layers = Sequential::new().then(Linear::new(2, 8)).then(Tanh).then(Linear::new(8, 1));
/// let net = Network::new(layers, [2], 42)?;
/// let paths: Vec<&str> = net.params().paths().collect();
/// assert_eq!(paths, ["0.weight", "0.bias", "2.weight", "2.bias"]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Sequential {
    modules: Vec<Arc<dyn Module>>,
}

impl Sequential {
    /// No modules: the identity.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a module.
    #[must_use]
    pub fn then(mut self, module: impl Module + 'static) -> Self {
        self.modules.push(Arc::new(module));
        self
    }

    /// How many modules there are.
    pub fn len(&self) -> usize {
        self.modules.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.modules.is_empty()
    }
}

impl Module for Sequential {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        self.modules
            .iter()
            .enumerate()
            .try_fold(x, |x, (i, module)| x.named(&i.to_string(), &**module))
    }
}
