//! Max pooling as a layer.

use super::Windows;
use crate::error::BuildError;
use crate::graph::Node;
use crate::module::Module;
use crate::ops::MaxPoolOp;
use neuropil_tensor::pool::MaxPooling;
use neuropil_tensor::{Axes, Rounding};

/// y = the largest number in each window: `[channels, width]`, `[channels, height, width]` or
/// `[channels, depth, height, width]` to as many channels of
/// ⌊(width + 2 padding - dilation (kernel - 1) - 1)/stride⌋ + 1 numbers an axis.
///
/// By default the stride is the kernel, there is no padding, and the dilation is 1. Padding counts as
/// -∞. Of equal numbers the first gets the gradient; NaN is larger than any number. PyTorch's
/// `MaxPool1d`, `MaxPool2d` and `MaxPool3d`.
///
/// ```
/// use neuropil_nn::{MaxPool2d, prelude::*};
///
/// let mut net = Network::new(MaxPool2d::new(2), [1, 2, 4], 42)?;
/// assert_eq!(net.predict(&[1.0, 2.0, 5.0, 6.0, 4.0, 3.0, 8.0, 7.0])?, [4.0, 8.0]);
///
/// let error = Network::new(MaxPool2d::new(5), [3, 4, 4], 42).unwrap_err().to_string();
/// assert!(error.starts_with(
///     "MaxPool2d(kernel 5x5, stride 5x5): input shape [3, 4, 4], expected a height of at least 5"
/// ));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct MaxPool<const N: usize> {
    windows: Windows<N>,
    rounding: Rounding,
}

/// [`MaxPool`] of `[channels, width]`.
pub type MaxPool1d = MaxPool<1>;
/// [`MaxPool`] of `[channels, height, width]`.
pub type MaxPool2d = MaxPool<2>;
/// [`MaxPool`] of `[channels, depth, height, width]`.
pub type MaxPool3d = MaxPool<3>;

impl<const N: usize> MaxPool<N> {
    /// Windows of this size beside each other: `2`, or `[2, 3]` for each axis its own.
    pub fn new(kernel: impl Into<Axes<N>>) -> Self {
        Self { windows: Windows::new(kernel.into()), rounding: Rounding::Down }
    }

    /// From one window to the next; by default as far as it is long.
    #[must_use]
    pub fn stride(mut self, stride: impl Into<Axes<N>>) -> Self {
        self.windows.stride = Some(stride.into());
        self
    }

    /// Places of -∞ on both sides of an axis, at most half the window; by default 0.
    #[must_use]
    pub fn padding(mut self, padding: impl Into<Axes<N>>) -> Self {
        self.windows.padding = padding.into();
        self
    }

    /// From one place to the next within a window; by default 1, its neighbour.
    #[must_use]
    pub fn dilation(mut self, dilation: impl Into<Axes<N>>) -> Self {
        self.windows.dilation = dilation.into();
        self
    }

    /// Takes a last window that reaches beyond the padding, if it begins before; by default it is
    /// left out.
    #[must_use]
    pub fn ceil_mode(mut self) -> Self {
        self.rounding = Rounding::Up;
        self
    }
}

impl<const N: usize> Module for MaxPool<N> {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        let plan = MaxPooling::new(x.shape(), self.windows.all(), self.rounding);
        x.op(MaxPoolOp(plan.map_err(|error| BuildError::refused(x, error))?))
    }
}
