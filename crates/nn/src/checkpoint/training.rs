//! A whole training in a file: weights, optimizer state, and what the training has been through.

use super::file::{Stored, numbers, write};
use super::{AVERAGE, BEST, CARRIED, OPTIMIZER};
use crate::carried::Carried;
use crate::error::{CheckpointError, Error};
use crate::metrics::Mean;
use crate::params::Entry;
use crate::real::Real;
use crate::trainer::{Best, Carry, Epoch, History, Partial, Past, Progress, Trainer};
use neuropil_optimizers::Plateau;
use safetensors::SafeTensors;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::Path;

/// The key under which a file says how far a training has come, as a JSON object. It is one key,
/// since the order of several would differ from file to file.
const RUN: &str = "neuropil.run";

/// What such an object may say.
const NAMES: [&str; 13] = [
    "optimizers",
    "seed",
    "updates",
    "batches",
    "epochs",
    "partial",
    "plateau",
    "history",
    "best",
    "stopped_early",
    "kept",
    "averaged",
    "carried",
];

impl<T: Real> Trainer<'_, T> {
    /// Writes weights, optimizer state, and what the training has been through: its counters, its
    /// [`history`](Trainer::history), the weights that early stopping keeps, the
    /// [`average`](Trainer::average) of the weights. Another trainer of
    /// the same network, loss and optimizer goes on from it with [`resume`](Trainer::resume) to
    /// the very bits that this one would have reached. The file is replaced as a whole or not at
    /// all.
    ///
    /// ```
    /// use neuropil_nn::prelude::*;
    ///
    /// # let file = std::env::temp_dir().join(format!("neuropil-doc-{}", std::process::id()));
    /// let data = Dataset::labelled([1], vec![0.0, 1.0, 2.0, 3.0], vec![0, 0, 1, 1], 2)?;
    /// let layers = || Sequential::new().then(Linear::new(1, 2));
    ///
    /// let mut net = Network::new(layers(), [1], 42)?;
    /// let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?;
    /// trainer.fit(&data, Fit::epochs(3))?;
    /// trainer.save(&file)?;
    /// trainer.fit(&data, Fit::epochs(5))?;
    ///
    /// let mut again = Network::new(layers(), [1], 7)?;
    /// let mut trainer = Trainer::new(&mut again, CrossEntropy::new(), Adam::new())?;
    /// trainer.resume(&file)?;
    /// trainer.fit(&data, Fit::epochs(5))?; // the two epochs that are left
    /// assert_eq!(again.params().weights(), net.params().weights());
    /// # std::fs::remove_file(file)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the file cannot be written; if a weight or a state is not finite, so that a good file is
    /// not lost to a training that has failed ([`Params::save`](crate::Params::save) writes those,
    /// too).
    pub fn save(&self, file: impl AsRef<Path>) -> Result<(), Error> {
        self.check_weights()?;
        let params = &self.net.params;
        let mut tensors = params.tensors();
        for (place, entry) in params.entries().iter().enumerate() {
            for (slot, name) in self.updates.slot_names(place).iter().enumerate() {
                let numbers = &self.updates.slot(slot)[entry.range()];
                tensors.push(Stored::new(slot_name(name, &entry.path), entry, numbers));
            }
        }
        if let Some(best) = &self.past.best {
            tensors.extend(params.tensors_of(BEST, &best.weights, &best.state));
        }
        let Past { progress, history, best } = &self.past;
        let mut run = json!({
            "optimizers": self.updates.optimizer_names(),
            "seed": self.net.seed,
            "updates": progress.updates,
            "batches": progress.batches,
            "epochs": progress.epochs,
            "partial": partial_to_json(&progress.partial),
            "history": history.epochs.iter().map(epoch_to_json).collect::<Vec<_>>(),
            "best": history.best,
            "stopped_early": history.stopped_early,
            "kept": best.as_ref().map(|best| best.epoch),
        });
        if let Some(averages) = &self.averages {
            run["averaged"] = json!(averages.taken);
            tensors.extend(params.tensors_of(AVERAGE, &averages.weights, &averages.state));
        }
        if progress.plateau != Plateau::new() {
            run["plateau"] = plateau_to_json(&progress.plateau);
        }
        if let Some(carry) = &self.carry {
            // Fresh state is zeros of no rows.
            let rows = if carry.is_fresh { 0 } else { carry.state.rows() };
            run["carried"] = json!(rows);
            if rows > 0 {
                for entry in carried_entries(&carry.state, rows) {
                    let numbers = carry.state.get(&entry.path[CARRIED.len()..])?;
                    tensors.push(Stored::new(entry.path.clone(), &entry, numbers));
                }
            }
        }
        write(file.as_ref(), tensors, HashMap::from([(RUN.to_owned(), run.to_string())]))
    }

    /// Goes on from what [`save`](Trainer::save) wrote. Nothing is changed if anything is amiss.
    ///
    /// What is read besides weights is checked as far as the file tells: the seed comes from the
    /// file; loss, rate, penalties, constraints, the rule of the average and the settings of the
    /// optimizer are those of this trainer, and must be the same for the same bits.
    ///
    /// # Errors
    /// If the file cannot be read, is of another network or optimizer, or of weights alone.
    pub fn resume(&mut self, file: impl AsRef<Path>) -> Result<(), Error> {
        let file = file.as_ref();
        let fail = |error| Error::Checkpoint { file: file.to_owned(), error };
        let bytes = std::fs::read(file).map_err(|error| fail(error.into()))?;
        let tensors = SafeTensors::deserialize(&bytes).map_err(|error| fail(error.into()))?;
        let (_, header) = SafeTensors::read_metadata(&bytes).map_err(|error| fail(error.into()))?;
        let amiss = |message: String| fail(CheckpointError::Run(message));
        let run = header.metadata().as_ref().and_then(|metadata| metadata.get(RUN));
        let run = run.ok_or_else(|| amiss(format!("the file says nothing of {RUN:?}")))?;
        let run: Value = serde_json::from_str(run)
            .map_err(|error| amiss(format!("{RUN:?} is no JSON: {error}")))?;
        let (seed, mut past, kept) = read_run::<T>(&run).map_err(amiss)?;
        if run["optimizers"] != json!(self.updates.optimizer_names()) {
            let (found, expected) = (&run["optimizers"], self.updates.optimizer_names());
            return Err(amiss(format!(
                "it is of the optimizers {found}, the trainer has {expected:?}"
            )));
        }
        let read = self.net.params.read(&tensors, None).map_err(fail)?;
        let slots = self.read_slots(&tensors).map_err(fail)?;
        let carry = self.read_carried(&run, &tensors).map_err(fail)?;
        let average = self.read_average(&run, &tensors).map_err(fail)?;
        if let Some(epoch) = kept {
            past.best = Some(self.read_copy(BEST, &tensors, epoch).map_err(fail)?);
        }

        // All is read and fits: from here on nothing can fail.
        self.net.params.put(read);
        for (slot, entry, numbers) in slots {
            let range = self.net.params.entries()[entry].range();
            self.updates.slot_mut(slot)[range].copy_from_slice(&numbers);
        }
        self.net.seed = seed;
        self.past = past;
        self.updates.scale = self.past.progress.plateau.scale;
        self.carry = carry;
        if let (Some(averages), Some((taken, read))) = (&mut self.averages, average) {
            averages.taken = taken;
            averages.weights.copy_from_slice(&read.weights);
            averages.state.copy_from_slice(&read.state);
        }
        // The gradients that are there are those of other weights.
        self.graded = None;
        Ok(())
    }

    /// The numbers of each slot of each weight.
    fn read_slots(
        &self,
        tensors: &SafeTensors<'_>,
    ) -> Result<Vec<(usize, usize, Vec<T>)>, CheckpointError> {
        let mut slots = Vec::new();
        let mut names: Vec<String> =
            self.net.params.all_entries().map(|(entry, _)| entry.path.clone()).collect();
        for (place, entry) in self.net.params.entries().iter().enumerate() {
            for (slot, name) in self.updates.slot_names(place).iter().enumerate() {
                let name = slot_name(name, &entry.path);
                let tensor = tensors.tensor(&name).map_err(|_| missing(&name, tensors))?;
                slots.push((slot, place, numbers(entry, &tensor)?));
                names.push(name);
            }
        }
        // The same rule with other settings may keep more: momentum that would be lost.
        let is_lost = |name: &&str| name.starts_with(OPTIMIZER) && !names.iter().any(|n| n == name);
        match tensors.names().into_iter().find(is_lost) {
            Some(name) => Err(CheckpointError::Unexpected { name: name.to_owned() }),
            None => Ok(slots),
        }
    }

    /// The state that the next batch goes on from.
    fn read_carried(
        &self,
        run: &Value,
        tensors: &SafeTensors<'_>,
    ) -> Result<Option<Carry<T>>, CheckpointError> {
        let amiss = |message: &str| CheckpointError::Run(message.into());
        let mut carry = match (&self.carry, run.get("carried")) {
            (None, None) => return Ok(None),
            (Some(carry), Some(_)) => carry.clone(),
            (None, Some(_)) => return Err(amiss("it carries state, the trainer does not")),
            (Some(_), None) => return Err(amiss("it carries no state, the trainer does")),
        };
        let rows = whole(run, "carried").map_err(CheckpointError::Run)? as usize;
        carry.reset();
        let mut names = tensors.names().into_iter().filter(|name| name.starts_with(CARRIED));
        if rows == 0 {
            return match names.next() {
                Some(name) => Err(CheckpointError::Unexpected { name: name.to_owned() }),
                None => Ok(Some(carry)),
            };
        }
        let entries: Vec<Entry> = carried_entries(&carry.state, rows).collect();
        if let Some(name) = names.find(|name| !entries.iter().any(|entry| entry.path == *name)) {
            return Err(CheckpointError::Unexpected { name: name.to_owned() });
        }
        let mut read = Vec::new();
        for entry in &entries {
            let name = &entry.path;
            let tensor = tensors.tensor(name).map_err(|_| missing(name, tensors))?;
            read.push(numbers::<T>(entry, &tensor)?);
        }
        carry.state.reset_rows(rows);
        carry.is_fresh = false;
        for (entry, numbers) in entries.iter().zip(read) {
            if let Ok(state) = carry.state.get_mut(&entry.path[CARRIED.len()..]) {
                state.copy_from_slice(&numbers);
            }
        }
        Ok(Some(carry))
    }

    /// How often weights were taken into the average, and what it is.
    fn read_average(
        &self,
        run: &Value,
        tensors: &SafeTensors<'_>,
    ) -> Result<Option<(u64, Best<T>)>, CheckpointError> {
        let amiss = |message: &str| CheckpointError::Run(message.into());
        match (&self.averages, run.get("averaged")) {
            (None, None) => Ok(None),
            (Some(_), Some(_)) => {
                let taken = whole(run, "averaged").map_err(CheckpointError::Run)?;
                Ok(Some((taken, self.read_copy(AVERAGE, tensors, 0)?)))
            }
            (None, Some(_)) => {
                Err(amiss("it keeps an average of the weights, the trainer does not"))
            }
            (Some(_), None) => Err(amiss("it keeps no average of the weights, the trainer does")),
        }
    }

    /// The weights and states of the best epoch, or of others that stand under a prefix.
    fn read_copy(
        &self,
        prefix: &str,
        tensors: &SafeTensors<'_>,
        epoch: u64,
    ) -> Result<Best<T>, CheckpointError> {
        let params = &self.net.params;
        let mut best = Best::of(params, epoch);
        for (entry, is_state) in params.all_entries() {
            let name = format!("{prefix}{}", entry.path);
            let tensor = tensors.tensor(&name).map_err(|_| missing(&name, tensors))?;
            let buffer = if is_state { &mut best.state } else { &mut best.weights };
            buffer[entry.range()].copy_from_slice(&numbers(entry, &tensor)?);
        }
        Ok(best)
    }
}

/// How files hold the states of so many rows: `[rows, ..]`, under a name that tells them from weights.
fn carried_entries<T: Real>(state: &Carried<T>, rows: usize) -> impl Iterator<Item = Entry> {
    state.shapes().map(move |(path, shape)| Entry {
        path: format!("{CARRIED}{path}"),
        shape: shape.batch(rows),
        start: 0,
        trainable: false,
        transposed_in_files: false,
        integer_in_files: false,
    })
}

fn slot_name(slot: &str, path: &str) -> String {
    format!("{OPTIMIZER}{slot}.{path}")
}

fn missing(name: &str, tensors: &SafeTensors<'_>) -> CheckpointError {
    let found = tensors.names().into_iter().map(str::to_owned).collect();
    CheckpointError::Missing { name: name.to_owned(), found }
}

/// The seed, the past without weights, and the epoch whose weights were kept.
fn read_run<T>(run: &Value) -> Result<(u64, Past<T>, Option<u64>), String> {
    // A name that is damaged must not pass for one that was left out.
    let mut names = run.as_object().into_iter().flat_map(|run| run.keys());
    if let Some(name) = names.find(|name| !NAMES.contains(&name.as_str())) {
        return Err(format!("{name:?} is not known"));
    }
    let partial = match field(run, "partial")? {
        Value::Null => Partial::default(),
        partial => Partial {
            batches: whole(partial, "batches")?,
            rows: whole(partial, "rows")?,
            batch_size: whole(partial, "batch_size")?,
            cost: mean_from_json(field(partial, "cost")?)?,
            accuracy: mean_from_json(field(partial, "accuracy")?)?,
            seconds: number(partial, "seconds")?,
        },
    };
    let progress = Progress {
        updates: whole(run, "updates")?,
        batches: whole(run, "batches")?,
        epochs: whole(run, "epochs")?,
        partial,
        plateau: run.get("plateau").map_or(Ok(Plateau::new()), plateau_from_json)?,
    };
    let epochs = list(run, "history")?.iter().map(epoch_from_json);
    let epochs = epochs.collect::<Result<Vec<_>, _>>()?;
    let optional = |key: &str| match field(run, key)? {
        Value::Null => Ok(None),
        _ => whole(run, key).map(Some),
    };
    let stopped_early = field(run, "stopped_early")?.as_bool();
    let stopped_early = stopped_early.ok_or("\"stopped_early\" is neither true nor false")?;
    let history = History { epochs, best: optional("best")?, stopped_early };
    let (seed, kept) = (whole(run, "seed")?, optional("kept")?);

    // What can be wrong in itself.
    let known = |number: Option<u64>| number.is_none_or(|number| history.epoch(number).is_some());
    if !known(history.best) || !known(kept) {
        return Err("the best epoch is none of the history's".into());
    }
    let Partial { batches, rows, batch_size, .. } = progress.partial;
    if batches > 0 && (batch_size == 0 || batches > rows.div_ceil(batch_size)) {
        return Err(format!("{batches} batches of {batch_size} rows are done of {rows} rows"));
    }
    const MOST: u64 = 1 << 53;
    if [progress.updates, progress.batches, progress.epochs].iter().any(|&count| count > MOST) {
        return Err(format!("a counter is above {MOST}"));
    }
    Ok((seed, Past { progress, history, best: None }, kept))
}

fn partial_to_json(partial: &Partial) -> Value {
    if partial.batches == 0 {
        return Value::Null;
    }
    let Partial { batches, rows, batch_size, cost, accuracy, seconds } = *partial;
    json!({
        "batches": batches,
        "rows": rows,
        "batch_size": batch_size,
        "cost": mean_to_json(cost),
        "accuracy": mean_to_json(accuracy),
        "seconds": to_json(seconds),
    })
}

fn plateau_to_json(plateau: &Plateau) -> Value {
    json!({
        "best": plateau.best.map(to_json),
        "bad": plateau.bad,
        "cooling": plateau.cooling,
        "scale": to_json(plateau.scale),
    })
}

fn plateau_from_json(plateau: &Value) -> Result<Plateau, String> {
    let best = match field(plateau, "best")? {
        Value::Null => None,
        _ => Some(number(plateau, "best")?),
    };
    let (bad, cooling) = (whole(plateau, "bad")?, whole(plateau, "cooling")?);
    let scale = number(plateau, "scale")?;
    if !(0.0..=1.0).contains(&scale) {
        return Err(format!("the rate is multiplied with {scale}, expected at most 1"));
    }
    Ok(Plateau { best, bad, cooling, scale })
}

fn mean_to_json(Mean { sum, weights }: Mean) -> Value {
    json!({ "sum": to_json(sum), "weights": to_json(weights) })
}

fn mean_from_json(mean: &Value) -> Result<Mean, String> {
    Ok(Mean { sum: number(mean, "sum")?, weights: number(mean, "weights")? })
}

fn epoch_to_json(epoch: &Epoch) -> Value {
    let metrics = epoch.metrics.iter();
    json!({
        "number": epoch.number,
        "rate": to_json(epoch.rate),
        "cost": to_json(epoch.cost),
        "accuracy": epoch.accuracy.map(to_json),
        "validation_cost": epoch.validation_cost.map(to_json),
        "validation_accuracy": epoch.validation_accuracy.map(to_json),
        "metrics": metrics.map(|(name, value)| json!([name, to_json(*value)])).collect::<Vec<_>>(),
        "seconds": to_json(epoch.seconds),
    })
}

fn epoch_from_json(epoch: &Value) -> Result<Epoch, String> {
    let optional = |key: &str| match field(epoch, key)? {
        Value::Null => Ok(None),
        _ => number(epoch, key).map(Some),
    };
    let metrics = list(epoch, "metrics")?;
    let metric = |metric: &Value| match &metric[0] {
        Value::String(name) => Ok((name.clone(), from_json(&metric[1], name)?)),
        other => Err(format!("the name of a metric is {other}, expected a text")),
    };
    Ok(Epoch {
        number: whole(epoch, "number")?,
        rate: number(epoch, "rate")?,
        cost: number(epoch, "cost")?,
        accuracy: optional("accuracy")?,
        validation_cost: optional("validation_cost")?,
        validation_accuracy: optional("validation_accuracy")?,
        metrics: metrics.iter().map(metric).collect::<Result<_, _>>()?,
        seconds: number(epoch, "seconds")?,
    })
}

/// A number that comes back to the bit; JSON has neither NaN nor infinity.
fn to_json(value: f64) -> Value {
    if value.is_finite() { json!(value) } else { json!(value.to_string()) }
}

fn from_json(value: &Value, key: &str) -> Result<f64, String> {
    let number = match value {
        Value::String(text) => text.parse().ok(),
        value => value.as_f64(),
    };
    number.ok_or_else(|| format!("{key:?} is {value}, expected a number"))
}

/// What an object has under a key. None may be missing: a file whose key was damaged is damaged.
fn field<'a>(object: &'a Value, key: &str) -> Result<&'a Value, String> {
    object.get(key).ok_or_else(|| format!("there is no {key:?}"))
}

fn list<'a>(object: &'a Value, key: &str) -> Result<&'a [Value], String> {
    match field(object, key)? {
        Value::Array(list) => Ok(list),
        other => Err(format!("{key:?} is {other}, expected a list")),
    }
}

fn number(object: &Value, key: &str) -> Result<f64, String> {
    from_json(field(object, key)?, key)
}

fn whole(object: &Value, key: &str) -> Result<u64, String> {
    let value = field(object, key)?;
    value.as_u64().ok_or_else(|| format!("{key:?} is {value}, expected a whole number"))
}
