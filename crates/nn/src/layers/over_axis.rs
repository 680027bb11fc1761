//! An activation of rows over another axis than the last, as a layer.

use crate::error::BuildError;
use crate::graph::Node;
use crate::module::Module;
use crate::ops::OverAxisOp;
use neuropil_activations::Activation;

/// y = f(x) for an activation f of whole rows (softmax, log-softmax, softmin, sparsemax, GLU and its
/// variants, maxout) over one axis, in each place of the others. Axis 0 is the first behind the batch:
/// PyTorch's `dim=1` of `Softmax`, `LogSoftmax`, `Softmin` and `GLU`. Without this layer they work on
/// the last axis.
///
/// ```
/// use neuropil_nn::{OverAxis, prelude::*};
///
/// let mut net = Network::new(OverAxis::new(0, Glu), [4, 2], 42)?; // channels, places
/// let y = net.predict(&[6.0, 7.0, 8.0, 9.0, 0.0, 200.0, -200.0, 0.0])?;
/// assert_eq!(y, [3.0, 7.0, 0.0, 4.5]);
///
/// let error = Network::new(OverAxis::new(2, Glu), [4, 2], 42).unwrap_err().to_string();
/// assert!(error.contains("input shape [4, 2], expected an axis 2"), "{error}");
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OverAxis<A> {
    axis: usize,
    activation: A,
}

impl<A: Activation> OverAxis<A> {
    /// Over this axis of a row.
    pub fn new(axis: usize, activation: A) -> Self {
        Self { axis, activation }
    }
}

impl<A: Activation> Module for OverAxis<A> {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        x.op(OverAxisOp { activation: self.activation.clone(), axis: self.axis })
    }
}
