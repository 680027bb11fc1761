//! Training: gradients, clipping, updates, by hand or as a whole.

mod averages;
mod bar;
mod callback;
mod carry;
mod cost_plan;
mod csv_log;
mod decay;
mod epochs;
mod erased;
mod evaluation;
mod fit;
mod group;
mod history;
mod inspect;
mod minimize;
mod mixing;
mod progress;
mod range_test;
mod rules;
mod snapshot;
mod step;
mod tensor_board;

pub(crate) use averages::Averages;
pub use callback::Callback;
pub(crate) use carry::Carry;
pub use csv_log::CsvLog;
pub use fit::Fit;
pub use group::Group;
pub use history::{Epoch, History};
pub use range_test::{RangeTest, RangeTestCurve};
pub use snapshot::Checkpoint;
pub use tensor_board::TensorBoard;

use crate::error::Error;
use crate::graph::Graph;
use crate::network::Network;
use crate::real::Real;
use cost_plan::{Aim, CostPlan};
pub(crate) use cost_plan::{Positions, kind};
pub(crate) use erased::AnyOptimizer;
use erased::{AnyLoss, AnyRegularizer};
pub(crate) use group::Updates;
use mixing::Mixing;
use neuropil_data::{Batch, Dataset};
use neuropil_losses::{Loss, LossError, Target, TargetKind, Weighted};
use neuropil_optimizers::{Optimizer, Schedule, clip_norm, clip_value};
use neuropil_regularizers::Regularizer;
use neuropil_simd::AlignedVec;
pub(crate) use progress::{Best, Partial, Past, Progress};
use rules::Rules;

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
    penalties: Vec<Penalty<T>>,
    rules: Rules<T>,
    /// The plan for each kind of target, made when first needed.
    plans: Vec<CostPlan<T>>,
    pub(crate) updates: Updates<T>,
    /// The place of the plan that has computed the gradients that are there.
    pub(crate) graded: Option<usize>,
    /// Running statistics before the batch, for one that is refused.
    state_before: AlignedVec<T>,
    /// Those before the first batch of an update.
    state_of_update: AlignedVec<T>,
    /// What goes from batch to batch, if anything does.
    pub(crate) carry: Option<Carry<T>>,
    /// An average of the weights, if one is kept.
    pub(crate) averages: Option<Averages<T>>,
    /// What `fit` mixes its batches with.
    mixing: Option<Mixing<T>>,
    pub(crate) past: Past<T>,
}

#[derive(Debug)]
struct Penalty<T> {
    /// Entries of the weights.
    entries: Vec<usize>,
    regularizer: Box<dyn AnyRegularizer<T>>,
}

/// What a pass over a batch does with its gradients.
#[derive(Clone, Copy, Debug)]
struct Pass {
    /// Add to the gradients that are there, rather than replace them.
    adding: bool,
    /// How many times the cost counts.
    factor: f64,
    /// Mix the samples as `fit` was told to.
    mixes: bool,
}

/// What is shown of a pass: the width of an output, the outputs, and their targets.
type Seen<'s, T> = dyn FnMut(usize, &[T], Weighted<'_, T>) -> Result<(), Error> + 's;

impl<'n, T: Real> Trainer<'n, T> {
    /// A trainer at the start, with the optimizer's own rate.
    ///
    /// # Errors
    /// If the loss takes the network's output with no kind of target.
    ///
    /// # Panics
    /// If the optimizer wants more slots than [`MAX_SLOTS`](neuropil_optimizers::MAX_SLOTS).
    pub fn new(
        net: &'n mut Network<T>,
        loss: impl Loss,
        optimizer: impl Optimizer,
    ) -> Result<Self, Error> {
        let updates = Updates::new(optimizer, &net.params);
        let state_before = AlignedVec::zeros(net.params.state.len());
        let mut trainer = Self {
            net,
            loss: Box::new(loss),
            penalties: Vec::new(),
            rules: Rules::default(),
            plans: Vec::new(),
            graded: None,
            updates,
            state_of_update: state_before.clone(),
            state_before,
            carry: None,
            averages: None,
            mixing: None,
            past: Past::default(),
        };
        // The data decides between labels and values; one of them must do.
        let mut failed = None;
        for kind in [TargetKind::Labels, TargetKind::Values] {
            if !trainer.loss.accepts(kind) {
                continue;
            }
            let aim = trainer.guess(kind);
            match trainer.plan(aim) {
                Ok(_) => return Ok(trainer),
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
        self.updates.schedule(schedule);
        self
    }

    /// Gives the weights that a pattern matches a rate or an optimizer of their own; where several
    /// groups match, the last counts. In a pattern each `*` stands for any run of characters.
    ///
    /// ```
    /// use neuropil_nn::{Group, prelude::*};
    ///
    /// let layers = Sequential::new().then(Linear::new(2, 8)).then(Relu).then(Linear::new(8, 1));
    /// let mut net = Network::new(layers, [2], 42)?;
    /// let trainer = Trainer::new(&mut net, MeanSquaredError::new(), Adam::new())?
    ///     .rate(1e-3)
    ///     .group("0.*", Group::rate_factor(0.1)?)?
    ///     .group("*.bias", Group::optimizer(Sgd::new().momentum(0.9)?, 1e-2))?;
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If no weight matches, or if updates have been made, whose optimizer state would be lost.
    pub fn group(mut self, pattern: &str, group: Group<T>) -> Result<Self, Error> {
        let entries = self.net.params.matching(pattern)?;
        if self.updates() > 0 {
            return Err(Error::Setting {
                name: "a group of weights",
                value: format!("made after {} updates", self.updates()),
                expected: "one made before the first",
            });
        }
        self.updates.group(entries, group);
        Ok(self)
    }

    /// Adds a penalty on the weights that a pattern matches: objective = cost + penalty. In a
    /// pattern each `*` stands for any run of characters. For penalties on units see
    /// [`unit_axis`](Trainer::unit_axis), for true zeros [`proximal`](Trainer::proximal).
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
        self.past.progress.updates
    }

    /// The rate that the next update takes, of weights in no [`group`](Trainer::group).
    pub fn current_rate(&self) -> f64 {
        self.updates.rate(self.past.progress.updates)
    }

    /// What [`fit`](Trainer::fit) has done so far, before a [`resume`](Trainer::resume) too.
    pub fn history(&self) -> &History {
        &self.past.history
    }

    /// Forward and backward over a batch: the mean cost, without penalties; its gradients, with
    /// penalties, replace those in the network's [`Params`](crate::Params). Where the data set has
    /// weights, the mean is weighted: Σ w cost / Σ w c, where c is 1 unless the loss has weights of
    /// classes or ignores a label. Steps behind the end of a sequence count nothing.
    ///
    /// # Errors
    /// If the batch is empty, its samples or targets do not fit, an index or a label is out of
    /// range, nothing in it counts (weights of zero, ignored labels), or the cost is not finite; no weight and no state is
    /// changed then.
    ///
    /// # Panics
    /// If a row is not below `batch.data.len()`.
    pub fn gradients(&mut self, batch: Batch<'_, T>) -> Result<f64, Error> {
        self.pass(batch, Pass { adding: false, factor: 1.0, mixes: false }, &mut |_, _, _| Ok(()))
    }

    /// The same, added to the gradients that are there: an update over several batches begins with
    /// [`gradients`](Trainer::gradients) and goes on with this. The gradients are sums of those of
    /// the batches' mean costs, not their mean; [`Fit::accumulate`] makes it the mean. Penalties
    /// are added by `gradients` alone, so that they count once an update.
    ///
    /// ```
    /// use neuropil_nn::prelude::*;
    ///
    /// let data = Dataset::with_values([1], vec![1.0, 2.0, 3.0, 4.0], [1], vec![2.0, 4.0, 6.0, 8.0])?;
    /// let mut net = Network::new(Linear::new(1, 1), [1], 42)?;
    /// let mut trainer = Trainer::new(&mut net, MeanSquaredError::new(), Sgd::new())?;
    /// trainer.gradients(Batch { data: &data, rows: &[0, 1] })?;
    /// trainer.accumulate(Batch { data: &data, rows: &[2, 3] })?;
    /// trainer.update(); // one update for both
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`gradients`](Trainer::gradients).
    ///
    /// # Panics
    /// As [`gradients`](Trainer::gradients).
    pub fn accumulate(&mut self, batch: Batch<'_, T>) -> Result<f64, Error> {
        self.pass(batch, Pass { adding: true, factor: 1.0, mixes: false }, &mut |_, _, _| Ok(()))
    }

    /// One pass, which shows the outputs and targets of the batch.
    fn pass(
        &mut self,
        batch: Batch<'_, T>,
        pass: Pass,
        seen: &mut Seen<'_, T>,
    ) -> Result<f64, Error> {
        self.net.sample.check_data("the batch", batch.data)?;
        self.updates.check_shapes(&self.net.params)?;
        if batch.rows.is_empty() {
            return Err(Error::Empty { what: "the batch".into() });
        }
        if self.total(batch, pass.mixes) == 0.0 {
            let (loss, rows) = (self.loss.name(), batch.rows.len());
            let is_zero = |&row: &u32| batch.data.weight(row as usize) == Some(T::ZERO);
            return Err(match batch.rows.iter().all(is_zero) {
                true => LossError::NoWeight { loss, rows }.into(),
                false => LossError::NothingCounts { loss, rows }.into(),
            });
        }
        if let Some(carry) = &mut self.carry {
            carry.begin(batch.rows.len())?;
        }
        let seed = self.net.seed;
        let Progress { updates, batches, .. } = self.past.progress;
        let positions = self.net.positions();
        let mixed = self.mixing.as_ref().filter(|_| pass.mixes).map(|mixing| mixing.aim);
        let place = self.plan(mixed.unwrap_or_else(|| self.aim(batch.data)))?;
        let CostPlan { plan, ends, target, weights, y, cost, .. } = &mut self.plans[place];
        self.state_before.copy_from_slice(&self.net.params.state);
        let mut run = plan.run(&mut self.net.params, batch.rows.len())?;
        run.random(seed, batches).update_states();
        ends.gather(batch, &mut run);
        let mixing = self.mixing.as_mut().filter(|_| pass.mixes);
        let kind = if mixing.is_some() { TargetKind::Values } else { kind(batch.data) };
        match (mixing, kind) {
            (Some(mixing), _) => {
                mixing.fill(batch, (seed, batches), (ends.x, *target), &mut run);
            }
            (None, TargetKind::Labels) => batch.gather_labels(run.indices(*target)),
            (None, TargetKind::Values) => batch.gather_values(run.input(*target)),
        }
        if let Some(weights) = *weights {
            positions.gather_weights(batch, run.input(weights));
        }
        if let Some(carry) = &self.carry {
            run.carry_in(&carry.state)?;
        }
        // An index out of range is told by its row of the data set.
        run.forward().map_err(|error| error.of_rows(batch.rows, 1))?;
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
        let target = Weighted { target, weights: weights.map(|weights| run.value(weights)) };
        if let Err(error) = seen(self.net.output.width(), run.value(*y), target) {
            run.restore_states(&self.state_before);
            return Err(error);
        }
        if let Some(carry) = &mut self.carry {
            run.carry_out(&mut carry.state)?;
            carry.is_fresh = false;
        }
        run.backward_of(T::of(pass.factor), pass.adding);
        self.graded = Some(place);
        if !pass.adding {
            self.add_penalties();
        }
        self.past.progress.batches += 1;
        Ok(value)
    }

    fn add_penalties(&mut self) {
        let params = &mut self.net.params;
        for Penalty { entries, regularizer } in &self.penalties {
            for &entry in entries {
                let of = &params.entries()[entry];
                if of.trainable {
                    let (units, range) = (self.rules.units(entry, of), of.range());
                    let (w, dw) = (&params.weights[range.clone()], &mut params.gradients[range]);
                    regularizer.backward(units, w, dw);
                }
            }
        }
    }

    /// The sum of all penalties at the present weights, those of [`proximal`](Trainer::proximal) too.
    pub fn penalty_value(&self) -> f64 {
        let params = &self.net.params;
        let of_entry = |regularizer: &dyn AnyRegularizer<T>, entry: usize| {
            let of = &params.entries()[entry];
            regularizer.penalty(self.rules.units(entry, of), &params.weights[of.range()])
        };
        let of_penalty = |penalty: &Penalty<T>| -> f64 {
            penalty.entries.iter().map(|&entry| of_entry(&*penalty.regularizer, entry)).sum()
        };
        self.penalties.iter().map(of_penalty).sum::<f64>() + self.rules.penalty(params)
    }

    /// Brings every number of the gradients into [-max, max].
    ///
    /// # Panics
    /// If `max` is NaN or negative.
    pub fn clip_value(&mut self, max: f64) {
        clip_value(&mut self.net.params.gradients, max);
    }

    /// Shortens the gradient of each weight tensor that is longer than `max` to that Euclidean
    /// norm; returns the largest norm before. A norm that is not finite leaves its gradient as it
    /// is.
    ///
    /// # Panics
    /// If `max` is NaN or negative.
    pub fn clip_norm(&mut self, max: f64) -> f64 {
        let params = &mut self.net.params;
        let mut largest = 0.0;
        for entry in 0..params.entries().len() {
            let range = params.entries()[entry].range();
            let norm = clip_norm(&mut params.gradients[range], max);
            // NaN stays, whatever comes after it.
            largest = if norm > largest || norm.is_nan() { norm } else { largest };
        }
        largest
    }

    /// Shortens all gradients by one factor so that their common Euclidean norm is at most `max`;
    /// returns the norm before. A norm that is not finite leaves them as they are.
    ///
    /// # Panics
    /// If `max` is NaN or negative.
    pub fn clip_global_norm(&mut self, max: f64) -> f64 {
        // Between tensors stand zeros, and frozen weights have none: the flat buffer will do.
        clip_norm(&mut self.net.params.gradients, max)
    }

    /// One update of all trained weights from the gradients that are there, then the steps and
    /// constraints that lie on them ([`proximal`](Trainer::proximal), [`constraint`](Trainer::constraint)),
    /// then the average ([`average`](Trainer::average)).
    ///
    /// # Panics
    /// If an optimizer does not take the shape of a weight that it should train.
    pub fn update(&mut self) {
        self.try_update();
        self.average_update();
    }

    /// An update that may be taken back, which the average does not see.
    fn try_update(&mut self) {
        let Self { net, updates, rules, past, .. } = self;
        let count = past.progress.updates;
        updates.update(&mut net.params, count);
        rules.apply(&mut net.params, |weight| updates.rate_of_weight(weight, count));
        past.progress.updates += 1;
    }

    /// Puts the weights and states of the best epoch back that [`fit`](Trainer::fit) has kept
    /// ([`Fit::early_stopping`], [`Fit::restore_best`]); returns its number, or `None` if nothing
    /// was kept. `fit` does it by itself at its end, but not where it ends in an error.
    pub fn restore_best(&mut self) -> Option<u64> {
        let best = self.past.best.as_mut()?;
        best.restored = true;
        self.net.params.weights_mut().copy_from_slice(&best.weights);
        self.net.params.state.copy_from_slice(&best.state);
        Some(best.epoch)
    }

    /// Forgets what [`fit`](Trainer::fit) has counted of an epoch that a callback or an error has
    /// broken off, so that the next `fit` begins it anew, on other data or in other batches too.
    /// The updates that it has made remain.
    pub fn abandon_epoch(&mut self) {
        self.past.progress.partial = Partial::default();
    }

    /// What fits a data set.
    fn aim(&self, data: &Dataset<T>) -> Aim {
        Aim::of(data, self.net.positions())
    }

    /// What would be trained on, without data at hand.
    fn guess(&self, kind: TargetKind) -> Aim {
        Aim::guess(&*self.loss, self.net.output.shape, kind, self.net.positions())
    }

    /// How much a batch counts: what the mean of its costs is divided by.
    fn total(&self, batch: Batch<'_, T>, mixes: bool) -> f64 {
        let (positions, width) = (self.net.positions(), self.net.output.width());
        if mixes && self.mixing.is_some() {
            // Mixed targets are numbers, and all rows count.
            return positions.of_rows(batch.rows.len());
        }
        let rows = batch.rows.iter().map(|&row| row as usize);
        positions.total(&*self.loss, width, batch.data, rows)
    }

    /// The place of the plan for an aim, made if it is the first.
    fn plan(&mut self, aim: Aim) -> Result<usize, Error> {
        if let Some(known) = self.plans.iter().position(|plan| plan.aim == aim) {
            return Ok(known);
        }
        let graph = if self.carry.is_some() { Graph::carrying() } else { Graph::new() };
        let plan = CostPlan::new(&graph, self.net, &*self.loss, aim)?;
        self.plans.push(plan);
        Ok(self.plans.len() - 1)
    }
}
