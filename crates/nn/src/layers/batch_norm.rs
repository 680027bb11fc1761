//! Batch normalization as a layer.

use crate::error::BuildError;
use crate::graph::Node;
use crate::module::Module;
use crate::ops::BatchNormOp;
use neuropil_initializers::{Ones, Zeros};
use neuropil_regularizers::RegularizerError;

/// y = (x - μ)/√(σ² + ε) γ + β for each channel: `[channels]` or `[channels, ..]` to the same shape.
///
/// In training, μ and σ² are mean and variance over all rows of the batch and all places of the channel;
/// in inference the running ones, r = (1 - m) r + m s over the batches of a training. By default ε is
/// 10⁻⁵ and m is 0.1.
///
/// Weights `weight` (γ, ones at first) and `bias` (β, zeros at first), `[channels]`; states
/// `running_mean`, `running_var` `[channels]`, and `num_batches_tracked`, an integer in files. Up to
/// 2²⁴ batches are counted in `f32`.
///
/// A batch of a single number for each channel has no variance: y is β then, and the states stay as
/// they are, where PyTorch raises an error.
///
/// Source: Ioffe and Szegedy, "Batch Normalization: Accelerating Deep Network Training by Reducing
/// Internal Covariate Shift" (2015). PyTorch's `BatchNorm1d`, `BatchNorm2d` and `BatchNorm3d`, which
/// differ in the axes that they accept alone.
///
/// ```
/// use neuropil_nn::{BatchNorm, prelude::*};
///
/// let layers = Sequential::new()
///     .then(Linear::new(4, 8).without_bias()) // β comes behind
///     .then(BatchNorm::new(8).momentum(0.05)?)
///     .then(Relu);
/// let mut net = Network::new(layers, [4], 42)?;
/// assert_eq!(net.params().state("1.running_var")?, [1.0; 8]);
/// assert_eq!(net.predict(&[1.0; 4])?.len(), 8);
///
/// let wrong = Sequential::new().then(BatchNorm::new(3));
/// let error = Network::new(wrong, [4, 8, 8], 42).unwrap_err().to_string();
/// assert!(error.starts_with(
///     "0: BatchNorm(3): input shape [4, 8, 8], expected 3 channels, then any axes"
/// ));
/// assert!(BatchNorm::new(8).momentum(1.5).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct BatchNorm {
    op: BatchNormOp,
    channels: usize,
    is_affine: bool,
}

/// The name that PyTorch has for [`BatchNorm`] on `[channels]` and `[channels, length]`.
pub type BatchNorm1d = BatchNorm;

/// The name that PyTorch has for [`BatchNorm`] on `[channels, height, width]`.
pub type BatchNorm2d = BatchNorm;

/// The name that PyTorch has for [`BatchNorm`] on `[channels, depth, height, width]`.
pub type BatchNorm3d = BatchNorm;

impl BatchNorm {
    /// For so many channels.
    pub fn new(channels: usize) -> Self {
        Self { op: BatchNormOp::new(channels), channels, is_affine: true }
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

    /// Running statistics are the mean over all batches, m = 1/k in the k-th: PyTorch's
    /// `momentum=None`.
    #[must_use]
    pub fn cumulative(mut self) -> Self {
        self.op = self.op.cumulative();
        self
    }

    /// No γ and β: PyTorch's `affine=False`.
    #[must_use]
    pub fn without_affine(mut self) -> Self {
        self.is_affine = false;
        self
    }

    /// No running statistics: inference uses those of its batch, too, and a row's result depends on the
    /// others. PyTorch's `track_running_stats=False`.
    #[must_use]
    pub fn without_running_statistics(mut self) -> Self {
        self.op = self.op.without_running_statistics();
        self
    }
}

impl Module for BatchNorm {
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
