//! A penalty on what a layer puts out.

use crate::error::BuildError;
use crate::graph::Node;
use crate::module::Module;
use crate::ops::PenaltyOp;
use neuropil_regularizers::Regularizer;

/// y = x; in training the objective is greater by penalty(x)/rows: a price on activations, not on
/// weights.
///
/// With [`L1`](neuropil_regularizers::L1) few units of a layer answer to a sample: a sparse code. The
/// penalty is that of the sum over the batch, divided by its rows, so that it doesn't depend on the
/// batch size. The costs that a training shows are without it, as without penalties on weights.
///
/// Source: Keras's `ActivityRegularization` and `activity_regularizer`. PyTorch has none.
///
/// ```
/// use neuropil_nn::{ActivityPenalty, prelude::*};
/// use neuropil_regularizers::L1;
///
/// let layers = Sequential::new()
///     .then(Linear::new(4, 32))
///     .then(Relu)
///     .then(ActivityPenalty::new(L1::new(1e-3)?))
///     .then(Linear::new(32, 4));
/// let net = Network::new(layers, [4], 42)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ActivityPenalty<R> {
    penalty: R,
}

impl<R: Regularizer> ActivityPenalty<R> {
    /// With this penalty.
    pub fn new(penalty: R) -> Self {
        Self { penalty }
    }
}

impl<R: Regularizer> Module for ActivityPenalty<R> {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        let price = x.op(PenaltyOp(self.penalty.clone()))?;
        x.graph().penalize(price)?;
        Ok(x)
    }
}
