//! Softmax over the channels of an image, as a layer.

use crate::error::BuildError;
use crate::graph::Node;
use crate::module::Module;
use crate::ops::OverAxisOp;
use neuropil_activations::Softmax;
use neuropil_tensor::ShapeError;

/// y_c = e^(x_c) / Σ_j e^(x_j) over the channels of each place: `[channels, height, width]` to the same
/// shape. PyTorch's `Softmax2d`.
///
/// ```
/// use neuropil_nn::{Softmax2d, prelude::*};
///
/// let mut net = Network::new(Softmax2d, [2, 1, 2], 42)?;
/// assert_eq!(net.predict(&[0.0, 200.0, 0.0, 0.0])?, [0.5, 1.0, 0.5, 0.0]);
/// assert!(Network::new(Softmax2d, [2, 2], 42).is_err());
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Softmax2d;

impl Module for Softmax2d {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        if x.shape().rank() != 3 {
            let what = "[channels, height, width]";
            let error = ShapeError::unsupported("Softmax2d", x.shape(), what);
            return Err(BuildError::refused(x, error));
        }
        x.op(OverAxisOp { activation: Softmax, axis: 0 })
    }
}
