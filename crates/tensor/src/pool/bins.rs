//! Bins: an axis cut into so many parts, which overlap by a place where their count does not divide
//! it.

use super::planes::{Planes, axes, by};
use crate::{Shape, ShapeError, Window};
use std::ops::Range;

/// The bins of all axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Bins {
    pub planes: Planes,
}

impl Bins {
    /// # Errors
    /// If the input has another rank, an axis is empty, or no bin is asked for.
    pub fn new<const N: usize>(
        kind: &str,
        input: Shape,
        output: [usize; N],
    ) -> Result<Self, ShapeError> {
        let name = format!("{kind}{N}d({})", by(output));
        let _: [usize; N] = axes(&name, input)?;
        if output.contains(&0) {
            return Err(ShapeError::unsupported(name, input, "an output of at least 1 each way"));
        }
        Ok(Self { planes: Planes::new(input, output) })
    }

    /// Whether a channel is one bin.
    pub fn are_channels(&self) -> bool {
        self.planes.output == [1; 3]
    }

    /// Equal bins as windows, if they are all equal.
    pub fn as_windows(&self) -> Option<[Window; 3]> {
        let Planes { input, output, .. } = self.planes;
        let even = input.iter().zip(output).all(|(input, output)| input.is_multiple_of(output));
        even.then(|| {
            std::array::from_fn(|axis| {
                let kernel = input[axis] / output[axis];
                Window { stride: kernel, ..Window::new(kernel) }
            })
        })
    }

    /// The shape of a row of x with all three axes.
    pub fn as_volume(&self) -> [usize; 4] {
        let [depth, height, width] = self.planes.input;
        [self.planes.input_shape[0], depth, height, width]
    }

    /// The places of an axis in bin `i` of `output`: from ⌊i in/out⌋ to before ⌈(i + 1) in/out⌉.
    #[inline(always)]
    pub fn places(&self, axis: usize, i: usize) -> Range<usize> {
        let (input, output) = (self.planes.input[axis], self.planes.output[axis]);
        i * input / output..((i + 1) * input).div_ceil(output)
    }

    /// The places on the three axes of the i-th bin of a channel.
    #[inline(always)]
    pub fn bin(&self, i: usize) -> [Range<usize>; 3] {
        let [_, height, width] = self.planes.output;
        let places = [i / (height * width), i / width % height, i % width];
        [self.places(0, places[0]), self.places(1, places[1]), self.places(2, places[2])]
    }

    /// The place in its channel at which a row of numbers begins.
    #[inline(always)]
    pub fn row(&self, depth: usize, row: usize) -> usize {
        (depth * self.planes.input[1] + row) * self.planes.input[2]
    }
}
