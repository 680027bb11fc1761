//! The way back through activations: dx += dy f', as a training step runs it.

use std::hint::black_box;

use neuropil_nn::prelude::{Activation, Gelu, Relu, Sigmoid, Silu, Softmax, Softplus, Tanh};
use neuropil_simd::AlignedVec;

use super::{Workload, numbers};
use crate::{scale::Work, table::thousands};

/// The width of the rows of softmax.
const WIDTH: usize = 128;

/// An activation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Curve {
    /// From the output.
    Relu,
    /// From the output.
    Sigmoid,
    /// From the output.
    Tanh,
    /// From the input.
    Gelu,
    /// From the input.
    Silu,
    /// From the output.
    Softplus,
    /// Of rows of 128, from the output.
    Softmax,
}

impl Curve {
    /// All, in the order of the table.
    pub const ALL: [Self; 7] = [
        Self::Relu,
        Self::Sigmoid,
        Self::Tanh,
        Self::Gelu,
        Self::Silu,
        Self::Softplus,
        Self::Softmax,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Relu => "relu slope",
            Self::Sigmoid => "sigmoid slope",
            Self::Tanh => "tanh slope",
            Self::Gelu => "GELU slope",
            Self::Silu => "SiLU slope",
            Self::Softplus => "softplus slope",
            Self::Softmax => "softmax rows slope",
        }
    }
}

/// The gradient of an activation of so many `f32`.
#[derive(Clone, Copy, Debug)]
pub struct Slope {
    curve: Curve,
    len: usize,
}

impl Slope {
    /// The gradient over buffers of `len` numbers, a multiple of 128.
    pub fn new(curve: Curve, len: usize) -> Self {
        Self { curve, len }
    }

    fn run(&self, f: &impl Activation, time: &mut dyn FnMut(&mut dyn FnMut())) {
        let (mut x, dy) = (numbers::<f32>(self.len, 5), numbers::<f32>(self.len, 6));
        x.iter_mut().for_each(|x| *x *= 4.0);
        let [mut y, mut dx] = [(); 2].map(|()| AlignedVec::<f32>::zeros(self.len));
        f.forward(WIDTH, &x, &mut y);
        // What is not read may be empty.
        let x = if f.reads().input() { &x[..] } else { &[] };
        let y = if f.reads().output() { &y[..] } else { &[] };
        time(&mut || {
            f.backward(WIDTH, black_box(x), black_box(y), black_box(&dy), &mut dx);
            black_box(&mut dx);
        });
    }
}

impl Workload for Slope {
    fn name(&self) -> String {
        format!("{} {}", self.curve.name(), thousands(self.len as f64))
    }

    fn work(&self) -> Work {
        // x or y, dy and dx are read, dx is written.
        Work::passes(self.len, 4)
    }

    /// The functions on slices leave threads to their callers.
    fn is_parallel(&self) -> bool {
        false
    }

    fn with(&self, time: &mut dyn FnMut(&mut dyn FnMut())) {
        match self.curve {
            Curve::Relu => self.run(&Relu, time),
            Curve::Sigmoid => self.run(&Sigmoid, time),
            Curve::Tanh => self.run(&Tanh, time),
            Curve::Gelu => self.run(&Gelu, time),
            Curve::Silu => self.run(&Silu, time),
            Curve::Softplus => self.run(&Softplus, time),
            Curve::Softmax => self.run(&Softmax, time),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Curve, Slope, WIDTH};
    use crate::{
        scale::Work,
        workload::{LENGTHS, Workload},
    };

    #[test]
    fn four_buffers_of_whole_rows_are_read_or_written() {
        let slope = Slope::new(Curve::Gelu, 4096);
        assert_eq!(slope.name(), "GELU slope 4,096");
        assert_eq!(slope.work(), Work::passes(4096, 4));
        assert!(LENGTHS.iter().all(|len| len % WIDTH == 0));
    }
}
