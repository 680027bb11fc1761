//! Layer normalization as a layer.

use crate::error::BuildError;
use crate::graph::Node;
use crate::module::Module;
use crate::ops::LayerNormOp;
use neuropil_initializers::{Ones, Zeros};
use neuropil_regularizers::RegularizerError;
use neuropil_tensor::Shape;

/// y = (x - μ)/√(σ² + ε) γ + β, where μ and σ² are mean and variance over the last axes of x, those of the
/// normalized shape: `[.., shape..]` to the same shape.
///
/// By default ε is 10⁻⁵, and there are a γ and a β for each place: weights `weight` (γ, ones at first) and
/// `bias` (β, zeros at first), `[shape..]` both. Training and inference do the same.
///
/// Source: Ba, Kiros and Hinton, "Layer Normalization" (2016). PyTorch's `LayerNorm`; Keras takes an ε of
/// 10⁻³.
///
/// ```
/// use neuropil_nn::{LayerNorm, prelude::*};
///
/// let layers = Sequential::new().then(Linear::new(4, 8)).then(LayerNorm::new(8)).then(Relu);
/// let mut net = Network::new(layers, [5, 4], 42)?; // five steps of four numbers
/// assert_eq!(net.params().shape("1.weight")?.dims(), [8]);
/// assert_eq!(net.predict(&[1.0; 20])?.len(), 40);
///
/// // Over the last two axes of three.
/// assert!(Network::new(LayerNorm::new([3, 4]), [2, 3, 4], 42).is_ok());
/// let error = Network::new(LayerNorm::new(5), [2, 4], 42).unwrap_err().to_string();
/// assert!(error.starts_with("LayerNorm([5]): input shape [2, 4], expected any axes, then [5]"));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct LayerNorm {
    op: LayerNormOp,
    shape: Shape,
    is_affine: bool,
    has_bias: bool,
}

impl LayerNorm {
    /// Over last axes of this shape: `8`, or `[3, 4]`. An empty shape is refused when the layer is built.
    pub fn new(shape: impl Into<Shape>) -> Self {
        let shape = shape.into();
        Self { op: LayerNormOp::new(shape), shape, is_affine: true, has_bias: true }
    }

    /// What is added to the variance: ε.
    ///
    /// # Errors
    /// If ε is no positive finite number in `f32`.
    pub fn epsilon(mut self, epsilon: f64) -> Result<Self, RegularizerError> {
        self.op = self.op.epsilon(epsilon)?;
        Ok(self)
    }

    /// No γ and β: PyTorch's `elementwise_affine=False`.
    #[must_use]
    pub fn without_affine(mut self) -> Self {
        self.is_affine = false;
        self
    }

    /// No β: PyTorch's `bias=False`.
    #[must_use]
    pub fn without_bias(mut self) -> Self {
        self.has_bias = false;
        self
    }
}

impl Module for LayerNorm {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        let graph = x.graph();
        let mut inputs = vec![x];
        if self.is_affine {
            inputs.push(graph.param("weight", self.shape, Ones)?);
            if self.has_bias {
                inputs.push(graph.param("bias", self.shape, Zeros)?);
            }
        }
        graph.record(self.op, &inputs, &[])
    }
}
