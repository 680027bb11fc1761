//! Layers that slide a window of weights over an image, a signal or a volume.

pub(super) mod forward;
pub(super) mod pad;
pub(super) mod transposed;

use crate::padding::Padding;
use neuropil_tensor::{Axes, Window};

/// The settings that both kinds of convolution share.
#[derive(Clone, Copy, Debug)]
struct Windows<const N: usize> {
    kernel: Axes<N>,
    stride: Axes<N>,
    dilation: Axes<N>,
}

impl<const N: usize> Windows<N> {
    fn new(kernel: Axes<N>) -> Self {
        Self { kernel, stride: 1.into(), dilation: 1.into() }
    }

    /// The windows with so many places on each side.
    fn with(&self, padding: Padding<N>) -> [Window; N] {
        std::array::from_fn(|axis| {
            let window = Window {
                kernel: self.kernel.0[axis],
                stride: self.stride.0[axis],
                dilation: self.dilation.0[axis],
                before: 0,
                after: 0,
            };
            // A kernel of 0 is refused later.
            let more = window.kernel.saturating_sub(1) * window.dilation;
            let (before, after) = match padding {
                Padding::Valid => (0, 0),
                Padding::Same => (more / 2, more - more / 2),
                Padding::Each(Axes(each)) => (each[axis], each[axis]),
            };
            Window { before, after, ..window }
        })
    }

    /// Weights of a window.
    fn taps(&self) -> usize {
        self.kernel.0.iter().product()
    }
}
