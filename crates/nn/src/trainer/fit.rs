//! A whole training: epochs, validation, early stopping, a progress bar.

use super::{Epoch, History, Trainer};
use crate::error::Error;
use crate::metrics::{Accuracy, Mean, Metric};
use crate::network::check_samples;
use crate::parallel;
use crate::real::Real;
use neuropil_data::Dataset;
use neuropil_losses::{Target, TargetKind};
use std::time::Instant;

/// How [`Trainer::fit`] trains: `Fit::epochs(10).batch_size(64).validate(&valid)`.
#[derive(Clone, Debug)]
pub struct Fit<'d, T = f32> {
    epochs: u64,
    batch_size: usize,
    validation: Option<&'d Dataset<T>>,
    patience: Option<u64>,
    clip: Option<f64>,
    progress: bool,
}

impl<'d, T> Fit<'d, T> {
    /// Until so many epochs are done, counted from the start of the training: a resumed one does
    /// the rest. Batches of 32, no validation, no bar.
    pub fn epochs(epochs: u64) -> Self {
        Self {
            epochs,
            batch_size: 32,
            validation: None,
            patience: None,
            clip: None,
            progress: false,
        }
    }

    /// Rows in a batch; the last one of an epoch may be shorter.
    #[must_use]
    pub fn batch_size(mut self, rows: usize) -> Self {
        self.batch_size = rows;
        self
    }

    /// Measures cost and accuracy on other data after each epoch.
    #[must_use]
    pub fn validate(mut self, data: &'d Dataset<T>) -> Self {
        self.validation = Some(data);
        self
    }

    /// Stops when the validation cost has not fallen for `patience` epochs, and goes back to the
    /// weights of the best, though not to its optimizer state. Needs [`validate`](Fit::validate).
    /// What it has seen is gone when `fit` returns.
    #[must_use]
    pub fn early_stopping(mut self, patience: u64) -> Self {
        self.patience = Some(patience);
        self
    }

    /// Shortens the gradients of each batch to this common norm.
    #[must_use]
    pub fn clip_global_norm(mut self, max: f64) -> Self {
        self.clip = Some(max);
        self
    }

    /// Shows a bar with cost and accuracy while training, and a line for each epoch done. Without
    /// the feature `progress` there is no bar, only the lines.
    #[must_use]
    pub fn progress(mut self) -> Self {
        self.progress = true;
        self
    }

    /// The updates that a whole training on `data` makes: how long a schedule should be.
    ///
    /// ```
    /// use neuropil_nn::prelude::*;
    ///
    /// let data = Dataset::labelled([1], vec![0.0, 1.0, 2.0], vec![0, 1, 1], 2)?;
    /// let fit = Fit::epochs(10).batch_size(2);
    /// let rate = Cosine::new(1e-3, fit.updates(&data))?;
    /// assert_eq!(rate.rate(20), 0.0);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn updates(&self, data: &Dataset<T>) -> u64 {
        self.epochs.saturating_mul(data.len().div_ceil(self.batch_size.max(1)) as u64)
    }

    fn check(&self) -> Result<(), Error> {
        if self.batch_size == 0 {
            let expected = "at least 1";
            return Err(Error::Setting { name: "the batch size", value: "0".into(), expected });
        }
        if let Some(max) = self.clip
            && (max.is_nan() || max <= 0.0)
        {
            let expected = "above 0";
            return Err(Error::Setting {
                name: "the largest norm",
                value: max.to_string(),
                expected,
            });
        }
        if self.patience.is_some() && self.validation.is_none() {
            return Err(Error::Setting {
                name: "early stopping",
                value: "set without validation data".into(),
                expected: "`validate` along with it",
            });
        }
        Ok(())
    }
}

/// The weights of the best epoch so far.
struct Best<T> {
    epoch: u64,
    cost: f64,
    weights: Vec<T>,
    state: Vec<T>,
}

impl<T: Real> Trainer<'_, T> {
    /// Trains for some epochs, each over all rows of `data` in an order that is a function of
    /// seed and epoch.
    ///
    /// # Errors
    /// If the data is empty or does not fit, a setting is out of range, or the cost is not
    /// finite.
    pub fn fit(&mut self, data: &Dataset<T>, fit: Fit<'_, T>) -> Result<History, Error> {
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
        parallel::run(|| self.epochs(data, &fit))
    }

    fn epochs(&mut self, data: &Dataset<T>, fit: &Fit<'_, T>) -> Result<History, Error> {
        let mut history = History::default();
        let mut best: Option<Best<T>> = None;
        let mut batches = data.batches(fit.batch_size);
        while self.progress.epochs < fit.epochs {
            let number = self.progress.epochs + 1;
            batches.shuffle(self.net.seed, self.progress.epochs);
            let start = Instant::now();
            let mut bar = Bar::new(fit.progress, number, fit.epochs, batches.len());
            let mut epoch = self.epoch(&batches, fit, &mut bar)?;
            epoch.number = number;
            self.progress.epochs = number;
            if let Some(validation) = fit.validation {
                let (cost, accuracy) = self.validate(validation)?;
                (epoch.validation_cost, epoch.validation_accuracy) = (Some(cost), accuracy);
            }
            epoch.seconds = start.elapsed().as_secs_f64();
            bar.done(&epoch);
            history.epochs.push(epoch);
            if let (Some(patience), Some(cost)) = (fit.patience, epoch.validation_cost) {
                if best.as_ref().is_none_or(|best| cost < best.cost) {
                    let params = &self.net.params;
                    let (weights, state) = (params.weights.to_vec(), params.state.to_vec());
                    best = Some(Best { epoch: number, cost, weights, state });
                } else if best.as_ref().is_some_and(|best| number - best.epoch >= patience) {
                    history.stopped_early = true;
                    break;
                }
            }
        }
        if let Some(best) = best {
            self.net.params.weights_mut().copy_from_slice(&best.weights);
            self.net.params.state.copy_from_slice(&best.state);
            history.best = Some(best.epoch);
        }
        Ok(history)
    }

    fn epoch(
        &mut self,
        batches: &neuropil_data::Batches<'_, T>,
        fit: &Fit<'_, T>,
        bar: &mut Bar,
    ) -> Result<Epoch, Error> {
        let (mut cost, mut right) = (Mean::default(), <Accuracy as Metric>::Tally::default());
        let mut labelled = false;
        for batch in batches {
            let mut seen = |width: usize, y: &[T], target: Target<'_, T>| {
                if let Target::Labels(_) = target {
                    labelled = true;
                    Accuracy.add(&mut right, width, y, target)?;
                }
                Ok(())
            };
            let value = self.pass(batch, false, &mut seen)?;
            if let Some(max) = fit.clip {
                self.clip_global_norm(max);
            }
            self.update();
            let rows =
                batch.rows.len() * self.net.output.shape.len() / self.net.output.width().max(1);
            cost.add(self.loss.per_row(value, rows), rows as f64);
            bar.step(cost.value(), labelled.then(|| Accuracy.value(&right)));
        }
        let accuracy = labelled.then(|| Accuracy.value(&right));
        Ok(Epoch { cost: cost.value(), accuracy, ..Epoch::default() })
    }

    /// The cost and, for labels, the accuracy on other data.
    fn validate(&mut self, data: &Dataset<T>) -> Result<(f64, Option<f64>), Error> {
        let (mut cost, mut right) = (Mean::default(), <Accuracy as Metric>::Tally::default());
        let Self { net, loss, .. } = self;
        let labelled = super::kind(data) == TargetKind::Labels;
        net.each_batch(data, |width, y, target| {
            let rows = y.len() / width.max(1);
            cost.add(loss.per_row(loss.value(width, y, target)?, rows), rows as f64);
            if labelled {
                Accuracy.add(&mut right, width, y, target)?;
            }
            Ok(())
        })?;
        let value = cost.value();
        if !value.is_finite() {
            let first = Some("the cost of the validation data".to_owned());
            return Err(Error::NotFinite { value, step: self.progress.updates, first });
        }
        Ok((value, labelled.then(|| Accuracy.value(&right))))
    }
}

/// The progress of one epoch on the terminal.
#[derive(Debug)]
struct Bar {
    lines: bool,
    #[cfg(feature = "progress")]
    bar: Option<indicatif::ProgressBar>,
    #[cfg(feature = "progress")]
    last: Instant,
}

#[cfg(feature = "progress")]
impl Bar {
    fn new(shown: bool, epoch: u64, epochs: u64, batches: usize) -> Self {
        let bar = shown.then(|| {
            let bar = indicatif::ProgressBar::new(batches as u64);
            let template = "epoch {prefix} {bar:30} {pos:>4}/{len} {msg}";
            if let Ok(style) = indicatif::ProgressStyle::with_template(template) {
                bar.set_style(style.progress_chars("━╸ "));
            }
            bar.with_prefix(format!("{epoch:>2}/{epochs}"))
        });
        Self { lines: shown, bar, last: Instant::now() }
    }

    fn step(&mut self, cost: f64, accuracy: Option<f64>) {
        let Some(bar) = &self.bar else { return };
        // A message is a string on the heap: ten a second are enough to read, and cost nothing.
        if self.last.elapsed().as_millis() >= 100 {
            self.last = Instant::now();
            let accuracy =
                accuracy.map_or_else(String::new, |value| format!(", accuracy {value:.4}"));
            bar.set_message(format!("cost {cost:.4}{accuracy}"));
        }
        bar.inc(1);
    }

    fn done(self, epoch: &Epoch) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
        if self.lines {
            eprintln!("{epoch}");
        }
    }
}

#[cfg(not(feature = "progress"))]
impl Bar {
    fn new(shown: bool, _epoch: u64, _epochs: u64, _batches: usize) -> Self {
        Self { lines: shown }
    }

    fn step(&mut self, _cost: f64, _accuracy: Option<f64>) {}

    fn done(self, epoch: &Epoch) {
        if self.lines {
            eprintln!("{epoch}");
        }
    }
}
