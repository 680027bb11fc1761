//! Averages of the weights, kept beside them while they are trained.

use super::Trainer;
use super::cost_plan::{CostPlan, kind};
use crate::error::Error;
use crate::network::Network;
use crate::parallel;
use crate::params::Params;
use crate::real::Real;
use neuropil_data::Dataset;
use neuropil_losses::TargetKind;
use neuropil_regularizers::{Average, take_average};
use neuropil_simd::AlignedVec;

/// An average with its rule.
#[derive(Debug)]
pub(crate) struct Averages<T: Real> {
    rule: Box<dyn Average>,
    /// How often the weights have been taken.
    pub taken: u64,
    pub weights: AlignedVec<T>,
    /// The states that go with the averaged weights.
    pub state: AlignedVec<T>,
}

impl<T: Real> Averages<T> {
    fn take(&mut self, params: &Params<T>) {
        let (share, w) = (self.rule.share(self.taken), &params.weights);
        parallel::rows(&mut self.weights, 1, |piece, average| {
            take_average(share, &w[piece], average);
        });
        self.state.copy_from_slice(&params.state);
        self.taken += 1;
    }

    fn swap(&mut self, params: &mut Params<T>) {
        params.weights_mut().swap_with_slice(&mut self.weights);
        params.state.swap_with_slice(&mut self.state);
    }
}

impl<T: Real> Trainer<'_, T> {
    /// Keeps an average of all weights beside them: [`Ema`](neuropil_regularizers::Ema), or
    /// [`Swa`](neuropil_regularizers::Swa), whose epochs are those of [`fit`](Trainer::fit). It is part
    /// of what [`save`](Trainer::save) writes, and [`resume`](Trainer::resume) goes on with it to the
    /// same bits. The training itself does not see it.
    ///
    /// States (running statistics) are not averaged: the average has those of the weights that it has
    /// taken last, as PyTorch's `AveragedModel` by default.
    /// [`average_statistics`](Trainer::average_statistics) computes its own.
    ///
    /// ```
    /// use neuropil_nn::prelude::*;
    /// use neuropil_regularizers::Ema;
    ///
    /// let data = Dataset::labelled([1], vec![0.0, 1.0, 2.0, 3.0], vec![0, 0, 1, 1], 2)?;
    /// let mut net = Network::new(Linear::new(1, 2), [1], 42)?;
    /// let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?
    ///     .rate(0.1)
    ///     .average(Ema::new(0.9)?.warm_up())?;
    /// trainer.fit(&data, Fit::epochs(40))?;
    /// let accuracy = trainer.with_average(|net| net.evaluate(&data, Accuracy))??;
    /// assert_eq!(accuracy, 1.0);
    /// trainer.keep_average()?; // and predict with it from here on
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If updates have been made.
    pub fn average(mut self, rule: impl Average) -> Result<Self, Error> {
        if self.updates() > 0 {
            return Err(Error::Setting {
                name: "an average of the weights",
                value: format!("asked for after {} updates", self.updates()),
                expected: "before the first",
            });
        }
        let (weights, state) = (self.net.params.weights.clone(), self.net.params.state.clone());
        self.averages = Some(Averages { rule: Box::new(rule), taken: 0, weights, state });
        Ok(self)
    }

    /// The averaged weights, in the layout of [`Params::weights`](crate::Params::weights); `None` before
    /// the first were taken.
    pub fn averaged_weights(&self) -> Option<&[T]> {
        self.averages.as_ref().filter(|all| all.taken > 0).map(|all| &all.weights[..])
    }

    /// How often the weights have been taken into the average.
    pub fn averages_taken(&self) -> u64 {
        self.averages.as_ref().map_or(0, |all| all.taken)
    }

    /// Does something with the network while it has the averaged weights and their states: evaluate,
    /// predict, save. Afterwards it has its own again; what was changed in between is changed in the
    /// average.
    ///
    /// # Errors
    /// If no average is kept ([`average`](Trainer::average)), or nothing has been taken yet.
    pub fn with_average<R>(&mut self, work: impl FnOnce(&mut Network<T>) -> R) -> Result<R, Error> {
        self.check_average()?;
        self.swap_average();
        let result = work(self.net);
        self.swap_average();
        Ok(result)
    }

    /// Gives the network the averaged weights and their states for good.
    ///
    /// # Errors
    /// As [`with_average`](Trainer::with_average).
    pub fn keep_average(&mut self) -> Result<(), Error> {
        self.check_average()?;
        if let Some(averages) = &self.averages {
            self.net.params.weights_mut().copy_from_slice(&averages.weights);
            self.net.params.state.copy_from_slice(&averages.state);
        }
        Ok(())
    }

    /// Computes the running statistics that belong to the averaged weights: those of batch
    /// normalization are begun anew and are then the mean over the batches of `data`, whatever the
    /// momentum. Of use behind [`Swa`](neuropil_regularizers::Swa). PyTorch's `update_bn`.
    ///
    /// The network itself is left as it is. Batches are taken in the order of the data, in training
    /// mode: dropout drops.
    ///
    /// ```
    /// use neuropil_nn::prelude::*;
    /// use neuropil_regularizers::Swa;
    ///
    /// let data = Dataset::labelled([1], vec![4.0, 5.0, 6.0, 7.0], vec![0, 0, 1, 1], 2)?;
    /// let layers = Sequential::new().then(BatchNorm::new(1)).then(Linear::new(1, 2));
    /// let mut net = Network::new(layers, [1], 42)?;
    /// let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Sgd::new())?
    ///     .rate(0.1)
    ///     .average(Swa::updates(5, 1)?)?;
    /// trainer.fit(&data, Fit::epochs(20).batch_size(2))?;
    /// trainer.average_statistics(&data, 2)?;
    /// trainer.keep_average()?;
    /// assert_eq!(net.params().state("0.running_mean")?, [5.5]);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`with_average`](Trainer::with_average); if the data is empty or does not fit, the batch size
    /// is 0, or state is carried from batch to batch.
    pub fn average_statistics(
        &mut self,
        data: &Dataset<T>,
        batch_size: usize,
    ) -> Result<(), Error> {
        self.check_average()?;
        self.check_data("the data of the statistics", data)?;
        if batch_size == 0 {
            let (value, expected) = ("0".into(), "at least 1");
            return Err(Error::Setting { name: "the batch size", value, expected });
        }
        if self.carry.is_some() {
            return Err(Error::Setting {
                name: "computing statistics anew",
                value: "asked for where state is carried".into(),
                expected: "a training that carries no state",
            });
        }
        let before = self.averages.as_ref().map(|averages| averages.state.clone());
        self.swap_average();
        let done = parallel::run(|| self.renew_states(data, batch_size));
        self.swap_average();
        if let (Err(_), Some(averages), Some(before)) = (&done, &mut self.averages, before) {
            averages.state = before;
        }
        done
    }

    /// Running statistics of the network, begun anew.
    fn renew_states(&mut self, data: &Dataset<T>, batch_size: usize) -> Result<(), Error> {
        let place = self.plan(self.aim(data))?;
        let positions = self.net.positions();
        let (params, seed) = (&mut self.net.params, self.net.seed);
        params.reset_counters();
        for (step, batch) in data.batches(batch_size).iter().enumerate() {
            let CostPlan { plan, ends, target, weights, .. } = &mut self.plans[place];
            let mut run = plan.run(params, batch.rows.len())?;
            run.random(seed, step as u64).renew_states();
            ends.gather(batch, &mut run);
            match kind(data) {
                TargetKind::Labels => batch.gather_labels(run.indices(*target)),
                TargetKind::Values => batch.gather_values(run.input(*target)),
            }
            if let Some(weights) = *weights {
                positions.gather_weights(batch, run.input(weights));
            }
            run.forward().map_err(|error| error.of_rows(batch.rows, 1))?;
        }
        Ok(())
    }

    /// Whether there is an average.
    fn check_average(&self) -> Result<(), Error> {
        if self.averages_taken() > 0 {
            return Ok(());
        }
        let value = match &self.averages {
            None => "none: the trainer keeps none".to_owned(),
            Some(averages) => format!("none yet of {}", averages.rule.name()),
        };
        let expected = "`average` before the training, and weights that were taken";
        Err(Error::Setting { name: "the average", value, expected })
    }

    /// Exchanges the weights and states of the network with those of the average.
    fn swap_average(&mut self) {
        if let Some(averages) = &mut self.averages {
            averages.swap(&mut self.net.params);
        }
    }

    /// Takes the weights after an update, if it is time.
    pub(super) fn average_update(&mut self) {
        let updates = self.past.progress.updates;
        if let Some(averages) = &mut self.averages
            && averages.rule.after_update(updates)
        {
            averages.take(&self.net.params);
        }
    }

    /// Takes the weights after an epoch, if it is time.
    pub(super) fn average_epoch(&mut self) {
        let epochs = self.past.progress.epochs;
        if let Some(averages) = &mut self.averages
            && averages.rule.after_epoch(epochs)
        {
            averages.take(&self.net.params);
        }
    }
}
