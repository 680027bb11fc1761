//! Inputs to try, the same in every run.

use super::JointIn;
use crate::numbers::{numbers, units};
use neuropil::simd::Float;

/// What an input holds.
#[derive(Clone, Copy, Debug)]
pub enum Fill {
    /// Any numbers.
    Points,
    /// 1 or -1.
    Signs,
    /// Numbers from 1/4 to 5/4.
    Positive,
}

/// Rows of three inputs, weighted or not.
#[derive(Clone, Debug)]
pub struct Sample<T> {
    pub rows: usize,
    pub width: usize,
    inputs: [Vec<T>; 3],
    weights: Option<Vec<T>>,
}

impl<T: Float> Sample<T> {
    pub fn new(
        loss: &dyn JointIn<T>,
        fill: &[Fill; 3],
        (rows, width): (usize, usize),
        weighted: bool,
        seed: u64,
    ) -> Self {
        let inputs = std::array::from_fn(|i| {
            let (len, seed) = (rows * loss.input_width(i, width), seed + i as u64);
            match fill[i] {
                Fill::Points => numbers(len, 2.0, seed),
                Fill::Positive => {
                    units::<T>(len, seed).into_iter().map(|u| u + T::of(0.25)).collect()
                }
                Fill::Signs => units::<T>(len, seed)
                    .into_iter()
                    .map(|u| if u < T::of(0.5) { T::ONE } else { -T::ONE })
                    .collect(),
            }
        });
        Self { rows, width, inputs, weights: weighted.then(|| units(rows, seed + 3)) }
    }

    pub fn x(&self) -> [&[T]; 3] {
        self.inputs.each_ref().map(|input| &input[..])
    }

    pub fn weights(&self) -> Option<&[T]> {
        self.weights.as_deref()
    }

    /// Room for the gradients that there are.
    pub fn gradients(&self, loss: &dyn JointIn<T>) -> [Option<Vec<T>>; 3] {
        std::array::from_fn(|i| loss.differentiates(i).then(|| vec![T::NAN; self.inputs[i].len()]))
    }

    /// The numbers of one row.
    pub fn row(&self, loss: &dyn JointIn<T>, row: usize) -> [&[T]; 3] {
        std::array::from_fn(|i| {
            let width = loss.input_width(i, self.width);
            &self.inputs[i][row * width..(row + 1) * width]
        })
    }

    /// One number of an input.
    pub fn number(&mut self, input: usize, at: usize) -> &mut T {
        &mut self.inputs[input][at]
    }

    /// The same numbers in the other type.
    pub fn to<U: Float>(&self) -> Sample<U> {
        let convert = |x: &Vec<T>| x.iter().map(|x| U::of(x.to_f64())).collect::<Vec<_>>();
        Sample {
            rows: self.rows,
            width: self.width,
            inputs: self.inputs.each_ref().map(convert),
            weights: self.weights.as_ref().map(convert),
        }
    }
}
