//! Snake with a learned frequency, as a layer.

use super::learned;
use crate::error::BuildError;
use crate::graph::Node;
use crate::module::Module;
use crate::ops::SnakeOp;

/// y = x + sin²(a x)/a, with a learned frequency a for each channel, the first axis of a row, or one for
/// all numbers. It starts at 1 by default. With a fixed a it is the activation
/// [`Snake`](neuropil_activations::Snake).
///
/// Weight `alpha` (a) `[channels]`, as those who make sound with it call it.
///
/// Source: Ziyin, Hartwig and Ueda, "Neural Networks Fail to Learn Periodic Functions and How to Fix
/// It" (2020). Beyond PyTorch.
///
/// ```
/// use neuropil_nn::{LearnedSnake, prelude::*};
///
/// let mut net = Network::new(LearnedSnake::new(2).init(0.0), [2, 3], 42)?; // a wave of no frequency
/// assert_eq!(net.params().get("alpha")?, [0.0; 2]);
/// let x = [-4.0, 2.0, 1.0, 0.0, 0.5, 0.25];
/// assert_eq!(net.predict(&x)?, x);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LearnedSnake {
    channels: usize,
    init: f64,
}

impl LearnedSnake {
    /// For so many channels; 1 is one frequency for all numbers.
    pub const fn new(channels: usize) -> Self {
        Self { channels, init: 1.0 }
    }

    /// Where frequencies start. A start that is not finite is refused when the layer is built.
    #[must_use]
    pub fn init(mut self, a: f64) -> Self {
        self.init = a;
        self
    }
}

impl Module for LearnedSnake {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        let a = learned::weight(x, "LearnedSnake", "alpha", self.channels, self.init)?;
        x.op_with([a], SnakeOp)
    }
}
