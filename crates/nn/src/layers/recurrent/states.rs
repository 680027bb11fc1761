//! HiddenStates of recurrent layers as values of a graph.

use crate::error::BuildError;
use crate::graph::Node;
use crate::ops::PartOp;
use neuropil_tensor::recurrent::{Cell, Recurrent as Layer};

/// The states of recurrent layers between two steps: one for each direction of each layer, the second
/// direction behind the first.
#[derive(Clone, Debug, Default)]
pub struct HiddenStates<'g> {
    /// h, `[state]` each.
    pub h: Vec<Node<'g>>,
    /// The LSTM's c, `[hidden]` each; empty for other cells.
    pub c: Vec<Node<'g>>,
}

impl<'g> HiddenStates<'g> {
    /// Whether there are as many as are needed; the op says whether their shapes fit.
    pub(super) fn check(&self, x: Node<'g>, cell: Cell, count: usize) -> Result<(), BuildError> {
        let c = if matches!(cell, Cell::Lstm { .. }) { count } else { 0 };
        if (self.h.len(), self.c.len()) == (count, c) {
            return Ok(());
        }
        let message = format!(
            "{}: {} states h and {} states c to begin with, expected {count} and {c}",
            cell.name(),
            self.h.len(),
            self.c.len()
        );
        Err(BuildError::Option { path: x.path(), message })
    }

    /// Those of one direction of a layer.
    pub(super) fn of(&self, number: usize) -> impl Iterator<Item = Node<'g>> + '_ {
        [self.h.get(number), self.c.get(number)].into_iter().flatten().copied()
    }

    /// Takes an output apart: the states are added to these, the rest is given back.
    pub(super) fn take(
        &mut self,
        out: Node<'g>,
        layer: Layer,
        directions: usize,
        last: bool,
    ) -> Result<Node<'g>, BuildError> {
        let (state, memory) = (layer.state(), layer.memory());
        let part = |first: usize, len: usize| out.op(PartOp { first, len });
        let all = directions * state;
        let mut first = if last { 0 } else { layer.steps * all };
        let steps = match last {
            true => None,
            false => Some(part(0, first)?.reshape([layer.steps, all])?),
        };
        let begin = self.h.len();
        for _ in 0..directions {
            self.h.push(part(first, state)?);
            if memory > 0 {
                self.c.push(part(first + state, memory)?);
            }
            first += state + memory;
        }
        match (steps, directions) {
            (Some(steps), _) => Ok(steps),
            (None, 1) => Ok(self.h[begin]),
            (None, _) => self.h[begin].op_with([self.h[begin + 1]], crate::ops::ConcatOp),
        }
    }
}
