//! The history of a training as a table.

use super::{Callback, Trainer};
use crate::checkpoint::{make_folder, replace};
use crate::error::Error;
use crate::real::Real;
use std::fmt::Write;
use std::ops::ControlFlow;
use std::path::PathBuf;

/// A callback that writes all epochs to a CSV file after each epoch: columns `epoch`, `seconds`,
/// and those of [`Epoch::numbers`](crate::Epoch::numbers). It writes the whole
/// [`history`](Trainer::history) anew, so that a training that was interrupted and resumed has one
/// table without gaps, and no reader ever sees half of it.
///
/// ```
/// use neuropil_nn::{CsvLog, prelude::*};
///
/// # let file = std::env::temp_dir().join(format!("neuropil-log-{}.csv", std::process::id()));
/// let data = Dataset::with_values([1], vec![1.0, 2.0], [1], vec![2.0, 4.0])?;
/// let mut net = Network::new(Linear::new(1, 1), [1], 42)?;
/// let mut trainer = Trainer::new(&mut net, MeanSquaredError::new(), Sgd::new())?;
/// trainer.fit(&data, Fit::epochs(2).callback(CsvLog::new(&file)))?;
/// let table = std::fs::read_to_string(&file)?;
/// assert!(table.starts_with("epoch,seconds,rate,cost\n1,"));
/// assert_eq!(table.lines().count(), 3);
/// # std::fs::remove_file(file)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct CsvLog {
    file: PathBuf,
}

impl CsvLog {
    /// A table in this file, which is replaced.
    pub fn new(file: impl Into<PathBuf>) -> Self {
        Self { file: file.into() }
    }
}

impl<T: Real> Callback<T> for CsvLog {
    fn before_training(&mut self, _trainer: &mut Trainer<'_, T>) -> Result<(), Error> {
        make_folder(&self.file)
    }

    fn after_epoch(&mut self, trainer: &mut Trainer<'_, T>) -> Result<ControlFlow<()>, Error> {
        let table = table(trainer);
        let fail = |error| Error::File { file: self.file.clone(), error };
        replace(&self.file, table.as_bytes()).map_err(fail)?;
        Ok(ControlFlow::Continue(()))
    }
}

fn table<T: Real>(trainer: &Trainer<'_, T>) -> String {
    let epochs = &trainer.history().epochs;
    // A resumed training may measure what it did not before: a column is there if any epoch has it.
    let mut names: Vec<String> = Vec::new();
    for (name, _) in epochs.iter().flat_map(|epoch| epoch.numbers()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let mut table = "epoch,seconds".to_owned();
    for name in &names {
        table.push(',');
        table.push_str(&quoted(name));
    }
    table.push('\n');
    for epoch in epochs {
        let numbers: Vec<_> = epoch.numbers().collect();
        // Writing to a String cannot fail.
        let _ = write!(table, "{},{:.3}", epoch.number, epoch.seconds);
        for name in &names {
            table.push(',');
            if let Some((_, value)) = numbers.iter().find(|(known, _)| known == name) {
                let _ = write!(table, "{value}");
            }
        }
        table.push('\n');
    }
    table
}

/// A name that may hold what separates columns.
fn quoted(name: &str) -> String {
    match name.contains([',', '"', '\n']) {
        true => format!("\"{}\"", name.replace('"', "\"\"")),
        false => name.to_owned(),
    }
}
