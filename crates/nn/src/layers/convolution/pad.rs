//! Padding as a layer.

use crate::error::BuildError;
use crate::graph::Node;
use crate::module::Module;
use crate::ops::PadOp;
use neuropil_tensor::padding::{Padded, PaddingMode};

/// x with more places on all sides, y\[c, before + i\] = x\[c, i\], and around them zeros or what the
/// mode shows there.
///
/// `[channels, width]`, `[channels, height, width]` or `[channels, depth, height, width]`; each of
/// these axes gets longer by `before` and `after`. PyTorch's `ZeroPad2d`, `ReflectionPad2d`,
/// `ReplicationPad2d` and `CircularPad2d`, with the sides of the outermost axis first.
///
/// ```
/// use neuropil_nn::{Pad, prelude::*};
/// use neuropil_tensor::padding::PaddingMode;
///
/// let mut net = Network::new(Pad::new([(2, 1)], PaddingMode::Replicate), [1, 3], 42)?;
/// assert_eq!(net.predict(&[1.0, 2.0, 3.0])?, [1.0, 1.0, 1.0, 2.0, 3.0, 3.0]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Pad<const N: usize> {
    sides: [(usize, usize); N],
    mode: PaddingMode,
}

impl<const N: usize> Pad<N> {
    /// So many places in front of each axis and behind it, outermost first.
    pub fn new(sides: [(usize, usize); N], mode: PaddingMode) -> Self {
        Self { sides, mode }
    }
}

impl<const N: usize> Module for Pad<N> {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        let plan = Padded::new(x.shape(), &self.sides, self.mode);
        x.op(PadOp(plan.map_err(|error| BuildError::refused(x, error))?))
    }
}
