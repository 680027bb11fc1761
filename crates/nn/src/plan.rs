//! Replaying a graph: sizes fixed, buffers laid out once, then forward in order and backward in
//! reverse, without an allocation.

pub(crate) mod layout;
pub(crate) mod program;
pub(crate) mod run;
mod single;

pub use run::Run;

use crate::error::{BuildError, Error};
use crate::graph::{Graph, Node, NodeId, Source};
use crate::inspect::{Trace, trace};
use crate::lend::Place;
use crate::op::Op;
use crate::params::Params;
use crate::real::Real;
use crate::spec::Spec;
use layout::{Layout, Sizes};
use neuropil_simd::AlignedVec;
pub(crate) use program::Program;
use program::{Fusion, Step};

/// How many sizes of batch a plan keeps layouts for.
const LAYOUTS: usize = 16;

/// A graph made ready to run for some outputs, with the buffers that it runs in.
///
/// Layouts for the sixteen sizes of batch last used are kept, and all of them share one arena of
/// the largest size: after the first batch of its size a run allocates nothing.
#[derive(Debug)]
pub struct Plan<T: Real = f32> {
    pub(crate) program: Program,
    layouts: Vec<Layout>,
    pub(crate) arena: Arena<T>,
}

/// The buffers of a plan.
#[derive(Debug)]
pub(crate) struct Arena<T: Real> {
    pub values: AlignedVec<T>,
    pub gradients: AlignedVec<T>,
    pub saved: AlignedVec<T>,
    pub scratch: AlignedVec<T>,
    pub words: Vec<u32>,
    pub indices: Vec<u32>,
    /// Which gradients have been written in this run.
    pub touched: Vec<bool>,
}

impl<T: Real> Arena<T> {
    pub fn new() -> Self {
        Self {
            values: AlignedVec::default(),
            gradients: AlignedVec::default(),
            saved: AlignedVec::default(),
            scratch: AlignedVec::default(),
            words: Vec::new(),
            indices: Vec::new(),
            touched: Vec::new(),
        }
    }

    pub fn grow(&mut self, sizes: &Sizes) {
        self.values.grow(sizes.values);
        self.gradients.grow(sizes.gradients);
        self.saved.grow(sizes.saved);
        self.scratch.grow(sizes.scratch);
        self.words.resize(self.words.len().max(sizes.words), 0);
        self.indices.resize(self.indices.len().max(sizes.indices), 0);
        self.touched.resize(self.touched.len().max(sizes.flags), false);
    }

    /// Fills everything with NaN, so that a number read before it is written shows.
    pub fn poison(&mut self) {
        for buffer in [&mut self.values, &mut self.gradients, &mut self.saved, &mut self.scratch] {
            buffer.fill(T::NAN);
        }
        self.words.fill(u32::MAX);
    }
}

impl<T: Real> Plan<T> {
    /// A plan for training: the cost, its gradients, and what else is to be read after a run.
    ///
    /// # Errors
    /// If the cost is not a single number, or nothing is carried to a state of the graph.
    ///
    /// # Panics
    /// If a node belongs to another graph.
    pub fn training(
        graph: &Graph,
        cost: Node<'_>,
        outputs: &[Node<'_>],
    ) -> Result<Self, BuildError> {
        Self::with_fusion(graph, cost, outputs, Fusion::Finishes)
    }

    /// The same, each op by itself: for tests and for looking at every value.
    ///
    /// # Errors
    /// As [`training`](Plan::training).
    pub fn training_unfused(
        graph: &Graph,
        cost: Node<'_>,
        outputs: &[Node<'_>],
    ) -> Result<Self, BuildError> {
        Self::with_fusion(graph, cost, outputs, Fusion::None)
    }

    fn with_fusion(
        graph: &Graph,
        cost: Node<'_>,
        outputs: &[Node<'_>],
        fusion: Fusion,
    ) -> Result<Self, BuildError> {
        let spec = cost.spec();
        if spec.per_row || spec.shape.len() != 1 {
            return Err(BuildError::Option {
                path: cost.path(),
                message: format!("the cost has shape {spec}, expected a single number"),
            });
        }
        if !graph.is_computed(cost) {
            return Err(BuildError::Option {
                path: cost.path(),
                message: "the cost is an input or a weight, expected a computed value".into(),
            });
        }
        let outputs: Vec<NodeId> = outputs.iter().map(|node| node.id()).collect();
        let record = graph.snapshot();
        record.check_carried()?;
        Ok(Self::new(Program::new(record, Some(cost.id()), &outputs, fusion)))
    }

    /// A plan for inference: no gradients, and buffers used again as soon as they are free.
    ///
    /// # Errors
    /// If an output holds indices, or nothing is carried to a state of the graph.
    ///
    /// # Panics
    /// If a node belongs to another graph.
    pub fn inference(graph: &Graph, outputs: &[Node<'_>]) -> Result<Self, BuildError> {
        if let Some(node) = outputs.iter().find(|node| node.spec().indices) {
            return Err(BuildError::Option {
                path: node.path(),
                message: format!("an output of indices {}, expected numbers", node.spec()),
            });
        }
        let outputs: Vec<NodeId> = outputs.iter().map(|node| node.id()).collect();
        let record = graph.snapshot();
        record.check_carried()?;
        // A run may be switched to training mode, so no normalization is folded.
        Ok(Self::new(Program::new(record, None, &outputs, Fusion::Finishes)))
    }

    pub(crate) fn new(program: Program) -> Self {
        Self { program, layouts: Vec::new(), arena: Arena::new() }
    }

    /// Asks for the gradient with respect to an input; [`Run::gradient`] then has it.
    ///
    /// ```
    /// use neuropil_nn::{Graph, Plan, prelude::*};
    ///
    /// let graph = Graph::new();
    /// let (x, target) = (graph.input("x", [1]), graph.input("target", [1]));
    /// let cost = x.times(x)?.loss(MeanSquaredError::new(), target)?; // (x² - target)²
    /// let mut params = Params::<f64>::new(&[&graph], 1)?;
    /// let mut plan = Plan::training(&graph, cost, &[])?;
    /// plan.track(x);
    ///
    /// let mut run = plan.run(&mut params, 1)?;
    /// run.input(x)[0] = 3.0;
    /// run.input(target)[0] = 8.0;
    /// run.forward()?;
    /// run.backward();
    /// assert_eq!(run.gradient(x), Some(&[2.0 * (9.0 - 8.0) * 2.0 * 3.0][..]));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Panics
    /// If the node is no input of numbers of this plan's graph, or if an op reads it, or what is
    /// computed from it, without a gradient for it: the target of a loss, say.
    pub fn track(&mut self, input: impl Into<NodeId>) {
        let index = self.program.value(input.into());
        let value = &self.program.record.values[index];
        assert!(
            matches!(value.source, Source::Input) && !value.spec.indices,
            "{} is no input of numbers",
            value.path
        );
        for step in &self.program.steps {
            for (i, &input) in step.inputs.iter().enumerate() {
                let depends = || self.program.record.depends_on(input, |root| root == index);
                assert!(
                    Op::<f32>::differentiates(&*step.op, i) || !depends(),
                    "{} has no gradient for its input {i}, which depends on {}: detach it",
                    Op::<f32>::name(&*step.op),
                    value.path
                );
            }
        }
        self.program.tracked.push(index);
        self.layouts.clear();
    }

    /// Begins a run over a batch of `rows`: fill the inputs, then go forward and backward.
    ///
    /// # Errors
    /// If there are no rows.
    ///
    /// # Panics
    /// If `params` lack a weight of the graph: make them from the graph.
    pub fn run<'a>(
        &'a mut self,
        params: &'a mut Params<T>,
        rows: usize,
    ) -> Result<Run<'a, T>, Error> {
        let layout = self.prepare(params, rows)?;
        params.refresh_packs(&self.layouts[layout].packs);
        Ok(Run::new(&self.program, &self.layouts[layout], &mut self.arena, params))
    }

    /// The layout for so many rows, made if it is not among the last used.
    fn prepare(&mut self, params: &mut Params<T>, rows: usize) -> Result<usize, Error> {
        if rows == 0 {
            return Err(Error::Empty { what: "the batch".into() });
        }
        let structure = params.structure();
        let fits = |layout: &Layout| layout.rows == rows && layout.structure == structure;
        let found = self.layouts.iter().position(fits);
        if let Some(found) = found {
            // The last used stands last, and the first is dropped when there are too many.
            if found + 1 < self.layouts.len() {
                self.layouts[found..].rotate_left(1);
            }
        } else {
            if self.layouts.len() == LAYOUTS {
                self.layouts.remove(0);
            }
            for (weight, transposed) in layout::packs(&self.program, params) {
                params.pack(weight, transposed);
            }
            let layout = Layout::new(&self.program, params, rows);
            self.arena.grow(&layout.sizes);
            self.layouts.push(layout);
        }
        Ok(self.layouts.len() - 1)
    }

    /// What is known of a value.
    ///
    /// # Panics
    /// If the node belongs to another graph.
    pub fn spec(&self, node: impl Into<NodeId>) -> Spec {
        self.program.record.values[self.program.value(node.into())].spec
    }

    /// Every step of a run over so many rows: shapes, weights, memory. The buffers of all sizes of
    /// batch are one: what [`memory`](Plan::memory) says is that of the largest so far.
    ///
    /// ```
    /// use neuropil_nn::{Graph, Plan, prelude::*};
    ///
    /// let graph = Graph::new();
    /// let y = graph.input("x", [4]).named("0", &Linear::new(4, 3))?;
    /// let params = Params::<f32>::new(&[&graph], 42)?;
    /// let trace = Plan::inference(&graph, &[y])?.trace(&params, 10);
    /// assert_eq!((trace.steps[0].path.as_str(), trace.steps[0].weights), ("0", 15));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Panics
    /// If `params` lack a weight of the graph.
    pub fn trace(&self, params: &Params<T>, rows: usize) -> Trace {
        trace(&self.program, params, rows)
    }

    /// The same program with no ops fused.
    pub(crate) fn unfused(&self) -> Self {
        let Program { record, outputs, cost, .. } = &self.program;
        let node = |index: usize| NodeId { graph: record.id, index };
        let outputs: Vec<NodeId> = outputs.iter().map(|&output| node(output)).collect();
        Self::new(Program::new(record.clone(), cost.map(node), &outputs, Fusion::None))
    }

    /// The layout of the run that was begun last.
    pub(crate) fn last_layout(&self) -> Option<&Layout> {
        self.layouts.last()
    }

    /// The steps of the last run with what they made: in training, where all values are kept.
    pub(crate) fn last_values(&self) -> impl Iterator<Item = (&Step, &[T])> {
        self.last_layout().into_iter().flat_map(|layout| {
            self.program.steps.iter().zip(&layout.steps).map(|(step, at)| {
                let slot = at.output;
                (step, &self.arena.values[slot.start..slot.start + slot.len])
            })
        })
    }

    /// Whether the last backward wrote, or added to, the gradient of the weight that begins here.
    pub(crate) fn has_written(&self, start: usize) -> bool {
        let mut leaves = self.last_layout().into_iter().flat_map(|layout| &layout.leaves);
        leaves.any(|leaf| {
            let slot = leaf.slot;
            slot.place == Place::Weight && slot.start == start && self.arena.touched[leaf.touched]
        })
    }

    /// Bytes that the buffers of this plan take.
    pub fn memory(&self) -> usize {
        let Arena { values, gradients, saved, scratch, words, indices, touched } = &self.arena;
        let numbers = values.len() + gradients.len() + saved.len() + scratch.len();
        numbers * size_of::<T>() + (words.len() + indices.len()) * size_of::<u32>() + touched.len()
    }
}
