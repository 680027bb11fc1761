//! The fully connected layer.

use crate::error::BuildError;
use crate::graph::{Graph, Node};
use crate::module::Module;
use crate::ops::LinearOp;
use neuropil_initializers::{Fan, Initializer, KaimingUniform, UniformFanIn, Zeros};
use std::sync::Arc;

/// y = x W + b over the last axis: `[.., inputs]` to `[.., outputs]`.
///
/// Weights `weight` `[inputs, outputs]` (in files `[outputs, inputs]`) and `bias` `[outputs]`.
/// By default both start uniform in ±1/√inputs, as PyTorch's `Linear`; with
/// [`init`](Linear::init) the bias starts at zero.
///
/// ```
/// use neuropil_nn::{Linear, prelude::*};
///
/// // A row of four numbers times 4x5, times 5x3: shapes 1x5, then 1x3.
/// let layers = Sequential::new().then(Linear::new(4, 5)).then(Linear::new(5, 3));
/// let mut net = Network::new(layers, [4], 42)?;
/// assert_eq!(net.predict(&[1.0, 2.0, 3.0, 4.0])?.len(), 3);
///
/// let wrong = Sequential::new().then(Linear::new(4, 5)).then(Linear::new(6, 3));
/// let error = Network::new(wrong, [4], 42).unwrap_err().to_string();
/// assert!(error.starts_with(
///     "1: Linear(6 -> 3): input shape [5], expected a last axis of 6 numbers"
/// ));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Linear {
    inputs: usize,
    outputs: usize,
    weight: Arc<dyn Initializer>,
    bias: Option<Arc<dyn Initializer>>,
}

impl Linear {
    /// From `inputs` numbers to `outputs`.
    pub fn new(inputs: usize, outputs: usize) -> Self {
        let weight = Arc::new(KaimingUniform::pytorch_linear());
        Self { inputs, outputs, weight, bias: Some(Arc::new(UniformFanIn)) }
    }

    /// Starts the weight so, and the bias at zero.
    #[must_use]
    pub fn init(mut self, weight: impl Initializer + 'static) -> Self {
        self.weight = Arc::new(weight);
        if self.bias.is_some() {
            self.bias = Some(Arc::new(Zeros));
        }
        self
    }

    /// Starts the bias so.
    #[must_use]
    pub fn bias_init(mut self, bias: impl Initializer + 'static) -> Self {
        self.bias = Some(Arc::new(bias));
        self
    }

    /// Leaves the bias out.
    #[must_use]
    pub fn without_bias(mut self) -> Self {
        self.bias = None;
        self
    }

    /// The weights in the current path.
    pub(crate) fn weights<'g>(
        &self,
        graph: &'g Graph,
    ) -> Result<(Node<'g>, Option<Node<'g>>), BuildError> {
        let w = graph.matrix("weight", [self.inputs, self.outputs], Arc::clone(&self.weight))?;
        let Some(bias) = &self.bias else { return Ok((w, None)) };
        let fan = Fan::matrix(self.inputs, self.outputs);
        let b = graph.param_with_fan("bias", [self.outputs], Arc::clone(bias), fan)?;
        Ok((w, Some(b)))
    }
}

impl Module for Linear {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        match self.weights(x.graph())? {
            (w, None) => x.op_with([w], LinearOp),
            (w, Some(b)) => x.op_with([w, b], LinearOp),
        }
    }
}
