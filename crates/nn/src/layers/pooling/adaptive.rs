//! Pooling to a wanted output as layers.

use crate::error::BuildError;
use crate::graph::Node;
use crate::module::Module;
use crate::ops::{AdaptiveAvgPoolOp, AdaptiveMaxPoolOp};
use neuropil_tensor::Axes;
use neuropil_tensor::pool::{AdaptiveAverage, AdaptiveMax};

/// y = the mean of each of so many bins: `[channels, width]`, `[channels, height, width]` or
/// `[channels, depth, height, width]`, of any length, to as many channels of the wanted output.
///
/// Along an axis, bin i of `out` has the places from ⌊i in/out⌋ to before ⌈(i + 1) in/out⌉.
/// PyTorch's `AdaptiveAvgPool1d`, `AdaptiveAvgPool2d` and `AdaptiveAvgPool3d`.
///
/// ```
/// use neuropil_nn::{AdaptiveAvgPool1d, prelude::*};
///
/// let mut net = Network::new(AdaptiveAvgPool1d::new(2), [1, 5], 42)?;
/// assert_eq!(net.predict(&[1.0, 2.0, 6.0, 4.0, 5.0])?, [3.0, 5.0]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct AdaptiveAvgPool<const N: usize> {
    output: Axes<N>,
}

/// [`AdaptiveAvgPool`] of `[channels, width]`.
pub type AdaptiveAvgPool1d = AdaptiveAvgPool<1>;
/// [`AdaptiveAvgPool`] of `[channels, height, width]`.
pub type AdaptiveAvgPool2d = AdaptiveAvgPool<2>;
/// [`AdaptiveAvgPool`] of `[channels, depth, height, width]`.
pub type AdaptiveAvgPool3d = AdaptiveAvgPool<3>;

impl<const N: usize> AdaptiveAvgPool<N> {
    /// So many bins on every axis: `7`, or `[7, 5]` for each its own.
    pub fn new(output: impl Into<Axes<N>>) -> Self {
        Self { output: output.into() }
    }
}

impl<const N: usize> Module for AdaptiveAvgPool<N> {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        let plan = AdaptiveAverage::new(x.shape(), self.output.0);
        x.op(AdaptiveAvgPoolOp(plan.map_err(|error| BuildError::refused(x, error))?))
    }
}

/// y = the largest number of each of so many bins, those of [`AdaptiveAvgPool`]. PyTorch's
/// `AdaptiveMaxPool1d`, `AdaptiveMaxPool2d` and `AdaptiveMaxPool3d`.
///
/// Equal numbers and NaN are treated as in [`MaxPool`](crate::MaxPool).
///
/// ```
/// use neuropil_nn::{AdaptiveMaxPool1d, prelude::*};
///
/// let mut net = Network::new(AdaptiveMaxPool1d::new(2), [1, 5], 42)?;
/// assert_eq!(net.predict(&[7.0, 2.0, 6.0, 4.0, 5.0])?, [7.0, 6.0]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct AdaptiveMaxPool<const N: usize> {
    output: Axes<N>,
}

/// [`AdaptiveMaxPool`] of `[channels, width]`.
pub type AdaptiveMaxPool1d = AdaptiveMaxPool<1>;
/// [`AdaptiveMaxPool`] of `[channels, height, width]`.
pub type AdaptiveMaxPool2d = AdaptiveMaxPool<2>;
/// [`AdaptiveMaxPool`] of `[channels, depth, height, width]`.
pub type AdaptiveMaxPool3d = AdaptiveMaxPool<3>;

impl<const N: usize> AdaptiveMaxPool<N> {
    /// So many bins on every axis: `7`, or `[7, 5]` for each its own.
    pub fn new(output: impl Into<Axes<N>>) -> Self {
        Self { output: output.into() }
    }
}

impl<const N: usize> Module for AdaptiveMaxPool<N> {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        let plan = AdaptiveMax::new(x.shape(), self.output.0);
        x.op(AdaptiveMaxPoolOp(plan.map_err(|error| BuildError::refused(x, error))?))
    }
}
