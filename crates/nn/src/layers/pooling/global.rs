//! One number for each channel.

use crate::error::BuildError;
use crate::graph::Node;
use crate::module::Module;
use crate::ops::{AdaptiveAvgPoolOp, AdaptiveMaxPoolOp};
use neuropil_tensor::ShapeError;
use neuropil_tensor::pool::{AdaptiveAverage, AdaptiveMax};

/// y = the mean of each channel: `[channels, ..]` to `[channels]`. PyTorch's `AdaptiveAvgPool2d(1)`
/// and `Flatten`.
///
/// Source: Lin, Chen and Yan, "Network In Network" (2013), section 3.2.
///
/// ```
/// use neuropil_nn::{GlobalAvgPool, prelude::*};
///
/// let mut net = Network::new(GlobalAvgPool, [2, 1, 3], 42)?;
/// assert_eq!(net.predict(&[1.0, 2.0, 6.0, 4.0, 4.0, 4.0])?, [3.0, 4.0]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct GlobalAvgPool;

/// y = the largest number of each channel: `[channels, ..]` to `[channels]`. PyTorch's
/// `AdaptiveMaxPool2d(1)` and `Flatten`.
///
/// Equal numbers and NaN are treated as in [`MaxPool`](crate::MaxPool).
///
/// ```
/// use neuropil_nn::{GlobalMaxPool, prelude::*};
///
/// let mut net = Network::new(GlobalMaxPool, [2, 1, 3], 42)?;
/// assert_eq!(net.predict(&[1.0, 2.0, 6.0, 4.0, 4.0, 4.0])?, [6.0, 4.0]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct GlobalMaxPool;

impl Module for GlobalAvgPool {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        let x = channels_in_rows(x, "GlobalAvgPool")?;
        let plan =
            AdaptiveAverage::new(x.shape(), [1]).map_err(|error| BuildError::refused(x, error))?;
        Ok(x.op(AdaptiveAvgPoolOp(plan))?.flatten())
    }
}

impl Module for GlobalMaxPool {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        let x = channels_in_rows(x, "GlobalMaxPool")?;
        let plan =
            AdaptiveMax::new(x.shape(), [1]).map_err(|error| BuildError::refused(x, error))?;
        Ok(x.op(AdaptiveMaxPoolOp(plan))?.flatten())
    }
}

/// The same numbers as `[channels, numbers of a channel]`.
fn channels_in_rows<'g>(x: Node<'g>, name: &str) -> Result<Node<'g>, BuildError> {
    let shape = x.shape();
    if shape.rank() < 2 || shape.is_empty() {
        let expected = "[channels, ..] without an axis of length 0";
        return Err(BuildError::refused(x, ShapeError::unsupported(name, shape, expected)));
    }
    x.reshape([shape[0], shape.len() / shape[0]])
}
