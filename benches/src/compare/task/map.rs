//! Functions over flat `f32` buffers beside those of peers, on one thread: ours leave threads to
//! their callers.

use std::hint::black_box;

use neuropil_nn::prelude::{Activation, Gelu, Relu, Silu};
use neuropil_simd::{AlignedVec, reduce, rows, slices};

use super::{Group, Task};
use crate::{
    compare::{message::Array, work::Work},
    table::thousands,
    workload::numbers,
};

/// The lengths of the buffers: 16 KB, which the first cache holds, and 4 MB.
pub(super) const LENGTHS: [usize; 2] = [4096, 1 << 20];

/// The length of a row.
const WIDTH: usize = 128;

/// What a function makes of x.
#[derive(Clone, Copy, Debug)]
enum Form {
    /// A buffer of the same length.
    Each(fn(&[f32], &mut [f32])),
    /// A number of one buffer.
    Sum(fn(&[f32]) -> f32),
    /// A number of two.
    Dot(fn(&[f32], &[f32]) -> f32),
}

/// A function by the name that peers know.
#[derive(Clone, Copy, Debug)]
pub struct Function {
    name: &'static str,
    form: Form,
}

/// A function that gives each number its own.
const fn each(name: &'static str, f: fn(&[f32], &mut [f32])) -> Function {
    Function { name, form: Form::Each(f) }
}

/// All, in the order of the tables.
pub(super) const FUNCTIONS: &[Function] = &[
    each("relu", |x, y| Relu.forward(x.len(), x, y)),
    each("exp", slices::exp),
    each("ln", slices::ln),
    each("sigmoid", slices::sigmoid),
    each("tanh", slices::tanh),
    each("gelu", |x, y| Gelu.forward(x.len(), x, y)),
    each("silu", |x, y| Silu.forward(x.len(), x, y)),
    each("softplus", slices::softplus),
    each("softmax", |x, y| rows::softmax(WIDTH, x, y)),
    each("log_softmax", |x, y| rows::log_softmax(WIDTH, x, y)),
    Function { name: "sum", form: Form::Sum(reduce::sum) },
    Function { name: "dot", form: Form::Dot(reduce::dot) },
];

/// A function of so many numbers.
#[derive(Clone, Copy, Debug)]
pub struct Map {
    function: &'static Function,
    len: usize,
}

impl Map {
    /// A function over buffers of `len` numbers, a multiple of 128.
    pub fn new(function: &'static Function, len: usize) -> Self {
        Self { function, len }
    }

    /// Numbers in [-4, 4), or positive ones for a logarithm.
    fn x(&self) -> AlignedVec<f32> {
        let mut x = numbers::<f32>(self.len, 5);
        for x in x.iter_mut() {
            *x *= 4.0;
            if self.function.name == "ln" {
                *x = x.abs() + 1e-3;
            }
        }
        x
    }

    fn second(&self) -> AlignedVec<f32> {
        numbers(self.len, 6)
    }
}

impl Task for Map {
    fn name(&self) -> String {
        format!("{} {}", self.function.name, thousands(self.len as f64))
    }

    fn group(&self) -> Group {
        if self.len == LENGTHS[0] { Group::Small } else { Group::Large }
    }

    fn work(&self) -> Work {
        Work::Map { function: self.function.name.into(), width: WIDTH }
    }

    fn arrays(&self) -> Vec<Array> {
        let x = Array::F32(self.x().to_vec());
        match self.function.form {
            Form::Dot(_) => vec![x, Array::F32(self.second().to_vec())],
            _ => vec![x],
        }
    }

    fn result(&self) -> Array {
        let x = self.x();
        Array::F32(match self.function.form {
            Form::Each(f) => {
                let mut y = vec![0.0; self.len];
                f(&x, &mut y);
                y
            }
            Form::Sum(f) => vec![f(&x)],
            Form::Dot(f) => vec![f(&x, &self.second())],
        })
    }

    /// A sum of numbers of both signs is much smaller than they are, and errs with them.
    fn tolerance(&self) -> f64 {
        match self.function.form {
            Form::Each(_) => 1e-5,
            Form::Sum(_) | Form::Dot(_) => 1e-3,
        }
    }

    fn is_parallel(&self) -> bool {
        false
    }

    fn with(&self, time: &mut dyn FnMut(&mut dyn FnMut())) {
        let x = self.x();
        match self.function.form {
            Form::Each(f) => {
                let mut y = AlignedVec::<f32>::zeros(self.len);
                time(&mut || {
                    f(black_box(&x), &mut y);
                    black_box(&mut y);
                });
            }
            Form::Sum(f) => time(&mut || {
                black_box(f(black_box(&x)));
            }),
            Form::Dot(f) => {
                let y = self.second();
                time(&mut || {
                    black_box(f(black_box(&x), black_box(&y)));
                });
            }
        }
    }
}
