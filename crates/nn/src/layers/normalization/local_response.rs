//! Local response normalization as a layer.

use crate::error::BuildError;
use crate::graph::Node;
use crate::module::Module;
use crate::ops::LocalResponseNormOp;
use neuropil_regularizers::RegularizerError;

/// y = x (k + α/size Σ x²)^-β, where the sum is over a window of `size` channels around each:
/// `[channels, ..]` to the same shape.
///
/// By default α is 10⁻⁴, β is 0.75 and k is 1, as in PyTorch, which divides α by the size of the window; the
/// paper does not, and takes k = 2 and a window of 5. There are no weights, and training and inference do
/// the same.
///
/// Source: Krizhevsky, Sutskever and Hinton, "ImageNet Classification with Deep Convolutional Neural
/// Networks" (2012). PyTorch's `LocalResponseNorm`.
///
/// ```
/// use neuropil_nn::{LocalResponseNorm, prelude::*};
///
/// let norm = LocalResponseNorm::new(5)?.k(2.0)?;
/// let layers = Sequential::new().then(Conv2d::new(3, 8, 3)).then(Relu).then(norm);
/// assert_eq!(Network::new(layers, [3, 5, 5], 42)?.output_shape().dims(), [8, 3, 3]);
/// assert!(LocalResponseNorm::new(0).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct LocalResponseNorm {
    op: LocalResponseNormOp,
}

impl LocalResponseNorm {
    /// Over windows of so many channels.
    ///
    /// # Errors
    /// If the window is empty.
    pub fn new(size: usize) -> Result<Self, RegularizerError> {
        Ok(Self { op: LocalResponseNormOp::new(size)? })
    }

    /// What the mean of the squares is multiplied with: α.
    ///
    /// # Errors
    /// If α is NaN, infinite or below zero.
    pub fn alpha(self, alpha: f64) -> Result<Self, RegularizerError> {
        Ok(Self { op: self.op.alpha(alpha)? })
    }

    /// The exponent: β.
    ///
    /// # Errors
    /// If β is NaN, infinite or below zero.
    pub fn beta(self, beta: f64) -> Result<Self, RegularizerError> {
        Ok(Self { op: self.op.beta(beta)? })
    }

    /// What is added to the squares.
    ///
    /// # Errors
    /// If k is NaN, infinite or below zero.
    pub fn k(self, k: f64) -> Result<Self, RegularizerError> {
        Ok(Self { op: self.op.k(k)? })
    }
}

impl Module for LocalResponseNorm {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        x.op(self.op)
    }
}
