//! How far a training has come: what a resumed one needs besides numbers.

use super::History;
use crate::metrics::Mean;
use crate::params::Params;
use crate::real::Real;
use neuropil_optimizers::Plateau;

/// The counters of a training.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Progress {
    /// Updates made.
    pub updates: u64,
    /// Batches seen, each with a random stream of its own.
    pub batches: u64,
    /// Epochs that `fit` has finished.
    pub epochs: u64,
    /// The epoch that `fit` is in the midst of.
    pub partial: Partial,
    /// What reducing the rate on a plateau remembers.
    pub plateau: Plateau,
}

/// What an unfinished epoch has seen.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Partial {
    /// Batches done; 0 at the start of an epoch.
    pub batches: u64,
    /// Rows that the epoch has, and those of a batch.
    pub rows: u64,
    pub batch_size: u64,
    pub cost: Mean,
    /// Of labelled rows.
    pub accuracy: Mean,
    /// Time spent, in seconds.
    pub seconds: f64,
}

impl Partial {
    /// The share of labelled rows that were right, if there were any.
    pub fn accuracy(&self) -> Option<f64> {
        (self.accuracy != Mean::default()).then(|| self.accuracy.value())
    }
}

/// The weights of the best epoch so far.
#[derive(Clone, Debug)]
pub(crate) struct Best<T> {
    pub epoch: u64,
    pub weights: Vec<T>,
    pub state: Vec<T>,
    /// Whether the network has been given them since they were taken or read and since the last
    /// update that `fit` has made.
    pub restored: bool,
}

impl<T: Real> Best<T> {
    pub fn of(params: &Params<T>, epoch: u64) -> Self {
        let (weights, state) = (params.weights.to_vec(), params.state.to_vec());
        Self { epoch, weights, state, restored: false }
    }
}

/// What a training has been through, apart from weights and optimizer state.
#[derive(Clone, Debug)]
pub(crate) struct Past<T> {
    pub progress: Progress,
    pub history: History,
    pub best: Option<Best<T>>,
}

impl<T> Default for Past<T> {
    fn default() -> Self {
        Self { progress: Progress::default(), history: History::default(), best: None }
    }
}
