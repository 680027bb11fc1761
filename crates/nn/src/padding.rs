//! A setting of convolutional layers.

use neuropil_tensor::Axes;

/// How many places a convolution adds to its input on each side.
///
/// A number is the same on all sides, `[1, 2]` a number for each axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Padding<const N: usize> {
    /// None.
    Valid,
    /// As many as make the output as long as the input; where they are odd, one more behind. The
    /// stride must be 1.
    Same,
    /// So many in front of each axis and behind it.
    Each(Axes<N>),
}

impl<const N: usize> From<usize> for Padding<N> {
    fn from(each: usize) -> Self {
        Self::Each(each.into())
    }
}

impl<const N: usize> From<[usize; N]> for Padding<N> {
    fn from(axes: [usize; N]) -> Self {
        Self::Each(axes.into())
    }
}
