//! Saving a training as it goes on.

use super::{Callback, Trainer};
use crate::checkpoint::make_folder;
use crate::error::Error;
use crate::real::Real;
use std::ops::ControlFlow;
use std::path::PathBuf;

/// A callback that saves the training after each epoch, and if asked for within epochs and the
/// weights of the best one. A process killed at any moment leaves a whole file, from which
/// [`Trainer::resume`] goes on to the same bits.
///
/// ```
/// use neuropil_nn::{Checkpoint, prelude::*};
///
/// # let folder = std::env::temp_dir().join(format!("neuropil-checkpoint-{}", std::process::id()));
/// let (last, best) = (folder.join("last.safetensors"), folder.join("best.safetensors"));
/// let data = Dataset::labelled([1], vec![0.0, 1.0, 2.0, 3.0], vec![0, 0, 1, 1], 2)?;
/// let mut net = Network::new(Linear::new(1, 2), [1], 42)?;
/// let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?;
/// if last.exists() {
///     trainer.resume(&last)?;
/// }
/// let checkpoint = Checkpoint::new(&last).every(500).best(&best);
/// trainer.fit(&data, Fit::epochs(3).validate(&data).callback(checkpoint))?;
/// net.load(&best)?;
/// # std::fs::remove_dir_all(folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Checkpoint {
    file: PathBuf,
    every: Option<u64>,
    best: Option<PathBuf>,
}

impl Checkpoint {
    /// Saves to this file ([`Trainer::save`]) after each epoch.
    pub fn new(file: impl Into<PathBuf>) -> Self {
        Self { file: file.into(), every: None, best: None }
    }

    /// Saves after so many updates, too, counted from the start of the training; 0 is never.
    #[must_use]
    pub fn every(mut self, updates: u64) -> Self {
        self.every = (updates > 0).then_some(updates);
        self
    }

    /// Writes the weights of each epoch that is the best so far to another file
    /// ([`Network::save`](crate::Network::save)). Without validation no epoch is the best, and
    /// nothing is written.
    #[must_use]
    pub fn best(mut self, file: impl Into<PathBuf>) -> Self {
        self.best = Some(file.into());
        self
    }
}

impl<T: Real> Callback<T> for Checkpoint {
    fn before_training(&mut self, _trainer: &mut Trainer<'_, T>) -> Result<(), Error> {
        self.best.iter().chain([&self.file]).try_for_each(|file| make_folder(file))
    }

    fn after_update(
        &mut self,
        trainer: &mut Trainer<'_, T>,
        _cost: f64,
    ) -> Result<ControlFlow<()>, Error> {
        if self.every.is_some_and(|every| trainer.updates().is_multiple_of(every)) {
            trainer.save(&self.file)?;
        }
        Ok(ControlFlow::Continue(()))
    }

    fn after_epoch(&mut self, trainer: &mut Trainer<'_, T>) -> Result<ControlFlow<()>, Error> {
        // The best first: a kill in between makes this epoch anew, and it is the best again.
        let history = trainer.history();
        let is_best = history.epochs.last().is_some_and(|last| history.best == Some(last.number));
        if let (Some(best), true) = (&self.best, is_best) {
            let trained = trainer.put_evaluation_weights();
            let saved = trainer.network().save(best);
            trainer.put_back(trained);
            saved?;
        }
        trainer.save(&self.file)?;
        Ok(ControlFlow::Continue(()))
    }
}
