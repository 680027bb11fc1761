//! Instance normalization as a layer.

use crate::error::BuildError;
use crate::graph::Node;
use crate::module::Module;
use crate::ops::InstanceNormOp;
use neuropil_initializers::{Ones, Zeros};
use neuropil_regularizers::RegularizerError;

/// y = (x - μ)/√(σ² + ε) γ + β, where μ and σ² are mean and variance of a channel of a row over its places:
/// `[channels, ..]` to the same shape.
///
/// By default ε is 10⁻⁵ and there is neither γ and β nor running statistics, as in PyTorch.
///
/// Weights, if [`affine`](InstanceNorm::affine), `weight` (γ, ones at first) and `bias` (β, zeros at
/// first), `[channels]`. States, with [`running_statistics`](InstanceNorm::running_statistics),
/// `running_mean`, `running_var` `[channels]`, r = (1 - m) r + m s with m = 0.1 by default and s the mean
/// over the rows of a batch, and `num_batches_tracked`, which stays 0 as in PyTorch. Inference normalizes
/// by them then, and is folded into the layer before it in a predictor.
///
/// A channel of a single place has no variance: y is β then, where PyTorch raises an error.
///
/// Source: Ulyanov, Vedaldi and Lempitsky, "Instance Normalization: The Missing Ingredient for Fast
/// Stylization" (2016). PyTorch's `InstanceNorm1d`, `InstanceNorm2d` and `InstanceNorm3d`, which differ in
/// the axes that they accept alone.
///
/// ```
/// use neuropil_nn::{InstanceNorm, prelude::*};
///
/// let norm = InstanceNorm::new(8).affine().running_statistics().momentum(0.05)?;
/// let layers = Sequential::new().then(Conv2d::new(3, 8, 3)).then(norm).then(Relu);
/// let net = Network::new(layers, [3, 5, 5], 42)?;
/// assert_eq!(net.params().state("1.running_var")?, [1.0; 8]);
/// assert!(InstanceNorm::new(8).epsilon(-1e-5).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct InstanceNorm {
    op: InstanceNormOp,
    channels: usize,
    is_affine: bool,
}

/// The name that PyTorch has for [`InstanceNorm`] on `[channels, length]`.
pub type InstanceNorm1d = InstanceNorm;

/// The name that PyTorch has for [`InstanceNorm`] on `[channels, height, width]`.
pub type InstanceNorm2d = InstanceNorm;

/// The name that PyTorch has for [`InstanceNorm`] on `[channels, depth, height, width]`.
pub type InstanceNorm3d = InstanceNorm;

impl InstanceNorm {
    /// For so many channels.
    pub fn new(channels: usize) -> Self {
        Self { op: InstanceNormOp::new(channels), channels, is_affine: false }
    }

    /// What is added to the variance: ε.
    ///
    /// # Errors
    /// If ε is no positive finite number in `f32`.
    pub fn epsilon(mut self, epsilon: f64) -> Result<Self, RegularizerError> {
        self.op = self.op.epsilon(epsilon)?;
        Ok(self)
    }

    /// The weight of a batch in the running statistics: m.
    ///
    /// # Errors
    /// If m is not in [0, 1].
    pub fn momentum(mut self, momentum: f64) -> Result<Self, RegularizerError> {
        self.op = self.op.momentum(momentum)?;
        Ok(self)
    }

    /// A γ and a β for each channel: PyTorch's `affine=True`.
    #[must_use]
    pub fn affine(mut self) -> Self {
        self.is_affine = true;
        self
    }

    /// Running statistics, by which inference normalizes: PyTorch's `track_running_stats=True`.
    #[must_use]
    pub fn running_statistics(mut self) -> Self {
        self.op = self.op.running_statistics();
        self
    }
}

impl Module for InstanceNorm {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        let (graph, channels) = (x.graph(), [self.channels]);
        let mut inputs = vec![x];
        if self.is_affine {
            inputs.push(graph.param("weight", channels, Ones)?);
            inputs.push(graph.param("bias", channels, Zeros)?);
        }
        let mut states = Vec::new();
        if self.op.tracks() {
            states.push(graph.state("running_mean", channels, 0.0)?);
            states.push(graph.state("running_var", channels, 1.0)?);
            states.push(graph.counter("num_batches_tracked")?);
        }
        graph.record(self.op, &inputs, &states)
    }
}
