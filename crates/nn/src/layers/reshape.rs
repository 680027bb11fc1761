//! The same numbers in another shape.

use crate::error::BuildError;
use crate::graph::Node;
use crate::module::Module;
use neuropil_tensor::Shape;

/// y = x as one vector a row: `[..]` to `[numbers]`. Costs nothing. PyTorch's `Flatten`.
///
/// ```
/// use neuropil_nn::{Flatten, prelude::*};
///
/// let layers = Sequential::new().then(Flatten).then(Linear::new(6, 2));
/// let net = Network::new(layers, [1, 2, 3], 42)?;
/// assert_eq!(net.params().paths().next(), Some("1.weight"));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Flatten;

impl Module for Flatten {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        Ok(x.flatten())
    }
}

/// y = x in another shape of as many numbers. Costs nothing. PyTorch's `Unflatten`, or
/// `torch.reshape` of all but the rows.
///
/// ```
/// use neuropil_nn::{GlobalAvgPool, Reshape, prelude::*};
///
/// let layers = Sequential::new().then(Reshape::new([2, 3])).then(GlobalAvgPool);
/// let mut net = Network::new(layers, [6], 42)?;
/// assert_eq!(net.predict(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0])?, [2.0, 5.0]);
///
/// let error = Network::new(Reshape::new([2, 4]), [6], 42).unwrap_err().to_string();
/// assert!(error.contains("reshape: shapes [6] and [2, 4] do not fit"));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Reshape {
    shape: Shape,
}

impl Reshape {
    /// The shape of a row.
    pub fn new(shape: impl Into<Shape>) -> Self {
        Self { shape: shape.into() }
    }
}

impl Module for Reshape {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        x.reshape(self.shape)
    }
}
