//! Group normalization as a layer.

use crate::error::BuildError;
use crate::graph::Node;
use crate::module::Module;
use crate::ops::GroupNormOp;
use neuropil_initializers::{Ones, Zeros};
use neuropil_regularizers::RegularizerError;

/// y = (x - μ)/√(σ² + ε) γ + β, where μ and σ² are mean and variance of a group of channels of a row:
/// `[channels]` or `[channels, ..]` to the same shape.
///
/// By default ε is 10⁻⁵, and there are a γ and a β for each channel: weights `weight` (γ, ones at first) and
/// `bias` (β, zeros at first), `[channels]` both. Training and inference do the same, whatever the batch. A
/// group of a single number becomes β, where PyTorch may raise an error.
///
/// Source: Wu and He, "Group Normalization" (2018). PyTorch's `GroupNorm`; Keras takes 32 groups by
/// default, and an ε of 10⁻³.
///
/// ```
/// use neuropil_nn::{GroupNorm, prelude::*};
///
/// let layers = Sequential::new().then(Conv2d::new(3, 8, 3)).then(GroupNorm::new(4, 8)).then(Relu);
/// let net = Network::new(layers, [3, 5, 5], 42)?;
/// assert_eq!(net.params().shape("1.weight")?.dims(), [8]);
///
/// let wrong = Sequential::new().then(GroupNorm::new(3, 8));
/// let error = Network::new(wrong, [8, 5, 5], 42).unwrap_err().to_string();
/// assert!(error.contains("0: GroupNorm(3, 8)") && error.contains("8 channels in 3 groups"));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct GroupNorm {
    op: GroupNormOp,
    channels: usize,
    is_affine: bool,
}

impl GroupNorm {
    /// So many groups of so many channels in all. Channels that cannot be shared out are refused when the
    /// layer is built.
    pub fn new(groups: usize, channels: usize) -> Self {
        Self { op: GroupNormOp::new(groups, channels), channels, is_affine: true }
    }

    /// What is added to the variance: ε.
    ///
    /// # Errors
    /// If ε is no positive finite number in `f32`.
    pub fn epsilon(mut self, epsilon: f64) -> Result<Self, RegularizerError> {
        self.op = self.op.epsilon(epsilon)?;
        Ok(self)
    }

    /// No γ and β: PyTorch's `affine=False`.
    #[must_use]
    pub fn without_affine(mut self) -> Self {
        self.is_affine = false;
        self
    }
}

impl Module for GroupNorm {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        if !self.is_affine {
            return x.op(self.op);
        }
        let graph = x.graph();
        let gain = graph.param("weight", [self.channels], Ones)?;
        let shift = graph.param("bias", [self.channels], Zeros)?;
        x.op_with([gain, shift], self.op)
    }
}
