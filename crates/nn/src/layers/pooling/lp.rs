//! Pooling by a norm as a layer.

use super::Windows;
use crate::error::BuildError;
use crate::graph::Node;
use crate::module::Module;
use crate::ops::LpPoolOp;
use neuropil_tensor::pool::LpPooling;
use neuropil_tensor::{Axes, Rounding};

/// y = (Σ |x|^p)^(1/p) over each window: `[channels, width]`, `[channels, height, width]` or
/// `[channels, depth, height, width]` to as many channels of ⌊(width - kernel)/stride⌋ + 1 numbers
/// an axis.
///
/// By default the stride is the kernel. Where y is 0 there is no gradient. PyTorch's `LPPool1d`,
/// `LPPool2d` and `LPPool3d` for even p; with other p they leave out the absolute value.
///
/// ```
/// use neuropil_nn::{LpPool1d, prelude::*};
///
/// let mut net = Network::new(LpPool1d::new(2.0, 2), [1, 4], 42)?;
/// assert_eq!(net.predict(&[3.0, -4.0, 0.0, 1.0])?, [5.0, 1.0]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct LpPool<const N: usize> {
    p: f64,
    windows: Windows<N>,
    rounding: Rounding,
}

/// [`LpPool`] of `[channels, width]`.
pub type LpPool1d = LpPool<1>;
/// [`LpPool`] of `[channels, height, width]`.
pub type LpPool2d = LpPool<2>;
/// [`LpPool`] of `[channels, depth, height, width]`.
pub type LpPool3d = LpPool<3>;

impl<const N: usize> LpPool<N> {
    /// The p-norm, p at least 1, of windows of this size beside each other: `2`, or `[2, 3]` for
    /// each axis its own.
    pub fn new(p: f64, kernel: impl Into<Axes<N>>) -> Self {
        Self { p, windows: Windows::new(kernel.into()), rounding: Rounding::Down }
    }

    /// From one window to the next; by default as far as it is long.
    #[must_use]
    pub fn stride(mut self, stride: impl Into<Axes<N>>) -> Self {
        self.windows.stride = Some(stride.into());
        self
    }

    /// Takes a last window that reaches beyond the axis, and scales its sum as if it were full; by
    /// default it is left out.
    #[must_use]
    pub fn ceil_mode(mut self) -> Self {
        self.rounding = Rounding::Up;
        self
    }
}

impl<const N: usize> Module for LpPool<N> {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        let plan = LpPooling::new(x.shape(), self.windows.all(), self.rounding, self.p);
        x.op(LpPoolOp(plan.map_err(|error| BuildError::refused(x, error))?))
    }
}
