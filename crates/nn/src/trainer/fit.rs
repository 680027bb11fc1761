//! How a whole training goes: the options of [`Trainer::fit`](crate::Trainer::fit).

use super::csv_log::CsvLog;
use super::snapshot::Checkpoint;
use super::{Callback, Epoch};
use crate::error::Error;
use crate::metrics::{AnyMetric, Better, Gathered, Metric};
use crate::real::Real;
use neuropil_data::Dataset;
use neuropil_optimizers::{Plateau, ReduceOnPlateau};
use neuropil_regularizers::Mixture;
use std::path::PathBuf;

/// How [`Trainer::fit`](crate::Trainer::fit) trains.
///
/// ```
/// use neuropil_nn::{metrics::TopKAccuracy, prelude::*};
///
/// # let folder = std::env::temp_dir().join(format!("neuropil-fit-{}", std::process::id()));
/// let x = (0..40).map(|i| i as f32 / 20.0 - 1.0).collect();
/// let labels = (0..40).map(|i| i / 10).collect();
/// let (train, valid) = Dataset::labelled([1], x, labels, 4)?.split(0.8, 42)?;
/// let mut net = Network::new(Linear::new(1, 4), [1], 42)?;
/// let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?.rate(0.1);
/// let fit = Fit::epochs(20)
///     .batch_size(8)
///     .validate(&valid)
///     .metric(TopKAccuracy::new(2)?)
///     .clip_global_norm(1.0)
///     .early_stopping(5) // by the validation cost; goes back to the best weights
///     .log(folder.join("log.csv"))
///     .checkpoint(folder.join("last.safetensors"));
/// let history = trainer.fit(&train, fit)?;
/// println!("best epoch: {:?}", history.best);
/// # std::fs::remove_dir_all(folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Fit<'d, T: Real = f32> {
    pub(super) epochs: u64,
    pub(super) batch_size: usize,
    pub(super) accumulate: usize,
    pub(super) validation: Option<&'d Dataset<T>>,
    pub(super) metrics: Vec<Box<dyn AnyMetric<T>>>,
    monitor: String,
    pub(super) patience: Option<u64>,
    pub(super) restores_best: bool,
    plateau: Option<ReduceOnPlateau>,
    pub(super) clips: Vec<Clip>,
    pub(super) mixture: Option<Box<dyn Mixture>>,
    pub(super) callbacks: Vec<Box<dyn Callback<T> + 'd>>,
    pub(super) progress: bool,
}

/// A bound on the gradients before each update.
#[derive(Clone, Copy, Debug)]
pub(super) enum Clip {
    Value(f64),
    Norm(f64),
    GlobalNorm(f64),
}

/// Names of numbers that every validation measures.
const COST: &str = "cost";
const ACCURACY: &str = "accuracy";

impl<'d, T: Real> Fit<'d, T> {
    /// Until so many epochs are done, counted from the start of the training: a resumed one does
    /// the rest. Batches of 32, no validation, no bar.
    pub fn epochs(epochs: u64) -> Self {
        Self {
            epochs,
            batch_size: 32,
            accumulate: 1,
            validation: None,
            metrics: Vec::new(),
            monitor: COST.to_owned(),
            patience: None,
            restores_best: false,
            plateau: None,
            clips: Vec::new(),
            mixture: None,
            callbacks: Vec::new(),
            progress: false,
        }
    }

    /// Rows in a batch; the last one of an epoch may be shorter.
    #[must_use]
    pub fn batch_size(mut self, rows: usize) -> Self {
        self.batch_size = rows;
        self
    }

    /// Makes one update of so many batches: the gradient of the mean cost of all their rows, as if
    /// they were one batch that is too large for memory. (Batch norm and dropout still see each
    /// batch by itself.) The last update of an epoch may have fewer.
    #[must_use]
    pub fn accumulate(mut self, batches: usize) -> Self {
        self.accumulate = batches;
        self
    }

    /// Measures cost, accuracy (of labels) and the [`metric`](Fit::metric)s on other data after
    /// each epoch.
    #[must_use]
    pub fn validate(mut self, data: &'d Dataset<T>) -> Self {
        self.validation = Some(data);
        self
    }

    /// Measures something else on the validation data after each epoch:
    /// [`Epoch::metrics`](crate::Epoch). Needs [`validate`](Fit::validate).
    #[must_use]
    pub fn metric(mut self, metric: impl Metric<Value = f64>) -> Self {
        self.metrics.push(Box::new(Gathered::new(metric)));
        self
    }

    /// Says by which number of the validation data epochs are compared: `"cost"` (the default),
    /// `"accuracy"`, or the name of a [`metric`](Fit::metric) that can be
    /// [better](crate::Metric::better).
    #[must_use]
    pub fn monitor(mut self, name: &str) -> Self {
        self.monitor = name.to_owned();
        self
    }

    /// Stops when no epoch has been better than the best for `patience` epochs (see
    /// [`monitor`](Fit::monitor)), and goes back to the weights of the best, though not to its
    /// optimizer state. Needs [`validate`](Fit::validate). A training that is saved and resumed
    /// goes on counting. Epochs without validation do not count.
    #[must_use]
    pub fn early_stopping(mut self, patience: u64) -> Self {
        self.patience = Some(patience);
        self.restores_best = true;
        self
    }

    /// Goes back to the weights of the best epoch at the end, without stopping early. Needs
    /// [`validate`](Fit::validate).
    #[must_use]
    pub fn restore_best(mut self) -> Self {
        self.restores_best = true;
        self
    }

    /// Reduces the rate when the [monitored](Fit::monitor) number has not become better for a while: after
    /// each epoch with validation, the rates of all weights are multiplied with what has come of it, on
    /// top of their schedules. Needs [`validate`](Fit::validate). A training that is saved and resumed
    /// goes on counting, and one that is fitted again without this option keeps its rate. Whether small
    /// numbers are good or large ones is known of the number; the floor is that of weights in no group.
    ///
    /// ```
    /// use neuropil_nn::prelude::*;
    /// use neuropil_optimizers::ReduceOnPlateau;
    ///
    /// let data = Dataset::with_values([1], vec![0.0, 1.0], [1], vec![0.0, 1.0])?;
    /// let mut net = Network::new(Linear::new(1, 1), [1], 42)?;
    /// let mut trainer = Trainer::new(&mut net, MeanSquaredError::new(), Sgd::new())?.rate(2.0);
    /// let reduce = ReduceOnPlateau::new().factor(0.5)?.patience(1);
    /// let history = trainer.fit(&data, Fit::epochs(12).validate(&data).reduce_on_plateau(reduce))?;
    /// let rates: Vec<f64> = history.epochs.iter().map(|epoch| epoch.rate).collect();
    /// assert!(rates[0] == 2.0 && rates[11] < 2.0); // it leapt over the valley at first
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn reduce_on_plateau(mut self, reduce: ReduceOnPlateau) -> Self {
        self.plateau = Some(reduce);
        self
    }

    /// Brings each number of the gradients into [-max, max] before each update. Several ways to
    /// clip are applied in the order in which they are given.
    #[must_use]
    pub fn clip_value(mut self, max: f64) -> Self {
        self.clips.push(Clip::Value(max));
        self
    }

    /// Shortens the gradient of each weight tensor to this norm before each update.
    #[must_use]
    pub fn clip_norm(mut self, max: f64) -> Self {
        self.clips.push(Clip::Norm(max));
        self
    }

    /// Shortens the gradients of each update to this common norm.
    #[must_use]
    pub fn clip_global_norm(mut self, max: f64) -> Self {
        self.clips.push(Clip::GlobalNorm(max));
        self
    }

    /// Mixes the samples of each batch with each other, and their targets:
    /// [`Mixup`](neuropil_regularizers::Mixup) or [`CutMix`](neuropil_regularizers::CutMix). Labels
    /// become probabilities, so the loss must take those. What is drawn depends on the seed and the
    /// number of the batch. The costs of the epochs are those of mixed samples, and there is no accuracy
    /// of them; validation does not mix.
    ///
    /// ```
    /// use neuropil_nn::prelude::*;
    /// use neuropil_regularizers::Mixup;
    ///
    /// let data = Dataset::labelled([1], vec![0.0, 1.0, 2.0, 3.0], vec![0, 0, 1, 1], 2)?;
    /// let mut net = Network::new(Linear::new(1, 2), [1], 42)?;
    /// let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?;
    /// let history = trainer.fit(&data, Fit::epochs(3).mix(Mixup::new(0.2)?))?;
    /// assert_eq!(history.epochs[0].accuracy, None);
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn mix(mut self, mixture: impl Mixture) -> Self {
        self.mixture = Some(Box::new(mixture));
        self
    }

    /// Calls something at each update and epoch.
    #[must_use]
    pub fn callback(mut self, callback: impl Callback<T> + 'd) -> Self {
        self.callbacks.push(Box::new(callback));
        self
    }

    /// Saves the training to a file after each epoch, for [`Trainer::resume`](crate::Trainer::resume):
    /// short for a [`callback`](Fit::callback) with a [`Checkpoint`], which can do more.
    #[must_use]
    pub fn checkpoint(self, file: impl Into<PathBuf>) -> Self {
        self.callback(Checkpoint::new(file))
    }

    /// Writes a table of all epochs: short for a [`callback`](Fit::callback) with a [`CsvLog`].
    #[must_use]
    pub fn log(self, file: impl Into<PathBuf>) -> Self {
        self.callback(CsvLog::new(file))
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
        let batches = data.len().div_ceil(self.batch_size.max(1));
        self.epochs.saturating_mul(batches.div_ceil(self.accumulate.max(1)) as u64)
    }

    /// Whether the settings make sense; `measured` says whether the validation data has an
    /// accuracy.
    pub(super) fn check(&self, measured: bool) -> Result<(), Error> {
        let refuse = |name, value: String, expected| Err(Error::Setting { name, value, expected });
        if self.batch_size == 0 {
            return refuse("the batch size", "0".into(), "at least 1");
        }
        if self.accumulate == 0 {
            return refuse("the batches of an update", "0".into(), "at least 1");
        }
        if self.patience == Some(0) {
            return refuse("the patience of early stopping", "0".into(), "at least 1");
        }
        for (i, metric) in self.metrics.iter().enumerate() {
            let name = metric.name();
            let is_taken = [COST, ACCURACY].contains(&name.as_str())
                || self.metrics[..i].iter().any(|other| other.name() == name);
            if is_taken {
                let expected = "a name of its own, beside \"cost\" and \"accuracy\"";
                return refuse("the name of a metric", format!("{name:?}"), expected);
            }
        }
        for &clip in &self.clips {
            let (name, max) = match clip {
                Clip::Value(max) => ("the largest gradient", max),
                Clip::Norm(max) | Clip::GlobalNorm(max) => ("the largest norm", max),
            };
            if max.is_nan() || max <= 0.0 {
                return refuse(name, max.to_string(), "above 0");
            }
        }
        let Some(validation) = self.validation else {
            let without = || "set without validation data".to_owned();
            if self.monitor != COST {
                return refuse("monitoring", without(), "`validate` along with it");
            }
            if self.patience.is_some() {
                return refuse("early stopping", without(), "`validate` along with it");
            }
            if self.plateau.is_some() {
                return refuse("reducing the rate", without(), "`validate` along with it");
            }
            if self.restores_best {
                return refuse("restoring the best", without(), "`validate` along with it");
            }
            if let Some(metric) = self.metrics.first() {
                let value = format!("{:?}, {}", metric.name(), without());
                return refuse("a metric", value, "`validate` along with it");
            }
            return Ok(());
        };
        let kind = super::kind(validation);
        if let Some(metric) = self.metrics.iter().find(|metric| !metric.accepts(kind)) {
            let expected = "one that accepts the targets of the validation data";
            return refuse("a metric", format!("{:?}", metric.name()), expected);
        }
        match self.better() {
            Some(_) if measured || self.monitor != ACCURACY => Ok(()),
            _ => refuse(
                "the monitored number",
                format!("{:?}", self.monitor),
                "\"cost\", \"accuracy\" (of labels), or the name of a metric that can be better",
            ),
        }
    }

    /// Which way the monitored number gets better; `None` if there is no such number.
    fn better(&self) -> Option<Better> {
        match self.monitor.as_str() {
            COST => Some(Better::Lower),
            ACCURACY => Some(Better::Higher),
            name => self.metrics.iter().find(|metric| metric.name() == name)?.better(),
        }
    }

    /// The monitored number of an epoch; NaN if it was not measured.
    fn monitored(&self, epoch: &Epoch) -> f64 {
        let value = match self.monitor.as_str() {
            COST => epoch.validation_cost,
            ACCURACY => epoch.validation_accuracy,
            name => epoch.metrics.iter().find(|(known, _)| known == name).map(|&(_, value)| value),
        };
        value.unwrap_or(f64::NAN)
    }

    /// Counts an epoch that was trained while the schedule said a rate, if the rate is to be reduced.
    pub(super) fn reduce(&self, epoch: &Epoch, rate: f64, plateau: &mut Plateau) {
        if let (Some(reduce), Some(_)) = (self.plateau, self.validation) {
            let maximizes = matches!(self.better(), Some(Better::Higher));
            reduce.maximize(maximizes).step(self.monitored(epoch), rate, plateau);
        }
    }

    /// Whether an epoch is better than an earlier one.
    pub(super) fn is_better(&self, new: &Epoch, old: &Epoch) -> bool {
        let better = self.validation.and(self.better());
        better.is_some_and(|better| better.than(self.monitored(new), self.monitored(old)))
    }

    /// Whether an epoch can be compared with others.
    pub(super) fn check_monitored(&self, epoch: &Epoch) -> Result<(), Error> {
        if !self.monitored(epoch).is_nan() {
            return Ok(());
        }
        let value = format!("{:?}, which is NaN after epoch {}", self.monitor, epoch.number);
        let expected = "one that is a number on the validation data";
        Err(Error::Setting { name: "the monitored number", value, expected })
    }
}
