//! Single steps of recurrent layers.

use super::{GruKind, HiddenStates, LstmKind, Recurrent, RecurrentKind, RnnKind};
use crate::error::BuildError;
use crate::graph::Node;
use crate::ops::{Gives, RecurrentOp};

/// One step of an [`Rnn`](crate::Rnn). PyTorch's `RNNCell`.
pub type RnnCell = RecurrentCell<RnnKind>;

/// One step of a [`Gru`](crate::Gru). PyTorch's `GRUCell`.
pub type GruCell = RecurrentCell<GruKind>;

/// One step of an [`Lstm`](crate::Lstm). PyTorch's `LSTMCell`.
pub type LstmCell = RecurrentCell<LstmKind>;

/// One step of a recurrent layer: input `[inputs]` and states to the next states, of an RNN h' = tanh(x W + b +
/// h U + d); all formulas in [`neuropil_tensor::recurrent`]. PyTorch's `RNNCell` and its kin. For graphs in which what
/// a step reads depends on the step before, as in a decoder.
///
/// Weights `weight_ih`, `weight_hh`, `bias_ih`, `bias_hh`, else as [`Recurrent`], whose options it has
/// ([`Recurrent::cell`]).
///
/// ```
/// use neuropil_nn::{Graph, LstmCell, Params, Plan, HiddenStates, prelude::*};
///
/// let graph = Graph::new();
/// let (first, second) = (graph.input("first", [3]), graph.input("second", [3]));
/// let begin = HiddenStates { h: vec![graph.input("h", [8])], c: vec![graph.input("c", [8])] };
/// let cell = LstmCell::new(3, 8);
/// // The first makes cell.weight_ih and so on, the second reads them again.
/// let after_one = graph.named("cell", || cell.step(first, &begin))?;
/// let after_two = graph.shared("cell", || cell.step(second, &after_one))?;
///
/// let params = Params::<f32>::new(&[&graph], 42)?;
/// assert_eq!(params.paths().count(), 4);
/// let plan = Plan::<f32>::inference(&graph, &[after_two.h[0], after_two.c[0]])?;
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct RecurrentCell<K: RecurrentKind>(Recurrent<K>);

impl<K: RecurrentKind> RecurrentCell<K> {
    /// A cell of `hidden` units.
    pub fn new(inputs: usize, hidden: usize) -> Self {
        Recurrent::new(inputs, hidden).cell()
    }

    /// The states after `x`, the weights in the path of the layer being built.
    ///
    /// # Errors
    /// If x or a state has another shape, or there are more or fewer states than one.
    pub fn step<'g>(
        &self,
        x: Node<'g>,
        states: &HiddenStates<'g>,
    ) -> Result<HiddenStates<'g>, BuildError> {
        let Self(of) = self;
        states.check(x, of.cell, 1)?;
        let layer = of.layer(1, of.inputs);
        let x = match x.shape().dims() {
            &[inputs] => x.reshape([1, inputs])?,
            // The op says what it expects.
            _ => x,
        };
        let mut nodes = vec![x];
        nodes.extend(of.start.weights(x, layer, "")?);
        nodes.extend(states.of(0));
        let bias = of.start.bias.is_some();
        let op =
            RecurrentOp { bias, begins: true, gives: Gives::States, ..RecurrentOp::new(layer) };
        let mut after = HiddenStates::default();
        after.take(x.graph().record(op, &nodes, &[])?, layer, 1, true)?;
        Ok(after)
    }
}

impl<K: RecurrentKind> Recurrent<K> {
    /// A single step with this layer's options, but without further layers, directions and dropout.
    pub fn cell(self) -> RecurrentCell<K> {
        let once = Self { layers: 1, bidirectional: false, dropout: None, last: false, ..self };
        RecurrentCell(once)
    }
}
