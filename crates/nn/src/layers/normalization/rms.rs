//! Root-mean-square normalization as a layer.

use crate::error::BuildError;
use crate::graph::Node;
use crate::module::Module;
use crate::ops::RmsNormOp;
use neuropil_initializers::Ones;
use neuropil_regularizers::RegularizerError;
use neuropil_tensor::Shape;

/// y = x/√(q + ε) γ, where q is the mean of the squares over the last axes of x, those of the normalized
/// shape: `[.., shape..]` to the same shape.
///
/// By default ε is the distance from 1 to the next number of the type, 1.2 · 10⁻⁷ in `f32` and 2.2 · 10⁻¹⁶ in
/// `f64`, as with PyTorch's `eps=None` (language models mostly set 10⁻⁵ or 10⁻⁶), and there is a γ for each
/// place: weight `weight`, ones at first, `[shape..]`. Training and inference do the same.
///
/// Source: Zhang and Sennrich, "Root Mean Square Layer Normalization" (2019). PyTorch's `RMSNorm`.
///
/// ```
/// use neuropil_nn::{RmsNorm, prelude::*};
///
/// let layers = Sequential::new().then(RmsNorm::new(4).epsilon(1e-6)?).then(Linear::new(4, 8));
/// let mut net = Network::new(layers, [4], 42)?;
/// assert_eq!(net.params().shape("0.weight")?.dims(), [4]);
/// assert_eq!(net.predict(&[1.0; 4])?.len(), 8);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct RmsNorm {
    op: RmsNormOp,
    shape: Shape,
    is_affine: bool,
}

impl RmsNorm {
    /// Over last axes of this shape: `8`, or `[3, 4]`. An empty shape is refused when the layer is built.
    pub fn new(shape: impl Into<Shape>) -> Self {
        let shape = shape.into();
        Self { op: RmsNormOp::new(shape), shape, is_affine: true }
    }

    /// What is added to the mean of the squares: ε.
    ///
    /// # Errors
    /// If ε is no positive finite number in `f32`.
    pub fn epsilon(mut self, epsilon: f64) -> Result<Self, RegularizerError> {
        self.op = self.op.epsilon(epsilon)?;
        Ok(self)
    }

    /// No γ: PyTorch's `elementwise_affine=False`.
    #[must_use]
    pub fn without_affine(mut self) -> Self {
        self.is_affine = false;
        self
    }
}

impl Module for RmsNorm {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        if !self.is_affine {
            return x.op(self.op);
        }
        let gain = x.graph().param("weight", self.shape, Ones)?;
        x.op_with([gain], self.op)
    }
}
