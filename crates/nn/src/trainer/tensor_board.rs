//! The history of a training as curves.

use super::{Callback, Epoch, Trainer};
use crate::error::Error;
use crate::events::EventWriter;
use crate::real::Real;
use std::ops::ControlFlow;
use std::path::PathBuf;

/// A callback that writes the numbers of each epoch ([`Epoch::numbers`]) to event files, which
/// `tensorboard --logdir FOLDER` draws while the training runs: `rate`, `cost/training` and
/// `cost/validation` in one chart, and so on. A training that is resumed writes
/// a file of its own and replaces what the interrupted one had written after its checkpoint.
///
/// ```
/// use neuropil_nn::{TensorBoard, prelude::*};
///
/// # let folder = std::env::temp_dir().join(format!("neuropil-board-{}", std::process::id()));
/// let data = Dataset::with_values([1], vec![1.0, 2.0], [1], vec![2.0, 4.0])?;
/// let mut net = Network::new(Linear::new(1, 1), [1], 42)?;
/// let mut trainer = Trainer::new(&mut net, MeanSquaredError::new(), Sgd::new())?;
/// trainer.fit(&data, Fit::epochs(2).callback(TensorBoard::new(folder.join("run-1"))))?;
/// assert_eq!(std::fs::read_dir(folder.join("run-1"))?.count(), 1);
/// # std::fs::remove_dir_all(folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct TensorBoard {
    folder: PathBuf,
    /// The file of this `fit`.
    events: Option<EventWriter>,
}

impl TensorBoard {
    /// Event files in this folder, one folder for each training.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), events: None }
    }
}

fn write(events: &mut EventWriter, epoch: &Epoch) -> Result<(), Error> {
    for (name, value) in epoch.numbers() {
        events.scalar(&tag(&name), epoch.number, value)?;
    }
    events.flush()
}

/// The tag of a number: those of one first part share a chart.
fn tag(name: &str) -> String {
    match name.strip_prefix("validation_") {
        Some(name) => format!("{name}/validation"),
        None if name == "rate" => name.to_owned(),
        None => format!("{name}/training"),
    }
}

impl<T: Real> Callback<T> for TensorBoard {
    fn before_training(&mut self, trainer: &mut Trainer<'_, T>) -> Result<(), Error> {
        let mut events = EventWriter::create(&self.folder)?;
        if let Some(last) = trainer.history().epochs.last() {
            // The last epoch anew: it may have been saved and not drawn, or drawn and not saved.
            events.start(last.number)?;
            write(&mut events, last)?;
        } else {
            events.start(0)?;
            events.flush()?;
        }
        self.events = Some(events);
        Ok(())
    }

    fn after_epoch(&mut self, trainer: &mut Trainer<'_, T>) -> Result<ControlFlow<()>, Error> {
        if let (Some(events), Some(last)) = (&mut self.events, trainer.history().epochs.last()) {
            write(events, last)?;
        }
        Ok(ControlFlow::Continue(()))
    }
}
