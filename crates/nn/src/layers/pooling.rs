//! Layers that make channels smaller, or larger.

pub(super) mod adaptive;
pub(super) mod average;
pub(super) mod global;
pub(super) mod lp;
pub(super) mod max;
pub(super) mod upsample;

use neuropil_tensor::{Axes, Window};

/// The settings that all windows share.
#[derive(Clone, Copy, Debug)]
struct Windows<const N: usize> {
    kernel: Axes<N>,
    /// That of the kernel if it is not set.
    stride: Option<Axes<N>>,
    padding: Axes<N>,
    dilation: Axes<N>,
}

impl<const N: usize> Windows<N> {
    fn new(kernel: Axes<N>) -> Self {
        Self { kernel, stride: None, padding: 0.into(), dilation: 1.into() }
    }

    fn all(&self) -> [Window; N] {
        std::array::from_fn(|axis| Window {
            kernel: self.kernel.0[axis],
            stride: self.stride.unwrap_or(self.kernel).0[axis],
            dilation: self.dilation.0[axis],
            before: self.padding.0[axis],
            after: self.padding.0[axis],
        })
    }
}
