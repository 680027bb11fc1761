//! What came of each epoch.

use std::fmt;

/// One epoch of training. A number that was not asked for, or cannot be had, is `None`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Epoch {
    /// The number of the epoch, 1 for the first.
    pub number: u64,
    /// The rate of its last update.
    pub rate: f64,
    /// The mean cost over the batches as they were trained on, dropout and all, without
    /// penalties: the mean of what the epoch met, not what its last weights would give.
    pub cost: f64,
    /// The share of training rows that were right as they were trained on.
    pub accuracy: Option<f64>,
    /// The mean cost over the validation data after the epoch.
    pub validation_cost: Option<f64>,
    /// The accuracy on the validation data after the epoch.
    pub validation_accuracy: Option<f64>,
    /// The names and values of [`Fit::metric`](crate::Fit::metric)s on the validation data.
    pub metrics: Vec<(String, f64)>,
    /// How long the epoch took, validation included.
    pub seconds: f64,
}

impl Epoch {
    /// All numbers with their names, as logs have them: `rate`, `cost`, `accuracy`,
    /// `validation_cost`, `validation_accuracy`, then `validation_` and the name of each metric.
    pub fn numbers(&self) -> impl Iterator<Item = (String, f64)> {
        let known = [
            ("rate", Some(self.rate)),
            ("cost", Some(self.cost)),
            ("accuracy", self.accuracy),
            ("validation_cost", self.validation_cost),
            ("validation_accuracy", self.validation_accuracy),
        ];
        let known = known.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        let metrics = self.metrics.iter();
        known.chain(metrics.map(|(name, value)| (format!("validation_{name}"), *value)))
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "epoch {:>3}: {:>6.2} s, cost {:.4}", self.number, self.seconds, self.cost)?;
        if let Some(accuracy) = self.accuracy {
            write!(f, ", accuracy {accuracy:.4}")?;
        }
        if let Some(cost) = self.validation_cost {
            write!(f, "; validation cost {cost:.4}")?;
        }
        if let Some(accuracy) = self.validation_accuracy {
            write!(f, ", accuracy {accuracy:.4}")?;
        }
        for (name, value) in &self.metrics {
            write!(f, ", {name} {value:.4}")?;
        }
        Ok(())
    }
}

/// What [`Trainer::fit`](crate::Trainer::fit) has done: the whole training, also where it was
/// interrupted and resumed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    /// The epochs, in order.
    pub epochs: Vec<Epoch>,
    /// The number of the best epoch by [`Fit::monitor`](crate::Fit::monitor), the first of equally
    /// good ones; `None` without validation. The network has its weights if early stopping or
    /// [`Fit::restore_best`](crate::Fit::restore_best) was asked for, else the last epoch's.
    pub best: Option<u64>,
    /// Whether early stopping ended the training.
    pub stopped_early: bool,
}

impl History {
    /// The epoch of a number, 1 for the first.
    pub fn epoch(&self, number: u64) -> Option<&Epoch> {
        self.epochs.iter().find(|epoch| epoch.number == number)
    }
}
