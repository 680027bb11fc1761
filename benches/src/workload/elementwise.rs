//! Functions over flat buffers, bound by memory where the arithmetic is quick enough.

use std::hint::black_box;

use neuropil_nn::prelude::{
    Activation, Adam, Gelu, Optimizer, Relu, Sgd, Sigmoid, Silu, Softplus, Tanh,
};
use neuropil_optimizers::Step;
use neuropil_regularizers::Dropout;
use neuropil_simd::{AlignedVec, reduce, rows, slices};

use super::{Workload, numbers};
use crate::{scale::Work, table::thousands};

/// The width of the rows that softmax works on.
const WIDTH: usize = 128;

/// The learning rate: with it, weights stay finite for any number of steps that is timed.
const RATE: f64 = 1e-3;

/// What is done to a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// max(x, 0)
    Relu,
    /// e^x
    Exp,
    /// ln x of positive x
    Ln,
    /// 1 / (1 + e^-x)
    Sigmoid,
    /// tanh x
    Tanh,
    /// x Φ(x)
    Gelu,
    /// x / (1 + e^-x)
    Silu,
    /// ln(1 + e^x)
    Softplus,
    /// x mask / (1 - rate)
    Dropout,
    /// e^x / Σ e^x of rows of 128
    Softmax,
    /// e^x in `f64`
    ExpF64,
    /// tanh x in `f64`
    TanhF64,
    /// e^x / Σ e^x of rows of 128 in `f64`
    SoftmaxF64,
    /// Σ x
    Sum,
    /// Σ x y
    Dot,
    /// A step of gradient descent.
    Sgd,
    /// A step of gradient descent with momentum.
    Momentum,
    /// A step of Adam.
    Adam,
}

impl Function {
    /// All, in the order of the table.
    pub const ALL: [Self; 18] = [
        Self::Relu,
        Self::Exp,
        Self::Ln,
        Self::Sigmoid,
        Self::Tanh,
        Self::Gelu,
        Self::Silu,
        Self::Softplus,
        Self::Dropout,
        Self::Softmax,
        Self::ExpF64,
        Self::TanhF64,
        Self::SoftmaxF64,
        Self::Sum,
        Self::Dot,
        Self::Sgd,
        Self::Momentum,
        Self::Adam,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Relu => "relu",
            Self::Exp => "exp",
            Self::Ln => "ln",
            Self::Sigmoid => "sigmoid",
            Self::Tanh => "tanh",
            Self::Gelu => "GELU",
            Self::Silu => "SiLU",
            Self::Softplus => "softplus",
            Self::Dropout => "dropout",
            Self::Softmax => "softmax rows",
            Self::ExpF64 => "exp f64",
            Self::TanhF64 => "tanh f64",
            Self::SoftmaxF64 => "softmax rows f64",
            Self::Sum => "sum",
            Self::Dot => "dot",
            Self::Sgd => "SGD",
            Self::Momentum => "SGD momentum",
            Self::Adam => "Adam",
        }
    }

    /// Whether it works on `f64`.
    fn is_double(self) -> bool {
        matches!(self, Self::ExpF64 | Self::TanhF64 | Self::SoftmaxF64)
    }

    /// How many buffers are read, and how many written.
    fn passes(self) -> usize {
        match self {
            Self::Sum => 1,
            Self::Dot => 2,
            // w and dw are read, w written.
            Self::Sgd => 3,
            // So is the momentum.
            Self::Momentum => 5,
            // w, dw and two moments are read, all but dw written.
            Self::Adam => 7,
            _ => 2,
        }
    }
}

/// A function of so many numbers.
#[derive(Clone, Copy, Debug)]
pub struct Elementwise {
    function: Function,
    len: usize,
}

impl Elementwise {
    /// A function over buffers of `len` numbers, a multiple of 128.
    pub fn new(function: Function, len: usize) -> Self {
        Self { function, len }
    }

    /// One of the functions of `f64`.
    fn with_double(&self, time: &mut dyn FnMut(&mut dyn FnMut())) {
        let mut x = numbers::<f64>(self.len, 5);
        x.iter_mut().for_each(|x| *x *= 4.0);
        let mut y = AlignedVec::<f64>::zeros(self.len);
        let f: fn(&[f64], &mut [f64]) = match self.function {
            Function::TanhF64 => slices::tanh,
            Function::SoftmaxF64 => |x, y| rows::softmax(WIDTH, x, y),
            _ => slices::exp,
        };
        time(&mut || {
            f(black_box(&x), &mut y);
            black_box(&mut y);
        });
    }

    /// A step of an optimizer over a flat buffer, as a trainer makes it.
    fn update(&self, optimizer: &impl Optimizer, time: &mut dyn FnMut(&mut dyn FnMut())) {
        let (mut w, dw) = (numbers::<f32>(self.len, 6), numbers::<f32>(self.len, 7));
        let zeros = || AlignedVec::<f32>::zeros(self.len);
        let mut state: Vec<_> = (0..optimizer.slots()).map(|_| zeros()).collect();
        let mut state: Vec<&mut [f32]> = state.iter_mut().map(|slot| &mut slot[..]).collect();
        let shape = [self.len];
        let mut count = 0;
        time(&mut || {
            count += 1;
            let at = Step { rate: RATE, count, shape: &shape };
            optimizer.step(at, black_box(&mut w), black_box(&dw), &mut state);
        });
    }
}

impl Workload for Elementwise {
    fn name(&self) -> String {
        format!("{} {}", self.function.name(), thousands(self.len as f64))
    }

    fn work(&self) -> Work {
        let floats = if self.function.is_double() { 2 * self.len } else { self.len };
        Work::passes(floats, self.function.passes())
    }

    /// The functions on slices leave threads to their callers.
    fn is_parallel(&self) -> bool {
        false
    }

    fn with(&self, time: &mut dyn FnMut(&mut dyn FnMut())) {
        if self.function.is_double() {
            return self.with_double(time);
        }
        let mut x = numbers::<f32>(self.len, 5);
        for x in x.iter_mut() {
            *x *= 4.0;
            if self.function == Function::Ln {
                *x = x.abs() + 1e-3;
            }
        }
        let mut y = AlignedVec::<f32>::zeros(self.len);
        let mut apply = |f: &dyn Fn(&[f32], &mut [f32])| {
            time(&mut || {
                f(black_box(&x), &mut y);
                black_box(&mut y);
            });
        };
        match self.function {
            Function::Relu => apply(&|x, y| Relu.forward(x.len(), x, y)),
            Function::Exp => apply(&slices::exp),
            Function::Ln => apply(&slices::ln),
            Function::Sigmoid => apply(&|x, y| Sigmoid.forward(x.len(), x, y)),
            Function::Tanh => apply(&|x, y| Tanh.forward(x.len(), x, y)),
            Function::Gelu => apply(&|x, y| Gelu.forward(x.len(), x, y)),
            Function::Silu => apply(&|x, y| Silu.forward(x.len(), x, y)),
            Function::Softplus => apply(&|x, y| Softplus.forward(x.len(), x, y)),
            Function::Dropout => apply(&|x, y| Dropout::default().forward(42, 0, x, y)),
            Function::Softmax => apply(&|x, y| rows::softmax(WIDTH, x, y)),
            Function::Sum => time(&mut || {
                black_box(reduce::sum(black_box(&x[..])));
            }),
            Function::Dot => time(&mut || {
                black_box(reduce::dot(black_box(&x[..]), black_box(&y[..])));
            }),
            Function::Sgd => self.update(&Sgd::new(), time),
            Function::Momentum => {
                let momentum = Sgd::new().momentum(0.9).expect("0.9 is below 1");
                self.update(&momentum, time);
            }
            Function::Adam => self.update(&Adam::new(), time),
            Function::ExpF64 | Function::TanhF64 | Function::SoftmaxF64 => {
                unreachable!("`with_double` has run it")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Elementwise, Function, WIDTH};
    use crate::{
        scale::Work,
        workload::{LENGTHS, Workload},
    };

    #[test]
    fn a_function_is_named_with_its_length_and_counts_what_it_reads_and_writes() {
        let exp = Elementwise::new(Function::Exp, 4096);
        assert_eq!(exp.name(), "exp 4,096");
        assert_eq!(exp.work(), Work::passes(4096, 2));
        let double = Elementwise::new(Function::ExpF64, 4096);
        assert_eq!(
            (double.name().as_str(), double.work()),
            ("exp f64 4,096", Work::passes(8192, 2))
        );
        assert_eq!(Elementwise::new(Function::Sum, 1 << 20).work().amount, 4 << 20);
        assert_eq!(Elementwise::new(Function::Adam, 1 << 20).work().amount, 28 << 20);
    }

    #[test]
    fn softmax_has_whole_rows() {
        assert!(LENGTHS.iter().all(|len| len % WIDTH == 0));
    }
}
