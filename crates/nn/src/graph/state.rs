//! States: numbers that belong to an op and are not trained.

use super::Graph;
use crate::error::BuildError;
use neuropil_tensor::Shape;

/// A state of a graph: numbers that belong to an op and are not trained, such as running means.
#[derive(Clone, Copy, Debug)]
pub struct State<'g> {
    pub(super) graph: &'g Graph,
    pub(super) index: usize,
}

/// A state that an op of the graph keeps.
#[derive(Clone, Debug)]
pub(crate) struct StateSpec {
    pub path: String,
    pub shape: Shape,
    pub start: f64,
    /// Files hold integers.
    pub counts: bool,
}

impl Graph {
    /// A state of an op, all of it `start` at first, written only by training runs.
    ///
    /// # Errors
    /// As [`param`](Graph::param).
    pub fn state(
        &self,
        name: &str,
        shape: impl Into<Shape>,
        start: f64,
    ) -> Result<State<'_>, BuildError> {
        self.state_of(name, shape.into(), start, false)
    }

    /// A state that counts from 0: a single number, in files an integer of 64 bits, as PyTorch has it.
    ///
    /// # Errors
    /// As [`param`](Graph::param).
    pub fn counter(&self, name: &str) -> Result<State<'_>, BuildError> {
        self.state_of(name, Shape::new(&[]), 0.0, true)
    }

    fn state_of(
        &self,
        name: &str,
        shape: Shape,
        start: f64,
        counts: bool,
    ) -> Result<State<'_>, BuildError> {
        let mut record = self.record.borrow_mut();
        let path = record.path(name);
        if record.weights.iter().any(|weight| weight.path == path) {
            return Err(BuildError::Duplicate { path });
        }
        if let Some(index) = record.states.iter().position(|state| state.path == path) {
            if record.sharing == 0 {
                return Err(BuildError::Duplicate { path });
            }
            let found = record.states[index].shape;
            if found != shape {
                return Err(BuildError::conflict(path, shape, found));
            }
            return Ok(State { graph: self, index });
        }
        if record.sharing > 0 {
            return Err(BuildError::Unknown { path });
        }
        record.states.push(StateSpec { path, shape, start, counts });
        Ok(State { graph: self, index: record.states.len() - 1 })
    }
}
