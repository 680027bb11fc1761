//! The arrays of a piece of work, taken one after the other.

use crate::{layer::Layer, message::Array};

/// What came with a piece of work.
#[derive(Debug)]
pub struct Arrays(std::vec::IntoIter<Array>);

/// Weight and bias, or gain and shift.
pub type Weights = (Vec<f32>, Vec<f32>);

/// What a network is trained towards.
#[derive(Clone, Debug)]
pub enum Targets {
    /// A class for each row.
    Labels(Vec<u32>),
    /// Rows of values.
    Values(Vec<f32>),
}

impl Arrays {
    pub(crate) fn new(arrays: Vec<Array>) -> Self {
        Self(arrays.into_iter())
    }

    /// The next, of any type.
    ///
    /// # Errors
    /// If there is none.
    pub fn array(&mut self) -> Result<Array, String> {
        self.0.next().ok_or_else(|| "an array is missing".into())
    }

    /// The next, of `f32`.
    ///
    /// # Errors
    /// If there is none, or it is of another type.
    pub fn f32(&mut self) -> Result<Vec<f32>, String> {
        match self.array()? {
            Array::F32(numbers) => Ok(numbers),
            _ => Err("an array is not of f32".into()),
        }
    }

    /// The next, of labels or values.
    ///
    /// # Errors
    /// If there is none, or it is of `f64`.
    pub fn targets(&mut self) -> Result<Targets, String> {
        match self.array()? {
            Array::U32(labels) => Ok(Targets::Labels(labels)),
            Array::F32(values) => Ok(Targets::Values(values)),
            Array::F64(_) => Err("targets are not of f32".into()),
        }
    }

    /// The weights of a layer that has any.
    ///
    /// # Errors
    /// If there are not as many, or their lengths are others.
    pub fn weights(&mut self, layer: Layer) -> Result<Weights, String> {
        let (weight, bias) = (self.f32()?, self.f32()?);
        let fits = layer.weights() == [weight.len(), bias.len()];
        if fits { Ok((weight, bias)) } else { Err("a weight is of another shape".into()) }
    }
}
