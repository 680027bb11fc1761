//! A whole training: epochs, validation, early stopping, callbacks.

use super::bar::Bar;
use super::cost_plan::counting;
use super::fit::Fit;
use super::{Best, Callback, Epoch, History, Partial, Trainer};
use crate::error::Error;
use crate::metrics::{Accuracy, Mean, Metric};
use crate::parallel;
use crate::real::Real;
use neuropil_data::{Batches, Dataset};
use neuropil_losses::{LossError, Target, TargetKind};
use std::ops::ControlFlow;
use std::time::Instant;

impl<T: Real> Trainer<'_, T> {
    /// Trains for some epochs, each over all rows of `data` in an order that is a function of
    /// seed and epoch. Returns the history of the whole training, epochs before a
    /// [`resume`](Trainer::resume) included. Batches in which nothing counts (weights of
    /// zero, labels that the loss ignores) are passed over.
    ///
    /// Where state is carried ([`carry_state`](Trainer::carry_state)), rows are taken in the order of
    /// `data` instead, and state begins anew with each epoch; the rows of `data` must be a multiple of
    /// the batch size.
    ///
    /// Where the best weights were put back at the end, a later `fit` goes on from them; a training
    /// that is resumed from a [`Checkpoint`](crate::Checkpoint) goes on from the last ones.
    ///
    /// # Errors
    /// If the data is empty, does not fit, or nothing in it counts, if a setting is out of
    /// range, if a callback fails, if data or batch size are not those of an unfinished epoch, or if
    /// the cost, a gradient to be clipped or a weight is not finite: the error names the first layer
    /// that isn't.
    /// The weights are then those of the last update; [`restore_best`](Trainer::restore_best) goes
    /// back to the best epoch's, if they were to be kept.
    pub fn fit(&mut self, data: &Dataset<T>, mut fit: Fit<'_, T>) -> Result<History, Error> {
        let measured = fit.validation.is_some_and(|data| self.measures_accuracy(data));
        fit.check(measured)?;
        self.check_data("the training data", data)?;
        if let Some(validation) = fit.validation {
            self.check_data("the validation data", validation)?;
            let none = match super::kind(validation) {
                TargetKind::Labels => Target::Labels(&[]),
                TargetKind::Values => Target::Values(&[]),
            };
            for metric in &mut fit.metrics {
                metric.add(self.net.output.width(), &[], none.into())?;
            }
        }
        if let Some(mixture) = fit.mixture.take() {
            self.mixing = Some(self.mixing(mixture, data, fit.batch_size)?);
        }
        let done = parallel::run(|| self.epochs(data, &mut fit));
        self.mixing = None;
        done?;
        Ok(self.past.history.clone())
    }

    /// Whether data can be trained on or validated with, as far as can be seen before.
    pub(super) fn check_data(&mut self, what: &str, data: &Dataset<T>) -> Result<(), Error> {
        if data.is_empty() {
            return Err(Error::Empty { what: what.into() });
        }
        self.net.sample.check_data(what, data)?;
        let positions = self.net.positions();
        let width = self.net.output.width();
        if positions.total(&*self.loss, width, data, 0..data.len()) == 0.0 {
            return Err(Error::Weightless { what: what.into() });
        }
        self.plan(self.aim(data)).map(|_| ())
    }

    /// Whether labels of this data are those of the outputs' largest numbers.
    fn measures_accuracy(&self, data: &Dataset<T>) -> bool {
        let width = self.net.output.width();
        super::kind(data) == TargetKind::Labels && self.loss.classes(width) == width
    }

    fn epochs(&mut self, data: &Dataset<T>, fit: &mut Fit<'_, T>) -> Result<(), Error> {
        let mut batches = data.batches(fit.batch_size);
        let partial = self.past.progress.partial;
        let present = (data.len() as u64, fit.batch_size as u64);
        if partial.batches > 0 && (partial.rows, partial.batch_size) != present {
            return Err(Error::Epoch {
                batches: partial.batches,
                rows: partial.rows,
                batch_size: partial.batch_size,
                found: present,
            });
        }
        if self.carry.is_some() && !data.len().is_multiple_of(fit.batch_size) {
            return Err(Error::Setting {
                name: "the number of rows of the training data",
                value: format!("{} in batches of {}", data.len(), fit.batch_size),
                expected: "a multiple of the batch size, since state is carried from batch to batch",
            });
        }
        // Only what was kept can be gone back to.
        if fit.restores_best {
            self.past.history.best = self.past.best.as_ref().map(|best| best.epoch);
        }
        let mut callbacks = std::mem::take(&mut fit.callbacks);
        for callback in &mut callbacks {
            callback.before_training(self)?;
        }
        let mut is_unfinished = false;
        while self.past.progress.epochs < fit.epochs && !self.is_patience_lost(fit) {
            let epochs = self.past.progress.epochs;
            // What is carried goes from each row to the row a batch later.
            if self.carry.is_none() {
                batches.shuffle(self.net.seed, epochs);
            } else if self.past.progress.partial.batches == 0 {
                self.reset_state();
            }
            self.past.progress.partial.rows = data.len() as u64;
            self.past.progress.partial.batch_size = fit.batch_size as u64;
            let mut bar = Bar::new(fit.progress, epochs + 1, fit.epochs, batches.len());
            let mut flow = self.epoch(&batches, fit, &mut callbacks, &mut bar)?;
            is_unfinished = (self.past.progress.partial.batches as usize) < batches.len();
            if !is_unfinished {
                self.finish_epoch(fit)?;
                if let Some(epoch) = self.past.history.epochs.last() {
                    bar.done(epoch);
                }
                for callback in &mut callbacks {
                    if callback.after_epoch(self)?.is_break() {
                        flow = ControlFlow::Break(());
                    }
                }
            }
            if flow.is_break() {
                break;
            }
        }
        self.past.history.stopped_early = self.is_patience_lost(fit);
        for callback in &mut callbacks {
            callback.after_training(self)?;
        }
        // Not into the midst of an epoch, which the next `fit` takes up; nor again over what was
        // done to the weights by hand since.
        let is_due = self.past.best.as_ref().is_some_and(|best| !best.restored);
        if fit.restores_best && !is_unfinished && is_due {
            self.restore_best();
        }
        Ok(())
    }

    /// Whether early stopping has waited long enough for a better epoch.
    fn is_patience_lost(&self, fit: &Fit<'_, T>) -> bool {
        let history = &self.past.history;
        let (Some(patience), Some(best)) = (fit.patience, history.best) else { return false };
        let later = history.epochs.iter().filter(|epoch| epoch.number > best);
        later.filter(|epoch| epoch.validation_cost.is_some()).count() as u64 >= patience
    }

    /// The batches of an epoch, from where a resumed training stands. A break may leave the epoch
    /// unfinished.
    fn epoch(
        &mut self,
        batches: &Batches<'_, T>,
        fit: &Fit<'_, T>,
        callbacks: &mut [Box<dyn Callback<T> + '_>],
        bar: &mut Bar,
    ) -> Result<ControlFlow<()>, Error> {
        let before = self.past.progress.partial.seconds;
        let start = Instant::now();
        let all = batches.len();
        // Mixed rows have no label of their own.
        let measures_accuracy = self.mixing.is_none() && self.measures_accuracy(batches.data());
        let mut first = self.past.progress.partial.batches as usize;
        bar.skip(first);
        while first < all {
            let end = all.min(first.saturating_add(fit.accumulate));
            let cost = self.step(batches, first..end, fit, measures_accuracy)?;
            first = end;
            let partial = &mut self.past.progress.partial;
            partial.batches = first as u64;
            partial.seconds = before + start.elapsed().as_secs_f64();
            bar.step(end, partial.cost.value(), partial.accuracy());
            let Some(cost) = cost else { continue };
            let mut flow = ControlFlow::Continue(());
            for callback in &mut *callbacks {
                if callback.after_update(self, cost)?.is_break() {
                    flow = ControlFlow::Break(());
                }
            }
            if flow.is_break() {
                return Ok(flow);
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Validates, and closes the books of the epoch, at the weights to evaluate with.
    fn finish_epoch(&mut self, fit: &mut Fit<'_, T>) -> Result<(), Error> {
        self.check_weights()?;
        let trained = self.put_evaluation_weights();
        let finished = self.close_epoch(fit);
        self.put_back(trained);
        finished
    }

    fn close_epoch(&mut self, fit: &mut Fit<'_, T>) -> Result<(), Error> {
        let start = Instant::now();
        let rate = self.updates.rate(self.past.progress.updates.saturating_sub(1));
        let number = self.past.progress.epochs + 1;
        let partial = self.past.progress.partial;
        let mut epoch = Epoch { number, rate, cost: partial.cost.value(), ..Epoch::default() };
        epoch.accuracy = partial.accuracy();
        if let Some(validation) = fit.validation {
            self.validate(validation, fit, &mut epoch)?;
            fit.check_monitored(&epoch)?;
        }
        let unscaled = self.updates.unscaled_rate(self.past.progress.updates.saturating_sub(1));
        fit.reduce(&epoch, unscaled, &mut self.past.progress.plateau);
        self.updates.scale = self.past.progress.plateau.scale;
        epoch.seconds = partial.seconds + start.elapsed().as_secs_f64();
        self.past.progress.epochs = number;
        self.past.progress.partial = Partial::default();
        self.average_epoch();
        let history = &self.past.history;
        let best = history.best.and_then(|best| history.epoch(best));
        let is_first = best.is_none() && fit.validation.is_some();
        if is_first || best.is_some_and(|best| fit.is_better(&epoch, best)) {
            self.past.history.best = Some(number);
            // What is kept is the best, or nothing.
            self.past.best = fit.restores_best.then(|| Best::of(&self.net.params, number));
        }
        self.past.history.epochs.push(epoch);
        Ok(())
    }

    /// Cost, accuracy of labels, and metrics on other data.
    fn validate(
        &mut self,
        data: &Dataset<T>,
        fit: &mut Fit<'_, T>,
        epoch: &mut Epoch,
    ) -> Result<(), Error> {
        let (mut cost, mut accuracy) = (Mean::default(), Mean::default());
        let measures_accuracy = self.measures_accuracy(data);
        let Self { net, loss, .. } = self;
        let numbers = loss.numbers(net.output.width()) as f64;
        for metric in &mut fit.metrics {
            metric.reset();
        }
        net.each_batch(data, |width, y, target| {
            match loss.value(width, y, target) {
                Ok(value) => {
                    let weight = loss.total(y.len() / width.max(1), target);
                    cost.add(if loss.is_mean() { value } else { value / weight / numbers }, weight);
                }
                // Rows that count nothing have no mean.
                Err(LossError::NoWeight { .. } | LossError::NothingCounts { .. }) => {}
                Err(error) => return Err(error.into()),
            }
            counting(loss.ignored_label(), width, y, target, |y, target| {
                if measures_accuracy {
                    Accuracy.add(&mut accuracy, width, y, target)?;
                }
                for metric in &mut fit.metrics {
                    metric.add(width, y, target)?;
                }
                Ok(())
            })
        })?;
        let value = cost.value();
        if !value.is_finite() {
            let first = Some("the cost of the validation data".to_owned());
            return Err(Error::NotFinite { value, step: self.past.progress.updates, first });
        }
        epoch.validation_cost = Some(value);
        epoch.validation_accuracy = measures_accuracy.then(|| accuracy.value());
        epoch.metrics = fit.metrics.iter().map(|metric| (metric.name(), metric.value())).collect();
        Ok(())
    }
}
