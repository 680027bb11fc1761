//! A network one step at a time.

use crate::carried::Carried;
use crate::error::{BuildError, Error};
use crate::graph::{Graph, NodeId, Record};
use crate::lend::StateBuffer;
use crate::network::Network;
use crate::op::Mode;
use crate::params::Params;
use crate::plan::layout::{self, Layout};
use crate::plan::program::Fusion;
use crate::plan::run::{Shared, forward};
use crate::plan::{Arena, Program};
use crate::predictor::Predictor;
use crate::real::Real;
use crate::sample::{Sample, Samples};
use neuropil_tensor::Shape;
use std::sync::Arc;

/// A network over sequences that takes one step of each at a time and remembers what came before:
/// made by [`Network::stream`] or [`Predictor::stream`].
///
/// The module is built anew for a single step: for samples whose first axis is 1
/// (`[steps, features]` becomes `[1, features]`, `[steps]` of tokens `[1]`). Its recurrent layers go
/// on from the state that the step before has left ([`Graph::carried`]). What another layer makes of
/// all steps together (a mean over time, a recurrence that begins at the end) it would make of the
/// single one: such networks cannot be streamed, and only those that do not fit are found.
///
/// ```
/// use neuropil_nn::prelude::*;
///
/// /// The sum of all that has come in so far, where state is carried.
/// #[derive(Debug)]
/// struct Running;
///
/// impl Module for Running {
///     fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
///         let Some(before) = x.graph().carried("sum", x.shape())? else { return Ok(x) };
///         let sum = x.plus(before)?;
///         x.graph().carry(sum, before)?;
///         Ok(sum)
///     }
/// }
///
/// let net = Network::new(Running, [1, 2], 42)?;
/// let mut stream = net.stream(1)?;
/// assert_eq!(stream.step(&[1.0, 10.0])?, [1.0, 10.0]);
/// assert_eq!(stream.step(&[2.0, 20.0])?, [3.0, 30.0]);
/// stream.reset();
/// assert_eq!(stream.step(&[2.0, 20.0])?, [2.0, 20.0]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug)]
pub struct Stream<T: Real = f32> {
    program: Program,
    layout: Layout,
    arena: Arena<T>,
    params: Arc<Params<T>>,
    sample: Sample,
    output: Shape,
    x: NodeId,
    y: NodeId,
    state: Carried<T>,
}

impl<T: Real> Network<T> {
    /// This network one step at a time, over so many sequences side by side, with the weights that it
    /// has now.
    ///
    /// # Errors
    /// As [`Predictor::stream`].
    ///
    /// # Panics
    /// If `rows` is 0.
    pub fn stream(&self, rows: usize) -> Result<Stream<T>, Error> {
        self.predictor()?.stream(rows)
    }
}

impl<T: Real> Predictor<T> {
    /// The network one step at a time, over so many sequences side by side. Streams share the
    /// predictor's weights and are of use without it.
    ///
    /// # Errors
    /// If a sample has no steps, the module cannot be built for one step, its weights would be others
    /// then, or it carries no state.
    ///
    /// # Panics
    /// If `rows` is 0.
    pub fn stream(&self, rows: usize) -> Result<Stream<T>, Error> {
        assert!(rows > 0, "a stream of 0 rows");
        let spec = self.sample().spec;
        let Some((_, features)) = spec.shape.dims().split_first() else {
            let (name, value) = ("the sample", format!("of shape {}", spec.shape));
            let expected = "a sequence, whose first axis are the steps";
            return Err(Error::Setting { name, value, expected });
        };
        let step: Shape = [1].iter().chain(features).copied().collect();
        let sample = Sample { spec: spec.with_shape(step), has_lengths: false };
        let graph = Graph::carrying();
        let (ends, y) = sample.record(&graph, self.module())?;
        let record = graph.snapshot();
        record.check_carried()?;
        check_weights(&record, self.params())?;
        let state = Carried::of(&record, rows);
        if state.is_empty() {
            return Err(nothing_carried());
        }
        let (output, y) = (y.shape(), y.id());
        let program = Program::new(record, None, &[y], Fusion::Inference);
        let params = packed(self.params(), &program);
        let layout = Layout::new(&program, &params, rows);
        let mut arena = Arena::new();
        arena.grow(&layout.sizes);
        Ok(Stream { program, layout, arena, params, sample, output, x: ends.x, y, state })
    }
}

/// What is said of a network without recurrent layers.
pub(crate) fn nothing_carried() -> Error {
    Error::Setting {
        name: "the number of layers that carry state",
        value: "0".into(),
        expected: "at least one: a recurrent layer",
    }
}

/// Whether a module recorded for one step has the weights and states that there are.
fn check_weights<T: Real>(record: &Record, params: &Params<T>) -> Result<(), BuildError> {
    let weights = record.weights.iter().map(|weight| (&weight.path, weight.shape));
    let states = record.states.iter().map(|state| (&state.path, state.shape));
    let all = || params.entries().iter().chain(params.state_entries());
    for (path, wanted) in weights.chain(states) {
        match all().find(|entry| entry.path == *path) {
            None => return Err(BuildError::Unknown { path: path.clone() }),
            Some(entry) if entry.shape != wanted => {
                return Err(BuildError::conflict(path.clone(), wanted, entry.shape));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// The weights with all packs that a program wants: the very same if they have them, else a copy.
fn packed<T: Real>(params: &Arc<Params<T>>, program: &Program) -> Arc<Params<T>> {
    let wanted = layout::packs(program, params);
    if wanted.iter().all(|&(weight, transposed)| params.find_pack(weight, transposed).is_some()) {
        return Arc::clone(params);
    }
    let mut params = params.without_gradients();
    for (weight, transposed) in wanted {
        params.pack(weight, transposed);
    }
    params.refresh_all_packs();
    Arc::new(params)
}

impl<T: Real> Stream<T> {
    /// Sequences side by side.
    pub fn rows(&self) -> usize {
        self.layout.rows
    }

    /// The shape of the output of a row for one step.
    pub fn output_shape(&self) -> Shape {
        self.output
    }

    /// The outputs for the next step of all rows, which stand one after the other in `x`.
    ///
    /// # Errors
    /// If there are more or fewer rows, or if samples are indices; the state is as before then.
    pub fn step(&mut self, x: &[T]) -> Result<&[T], Error> {
        self.run(Samples::Numbers(x))
    }

    /// The same for samples of indices.
    ///
    /// # Errors
    /// If there are more or fewer rows, an index is out of range, or samples are numbers; the state is
    /// as before then.
    pub fn step_indices(&mut self, x: &[u32]) -> Result<&[T], Error> {
        self.run(Samples::Indices(x))
    }

    fn run(&mut self, x: Samples<'_, T>) -> Result<&[T], Error> {
        if self.sample.rows_of(x, None)? != self.rows() {
            let expected = self.rows() * self.sample.spec.shape.len();
            return Err(Error::Length { what: "the step".into(), found: x.len(), expected });
        }
        let Self { program, layout, arena, params, state, .. } = self;
        let slot = layout.values[self.x.index];
        let at = slot.start..slot.start + slot.len;
        match x {
            Samples::Numbers(x) => arena.values[at].copy_from_slice(x),
            Samples::Indices(x) => arena.indices[at].copy_from_slice(x),
        }
        state.put(program, layout, arena);
        let shared = Shared {
            weights: &params.weights,
            packs: &params.packs,
            mode: Mode::Inference,
            key: 0,
        };
        forward(program, layout, arena, shared, StateBuffer::Read(&params.state))?;
        state.take(program, layout, arena);
        let slot = layout.values[self.y.index];
        Ok(&arena.values[slot.start..slot.start + slot.len])
    }

    /// Begins new sequences in all rows.
    pub fn reset(&mut self) {
        self.state.reset();
    }

    /// What the layers remember of the steps so far.
    pub fn state(&self) -> &Carried<T> {
        &self.state
    }

    /// The same, to be changed: a row to begin anew ([`Carried::reset_row`]), say.
    pub fn state_mut(&mut self) -> &mut Carried<T> {
        &mut self.state
    }

    /// Goes on from another state: one that was kept by a clone of [`state`](Stream::state).
    ///
    /// # Errors
    /// If it is of other layers or of more or fewer rows.
    pub fn set_state(&mut self, state: &Carried<T>) -> Result<(), Error> {
        self.state.set(state)
    }
}
