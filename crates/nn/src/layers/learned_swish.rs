//! Swish with a learned β, as a layer.

use super::learned;
use crate::error::BuildError;
use crate::graph::Node;
use crate::module::Module;
use crate::ops::SwishOp;

/// y = x σ(βx), with a learned β: one for all numbers by default, or one for each channel, the first axis
/// of a row. It starts at 1 by default, as SiLU. With a fixed β it is the activation
/// [`Swish`](neuropil_activations::Swish).
///
/// Weight `beta` `[1]` or `[channels]`.
///
/// Source: Ramachandran, Zoph and Le, "Searching for Activation Functions" (2017). Beyond PyTorch.
///
/// ```
/// use neuropil_nn::{LearnedSwish, prelude::*};
///
/// let mut net = Network::new(LearnedSwish::new().channels(2).init(0.0), [2], 42)?;
/// assert_eq!(net.params().get("beta")?, [0.0; 2]);
/// assert_eq!(net.predict(&[-4.0, 2.0])?, [-2.0, 1.0]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LearnedSwish {
    channels: usize,
    init: f64,
}

impl LearnedSwish {
    /// One β for all numbers.
    pub const fn new() -> Self {
        Self { channels: 1, init: 1.0 }
    }

    /// A β for each of so many channels.
    #[must_use]
    pub fn channels(mut self, channels: usize) -> Self {
        self.channels = channels;
        self
    }

    /// Where β starts. A start that is not finite is refused when the layer is built.
    #[must_use]
    pub fn init(mut self, beta: f64) -> Self {
        self.init = beta;
        self
    }
}

impl Default for LearnedSwish {
    fn default() -> Self {
        Self::new()
    }
}

impl Module for LearnedSwish {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        let beta = learned::weight(x, "LearnedSwish", "beta", self.channels, self.init)?;
        x.op_with([beta], SwishOp)
    }
}
