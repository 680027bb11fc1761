//! Upsampling as a layer.

use crate::error::BuildError;
use crate::graph::Node;
use crate::module::Module;
use crate::ops::UpsampleOp;
use neuropil_tensor::pool::{Interpolation, Upsampling};
use neuropil_tensor::{Axes, ShapeError};

/// y = x at more places: `[channels, width]`, `[channels, height, width]` or
/// `[channels, depth, height, width]` to as many channels, larger by a factor or of a wanted size.
///
/// Nearest: output i of an axis is input ⌊i in/out⌋. Linear: the neighbours of
/// (i + 1/2) in/out - 1/2 on each axis, weighted by how near they are; by default the corners are not
/// aligned. PyTorch's `Upsample` with the modes `nearest`, `linear`, `bilinear` and `trilinear`.
///
/// ```
/// use neuropil_nn::{Upsample1d, prelude::*};
///
/// let mut net = Network::new(Upsample1d::nearest(2), [1, 2], 42)?;
/// assert_eq!(net.predict(&[1.0, 2.0])?, [1.0, 1.0, 2.0, 2.0]);
/// let mut net = Network::new(Upsample1d::linear(2), [1, 2], 42)?;
/// assert_eq!(net.predict(&[1.0, 2.0])?, [1.0, 1.25, 1.75, 2.0]);
/// let mut net = Network::new(Upsample1d::linear_to(3).align_corners(), [1, 2], 42)?;
/// assert_eq!(net.predict(&[1.0, 2.0])?, [1.0, 1.5, 2.0]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Upsample<const N: usize> {
    interpolation: Interpolation,
    size: Axes<N>,
    /// Whether `size` is to be multiplied by the input's.
    is_factor: bool,
}

/// [`Upsample`] of `[channels, width]`.
pub type Upsample1d = Upsample<1>;
/// [`Upsample`] of `[channels, height, width]`.
pub type Upsample2d = Upsample<2>;
/// [`Upsample`] of `[channels, depth, height, width]`.
pub type Upsample3d = Upsample<3>;

const LINEAR: Interpolation = Interpolation::Linear { align_corners: false };

impl<const N: usize> Upsample<N> {
    /// So many times as long, each number as often: `2`, or `[2, 3]` for each axis its own.
    pub fn nearest(factor: impl Into<Axes<N>>) -> Self {
        Self { interpolation: Interpolation::Nearest, size: factor.into(), is_factor: true }
    }

    /// So long, by the nearest numbers.
    pub fn nearest_to(size: impl Into<Axes<N>>) -> Self {
        Self { interpolation: Interpolation::Nearest, size: size.into(), is_factor: false }
    }

    /// So many times as long, linear between neighbours.
    pub fn linear(factor: impl Into<Axes<N>>) -> Self {
        Self { interpolation: LINEAR, size: factor.into(), is_factor: true }
    }

    /// So long, linear between neighbours.
    pub fn linear_to(size: impl Into<Axes<N>>) -> Self {
        Self { interpolation: LINEAR, size: size.into(), is_factor: false }
    }

    /// Puts the first and the last numbers of x and y at one place: y_i lies at
    /// i (in - 1)/(out - 1). By default they are not aligned. The nearest numbers stay what they are.
    #[must_use]
    pub fn align_corners(mut self) -> Self {
        if self.interpolation == LINEAR {
            self.interpolation = Interpolation::Linear { align_corners: true };
        }
        self
    }
}

impl<const N: usize> Module for Upsample<N> {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        let shape = x.shape();
        let mut output = self.size.0;
        // Another rank is refused by the plan.
        if self.is_factor && shape.rank() == N + 1 {
            for (size, length) in output.iter_mut().zip(&shape.dims()[1..]) {
                *size = size.checked_mul(*length).ok_or_else(|| {
                    let expected = "an output of fewer numbers";
                    BuildError::refused(
                        x,
                        ShapeError::unsupported(format!("Upsample{N}d"), shape, expected),
                    )
                })?;
            }
        }
        let plan = Upsampling::new(shape, output, self.interpolation);
        x.op(UpsampleOp(plan.map_err(|error| BuildError::refused(x, error))?))
    }
}
