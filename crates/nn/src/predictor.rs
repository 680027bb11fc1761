//! A network frozen for use by many threads.

use crate::error::Error;
use crate::graph::{Graph, NodeId};
use crate::lend::{Slot, StateBuffer};
use crate::module::Module;
use crate::op::Mode;
use crate::params::Params;
use crate::plan::layout::{self, Layout};
use crate::plan::program::Fusion;
use crate::plan::run::{Shared, forward};
use crate::plan::{Arena, Program};
use crate::real::Real;
use crate::sample::{Ends, Sample, Samples};
use std::sync::Arc;

/// A network's weights and steps for inference, packed once. Share it among threads in an `Arc`;
/// each thread has a [`Workspace`]. A batch normalization behind a dense layer is done along with it, to
/// the same bits.
///
/// ```
/// use neuropil_nn::prelude::*;
/// use std::sync::Arc;
///
/// let net = Network::new(Sequential::new().then(Linear::new(2, 1)), [2], 42)?;
/// let predictor = Arc::new(net.predictor()?);
/// let handles = [[0.0, 1.0], [1.0, 0.0]].map(|request| {
///     let predictor = Arc::clone(&predictor);
///     std::thread::spawn(move || {
///         let mut workspace = predictor.workspace(1); // the thread's only allocation
///         predictor.run(&mut workspace, &request).map(|answer| answer[0])
///     })
/// });
/// for handle in handles {
///     assert!(handle.join().unwrap()?.is_finite());
/// }
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug)]
pub struct Predictor<T: Real = f32> {
    program: Program,
    params: Arc<Params<T>>,
    module: Arc<dyn Module>,
    sample: Sample,
    ends: Ends,
    y: NodeId,
}

/// The buffers of one thread, for batches of one size.
#[derive(Debug)]
pub struct Workspace<T: Real = f32> {
    layout: Layout,
    arena: Arena<T>,
}

impl<T: Real> Predictor<T> {
    pub(crate) fn new(
        module: &Arc<dyn Module>,
        sample: Sample,
        params: &Params<T>,
    ) -> Result<Self, Error> {
        let graph = Graph::new();
        let (ends, y) = sample.record(&graph, &**module)?;
        let program = Program::new(graph.snapshot(), None, &[y.id()], Fusion::Inference);
        let mut params = params.without_gradients();
        for (weight, transposed) in layout::packs(&program, &params) {
            params.pack(weight, transposed);
        }
        params.refresh_all_packs();
        let (params, module) = (Arc::new(params), Arc::clone(module));
        Ok(Self { program, params, module, sample, ends, y: y.id() })
    }

    pub(crate) fn params(&self) -> &Arc<Params<T>> {
        &self.params
    }

    pub(crate) fn module(&self) -> &dyn Module {
        &*self.module
    }

    pub(crate) fn sample(&self) -> Sample {
        self.sample
    }

    /// Buffers for batches of `rows`: allocates here, so that [`run`](Predictor::run) need not.
    ///
    /// # Panics
    /// If `rows` is 0.
    pub fn workspace(&self, rows: usize) -> Workspace<T> {
        assert!(rows > 0, "a workspace for 0 rows");
        let layout = Layout::new(&self.program, &self.params, rows);
        let mut arena = Arena::new();
        arena.grow(&layout.sizes);
        Workspace { layout, arena }
    }

    /// The outputs for the samples in `x`, as many as the workspace is for.
    ///
    /// # Errors
    /// If there are more or fewer samples, or if samples are indices or have lengths.
    ///
    /// # Panics
    /// If the workspace belongs to another predictor.
    pub fn run<'w>(&self, workspace: &'w mut Workspace<T>, x: &[T]) -> Result<&'w [T], Error> {
        let slot = self.input(workspace, Samples::Numbers(x), None)?;
        workspace.arena.values[slot.start..slot.start + slot.len].copy_from_slice(x);
        let Workspace { layout, arena } = &mut *workspace;
        if let Some(layers) = layout.single.layers() {
            layers.run(&self.params.packs, &self.params.weights, &mut arena.values);
            let slot = layout.values[self.y.index];
            return Ok(&workspace.arena.values[slot.start..slot.start + slot.len]);
        }
        self.forward(workspace)
    }

    /// The same for samples of indices.
    ///
    /// # Errors
    /// If there are more or fewer samples, if an index is out of range, or if samples are numbers or
    /// have lengths.
    ///
    /// # Panics
    /// If the workspace belongs to another predictor.
    pub fn run_indices<'w>(
        &self,
        workspace: &'w mut Workspace<T>,
        x: &[u32],
    ) -> Result<&'w [T], Error> {
        let slot = self.input(workspace, Samples::Indices(x), None)?;
        workspace.arena.indices[slot.start..slot.start + slot.len].copy_from_slice(x);
        self.forward(workspace)
    }

    /// The outputs for the sequences in `x`, each with a length: of a network made by
    /// [`Network::with_lengths`](crate::Network::with_lengths).
    ///
    /// # Errors
    /// If there are more or fewer samples or lengths, if a length is not in `1..=steps`, if samples
    /// are indices, or if the network takes no lengths.
    ///
    /// # Panics
    /// If the workspace belongs to another predictor.
    pub fn run_lengths<'w>(
        &self,
        workspace: &'w mut Workspace<T>,
        x: &[T],
        lengths: &[u32],
    ) -> Result<&'w [T], Error> {
        let slot = self.input(workspace, Samples::Numbers(x), Some(lengths))?;
        workspace.arena.values[slot.start..slot.start + slot.len].copy_from_slice(x);
        self.put_lengths(workspace, lengths);
        self.forward(workspace)
    }

    /// The same for samples of indices.
    ///
    /// # Errors
    /// As [`run_indices`](Predictor::run_indices) and [`run_lengths`](Predictor::run_lengths).
    ///
    /// # Panics
    /// If the workspace belongs to another predictor.
    pub fn run_indices_lengths<'w>(
        &self,
        workspace: &'w mut Workspace<T>,
        x: &[u32],
        lengths: &[u32],
    ) -> Result<&'w [T], Error> {
        let slot = self.input(workspace, Samples::Indices(x), Some(lengths))?;
        workspace.arena.indices[slot.start..slot.start + slot.len].copy_from_slice(x);
        self.put_lengths(workspace, lengths);
        self.forward(workspace)
    }

    fn put_lengths(&self, workspace: &mut Workspace<T>, lengths: &[u32]) {
        if let Some(node) = self.ends.lengths {
            let Slot { start, len, .. } = workspace.layout.values[node.index];
            workspace.arena.indices[start..start + len].copy_from_slice(lengths);
        }
    }

    /// Where the samples go, if they are as many numbers or indices, with as many lengths, as the
    /// workspace is for.
    #[inline]
    fn input(
        &self,
        workspace: &Workspace<T>,
        x: Samples<'_, T>,
        lengths: Option<&[u32]>,
    ) -> Result<Slot, Error> {
        let slot = workspace.layout.values[self.ends.x.index];
        let belongs = workspace.layout.structure == self.params.structure();
        let (len, indices) = (x.len(), matches!(x, Samples::Indices(_)));
        let has_lengths = match lengths {
            None => !self.sample.has_lengths,
            Some(lengths) => self.sample.has_lengths && lengths.len() == workspace.layout.rows,
        };
        if belongs
            && slot.len == len
            && len > 0
            && self.sample.spec.indices == indices
            && has_lengths
        {
            return Ok(slot);
        }
        Err(self.refusal(workspace, x, lengths))
    }

    #[cold]
    fn refusal(
        &self,
        workspace: &Workspace<T>,
        x: Samples<'_, T>,
        lengths: Option<&[u32]>,
    ) -> Error {
        assert!(
            workspace.layout.structure == self.params.structure(),
            "the workspace belongs to another predictor"
        );
        if let Err(error) = self.sample.rows_of(x, lengths) {
            return error;
        }
        let expected = workspace.layout.rows * self.sample.spec.shape.len();
        Error::Length { what: "the workspace's input".into(), found: x.len(), expected }
    }

    fn forward<'w>(&self, workspace: &'w mut Workspace<T>) -> Result<&'w [T], Error> {
        let Workspace { layout, arena } = workspace;
        let shared = Shared {
            weights: &self.params.weights,
            packs: &self.params.packs,
            mode: Mode::Inference,
            key: 0,
        };
        forward(&self.program, layout, arena, shared, StateBuffer::Read(&self.params.state))?;
        let slot = layout.values[self.y.index];
        Ok(&arena.values[slot.start..slot.start + slot.len])
    }
}
