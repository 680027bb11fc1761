//! RNN, GRU and LSTM as layers over sequences.

pub(super) mod cells;
mod start;
pub(super) mod states;

use crate::error::BuildError;
use crate::graph::Node;
use crate::layers::Dropout;
use crate::module::Module;
use crate::ops::{Gives, RecurrentOp};
use neuropil_initializers::{Chrono, Initializer, InitializerError};
use neuropil_regularizers::RegularizerError;
use neuropil_tensor::ShapeError;
use neuropil_tensor::recurrent::{Cell, Recurrent as Layer, Reset, Squash};
use start::Start;
pub use states::HiddenStates;
use std::fmt::Debug;
use std::marker::PhantomData;
use std::sync::Arc;

/// Which recurrence a [`Recurrent`] layer is.
pub trait RecurrentKind: Clone + Copy + Debug + Send + Sync + 'static {
    /// The cell, with its default options.
    #[doc(hidden)]
    const CELL: Cell;
}

/// The kind of [`Rnn`].
#[derive(Clone, Copy, Debug)]
pub enum RnnKind {}

/// The kind of [`Gru`].
#[derive(Clone, Copy, Debug)]
pub enum GruKind {}

/// The kind of [`Lstm`].
#[derive(Clone, Copy, Debug)]
pub enum LstmKind {}

impl RecurrentKind for RnnKind {
    const CELL: Cell = Cell::Rnn(Squash::Tanh);
}

impl RecurrentKind for GruKind {
    const CELL: Cell = Cell::Gru(Reset::After);
}

impl RecurrentKind for LstmKind {
    const CELL: Cell = Cell::Lstm { projection: None };
}

/// h' = tanh(x W + b + h U + d) at each step: `[steps, inputs]` to `[steps, hidden]`. Elman's network,
/// PyTorch's `RNN`. Options in [`Recurrent`], formulas in [`neuropil_tensor::recurrent`].
///
/// ```
/// use neuropil_nn::{Rnn, prelude::*};
///
/// let layers = Sequential::new().then(Rnn::new(3, 8).relu().last()).then(Linear::new(8, 2));
/// let mut net = Network::new(layers, [5, 3], 42)?; // five steps of three numbers
/// assert_eq!(net.predict(&[0.5; 15])?.len(), 2);
/// # Ok::<(), Error>(())
/// ```
pub type Rnn = Recurrent<RnnKind>;

/// Gated recurrent units: `[steps, inputs]` to `[steps, hidden]`. PyTorch's `GRU`. Options in
/// [`Recurrent`], formulas in [`neuropil_tensor::recurrent`].
///
/// ```
/// use neuropil_nn::{Gru, prelude::*};
///
/// let layers = Sequential::new().then(Gru::new(3, 8).bidirectional()).then(Linear::new(16, 2));
/// let mut net = Network::new(layers, [5, 3], 42)?;
/// assert_eq!(net.predict(&[0.5; 15])?.len(), 5 * 2); // an answer for each step
/// # Ok::<(), Error>(())
/// ```
pub type Gru = Recurrent<GruKind>;

/// Long short-term memory: `[steps, inputs]` to `[steps, hidden]`. PyTorch's `LSTM`. Options in
/// [`Recurrent`], formulas in [`neuropil_tensor::recurrent`].
///
/// ```
/// use neuropil_nn::{Lstm, prelude::*};
///
/// let layers = Sequential::new()
///     .then(Lstm::new(3, 8).layers(2)?.dropout(0.2)?.forget_bias(1.0)?)
///     .then(Linear::new(8, 2));
/// let net = Network::new(layers, [5, 3], 42)?;
/// assert_eq!(net.params().paths().next(), Some("0.weight_ih_l0"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type Lstm = Recurrent<LstmKind>;

/// One or several recurrent layers over whole sequences: [`Rnn`], [`Gru`], [`Lstm`].
///
/// Each step makes the next state of its input and the state before, the RNN h' = tanh(x W + b + h U + d); all
/// formulas in [`neuropil_tensor::recurrent`]. By default there is one layer in one direction, with biases,
/// without dropout, and the state begins with zeros.
///
/// A row is a sequence, `[steps, inputs]`, and becomes `[steps, state]`, or `[steps, 2 state]` of both
/// directions, the output of the first beside that of the second; the state has `hidden` numbers, or as
/// many as an LSTM's projection gives. The batch comes first, as with PyTorch's `batch_first`; data in which
/// time does is turned by [`rows_first`](neuropil_data::rows_first).
///
/// Where the graph has lengths ([`Network::with_lengths`](crate::Network::with_lengths)), each sequence ends
/// at its own: the output beyond is zero, [`last`](Recurrent::last) and the final states are those at the
/// end, and the second direction begins there.
///
/// Weights, of layer k, with `_reverse` behind the names of the second direction: `weight_ih_lk`
/// `[inputs, gates hidden]`, `weight_hh_lk` `[state, gates hidden]`, `weight_hr_lk` `[hidden, state]` of a
/// projection (all transposed in files), `bias_ih_lk` and `bias_hh_lk` `[gates hidden]`: names, order of
/// gates and files are PyTorch's. All start uniform in ±1/√hidden.
///
/// Often the forget gate of an LSTM starts with a bias of 1 ([`forget_bias`](Recurrent::forget_bias)), and U
/// orthogonal ([`state_init`](Recurrent::state_init)).
///
/// Where state is carried from run to run ([`Trainer::carry_state`](crate::Trainer::carry_state),
/// [`Network::stream`](crate::Network::stream)) the layers begin with what the run before has left, under
/// the names `h_lk` and `c_lk`. The second of two directions begins at the end, so that it cannot.
///
/// ```
/// use neuropil_nn::{LstmKind, Recurrent, prelude::*};
///
/// let lstm = Recurrent::<LstmKind>::new(3, 8).projection(4)?.bidirectional().last();
/// let net = Network::new(lstm.state_init(Orthogonal::new()), [5, 3], 42)?;
/// assert_eq!(net.params().shape("weight_hr_l0_reverse")?, [8, 4].into());
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Recurrent<K: RecurrentKind> {
    cell: Cell,
    inputs: usize,
    hidden: usize,
    layers: usize,
    bidirectional: bool,
    dropout: Option<Dropout>,
    start: Start,
    last: bool,
    kind: PhantomData<K>,
}

impl<K: RecurrentKind> Recurrent<K> {
    /// One layer of `hidden` units, in one direction.
    pub fn new(inputs: usize, hidden: usize) -> Self {
        Self {
            cell: K::CELL,
            inputs,
            hidden,
            layers: 1,
            bidirectional: false,
            dropout: None,
            start: Start::uniform(hidden),
            last: false,
            kind: PhantomData,
        }
    }

    /// As many layers, each over the output of the one before.
    ///
    /// # Errors
    /// If there are none.
    pub fn layers(mut self, count: usize) -> Result<Self, BuildError> {
        if count == 0 {
            let message = format!("{}: 0 layers, expected 1 or more", self.cell.name());
            return Err(BuildError::Option { path: String::new(), message });
        }
        self.layers = count;
        Ok(self)
    }

    /// A second set of units reads each sequence from its end.
    #[must_use]
    pub fn bidirectional(mut self) -> Self {
        self.bidirectional = true;
        self
    }

    /// [`Dropout`] of the output of each layer but the last.
    ///
    /// # Errors
    /// If `rate` is not in [0, 1].
    pub fn dropout(mut self, rate: f64) -> Result<Self, RegularizerError> {
        self.dropout = Some(Dropout::new(rate)?);
        Ok(self)
    }

    /// Gives the state at the end of each sequence alone, `[state]`, or `[2 state]` of both directions (the
    /// second's is that at the first step), of the last layer.
    #[must_use]
    pub fn last(mut self) -> Self {
        self.last = true;
        self
    }

    /// Leaves the biases out.
    #[must_use]
    pub fn without_bias(mut self) -> Self {
        self.start.bias = None;
        self
    }

    /// Starts each gate's block of the weights of the input so, `[inputs, hidden]`.
    #[must_use]
    pub fn init(mut self, weight: impl Initializer + 'static) -> Self {
        self.start.input = Arc::new(weight);
        self
    }

    /// Starts each gate's block of the weights of the state so, `[state, hidden]`.
    #[must_use]
    pub fn state_init(mut self, weight: impl Initializer + 'static) -> Self {
        self.start.state = Arc::new(weight);
        self
    }

    /// Starts the biases so.
    #[must_use]
    pub fn bias_init(mut self, bias: impl Initializer + 'static) -> Self {
        self.start.bias = Some(Arc::new(bias));
        self
    }

    /// Numbers of the output of a step.
    fn width(&self) -> usize {
        let layer = self.layer(1, self.inputs);
        layer.state() * if self.bidirectional { 2 } else { 1 }
    }

    fn layer(&self, steps: usize, inputs: usize) -> Layer {
        Layer { cell: self.cell, steps, inputs, hidden: self.hidden, reverse: false }
    }

    /// What comes out of sequences that begin with these states, and the states at their ends: for loops
    /// over pieces of a sequence, encoders and decoders.
    ///
    /// ```
    /// use neuropil_nn::{Graph, Gru, Params, Plan, HiddenStates, prelude::*};
    ///
    /// let graph = Graph::new();
    /// let x = graph.input("x", [4, 3]);
    /// let begin = HiddenStates { h: vec![graph.input("h", [8])], c: vec![] };
    /// let (y, end) = Gru::new(3, 8).with_states(x, Some(&begin))?;
    /// let mut params = Params::<f32>::new(&[&graph], 42)?;
    /// let mut plan = Plan::inference(&graph, &[y, end.h[0]])?;
    /// let mut run = plan.run(&mut params, 1)?;
    /// run.input(x).fill(0.5);
    /// run.input(begin.h[0]).fill(-0.5);
    /// run.forward()?;
    /// assert_eq!(run.value(y)[3 * 8..], *run.value(end.h[0]));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If x is no sequence of `inputs` numbers, or states are of another number or shape.
    pub fn with_states<'g>(
        &self,
        x: Node<'g>,
        begin: Option<&HiddenStates<'g>>,
    ) -> Result<(Node<'g>, HiddenStates<'g>), BuildError> {
        let (y, states) = self.record(x, begin, true)?;
        Ok((y, states.expect("states were asked for")))
    }

    /// The states that a run begins with where they are carried from run to run.
    fn carried<'g>(&self, x: Node<'g>) -> Result<Option<HiddenStates<'g>>, BuildError> {
        let mut begin = HiddenStates::default();
        let layer = self.layer(1, self.inputs);
        for number in 0..self.layers {
            let name = |of: &str| format!("{of}_l{number}");
            begin.h.extend(x.graph().carried(&name("h"), [layer.state()])?);
            if layer.memory() > 0 {
                begin.c.extend(x.graph().carried(&name("c"), [layer.memory()])?);
            }
        }
        if self.bidirectional && !begin.h.is_empty() {
            let message = format!(
                "{}: state cannot be carried on from the second direction, which begins at the end",
                self.cell.name()
            );
            return Err(BuildError::Option { path: x.path(), message });
        }
        Ok((!begin.h.is_empty()).then_some(begin))
    }

    fn record<'g>(
        &self,
        x: Node<'g>,
        begin: Option<&HiddenStates<'g>>,
        ends: bool,
    ) -> Result<(Node<'g>, Option<HiddenStates<'g>>), BuildError> {
        let &[steps, _] = x.shape().dims() else {
            let expected = format!("[steps, {}]", self.inputs);
            let name = format!("{}({} -> {})", self.cell.name(), self.inputs, self.hidden);
            return Err(BuildError::refused(x, ShapeError::unsupported(name, x.shape(), expected)));
        };
        let lengths = x.lengths()?;
        let both = if self.bidirectional { 2 } else { 1 };
        if let Some(begin) = begin {
            begin.check(x, self.cell, self.layers * both)?;
        }
        let mut y = x;
        let mut states = HiddenStates::default();
        for number in 0..self.layers {
            let inputs = if number == 0 { self.inputs } else { self.width() };
            let layer = self.layer(steps, inputs);
            let is_last = number + 1 == self.layers;
            let gives = match (ends, self.last && is_last) {
                (true, true) => Gives::States,
                (true, false) => Gives::StepsAndStates,
                (false, true) => Gives::Last,
                (false, false) => Gives::Steps,
            };
            if let (Some(dropout), true) = (self.dropout, number > 0) {
                y = dropout.build(y)?;
            }
            let mut nodes = vec![y];
            for direction in 0..both {
                let suffix = ["", "_reverse"][direction];
                nodes.extend(self.start.weights(x, layer, &format!("_l{number}{suffix}"))?);
            }
            if let Some(begin) = begin {
                for direction in 0..both {
                    nodes.extend(begin.of(number * both + direction));
                }
            }
            nodes.extend(lengths);
            let op = RecurrentOp {
                layer,
                bidirectional: self.bidirectional,
                bias: self.start.bias.is_some(),
                begins: begin.is_some(),
                lengths: lengths.is_some(),
                gives,
            };
            let out = x.graph().record(op, &nodes, &[])?;
            y = match ends {
                false => out,
                true => states.take(out, layer, both, self.last && is_last)?,
            };
        }
        Ok((y, ends.then_some(states)))
    }
}

impl Recurrent<RnnKind> {
    /// max(x, 0) in place of tanh x.
    #[must_use]
    pub fn relu(mut self) -> Self {
        self.cell = Cell::Rnn(Squash::Relu);
        self
    }
}

impl Recurrent<GruKind> {
    /// Puts the reset gate before the product with U, as in the paper, and not behind it as PyTorch does:
    /// n = tanh(x W + b + (r ⊙ h) U + d).
    #[must_use]
    pub fn reset_before(mut self) -> Self {
        self.cell = Cell::Gru(Reset::Before);
        self
    }
}

impl Recurrent<LstmKind> {
    /// A state h of `state` numbers, the product of o ⊙ tanh(c) with a matrix `[hidden, state]`.
    ///
    /// # Errors
    /// If `state` is 0 or not less than the number of units.
    pub fn projection(mut self, state: usize) -> Result<Self, BuildError> {
        if state == 0 || state >= self.hidden {
            let message = format!(
                "LSTM: a projection to {state} numbers, expected 1 to {}",
                self.hidden.saturating_sub(1)
            );
            return Err(BuildError::Option { path: String::new(), message });
        }
        self.cell = Cell::Lstm { projection: Some(state) };
        Ok(self)
    }

    /// Starts the forget gate's biases so that their sum is `value`, 1 as a rule: what is remembered is
    /// kept at first, and gradients with it.
    ///
    /// Source: Jozefowicz, Zaremba and Sutskever, "An Empirical Exploration of Recurrent Network
    /// Architectures" (2015).
    ///
    /// # Errors
    /// If it is not finite.
    pub fn forget_bias(mut self, value: f64) -> Result<Self, InitializerError> {
        self.start.forget(value)?;
        Ok(self)
    }

    /// Starts the biases for memories of 1 to `longest` steps, one length a unit: `bias_ih` by
    /// [`Chrono`], `bias_hh` zero. The last one set of this and [`forget_bias`](Self::forget_bias) has
    /// the forget gate.
    ///
    /// Source: Tallec and Ollivier, "Can recurrent neural networks warp time?" (2018).
    ///
    /// ```
    /// use neuropil_nn::prelude::*;
    ///
    /// let net = Network::new(Lstm::new(3, 8).chrono(100)?, [20, 3], 42)?;
    /// let bias = net.params().get("bias_ih_l0")?; // gates i, f, g, o
    /// assert!((0..8).all(|unit| bias[unit] == -bias[8 + unit] && bias[8 + unit] >= 0.0));
    /// assert!(net.params().get("bias_hh_l0")?.iter().all(|b| *b == 0.0));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If `longest` is below 2.
    pub fn chrono(mut self, longest: usize) -> Result<Self, InitializerError> {
        self.start.chrono = Some(Chrono::new(longest)?);
        self.start.forget_none();
        Ok(self)
    }
}

impl<K: RecurrentKind> Module for Recurrent<K> {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        let Some(begin) = self.carried(x)? else {
            return Ok(self.record(x, None, false)?.0);
        };
        let (y, end) = self.with_states(x, Some(&begin))?;
        for (end, begin) in end.h.into_iter().zip(begin.h).chain(end.c.into_iter().zip(begin.c)) {
            x.graph().carry(end, begin)?;
        }
        Ok(y)
    }
}
