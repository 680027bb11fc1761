//! Looking inside a training.

use super::progress::Progress;
use super::{Aim, Carry, Trainer};
use crate::error::Error;
use crate::inspect::{
    Audit, Explanation, Health, Lint, Trace, Training, Variable, audit, layer_health, lint, trace,
    weight_health,
};
use crate::plan::Plan;
use crate::real::Real;
use neuropil_data::Batch;
use neuropil_simd::AlignedVec;

impl<T: Real> Trainer<'_, T> {
    /// What looks like a mistake in the network, its loss, the penalties, the optimizer and its
    /// rate: see [`Rule`](crate::inspect::Rule).
    ///
    /// ```
    /// use neuropil_nn::inspect::Rule;
    /// use neuropil_nn::prelude::*;
    ///
    /// let layers = Sequential::new().then(Linear::new(4, 3)).then(Softmax);
    /// let mut net = Network::new(layers, [4], 42)?;
    /// let trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new().weight_decay(0.1)?)?;
    /// let rules: Vec<Rule> = trainer.lint().findings.iter().map(|finding| finding.rule).collect();
    /// assert_eq!(rules, [Rule::ActivatedLogits, Rule::PenalizedBias]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn lint(&self) -> Lint {
        let entries = self.net.params.entries();
        let penalties: Vec<Vec<&str>> = (self.penalties.iter())
            .map(|penalty| &penalty.entries[..])
            .chain(self.rules.shrunk())
            .map(|penalized| penalized.iter().map(|&i| entries[i].path.as_str()).collect())
            .collect();
        let decayed: Vec<&str> = (entries.iter().enumerate())
            .filter(|(i, entry)| self.updates.decays(*i, entry.shape.dims().len()))
            .map(|(_, entry)| entry.path.as_str())
            .collect();
        let is_trained =
            |path: &str| entries.iter().any(|entry| entry.path == path && entry.trainable);
        let next = self.past.progress.updates;
        let rates = [0, 1, 10, 100].map(|ahead| self.updates.rate(next + ahead));
        let training = Training {
            is_trained: &is_trained,
            penalties: &penalties,
            decayed: &decayed,
            rates: &rates,
        };
        lint(&self.any_plan().program, true, Some(&training))
    }

    /// Every step of a training run over so many rows: shapes, weights, memory.
    ///
    /// ```
    /// use neuropil_nn::prelude::*;
    ///
    /// let mut net = Network::new(Linear::new(4, 3), [4], 42)?;
    /// let trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?;
    /// let (small, large) = (trainer.trace(1).buffers, trainer.trace(64).buffers);
    /// assert!(small < large);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn trace(&self, rows: usize) -> Trace {
        trace(&self.any_plan().program, &self.net.params, rows)
    }

    /// Whether every weight got a gradient that it can be trained with, after
    /// [`gradients`](Trainer::gradients) or [`accumulate`](Trainer::accumulate). Gradients are
    /// looked at as they stand: with penalties, and clipped if they have been.
    ///
    /// ```
    /// use neuropil_nn::inspect::Verdict;
    /// use neuropil_nn::prelude::*;
    ///
    /// let data = Dataset::labelled([2], vec![0.0, 0.5, 0.0, -0.5], vec![0, 1], 2)?;
    /// let layers = Sequential::new().then(Linear::new(2, 4)).then(Tanh).then(Linear::new(4, 2));
    /// let mut net = Network::new(layers, [2], 42)?;
    /// net.params_mut().freeze("0.bias")?;
    /// let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?;
    /// for batch in &data.batches(2) {
    ///     trainer.gradients(batch)?;
    /// }
    /// let audit = trainer.audit()?;
    /// assert!(audit.is_clean());
    /// assert_eq!(audit.rows[1].verdict, Verdict::Frozen);
    /// println!("{audit}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If no gradients have been computed, or none since a [`resume`](Trainer::resume).
    pub fn audit(&self) -> Result<Audit, Error> {
        let Some(place) = self.graded else {
            return Err(Error::Setting {
                name: "the number of gradients computed before the audit",
                value: "0".into(),
                expected: "`gradients` or `accumulate` before it",
            });
        };
        let plan = &self.plans[place].plan;
        Ok(audit(&plan.program, &self.net.params, |start| plan.has_written(start)))
    }

    /// How values, gradients and updates look on a batch: means and deviations of each layer,
    /// saturated and dead units, norms, the update over the weight.
    ///
    /// It makes the update that this batch would cause, looks, and takes all of it back: weights,
    /// gradients, statistics, the optimizer's state and the random stream are what they were.
    ///
    /// ```
    /// use neuropil_nn::prelude::*;
    ///
    /// let data = Dataset::with_values([1], vec![-1.0, 1.0], [1], vec![0.0, 1.0])?;
    /// let layers = Sequential::new().then(Linear::new(1, 8)).then(Relu).then(Linear::new(8, 1));
    /// let mut net = Network::new(layers, [1], 42)?;
    /// let mut trainer = Trainer::new(&mut net, MeanSquaredError::new(), Sgd::new())?.rate(0.01);
    /// for batch in &data.batches(2) {
    ///     let health = trainer.health(batch)?;
    ///     assert_eq!(health.layers[0].op, "Linear + Relu");
    ///     assert!(health.layers[0].dead.is_some());
    ///     let first = &health.weights[0];
    ///     assert!((first.update - 0.01 * first.gradient).abs() < 1e-6); // plain descent
    ///     println!("{health}");
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`gradients`](Trainer::gradients).
    pub fn health(&mut self, batch: Batch<'_, T>) -> Result<Health, Error> {
        let before = Snapshot::of(self);
        let (rows, aim) = (batch.rows.len(), self.aim(batch.data));
        let seen = self.gradients(batch).map(|cost| {
            self.try_update();
            let layers = self.plan_for(aim).into_iter().flat_map(|plan| {
                let record = &plan.program.record;
                plan.last_values().filter_map(|(step, y)| layer_health(record, step, y))
            });
            let layers = layers.collect();
            let weights = weight_health(&self.net.params, &before.weights);
            Health { rows, cost, layers, weights }
        });
        before.restore(self);
        seen
    }

    /// The gradient of the mean cost of a batch with respect to one number, as the sum over all
    /// paths: the very gradient that [`gradients`](Trainer::gradients) would compute for the batch,
    /// without penalties. For tiny networks; see [`Run::explain`](crate::Run::explain). Nothing of
    /// the training is changed.
    ///
    /// ```
    /// use neuropil_nn::inspect::Variable;
    /// use neuropil_nn::prelude::*;
    ///
    /// let data = Dataset::with_values([1], vec![0.5], [1], vec![1.0])?;
    /// let layers = Sequential::new().then(Linear::new(1, 2)).then(Tanh).then(Linear::new(2, 1));
    /// let mut net = Network::new(layers, [1], 42)?;
    /// let mut trainer = Trainer::new(&mut net, MeanSquaredError::new(), Sgd::new())?;
    /// for batch in &data.batches(1) {
    ///     let explanation = trainer.explain(batch, &Variable::input("x", 0, [0]), 100)?;
    ///     assert_eq!(explanation.paths.len(), 2); // one through each hidden unit
    ///     println!("{explanation}");
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`gradients`](Trainer::gradients) and [`Run::explain`](crate::Run::explain).
    pub fn explain(
        &mut self,
        batch: Batch<'_, T>,
        variable: &Variable,
        limit: usize,
    ) -> Result<Explanation, Error> {
        let before = Snapshot::of(self);
        let explanation = self.explained(batch, variable, limit);
        before.restore(self);
        explanation
    }

    fn explained(
        &mut self,
        batch: Batch<'_, T>,
        variable: &Variable,
        limit: usize,
    ) -> Result<Explanation, Error> {
        let (seed, batches) = (self.net.seed, self.past.progress.batches);
        self.gradients(batch)?;
        // The same once more with no ops fused, so that each derivative shows.
        let plan = self.plan(self.aim(batch.data))?;
        let fused = &self.plans[plan].plan;
        let mut plan = fused.unfused();
        let mut run = plan.run(&mut self.net.params, batch.rows.len())?;
        run.random(seed, batches);
        run.copy_inputs(fused);
        run.forward()?;
        run.explain(variable, limit)
    }

    /// A plan of this training: there is one from the beginning.
    fn any_plan(&self) -> &Plan<T> {
        &self.plans.first().expect("`new` has made a plan").plan
    }

    fn plan_for(&self, aim: Aim) -> Option<&Plan<T>> {
        self.plans.iter().find(|ends| ends.aim == aim).map(|ends| &ends.plan)
    }
}

/// All that a batch and an update change.
struct Snapshot<T: Real> {
    weights: AlignedVec<T>,
    gradients: AlignedVec<T>,
    state: AlignedVec<T>,
    slots: Vec<T>,
    progress: Progress,
    carry: Option<Carry<T>>,
    graded: Option<usize>,
}

impl<T: Real> Snapshot<T> {
    fn of(trainer: &Trainer<'_, T>) -> Self {
        let params = &trainer.net.params;
        Self {
            weights: params.weights.clone(),
            gradients: params.gradients.clone(),
            state: params.state.clone(),
            slots: trainer.updates.slots().into(),
            progress: trainer.past.progress,
            carry: trainer.carry.clone(),
            graded: trainer.graded,
        }
    }

    fn restore(self, trainer: &mut Trainer<'_, T>) {
        let params = &mut trainer.net.params;
        params.weights_mut().copy_from_slice(&self.weights);
        params.gradients_mut().copy_from_slice(&self.gradients);
        params.state.copy_from_slice(&self.state);
        trainer.updates.slots_mut().copy_from_slice(&self.slots);
        trainer.past.progress = self.progress;
        trainer.carry = self.carry;
        trainer.graded = self.graded;
    }
}
