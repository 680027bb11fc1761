//! A whole training: epochs, validation, early stopping, callbacks.

use super::bar::Bar;
use super::cost_plan::total_weight;
use super::fit::{Clip, Fit};
use super::{Best, Callback, Epoch, History, Partial, Pass, Trainer};
use crate::error::Error;
use crate::metrics::{Accuracy, Mean, Metric};
use crate::network::check_samples;
use crate::parallel;
use crate::real::Real;
use neuropil_data::{Batches, Dataset};
use neuropil_losses::{Target, TargetKind, Weighted};
use std::ops::ControlFlow;
use std::time::Instant;

impl<T: Real> Trainer<'_, T> {
    /// Trains for some epochs, each over all rows of `data` in an order that is a function of
    /// seed and epoch. Returns the history of the whole training, epochs before a
    /// [`resume`](Trainer::resume) included.
    ///
    /// # Errors
    /// If the data is empty or does not fit, a setting is out of range, a callback fails, or the
    /// cost or a gradient to be clipped is not finite: the error names the first layer that isn't.
    /// The weights are then those of the last update; [`restore_best`](Trainer::restore_best) goes
    /// back to the best epoch's, if they were to be kept.
    pub fn fit(&mut self, data: &Dataset<T>, mut fit: Fit<'_, T>) -> Result<History, Error> {
        fit.check()?;
        if data.is_empty() {
            return Err(Error::Empty { what: "the training data".into() });
        }
        check_samples("the training data", data, self.net.sample)?;
        if let Some(validation) = fit.validation {
            if validation.is_empty() {
                return Err(Error::Empty { what: "the validation data".into() });
            }
            check_samples("the validation data", validation, self.net.sample)?;
        }
        parallel::run(|| self.epochs(data, &mut fit))?;
        Ok(self.past.history.clone())
    }

    fn epochs(&mut self, data: &Dataset<T>, fit: &mut Fit<'_, T>) -> Result<(), Error> {
        let mut batches = data.batches(fit.batch_size);
        let Partial { batches: done, of, .. } = self.past.progress.partial;
        if done > 0 && of != batches.len() as u64 {
            return Err(Error::Setting {
                name: "the number of batches",
                value: format!("{} an epoch", batches.len()),
                expected: "that of the training that was resumed in the midst of an epoch",
            });
        }
        let mut callbacks = std::mem::take(&mut fit.callbacks);
        for callback in &mut callbacks {
            callback.before_training(self)?;
        }
        while self.past.progress.epochs < fit.epochs && !self.is_patience_lost(fit) {
            let epochs = self.past.progress.epochs;
            batches.shuffle(self.net.seed, epochs);
            let mut bar = Bar::new(fit.progress, epochs + 1, fit.epochs, batches.len());
            let mut flow = self.epoch(&batches, fit, &mut callbacks, &mut bar)?;
            if flow.is_continue() {
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
        if fit.restores_best {
            self.restore_best();
        }
        Ok(())
    }

    /// Whether early stopping has waited long enough for a better epoch.
    fn is_patience_lost(&self, fit: &Fit<'_, T>) -> bool {
        let (Some(patience), Some(best)) = (fit.patience, self.past.history.best) else {
            return false;
        };
        self.past.progress.epochs - best >= patience
    }

    /// The batches of an epoch, from where a resumed training stands. A break leaves the epoch
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
        self.past.progress.partial.of = all as u64;
        let mut first = self.past.progress.partial.batches as usize;
        bar.skip(first);
        while first < all {
            let end = all.min(first + fit.accumulate);
            let cost = self.step(batches, first..end, fit)?;
            first = end;
            let partial = &mut self.past.progress.partial;
            partial.batches = first as u64;
            partial.seconds = before + start.elapsed().as_secs_f64();
            bar.step(end, partial.cost.value(), partial.accuracy());
            let mut flow = ControlFlow::Continue(());
            for callback in &mut *callbacks {
                if callback.after_update(self, cost)?.is_break() {
                    flow = ControlFlow::Break(());
                }
            }
            if flow.is_break() && first < all {
                return Ok(flow);
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// One update from some batches; returns their mean cost.
    fn step(
        &mut self,
        batches: &Batches<'_, T>,
        range: std::ops::Range<usize>,
        fit: &Fit<'_, T>,
    ) -> Result<f64, Error> {
        let of =
            |range: &std::ops::Range<usize>| batches.iter().skip(range.start).take(range.len());
        let total: f64 = of(&range).map(total_weight).sum();
        let mut mean = Mean::default();
        let mut partial = self.past.progress.partial;
        for (i, batch) in of(&range).enumerate() {
            let mut seen = |width: usize, y: &[T], target: Weighted<'_, T>| {
                if let Target::Labels(_) = target.target {
                    Accuracy.add(&mut partial.accuracy, width, y, target)?;
                }
                Ok(())
            };
            let weight = total_weight(batch);
            // Sums of costs add up as they are, means by their shares of the whole.
            let factor = if self.loss.is_mean() { weight / total } else { 1.0 };
            let cost = self.pass(batch, Pass { adding: i > 0, factor }, &mut seen)?;
            let per_row = if self.loss.is_mean() { cost } else { cost / weight };
            mean.add(per_row, weight);
            partial.cost.add(per_row, weight);
        }
        self.past.progress.partial = partial;
        for &clip in &fit.clips {
            let norm = match clip {
                Clip::Value(max) => {
                    self.clip_value(max);
                    continue;
                }
                Clip::Norm(max) => self.clip_norm(max),
                Clip::GlobalNorm(max) => self.clip_global_norm(max),
            };
            if !norm.is_finite() {
                return Err(Error::NotFiniteGradient {
                    step: self.past.progress.updates,
                    path: self.net.params.first_gradient_not_finite(),
                });
            }
        }
        self.update();
        Ok(mean.value())
    }

    /// Validates, and closes the books of the epoch.
    fn finish_epoch(&mut self, fit: &mut Fit<'_, T>) -> Result<(), Error> {
        let start = Instant::now();
        let rate = self.updates.rate(self.past.progress.updates.saturating_sub(1));
        let number = self.past.progress.epochs + 1;
        let partial = self.past.progress.partial;
        let mut epoch = Epoch { number, rate, cost: partial.cost.value(), ..Epoch::default() };
        epoch.accuracy = partial.accuracy();
        if let Some(validation) = fit.validation {
            self.validate(validation, fit, &mut epoch)?;
        }
        epoch.seconds = partial.seconds + start.elapsed().as_secs_f64();
        self.past.progress.epochs = number;
        self.past.progress.partial = Partial::default();
        let history = &self.past.history;
        let best = history.best.and_then(|best| history.epoch(best));
        let is_first = best.is_none() && fit.validation.is_some();
        if is_first || best.is_some_and(|best| fit.is_better(&epoch, best)) {
            self.past.history.best = Some(number);
            if fit.restores_best {
                self.past.best = Some(Best::of(&self.net.params, number));
            }
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
        let Self { net, loss, .. } = self;
        let labelled = super::kind(data) == TargetKind::Labels;
        for metric in &mut fit.metrics {
            metric.reset();
        }
        net.each_batch(data, |width, y, target| {
            let weight = match target.weights {
                None => (y.len() / width.max(1)) as f64,
                Some(weights) => weights.iter().map(|weight| weight.to_f64()).sum(),
            };
            // Rows that count nothing have no mean.
            if weight > 0.0 {
                let value = loss.value(width, y, target)?;
                cost.add(if loss.is_mean() { value } else { value / weight }, weight);
            }
            if labelled {
                Accuracy.add(&mut accuracy, width, y, target)?;
            }
            for metric in &mut fit.metrics {
                metric.add(width, y, target)?;
            }
            Ok(())
        })?;
        let value = cost.value();
        if !value.is_finite() {
            let first = Some("the cost of the validation data".to_owned());
            return Err(Error::NotFinite { value, step: self.past.progress.updates, first });
        }
        epoch.validation_cost = Some(value);
        epoch.validation_accuracy = labelled.then(|| accuracy.value());
        epoch.metrics = fit.metrics.iter().map(|metric| (metric.name(), metric.value())).collect();
        Ok(())
    }
}
