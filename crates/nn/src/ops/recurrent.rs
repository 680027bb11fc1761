//! Recurrent layers over whole sequences as an op, around [`neuropil_tensor::recurrent`].

use crate::lend::{Inputs, Target};
use crate::op::{Backward, Forward, Memory, Op, Pack};
use crate::spec::Spec;
use neuropil_simd::Float;
use neuropil_tensor::recurrent::{
    Bias, Cell, Gradients, Outputs, PackedWeights, Recurrent, Sequences, Weights,
};
use neuropil_tensor::{Shape, ShapeError};
use std::ops::Range;

/// A layer of RNN, GRU or LSTM units over sequences `[steps, inputs]`, in one direction or both.
///
/// Inputs: x; for each direction W `[inputs, gates hidden]`, U `[state, gates hidden]`, R `[hidden, state]`
/// of an LSTM with a projection, the biases b and d `[gates hidden]` unless there are none; for each
/// direction the first h `[state]` and the LSTM's first c `[hidden]`, of each row, if it `begins` with them;
/// the lengths, an index `[]` of each row from 1 to the number of steps, if it has them.
///
/// Each step makes h' of x and h, the RNN h' = φ(x W + b + h U + d); all formulas in
/// [`neuropil_tensor::recurrent`].
///
/// Output: see [`Gives`]. PyTorch's `nn.LSTM` and its kin with one layer; biases are two, as there.
///
/// ```
/// use neuropil_nn::{Graph, Params, Plan, ops::RecurrentOp, prelude::*};
/// use neuropil_tensor::recurrent::{Cell, Recurrent, Squash};
///
/// // h' = max(x w + h u, 0)
/// let cell = Cell::Rnn(Squash::Relu);
/// let layer = Recurrent { cell, steps: 3, inputs: 1, hidden: 1, reverse: false };
/// let op = RecurrentOp { bias: false, ..RecurrentOp::new(layer) };
/// let graph = Graph::new();
/// let x = graph.input("x", [3, 1]);
/// let (w, u) = (graph.param("w", [1, 1], Ones)?, graph.param("u", [1, 1], Ones)?);
/// let y = x.op_with([w, u], op)?;
/// let mut params = Params::<f32>::new(&[&graph], 42)?;
/// let mut plan = Plan::inference(&graph, &[y])?;
/// let mut run = plan.run(&mut params, 1)?;
/// run.input(x).copy_from_slice(&[1.0, 2.0, 3.0]);
/// run.forward()?;
/// assert_eq!(run.value(y), [1.0, 3.0, 6.0]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct RecurrentOp {
    /// The layer; the direction is that of the first, or only, one.
    pub layer: Recurrent,
    /// Whether a second direction reads the sequences the other way round.
    pub bidirectional: bool,
    /// Whether there are biases.
    pub bias: bool,
    /// Whether states to begin with are given.
    pub begins: bool,
    /// Whether lengths are given.
    pub lengths: bool,
    /// What comes out.
    pub gives: Gives,
}

/// What a [`RecurrentOp`] gives. Of two directions the second stands behind the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gives {
    /// h of each step, `[steps, state]`, or `[steps, 2 state]`; zeros beyond a sequence's length.
    Steps,
    /// h at each sequence's end, `[state]`, or `[2 state]`; in reverse that is at its first step.
    Last,
    /// h at each sequence's end and the LSTM's c: for each direction `[state + hidden]`.
    States,
    /// What `Steps` gives and what `States` gives behind it, as one vector.
    StepsAndStates,
}

impl Gives {
    fn has_steps(self) -> bool {
        matches!(self, Self::Steps | Self::StepsAndStates)
    }
}

/// Where the inputs of a direction stand.
#[derive(Clone, Copy)]
struct Places {
    w: usize,
    r: Option<usize>,
    bias: Option<usize>,
    first: Option<usize>,
}

/// Places of inputs that the op can have: x, two directions of five weights and two states, lengths.
const MOST_INPUTS: usize = 1 + 2 * (5 + 2) + 1;

impl RecurrentOp {
    /// One direction with biases, from states of zero, that gives all steps.
    pub fn new(layer: Recurrent) -> Self {
        let gives = Gives::Steps;
        Self { layer, bidirectional: false, bias: true, begins: false, lengths: false, gives }
    }

    fn directions(&self) -> usize {
        1 + usize::from(self.bidirectional)
    }

    fn direction(&self, number: usize) -> Recurrent {
        Recurrent { reverse: self.layer.reverse != (number == 1), ..self.layer }
    }

    fn is_projected(&self) -> bool {
        matches!(self.layer.cell, Cell::Lstm { projection: Some(_) })
    }

    fn places(&self, direction: usize) -> Places {
        let projected = usize::from(self.is_projected());
        let weights = 2 + projected + if self.bias { 2 } else { 0 };
        let states = if self.layer.memory() > 0 { 2 } else { 1 };
        let w = 1 + direction * weights;
        Places {
            w,
            r: (projected == 1).then_some(w + 2),
            bias: self.bias.then_some(w + 2 + projected),
            first: self.begins.then_some(1 + self.directions() * weights + direction * states),
        }
    }

    /// Where the lengths stand, and how many inputs there are.
    fn lengths_at(&self) -> usize {
        let states = if self.layer.memory() > 0 { 2 } else { 1 };
        let Places { w, r, bias, first } = self.places(self.directions() - 1);
        first.map_or_else(
            || bias.map_or(r.map_or(w + 2, |r| r + 1), |bias| bias + 2),
            |first| first + states,
        )
    }

    /// How many inputs there are.
    fn count(&self) -> usize {
        self.lengths_at() + usize::from(self.lengths)
    }

    fn outputs(&self, direction: usize) -> Outputs {
        let Recurrent { steps, .. } = self.layer;
        let (state, memory) = (self.layer.state(), self.layer.memory());
        let all = self.directions() * state;
        let of_steps = if self.gives.has_steps() { steps * all } else { 0 };
        let (last, memory) = match self.gives {
            Gives::Steps => (0, 0),
            Gives::Last => (state, 0),
            Gives::States | Gives::StepsAndStates => (state + memory, memory),
        };
        let h = of_steps + direction * last;
        Outputs {
            row: of_steps + self.directions() * last,
            steps: self.gives.has_steps().then_some((direction * state, all)),
            h: (last > 0).then_some(h),
            c: (memory > 0).then_some(h + state),
        }
    }

    fn shape(&self) -> Shape {
        let all = self.directions() * self.layer.state();
        match self.gives {
            Gives::Steps => [self.layer.steps, all].into(),
            _ => [self.outputs(0).row].into(),
        }
    }

    fn weights<'a, T: Float>(&self, x: &Inputs<'a, T>, direction: usize) -> Weights<'a, T> {
        let Places { w, r, bias, .. } = self.places(direction);
        Weights {
            input: x.get(w),
            state: x.get(w + 1),
            projection: r.map(|r| x.get(r)),
            bias: bias.map(|at| Bias { input: x.get(at), state: x.get(at + 1) }),
            packed: PackedWeights {
                input: x.packed(w, false),
                state: x.packed(w + 1, false),
                projection: r.and_then(|r| x.packed(r, false)),
                input_transposed: x.packed(w, true),
                state_transposed: x.packed(w + 1, true),
                projection_transposed: r.and_then(|r| x.packed(r, true)),
            },
        }
    }

    fn sequences<'a, T: Float>(
        &self,
        rows: usize,
        x: &Inputs<'a, T>,
        direction: usize,
    ) -> Sequences<'a, T> {
        let first = self.places(direction).first;
        Sequences {
            rows,
            x: x.get(0),
            lengths: self.lengths.then(|| x.indices(self.lengths_at())),
            h: first.map(|first| x.get(first)),
            c: first.filter(|_| self.layer.memory() > 0).map(|first| x.get(first + 1)),
        }
    }

    /// What each input must be.
    fn expected(&self, input: usize) -> (&'static str, Spec) {
        let Recurrent { steps, inputs, hidden, .. } = self.layer;
        let (columns, state) = (self.layer.columns(), self.layer.state());
        if input == 0 {
            return ("input", Spec::per_row([steps, inputs]));
        }
        if self.lengths && input == self.lengths_at() {
            return ("lengths", Spec::indices([]));
        }
        for direction in 0..self.directions() {
            let Places { w, r, bias, first } = self.places(direction);
            let places = [
                (Some(w), "weight of the input", Spec::single([inputs, columns])),
                (Some(w + 1), "weight of the state", Spec::single([state, columns])),
                (r, "weight of the projection", Spec::single([hidden, state])),
                (bias, "bias of the input", Spec::single([columns])),
                (bias.map(|at| at + 1), "bias of the state", Spec::single([columns])),
                (first, "first state", Spec::per_row([state])),
                (first.map(|at| at + 1), "first c", Spec::per_row([hidden])),
            ];
            for (place, what, spec) in places {
                if place == Some(input) {
                    return (what, spec);
                }
            }
        }
        unreachable!("input {input} of {}", self.count())
    }
}

impl<T: Float> Op<T> for RecurrentOp {
    fn name(&self) -> String {
        let Recurrent { cell, inputs, hidden, .. } = self.layer;
        let both = if self.bidirectional { ", both directions" } else { "" };
        format!("{}({inputs} -> {hidden}{both})", cell.name())
    }

    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
        let name = Op::<T>::name(self);
        assert!(inputs.len() == self.count(), "{name}: {} inputs", inputs.len());
        inputs[0].numbers(&name)?;
        for (i, &found) in inputs.iter().enumerate() {
            let (what, expected) = self.expected(i);
            if found != expected {
                let op = if i == 0 { name } else { format!("{name}: {what}") };
                return Err(ShapeError::unsupported(op, found.shape, expected.to_string()));
            }
        }
        Ok(Spec::per_row(self.shape()))
    }

    fn memory(&self, rows: usize, _inputs: &[Spec]) -> Memory {
        Memory {
            saved: self.directions() * self.layer.saved_len(rows),
            words: self.directions() * self.layer.words_len(rows),
            scratch: self.layer.scratch_len::<T>(rows),
        }
    }

    fn index_range(&self, input: usize, _inputs: &[Spec]) -> Option<Range<u32>> {
        let steps = u32::try_from(self.layer.steps).unwrap_or(u32::MAX - 1);
        (self.lengths && input == self.lengths_at()).then_some(1..steps + 1)
    }

    fn packs(&self) -> Vec<Pack> {
        let each = |direction| {
            let Places { w, r, .. } = self.places(direction);
            let both = move |input: usize, for_gradient_of| {
                let pack = Pack { input, transposed: false, for_gradient_of: None, repeated: true };
                let transposed = Pack { transposed: true, for_gradient_of, ..pack };
                [pack, transposed]
            };
            let r = r.map(|r| both(r, Some(r)));
            // The state's gradient is needed on the way to any other.
            [both(w, Some(0)), both(w + 1, Some(w + 1))].into_iter().chain(r).flatten()
        };
        (0..self.directions()).flat_map(each).collect()
    }

    fn forward(&self, step: Forward<'_, T>) {
        let Forward { rows, x, y, saved, words, scratch, .. } = step;
        let (of_saved, of_words) = (self.layer.saved_len(rows), self.layer.words_len(rows));
        let buffers = saved.chunks_exact_mut(of_saved).zip(words.chunks_exact_mut(of_words));
        for (direction, (saved, words)) in buffers.enumerate() {
            let sequences = self.sequences(rows, &x, direction);
            let weights = self.weights(&x, direction);
            let (layer, to) = (self.direction(direction), self.outputs(direction));
            layer.forward(sequences, &weights, to, y, saved, words, scratch);
        }
    }

    fn backward(&self, mut step: Backward<'_, T>) {
        let rows = step.rows;
        let (of_saved, of_words) = (self.layer.saved_len(rows), self.layer.words_len(rows));
        let buffers = step.saved.chunks_exact(of_saved).zip(step.words.chunks_exact(of_words));
        let mut targets = step.dx.targets::<MOST_INPUTS>();
        let mut dx = targets[0].take().map(|Target { values, first }| (values, !first));
        for (direction, (saved, words)) in buffers.enumerate() {
            let Places { w, r, bias, first } = self.places(direction);
            let sequences = self.sequences(rows, &step.x, direction);
            let weights = self.weights(&step.x, direction);
            let (layer, of) = (self.direction(direction), self.outputs(direction));
            let mut take = |input: Option<usize>| {
                let Target { values, first } = targets[input?].take()?;
                Some((values, !first))
            };
            let gradients = Gradients {
                x: dx.as_mut().map(|(dx, adds)| (&mut **dx, *adds || direction > 0)),
                h: take(first),
                c: take(first.filter(|_| layer.memory() > 0).map(|first| first + 1)),
                input: take(Some(w)),
                state: take(Some(w + 1)),
                projection: take(r),
                input_bias: take(bias),
                state_bias: take(bias.map(|bias| bias + 1)),
            };
            let dy = &*step.dy;
            layer.backward(sequences, &weights, of, dy, saved, words, gradients, step.scratch);
        }
    }
}
