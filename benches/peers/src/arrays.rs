//! The arrays of a piece of work, taken one after the other.

use crate::{layer::Layer, message::Array};

/// What came with a piece of work.
#[derive(Debug)]
pub struct Arrays(std::vec::IntoIter<Array>);

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

    /// The weights of a layer that has so many.
    ///
    /// # Errors
    /// If there are not as many, or their lengths are others.
    pub fn weights<const N: usize>(&mut self, layer: Layer) -> Result<[Vec<f32>; N], String> {
        let weights = (0..N).map(|_| self.f32()).collect::<Result<Vec<_>, _>>()?;
        let fits = weights.iter().map(Vec::len).eq(layer.weights());
        let weights = <[Vec<f32>; N]>::try_from(weights).map_err(|_| "weights are missing")?;
        if fits { Ok(weights) } else { Err("a weight is of another shape".into()) }
    }
}
