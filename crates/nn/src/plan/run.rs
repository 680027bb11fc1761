//! One run: inputs in, forward, backward, values and gradients out.

mod local;

use super::layout::{Layout, StepLayout};
use super::program::Step;
use super::single::{self, Part};
use super::{Arena, Program};
use crate::carried::Carried;
use crate::error::Error;
use crate::graph::{NodeId, Source};
use crate::lend::{GradientSlot, Gradients, Inputs, Place, Slot, StateBuffer, States};
use crate::op::{Backward, FinishRef, Forward, Mode, Op};
use crate::parallel;
use crate::params::Params;
use crate::real::Real;
use neuropil_regularizers::random;
use neuropil_tensor::gemm::Packed;
use std::ops::Range;

/// A run of a plan over one batch.
///
/// ```
/// use neuropil_nn::{Graph, Linear, Params, Plan, prelude::*};
///
/// let graph = Graph::new();
/// let (x, target) = (graph.input("x", [2]), graph.index_input("target", []));
/// let y = x.named("0", &Linear::new(2, 3))?;
/// let cost = y.loss(CrossEntropy::new(), target)?;
/// let mut params = Params::<f64>::new(&[&graph], 1)?;
/// let mut plan = Plan::training(&graph, cost, &[y])?;
///
/// let mut run = plan.run(&mut params, 2)?;
/// run.input(x).copy_from_slice(&[1.0, 0.0, 0.0, 1.0]);
/// run.indices(target).copy_from_slice(&[0, 2]);
/// run.forward()?;
/// let cost = run.value(cost)[0];
/// run.backward();
/// drop(run);
/// let slope = params.gradient("0.bias")?;
/// assert!(cost > 0.0 && slope.iter().sum::<f64>().abs() < 1e-15);
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug)]
pub struct Run<'a, T: Real = f32> {
    program: &'a Program,
    layout: &'a Layout,
    arena: &'a mut Arena<T>,
    params: &'a mut Params<T>,
    mode: Mode,
    updates_state: bool,
    renews_state: bool,
    key: u64,
    forwarded: bool,
}

impl<'a, T: Real> Run<'a, T> {
    pub(super) fn new(
        program: &'a Program,
        layout: &'a Layout,
        arena: &'a mut Arena<T>,
        params: &'a mut Params<T>,
    ) -> Self {
        let mode = if program.cost.is_some() { Mode::Training } else { Mode::Inference };
        Self {
            program,
            layout,
            arena,
            params,
            mode,
            updates_state: false,
            renews_state: false,
            key: 0,
            forwarded: false,
        }
    }

    /// Sets the mode. A training plan starts in training, an inference plan in inference.
    pub fn mode(&mut self, mode: Mode) -> &mut Self {
        self.mode = mode;
        self
    }

    /// Lets the run write states (running means). By default it leaves them as they are.
    pub fn update_states(&mut self) -> &mut Self {
        self.updates_state = true;
        self
    }

    /// The same where running statistics are begun anew: see [`States::is_renewed`].
    pub(crate) fn renew_states(&mut self) -> &mut Self {
        self.renews_state = true;
        self
    }

    /// Chooses the random stream: the seed of a training and the number of the step. Equal
    /// numbers give equal dropout masks.
    pub fn random(&mut self, seed: u64, step: u64) -> &mut Self {
        self.key = random::key(&[seed, step]);
        self
    }

    /// Rows in the batch.
    pub fn rows(&self) -> usize {
        self.layout.rows
    }

    /// An input's numbers, to be filled: row after row. What they are when the run begins is
    /// unspecified.
    ///
    /// # Panics
    /// If the node is no input of numbers of this graph.
    pub fn input(&mut self, node: impl Into<NodeId>) -> &mut [T] {
        let slot = self.input_slot(node.into(), Place::Value);
        &mut self.arena.values[slot.start..slot.start + slot.len]
    }

    /// An index input's indices, to be filled. What they are when the run begins is unspecified.
    ///
    /// # Panics
    /// If the node is no index input of this graph.
    pub fn indices(&mut self, node: impl Into<NodeId>) -> &mut [u32] {
        let slot = self.input_slot(node.into(), Place::Index);
        &mut self.arena.indices[slot.start..slot.start + slot.len]
    }

    /// What an index input holds.
    pub(crate) fn index_values(&self, node: NodeId) -> &[u32] {
        let slot = self.input_slot(node, Place::Index);
        &self.arena.indices[slot.start..slot.start + slot.len]
    }

    fn input_slot(&self, node: NodeId, place: Place) -> Slot {
        let index = self.program.value(node);
        let value = &self.program.record.values[index];
        let slot = self.layout.values[index];
        let fits = matches!(value.source, Source::Input) && slot.place == place;
        assert!(fits, "{} is no input of {place:?}s", value.path);
        slot
    }

    /// Fills the inputs that hold the states of a [`carrying`](crate::Graph::carrying) graph.
    ///
    /// # Errors
    /// If the state is of more or fewer rows.
    ///
    /// # Panics
    /// If it belongs to another graph.
    pub fn carry_in(&mut self, state: &Carried<T>) -> Result<(), Error> {
        state.check_rows(self.layout.rows)?;
        state.put(self.program, self.layout, self.arena);
        Ok(())
    }

    /// Takes what forward has left of the states, for the next run.
    ///
    /// # Errors
    /// If the state is of more or fewer rows.
    ///
    /// # Panics
    /// If it belongs to another graph, or forward has not run.
    pub fn carry_out(&self, state: &mut Carried<T>) -> Result<(), Error> {
        assert!(self.forwarded, "state carried out before forward");
        state.check_rows(self.layout.rows)?;
        state.take(self.program, self.layout, self.arena);
        Ok(())
    }

    /// Runs all ops in order.
    ///
    /// # Errors
    /// If an index input holds an index out of range.
    pub fn forward(&mut self) -> Result<(), Error> {
        let Params { weights, state, packs, .. } = &mut *self.params;
        let state = match (self.renews_state, self.updates_state) {
            (true, _) => StateBuffer::Renew(state),
            (false, true) => StateBuffer::Write(state),
            (false, false) => StateBuffer::Read(state),
        };
        let shared = Shared { weights, packs, mode: self.mode, key: self.key };
        forward(self.program, self.layout, self.arena, shared, state)?;
        self.forwarded = true;
        Ok(())
    }

    /// Runs all ops in reverse: the gradients of the cost with respect to all trained weights
    /// of this graph (in [`Params`]) and tracked inputs are what they are, whatever stood there
    /// before. Weights of other graphs keep the gradients that they have: freeze them for an
    /// update over all of `Params`.
    ///
    /// # Panics
    /// If this is no training plan, or forward has not run.
    pub fn backward(&mut self) {
        self.backward_from(T::ONE, |_| false);
    }

    /// The gradients of the cost times a factor, in place of those of weights that stand in
    /// [`Params`] or added to them.
    pub(crate) fn backward_of(&mut self, factor: T, adding: bool) {
        self.backward_from(factor, |leaf| adding && leaf.slot.place == Place::Weight);
    }

    /// The same, but the gradients of weights are added to those that stand in [`Params`].
    ///
    /// # Panics
    /// If this is no training plan, or forward has not run.
    pub fn backward_adding(&mut self) {
        self.backward_of(T::ONE, true);
    }

    /// The same, the gradients of tracked inputs included.
    pub(crate) fn backward_adding_all(&mut self) {
        self.backward_from(T::ONE, |_| true);
    }

    /// Backward from a cost that counts `factor` times, adding to those gradients of weights and
    /// tracked inputs that are chosen.
    fn backward_from(&mut self, factor: T, adds: impl Fn(&GradientSlot) -> bool) {
        let cost = self.layout.cost;
        assert!(self.program.cost.is_some(), "an inference plan has no gradients");
        assert!(self.forwarded, "backward before forward");
        let touched = &mut self.arena.touched;
        touched.fill(false);
        for leaf in self.layout.leaves.iter().filter(|leaf| adds(leaf)) {
            touched[leaf.touched] = true;
        }
        // None if the cost depends on no weight in training and no tracked input: then all of
        // their gradients are zero.
        if let Some(cost) = cost {
            touched[cost.touched] = true;
            self.arena.gradients[cost.slot.start] = factor;
        }

        for (step, at) in self.program.steps.iter().zip(&self.layout.steps).rev() {
            let Some(dy) = at.dy else { continue };
            // A value that reached no cost has gradient zero, and so has all behind it.
            if !self.arena.touched[dy.touched] {
                continue;
            }
            let op = T::op(&*step.op);
            let Slot { start, len, .. } = at.output;
            let (before, rest) = self.arena.values.split_at(start);
            let (y, after) = rest.split_at(len);
            let (gradients, rest) = self.arena.gradients.split_at_mut(dy.slot.start);
            let dy = &mut rest[..len];
            let (of_op, of_plan) = match op.scales_dy() {
                true => (finish::<T>(&step.finish), None),
                false => (None, finish::<T>(&step.finish)),
            };
            if let Some(finish) = of_plan {
                parallel::rows(dy, 1, |at, dy| finish.0.scale_by_slope(&y[at], dy));
            }
            op.backward(Backward {
                rows: self.layout.rows,
                mode: self.mode,
                x: Inputs {
                    slots: &at.inputs,
                    specs: &at.specs,
                    before,
                    after,
                    after_start: start + len,
                    weights: &self.params.weights,
                    indices: &self.arena.indices,
                    pack_slots: &at.packs,
                    packs: &self.params.packs,
                },
                y,
                dy,
                saved: &self.arena.saved[at.saved.clone()],
                words: &self.arena.words[at.words.clone()],
                scratch: &mut self.arena.scratch,
                dx: Gradients {
                    slots: &at.dx,
                    values: gradients,
                    weights: &mut self.params.gradients,
                    touched: &mut self.arena.touched,
                },
                random: random::key(&[self.key, step.stream]),
                finish: of_op,
            });
        }
        for leaf in &self.layout.leaves {
            if !self.arena.touched[leaf.touched] {
                let Slot { place, start, len } = leaf.slot;
                match place {
                    Place::Weight => self.params.gradients[start..start + len].fill(T::ZERO),
                    _ => self.arena.gradients[start..start + len].fill(T::ZERO),
                }
            }
        }
    }

    /// A value after forward. An inference plan keeps its inputs and outputs, a training plan
    /// every value but those between fused ops.
    ///
    /// # Panics
    /// If the plan does not keep the value, or the node belongs to another graph.
    pub fn value(&self, node: impl Into<NodeId>) -> &[T] {
        let index = self.program.value(node.into());
        let slot = self.layout.values[index];
        let what = &self.program.record.values[index].path;
        assert!(
            self.program.keeps(index) && slot.start != usize::MAX,
            "the plan does not keep this value of {what:?}: name it among the outputs"
        );
        match slot.place {
            Place::Weight => &self.params.weights[slot.start..slot.start + slot.len],
            Place::Value => &self.arena.values[slot.start..slot.start + slot.len],
            Place::Index => panic!("the input {what:?} holds indices"),
        }
    }

    /// The gradient with respect to a tracked input after backward; `None` if it is not tracked.
    /// Gradients of weights stand in [`Params`]; those of other values are overwritten as
    /// backward goes on.
    ///
    /// # Panics
    /// If the node belongs to another graph.
    pub fn gradient(&self, node: impl Into<NodeId>) -> Option<&[T]> {
        let index = self.program.value(node.into());
        if !self.program.tracked.contains(&index) {
            return None;
        }
        let slot = self.layout.gradients[index]?.slot;
        Some(&self.arena.gradients[slot.start..slot.start + slot.len])
    }

    /// The gradients of tracked inputs, to be set before [`backward_adding`](Run::backward_adding).
    pub(crate) fn gradient_mut(&mut self, node: NodeId) -> Option<&mut [T]> {
        let index = self.program.value(node);
        let slot = self.layout.gradients[index]?.slot;
        Some(&mut self.arena.gradients[slot.start..slot.start + slot.len])
    }

    /// The weights of the run.
    pub fn params(&self) -> &Params<T> {
        self.params
    }

    /// Puts states back to what they were before a batch that was refused.
    pub(crate) fn restore_states(&mut self, before: &[T]) {
        self.params.state.copy_from_slice(before);
    }

    /// Sets the gradients of all weights.
    pub(crate) fn fill_gradients(&mut self, value: T) {
        self.params.gradients.fill(value);
    }

    /// Fills all buffers of the plan with NaN, inputs included.
    pub(crate) fn poison(&mut self) {
        self.arena.poison();
        self.params.gradients.fill(T::NAN);
    }

    /// The path of the first op whose output is not finite.
    pub(crate) fn first_not_finite(&self) -> Option<String> {
        let record = &self.program.record;
        let inputs = (0..record.values.len())
            .filter(|&i| matches!(record.values[i].source, Source::Input | Source::Weight(_)))
            .filter(|&i| self.layout.values[i].place != Place::Index);
        let outputs = self.program.steps.iter().map(|step| step.output);
        inputs
            .chain(outputs)
            .find(|&i| {
                let slot = self.layout.values[i];
                let buffer: &[T] = match slot.place {
                    Place::Weight => &self.params.weights,
                    _ => &self.arena.values,
                };
                buffer[slot.start..slot.start + slot.len].iter().any(|x| !x.is_finite())
            })
            .map(|i| {
                let value = &record.values[i];
                match &value.source {
                    Source::Input => format!("the input {:?}", value.path),
                    Source::Weight(_) => format!("the weight {:?}", value.path),
                    Source::Op { op, .. } if value.path.is_empty() => {
                        format!("the output of {}", Op::<f32>::name(&**op))
                    }
                    Source::Op { op, .. } => {
                        format!("the output of {:?} ({})", value.path, Op::<f32>::name(&**op))
                    }
                    _ => format!("{:?}", value.path),
                }
            })
    }
}

/// What a forward pass reads and does not change.
#[derive(Debug)]
pub(crate) struct Shared<'a, T> {
    pub weights: &'a [T],
    pub packs: &'a [Packed<T>],
    pub mode: Mode,
    pub key: u64,
}

/// Runs all steps in order, weights untouched: what runs and predictors have in common.
pub(crate) fn forward<T: Real>(
    program: &Program,
    layout: &Layout,
    arena: &mut Arena<T>,
    shared: Shared<'_, T>,
    mut state: StateBuffer<'_, T>,
) -> Result<(), Error> {
    // Before anything is computed or any state written.
    if layout.has_ranges {
        for (step, at) in program.steps.iter().zip(&layout.steps) {
            check_indices(program, &step.inputs, at, &arena.indices)?;
        }
    }
    if layout.single.parts.is_empty() {
        for (step, at) in program.steps.iter().zip(&layout.steps) {
            forward_step((step, at), layout.rows, arena, &shared, &mut state);
        }
        return Ok(());
    }
    for part in &layout.single.parts {
        match part {
            Part::Layers { layers, finish } => {
                let buffers = (shared.packs, shared.weights, &mut arena.values[..]);
                single::run(program, (layers, *finish), buffers);
            }
            &Part::Step(step) => {
                let step = (&program.steps[step], &layout.steps[step]);
                forward_step(step, layout.rows, arena, &shared, &mut state);
            }
        }
    }
    Ok(())
}

fn forward_step<T: Real>(
    (step, at): (&Step, &StepLayout),
    rows: usize,
    arena: &mut Arena<T>,
    shared: &Shared<'_, T>,
    state: &mut StateBuffer<'_, T>,
) {
    let op = T::op(&*step.op);
    let Slot { start, len, .. } = at.output;
    let (before, rest) = arena.values.split_at_mut(start);
    let (y, after) = rest.split_at_mut(len);
    let Range { start: saved_start, end: saved_end } = at.saved;
    let (folded, saved) = arena.saved[..saved_end].split_at_mut(saved_start);
    op.forward(Forward {
        rows,
        mode: shared.mode,
        x: Inputs {
            slots: &at.inputs,
            specs: &at.specs,
            before,
            after,
            after_start: start + len,
            weights: shared.weights,
            indices: &arena.indices,
            pack_slots: &at.packs,
            packs: shared.packs,
        },
        y,
        saved,
        words: &mut arena.words[at.words.clone()],
        scratch: &mut arena.scratch,
        affine: affine(step, at, shared, state, folded),
        states: States {
            slots: &at.states,
            values: match state {
                StateBuffer::Read(state) => StateBuffer::Read(state),
                StateBuffer::Write(state) => StateBuffer::Write(state),
                StateBuffer::Renew(state) => StateBuffer::Renew(state),
            },
        },
        random: random::key(&[shared.key, step.stream]),
        finish: finish::<T>(&step.finish),
    });
}

/// Scale and shift of the normalization that is folded into a step, computed in each run, so that they
/// are always those of the weights and states.
fn affine<'a, T: Real>(
    step: &Step,
    at: &StepLayout,
    shared: &Shared<'_, T>,
    state: &StateBuffer<'_, T>,
    saved: &'a mut [T],
) -> Option<(&'a [T], &'a [T])> {
    let (folded, at) = (step.affine.as_ref()?, at.affine.as_ref()?);
    let (scale, shift) = saved[at.saved.clone()].split_at_mut(at.channels);
    let weights = Inputs {
        slots: &at.inputs,
        specs: &at.specs,
        before: &[],
        after: &[],
        after_start: 0,
        weights: shared.weights,
        indices: &[],
        pack_slots: &[],
        packs: &[],
    };
    let values = match state {
        StateBuffer::Read(state) => StateBuffer::Read(state),
        StateBuffer::Write(state) | StateBuffer::Renew(state) => StateBuffer::Read(state),
    };
    let states = States { slots: &at.states, values };
    T::op(&*folded.op).as_affine()?.scale_and_shift(weights, &states, scale, shift);
    Some((scale, shift))
}

pub(super) fn finish<T: Real>(
    op: &Option<std::sync::Arc<dyn crate::op::AnyOp>>,
) -> Option<FinishRef<'_, T>> {
    op.as_ref().and_then(|op| T::op(&**op).as_finish()).map(FinishRef)
}

/// Refuses the batch if an index is out of the range that an op can take.
fn check_indices(
    program: &Program,
    inputs: &[usize],
    at: &StepLayout,
    indices: &[u32],
) -> Result<(), Error> {
    for (input, range, passes) in &at.ranges {
        let (input, range) = (*input, range.clone());
        let Slot { start, len, .. } = at.inputs[input];
        let values = &indices[start..start + len];
        let is_wrong = |value: &u32| !range.contains(value) && Some(*value) != *passes;
        if let Some(wrong) = values.iter().position(is_wrong) {
            let value = &program.record.values[program.record.root(inputs[input])];
            return Err(Error::Index {
                input: value.path.clone(),
                row: wrong / value.spec.shape.len(),
                value: values[wrong],
                range,
            });
        }
    }
    Ok(())
}
