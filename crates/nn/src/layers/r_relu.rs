//! The rectified linear unit with a random slope, as a layer.

use crate::error::BuildError;
use crate::graph::Node;
use crate::module::Module;
use crate::ops::RReluOp;
use neuropil_activations::{ActivationError, RRelu as Rule};

/// y = x if x > 0, else a x, with a drawn for each number in training, uniform between 1/8 and 1/3 by
/// default, and their mean in inference.
///
/// Source: Xu, Wang, Chen and Li, "Empirical Evaluation of Rectified Activations in Convolutional
/// Network" (2015). PyTorch's `RReLU`.
///
/// ```
/// use neuropil_nn::{RRelu, prelude::*};
///
/// let mut net = Network::new(RRelu::new().bounds(0.25, 0.75)?, [2], 42)?;
/// assert_eq!(net.predict(&[-4.0, 4.0])?, [-2.0, 4.0]);
/// assert!(RRelu::new().bounds(0.75, 0.25).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RRelu {
    rule: Rule,
}

impl RRelu {
    /// From 1/8 to 1/3.
    pub const fn new() -> Self {
        Self { rule: Rule::new() }
    }

    /// Between which bounds slopes are drawn.
    ///
    /// # Errors
    /// If one of them is NaN, infinite or negative, or `lower` is not below `upper`.
    pub fn bounds(self, lower: f64, upper: f64) -> Result<Self, ActivationError> {
        Ok(Self { rule: self.rule.bounds(lower, upper)? })
    }
}

impl Module for RRelu {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        x.op(RReluOp(self.rule))
    }
}
