//! The rectified linear unit with a learned slope, as a layer.

use super::learned;
use crate::error::BuildError;
use crate::graph::Node;
use crate::module::Module;
use crate::ops::PReluOp;

/// y = x if x > 0, else a x, with a learned slope a: one for all numbers by default, or one for each
/// channel, the first axis of a row. It starts at 0.25 by default.
///
/// Weight `weight` (a) `[1]` or `[channels]`. Weight decay on it draws it towards ReLU; the paper
/// leaves it out.
///
/// Source: He, Zhang, Ren and Sun, "Delving Deep into Rectifiers: Surpassing Human-Level Performance on
/// ImageNet Classification" (2015). PyTorch's `PReLU(num_parameters=1, init=0.25)`.
///
/// ```
/// use neuropil_nn::{PRelu, prelude::*};
///
/// let layers = Sequential::new().then(PRelu::new()).then(PRelu::new().channels(3).init(0.5));
/// let mut net = Network::new(layers, [3, 2], 42)?;
/// assert_eq!(net.params().get("1.weight")?, [0.5; 3]);
/// assert_eq!(net.predict(&[8.0, -8.0, 0.0, 1.0, 2.0, 3.0])?, [8.0, -1.0, 0.0, 1.0, 2.0, 3.0]);
///
/// let error = Network::new(PRelu::new().channels(4), [3, 2], 42).unwrap_err().to_string();
/// assert!(error.contains("input shape [3, 2], expected 4 channels, then any axes"), "{error}");
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PRelu {
    channels: usize,
    init: f64,
}

impl PRelu {
    /// One slope for all numbers.
    pub const fn new() -> Self {
        Self { channels: 1, init: 0.25 }
    }

    /// A slope for each of so many channels.
    #[must_use]
    pub fn channels(mut self, channels: usize) -> Self {
        self.channels = channels;
        self
    }

    /// Where slopes start. A start that is not finite is refused when the layer is built.
    #[must_use]
    pub fn init(mut self, a: f64) -> Self {
        self.init = a;
        self
    }
}

impl Default for PRelu {
    fn default() -> Self {
        Self::new()
    }
}

impl Module for PRelu {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        let a = learned::weight(x, "PRelu", "weight", self.channels, self.init)?;
        x.op_with([a], PReluOp)
    }
}
