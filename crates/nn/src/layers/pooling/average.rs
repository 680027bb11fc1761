//! Average pooling as a layer.

use super::Windows;
use crate::error::BuildError;
use crate::graph::Node;
use crate::module::Module;
use crate::ops::AvgPoolOp;
use neuropil_tensor::pool::{AveragePooling, Divisor};
use neuropil_tensor::{Axes, Rounding};
use std::num::NonZeroUsize;

/// y = the mean of each window: `[channels, width]`, `[channels, height, width]` or
/// `[channels, depth, height, width]` to as many channels of
/// ⌊(width + 2 padding - kernel)/stride⌋ + 1 numbers an axis.
///
/// By default the stride is the kernel and there is no padding, which otherwise counts as zeros of
/// the window. PyTorch's `AvgPool1d`, `AvgPool2d` and `AvgPool3d`.
///
/// ```
/// use neuropil_nn::{AvgPool1d, prelude::*};
///
/// let mut net = Network::new(AvgPool1d::new(2), [1, 4], 42)?;
/// assert_eq!(net.predict(&[1.0, 2.0, 4.0, 3.0])?, [1.5, 3.5]);
///
/// let padded = AvgPool1d::new(2).padding(1);
/// let mut net = Network::new(padded, [1, 4], 42)?;
/// assert_eq!(net.predict(&[1.0, 2.0, 4.0, 3.0])?, [0.5, 3.0, 1.5]);
/// let mut net = Network::new(padded.excluding_padding(), [1, 4], 42)?;
/// assert_eq!(net.predict(&[1.0, 2.0, 4.0, 3.0])?, [1.0, 3.0, 3.0]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct AvgPool<const N: usize> {
    windows: Windows<N>,
    rounding: Rounding,
    divisor: Divisor,
}

/// [`AvgPool`] of `[channels, width]`.
pub type AvgPool1d = AvgPool<1>;
/// [`AvgPool`] of `[channels, height, width]`.
pub type AvgPool2d = AvgPool<2>;
/// [`AvgPool`] of `[channels, depth, height, width]`.
pub type AvgPool3d = AvgPool<3>;

impl<const N: usize> AvgPool<N> {
    /// Windows of this size beside each other: `2`, or `[2, 3]` for each axis its own.
    pub fn new(kernel: impl Into<Axes<N>>) -> Self {
        let windows = Windows::new(kernel.into());
        Self { windows, rounding: Rounding::Down, divisor: Divisor::Padded }
    }

    /// From one window to the next; by default as far as it is long.
    #[must_use]
    pub fn stride(mut self, stride: impl Into<Axes<N>>) -> Self {
        self.windows.stride = Some(stride.into());
        self
    }

    /// Zeros on both sides of an axis, at most half the window; by default none.
    #[must_use]
    pub fn padding(mut self, padding: impl Into<Axes<N>>) -> Self {
        self.windows.padding = padding.into();
        self
    }

    /// Takes a last window that reaches beyond the padding, if it begins before; by default it is
    /// left out.
    #[must_use]
    pub fn ceil_mode(mut self) -> Self {
        self.rounding = Rounding::Up;
        self
    }

    /// Divides by the count of the numbers alone: PyTorch's `count_include_pad=False`. By default
    /// padding counts.
    #[must_use]
    pub fn excluding_padding(mut self) -> Self {
        self.divisor = Divisor::Seen;
        self
    }

    /// Divides by this: PyTorch's `divisor_override`. By default the size of the window.
    #[must_use]
    pub fn divisor(mut self, divisor: NonZeroUsize) -> Self {
        self.divisor = Divisor::Fixed(divisor);
        self
    }
}

impl<const N: usize> Module for AvgPool<N> {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        let windows = self.windows.all();
        let plan = AveragePooling::new(x.shape(), windows, self.rounding, self.divisor);
        x.op(AvgPoolOp(plan.map_err(|error| BuildError::refused(x, error))?))
    }
}
