//! Training: gradients, clipping, updates, by hand or as a whole.

mod erased;
mod fit;
mod history;

pub use fit::Fit;
pub use history::{Epoch, History};

use crate::error::Error;
use crate::graph::{Graph, NodeId};
use crate::network::{Network, check_samples};
use crate::parallel;
use crate::plan::Plan;
use crate::real::Real;
use crate::spec::Spec;
pub(crate) use erased::AnyOptimizer;
use erased::{AnyLoss, AnyRegularizer};
use neuropil_data::{Batch, Dataset, TargetKind as DataKind};
use neuropil_losses::{Loss, Target, TargetKind};
use neuropil_optimizers::{MAX_SLOTS, Optimizer, Schedule, Step, clip_norm};
use neuropil_regularizers::Regularizer;
use neuropil_simd::AlignedVec;
use neuropil_tensor::Shape;

/// Trains a [`Network`]: whole with [`fit`](Trainer::fit), or piece by piece.
///
/// ```
/// use neuropil_nn::prelude::*;
///
/// // XOR
/// let inputs = vec![0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0];
/// let data = Dataset::with_values([2], inputs, [1], vec![0.0, 1.0, 1.0, 0.0])?;
/// let layers = Sequential::new().then(Linear::new(2, 8)).then(Tanh).then(Linear::new(8, 1));
/// let mut net = Network::new(layers, [2], 42)?;
/// let mut trainer = Trainer::new(&mut net, MeanSquaredError::new(), Adam::new())?.rate(0.03);
///
/// let mut batches = data.batches(4);
/// let mut cost = f64::INFINITY;
/// for epoch in 0..300 {
///     batches.shuffle(42, epoch);
///     for batch in &batches {
///         cost = trainer.gradients(batch)?; // forward and backward
///         trainer.clip_global_norm(1.0);
///         trainer.update();
///     }
/// }
/// assert!(cost < 1e-3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Trainer<'n, T: Real = f32> {
    pub(crate) net: &'n mut Network<T>,
    loss: Box<dyn AnyLoss<T>>,
    optimizer: Box<dyn AnyOptimizer<T>>,
    schedule: Box<dyn Schedule>,
    penalties: Vec<Penalty<T>>,
    /// The plan for each kind of target, made when first needed.
    plans: [Option<CostPlan<T>>; 2],
    /// The optimizer's slots, one after the other, each as long as the weights.
    pub(crate) slots: AlignedVec<T>,
    /// Running statistics before the batch, for one that is refused.
    state_before: AlignedVec<T>,
    pub(crate) progress: Progress,
}

/// How far a training has come: what a resumed one needs besides numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    /// Updates made.
    pub updates: u64,
    /// Batches seen, each with a random stream of its own.
    pub batches: u64,
    /// Epochs that `fit` has finished.
    pub epochs: u64,
}

#[derive(Debug)]
struct Penalty<T> {
    /// Entries of the weights.
    entries: Vec<usize>,
    regularizer: Box<dyn AnyRegularizer<T>>,
}

/// A training plan and its ends.
#[derive(Debug)]
struct CostPlan<T: Real> {
    plan: Plan<T>,
    x: NodeId,
    target: NodeId,
    y: NodeId,
    cost: NodeId,
}

/// What is shown of a pass: the width of an output, the outputs, and their targets.
type Seen<'s, T> = dyn FnMut(usize, &[T], Target<'_, T>) -> Result<(), Error> + 's;

/// The kind of a data set's targets, as losses name it.
pub(crate) fn kind<T: Copy>(data: &Dataset<T>) -> TargetKind {
    match data.target_kind() {
        DataKind::Labels { .. } => TargetKind::Labels,
        DataKind::Values { .. } => TargetKind::Values,
    }
}

impl<'n, T: Real> Trainer<'n, T> {
    /// A trainer at the start, with the optimizer's own rate.
    ///
    /// # Errors
    /// If the loss takes the network's output with no kind of target.
    ///
    /// # Panics
    /// If the optimizer wants more than [`MAX_SLOTS`] slots.
    pub fn new(
        net: &'n mut Network<T>,
        loss: impl Loss,
        optimizer: impl Optimizer,
    ) -> Result<Self, Error> {
        assert!(
            optimizer.slots() <= MAX_SLOTS,
            "{}: more than {MAX_SLOTS} slots",
            optimizer.name()
        );
        let slots = AlignedVec::zeros(optimizer.slots() * net.params.weights.len());
        let state_before = AlignedVec::zeros(net.params.state.len());
        let rate = optimizer.default_rate();
        let mut trainer = Self {
            net,
            loss: Box::new(loss),
            optimizer: Box::new(optimizer),
            schedule: Box::new(rate),
            penalties: Vec::new(),
            plans: [None, None],
            slots,
            state_before,
            progress: Progress::default(),
        };
        // The data decides between labels and values; one of them must do.
        let output = trainer.net.output.shape;
        let mut failed = None;
        for kind in [TargetKind::Labels, TargetKind::Values] {
            if !trainer.loss.accepts(kind) {
                continue;
            }
            let spec = match kind {
                TargetKind::Labels => Spec::indices([]),
                TargetKind::Values => {
                    let outer = output.dims().split_last().map_or(&[][..], |(_, outer)| outer);
                    let width = trainer.loss.target_width(output.width());
                    Spec::per_row(outer.iter().copied().chain([width]).collect::<Shape>())
                }
            };
            match trainer.plan(kind, spec) {
                Ok(()) => return Ok(trainer),
                Err(error) => failed = Some(error),
            }
        }
        if let Some(error) = failed {
            return Err(error);
        }
        Ok(trainer)
    }

    /// Sets the learning rate: a number, or any [`Schedule`].
    #[must_use]
    pub fn rate(mut self, schedule: impl Schedule) -> Self {
        self.schedule = Box::new(schedule);
        self
    }

    /// Adds a penalty on the weights that a pattern matches: objective = cost + penalty. In a
    /// pattern each `*` stands for any run of characters.
    ///
    /// # Errors
    /// If no weight matches.
    pub fn penalty(mut self, pattern: &str, regularizer: impl Regularizer) -> Result<Self, Error> {
        let entries = self.net.params.matching(pattern)?;
        self.penalties.push(Penalty { entries, regularizer: Box::new(regularizer) });
        Ok(self)
    }

    /// The network in training.
    pub fn network(&mut self) -> &mut Network<T> {
        self.net
    }

    /// Updates made so far.
    pub fn updates(&self) -> u64 {
        self.progress.updates
    }

    /// Forward and backward over a batch: the mean cost, without penalties; its gradients, with
    /// penalties, replace those in the network's [`Params`](crate::Params).
    ///
    /// # Errors
    /// If the batch is empty, its samples or targets do not fit, a label is out of range, or the
    /// cost is not finite; no weight and no state is changed then.
    pub fn gradients(&mut self, batch: Batch<'_, T>) -> Result<f64, Error> {
        self.pass(batch, false, &mut |_, _, _| Ok(()))
    }

    /// The same, added to the gradients that are there: an update over several batches begins with
    /// [`gradients`](Trainer::gradients) and goes on with this. The gradients are sums of those of
    /// the batches' mean costs, not their mean. Penalties are added by `gradients` alone, so that
    /// they count once an update.
    ///
    /// # Errors
    /// As [`gradients`](Trainer::gradients).
    pub fn accumulate(&mut self, batch: Batch<'_, T>) -> Result<f64, Error> {
        self.pass(batch, true, &mut |_, _, _| Ok(()))
    }

    /// One pass, which shows the outputs and targets of the batch.
    fn pass(
        &mut self,
        batch: Batch<'_, T>,
        adding: bool,
        seen: &mut Seen<'_, T>,
    ) -> Result<f64, Error> {
        check_samples("the batch", batch.data, self.net.sample)?;
        if batch.rows.is_empty() {
            return Err(Error::Empty { what: "the batch".into() });
        }
        let kind = kind(batch.data);
        let spec = match batch.data.target_kind() {
            DataKind::Labels { .. } => Spec::indices([]),
            DataKind::Values { shape } => Spec::per_row(shape),
        };
        let seed = self.net.seed;
        let Progress { updates, batches, .. } = self.progress;
        self.plan(kind, spec)?;
        let Some(CostPlan { plan, x, target, y, cost }) = &mut self.plans[place(kind)] else {
            unreachable!("the line above has made it");
        };
        self.state_before.copy_from_slice(&self.net.params.state);
        let mut run = plan.run(&mut self.net.params, batch.rows.len())?;
        run.random(seed, batches).update_states();
        batch.gather_inputs(run.input(*x));
        match kind {
            TargetKind::Labels => batch.gather_labels(run.indices(*target)),
            TargetKind::Values => batch.gather_values(run.input(*target)),
        }
        run.forward()?;
        let value = run.value(*cost)[0].to_f64();
        if !value.is_finite() {
            let first = run.first_not_finite();
            run.restore_states(&self.state_before);
            return Err(Error::NotFinite { value, step: updates, first });
        }
        let target = match kind {
            TargetKind::Labels => Target::Labels(run.index_values(*target)),
            TargetKind::Values => Target::Values(run.value(*target)),
        };
        if let Err(error) = seen(self.net.output.width(), run.value(*y), target) {
            run.restore_states(&self.state_before);
            return Err(error);
        }
        if adding {
            run.backward_adding()
        } else {
            run.backward()
        }
        if !adding {
            self.add_penalties();
        }
        self.progress.batches += 1;
        Ok(value)
    }

    fn add_penalties(&mut self) {
        let params = &mut self.net.params;
        for Penalty { entries, regularizer } in &self.penalties {
            for &entry in entries {
                if params.entries()[entry].trainable {
                    let range = params.entries()[entry].range();
                    let (w, dw) = (&params.weights[range.clone()], &mut params.gradients[range]);
                    regularizer.backward(w, dw);
                }
            }
        }
    }

    /// The sum of all penalties at the present weights.
    pub fn penalty_value(&self) -> f64 {
        let params = &self.net.params;
        let of_entry = |regularizer: &dyn AnyRegularizer<T>, entry: usize| {
            regularizer.penalty(&params.weights[params.entries()[entry].range()])
        };
        let of_penalty = |penalty: &Penalty<T>| -> f64 {
            penalty.entries.iter().map(|&entry| of_entry(&*penalty.regularizer, entry)).sum()
        };
        self.penalties.iter().map(of_penalty).sum()
    }

    /// Shortens all gradients by one factor so that their common Euclidean norm is at most `max`;
    /// returns the norm before. A norm that is not finite leaves them as they are.
    pub fn clip_global_norm(&mut self, max: f64) -> f64 {
        // Between tensors stand zeros, and frozen weights have none: the flat buffer will do.
        clip_norm(&mut self.net.params.gradients, max)
    }

    /// One update of all trained weights from the gradients that are there.
    pub fn update(&mut self) {
        let rate = self.schedule.rate(self.progress.updates);
        self.progress.updates += 1;
        let count = self.progress.updates;
        let len = self.net.params.weights.len();
        let whole = self.net.params.entries().iter().all(|entry| entry.trainable);
        if whole && self.optimizer.is_elementwise() {
            // Neighbours need no borders between them; the zeros there stay zeros, having
            // neither gradient nor state.
            return self.step(Step { rate, count, shape: &[len] }, 0..len);
        }
        for entry in 0..self.net.params.entries().len() {
            let entry = &self.net.params.entries()[entry];
            if entry.trainable {
                let (shape, range) = (entry.shape, entry.range());
                self.step(Step { rate, count, shape: shape.dims() }, range);
            }
        }
    }

    fn step(&mut self, at: Step<'_>, range: std::ops::Range<usize>) {
        let len = self.net.params.weights.len();
        let (w, dw) = self.net.params.weights_and_gradients_mut();
        let (w, dw) = (&mut w[range.clone()], &dw[range.clone()]);
        let mut slots: [&mut [T]; MAX_SLOTS] = Default::default();
        let mut count = 0;
        if len > 0 {
            for (place, slot) in slots.iter_mut().zip(self.slots.chunks_exact_mut(len)) {
                *place = &mut slot[range.clone()];
                count += 1;
            }
        }
        parallel::update(&*self.optimizer, at, w, dw, slots, count);
    }

    pub(crate) fn optimizer_name(&self) -> &'static str {
        self.optimizer.name()
    }

    pub(crate) fn slot_names(&self) -> &'static [&'static str] {
        self.optimizer.slot_names()
    }

    /// The plan for a kind of target, made if it is the first.
    fn plan(&mut self, kind: TargetKind, target: Spec) -> Result<(), Error> {
        if let Some(known) = &self.plans[place(kind)] {
            // The graph was made for targets of one shape; another shape is refused anew.
            if known.plan.spec(known.target) == target {
                return Ok(());
            }
        }
        let graph = Graph::new();
        let x = graph.input("x", self.net.sample);
        let y = self.net.module.build(x)?;
        let target = graph.named_input("target", target);
        let cost = self.loss.record(y, target)?;
        let plan = Plan::training(&graph, cost, &[y])?;
        let (x, target, y, cost) = (x.id(), target.id(), y.id(), cost.id());
        self.plans[place(kind)] = Some(CostPlan { plan, x, target, y, cost });
        Ok(())
    }
}

fn place(kind: TargetKind) -> usize {
    match kind {
        TargetKind::Labels => 0,
        TargetKind::Values => 1,
    }
}
