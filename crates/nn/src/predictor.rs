//! A network frozen for use by many threads.

use crate::error::Error;
use crate::graph::{Graph, NodeId};
use crate::lend::{Slot, StateBuffer};
use crate::module::Module;
use crate::network::rows_of;
use crate::op::Mode;
use crate::params::Params;
use crate::plan::layout::{self, Layout};
use crate::plan::program::Fusion;
use crate::plan::run::{Shared, forward};
use crate::plan::{Arena, Program};
use crate::real::Real;
use crate::spec::Spec;

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
    params: Params<T>,
    sample: Spec,
    x: NodeId,
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
        module: &dyn Module,
        sample: Spec,
        params: &Params<T>,
    ) -> Result<Self, Error> {
        let graph = Graph::new();
        let x = graph.named_input("x", sample);
        let y = module.build(x)?;
        let program = Program::new(graph.snapshot(), None, &[y.id()], Fusion::Inference);
        let mut params = params.without_gradients();
        for (weight, transposed) in layout::packs(&program, &params) {
            params.pack(weight, transposed);
        }
        params.refresh_all_packs();
        Ok(Self { program, params, sample, x: x.id(), y: y.id() })
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
    /// If there are more or fewer samples, or if samples are indices.
    ///
    /// # Panics
    /// If the workspace belongs to another predictor.
    pub fn run<'w>(&self, workspace: &'w mut Workspace<T>, x: &[T]) -> Result<&'w [T], Error> {
        let slot = self.input(workspace, x.len(), false)?;
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
    /// If there are more or fewer samples, if an index is out of range, or if samples are numbers.
    ///
    /// # Panics
    /// If the workspace belongs to another predictor.
    pub fn run_indices<'w>(
        &self,
        workspace: &'w mut Workspace<T>,
        x: &[u32],
    ) -> Result<&'w [T], Error> {
        let slot = self.input(workspace, x.len(), true)?;
        workspace.arena.indices[slot.start..slot.start + slot.len].copy_from_slice(x);
        self.forward(workspace)
    }

    /// Where the samples go, if they are as many numbers or indices as the workspace is for.
    #[inline]
    fn input(&self, workspace: &Workspace<T>, len: usize, indices: bool) -> Result<Slot, Error> {
        let slot = workspace.layout.values[self.x.index];
        let belongs = workspace.layout.structure == self.params.structure();
        if belongs && slot.len == len && len > 0 && self.sample.indices == indices {
            return Ok(slot);
        }
        Err(self.refusal(workspace, len, indices))
    }

    #[cold]
    fn refusal(&self, workspace: &Workspace<T>, len: usize, indices: bool) -> Error {
        assert!(
            workspace.layout.structure == self.params.structure(),
            "the workspace belongs to another predictor"
        );
        if let Err(error) = rows_of(len, self.sample, indices) {
            return error;
        }
        let expected = workspace.layout.rows * self.sample.shape.len();
        Error::Length { what: "the workspace's input".into(), found: len, expected }
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
