//! Weights in files: safetensors with PyTorch's names and layouts.

mod file;
mod training;

use crate::error::{CheckpointError, Error};
use crate::network::Network;
use crate::params::{Entry, Params};
use crate::pattern::matches;
use crate::real::Real;
use file::{Stored, numbers, write};
pub(crate) use file::{make_folder, replace};
use safetensors::SafeTensors;
use std::collections::HashMap;
use std::path::Path;

/// Where a training's own numbers stand in a file, beside the weights: optimizer slots, and the
/// weights of the best epoch, states carried from batch to batch, averages of the weights.
const OPTIMIZER: &str = "optimizer.";
const BEST: &str = "best.";
const CARRIED: &str = "carried.";
const AVERAGE: &str = "average.";

/// What was read for an entry, and whether it is a state.
type Numbers<T> = (Entry, bool, Vec<T>);

impl<T: Real> Params<T> {
    /// Writes all weights and states to a safetensors file, matrices as PyTorch lays them out:
    /// a PyTorch module of the same names takes it by `load_state_dict`. Folders are made as need
    /// be; the file is replaced as a whole or not at all.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save(&self, file: impl AsRef<Path>) -> Result<(), Error> {
        write(file.as_ref(), self.tensors(), HashMap::new())
    }

    /// Reads all weights and states from a safetensors file; `f64` is rounded to `f32` where need
    /// be. Nothing is changed if anything is missing, unknown, or of another shape.
    ///
    /// # Errors
    /// If the file cannot be read, or does not hold exactly these tensors.
    pub fn load(&mut self, file: impl AsRef<Path>) -> Result<(), Error> {
        self.load_where(file.as_ref(), None).map(|_| ())
    }

    /// Reads the weights and states that a pattern matches, and that the file holds; returns
    /// their paths. In a pattern each `*` stands for any run of characters.
    ///
    /// ```
    /// use neuropil_nn::prelude::*;
    ///
    /// # let file = std::env::temp_dir().join(format!("neuropil-part-{}", std::process::id()));
    /// let body = || Sequential::new().then(Linear::new(4, 8)).then(Relu);
    /// Network::new(body().then(Linear::new(8, 10)), [4], 1)?.save(&file)?;
    ///
    /// // Another head on the same body.
    /// let mut net = Network::new(body().then(Linear::new(8, 3)), [4], 2)?;
    /// assert_eq!(net.params_mut().load_matching("0.*", &file)?, ["0.weight", "0.bias"]);
    /// # std::fs::remove_file(file)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the file cannot be read, a tensor has another shape, or the pattern matches nothing of
    /// the network, or of the file.
    pub fn load_matching(
        &mut self,
        pattern: &str,
        file: impl AsRef<Path>,
    ) -> Result<Vec<String>, Error> {
        if !self.all_entries().any(|(entry, _)| matches(pattern, &entry.path)) {
            let known = self.all_entries().map(|(entry, _)| entry.path.clone()).collect();
            return Err(Error::Pattern { pattern: pattern.to_owned(), known });
        }
        self.load_where(file.as_ref(), Some(pattern))
    }

    /// Reads what a pattern matches, or everything; returns the paths.
    fn load_where(&mut self, file: &Path, pattern: Option<&str>) -> Result<Vec<String>, Error> {
        let fail = |error| Error::Checkpoint { file: file.to_owned(), error };
        let bytes = std::fs::read(file).map_err(|error| fail(error.into()))?;
        let tensors = SafeTensors::deserialize(&bytes).map_err(|error| fail(error.into()))?;
        let read = self.read(&tensors, pattern).map_err(fail)?;
        let paths = read.iter().map(|(entry, ..)| entry.path.clone()).collect();
        self.put(read);
        Ok(paths)
    }

    /// The numbers of the weights and states that a pattern matches and the file holds, at least
    /// of one. Without a pattern none may be missing, and nothing else may be there but what
    /// belongs to an optimizer. Nothing is changed.
    fn read(
        &self,
        tensors: &SafeTensors<'_>,
        pattern: Option<&str>,
    ) -> Result<Vec<Numbers<T>>, CheckpointError> {
        let missing = |name: &str| CheckpointError::Missing {
            name: name.to_owned(),
            found: tensors.names().into_iter().map(str::to_owned).collect(),
        };
        let wanted = |path: &str| pattern.is_none_or(|pattern| matches(pattern, path));
        let mut read = Vec::new();
        for (entry, is_state) in self.all_entries().filter(|(entry, _)| wanted(&entry.path)) {
            match tensors.tensor(&entry.path) {
                Ok(tensor) => read.push((entry.clone(), is_state, numbers(entry, &tensor)?)),
                Err(_) if pattern.is_none() => return Err(missing(&entry.path)),
                Err(_) => {}
            }
        }
        if let Some(pattern) = pattern {
            return if read.is_empty() { Err(missing(pattern)) } else { Ok(read) };
        }
        let known: Vec<&str> = self.all_entries().map(|(entry, _)| entry.path.as_str()).collect();
        // What a trainer adds belongs to a weight: a slot of it, or its best value so far.
        let is_training = |name: &str| {
            if name.starts_with(CARRIED) {
                return true;
            }
            let slot = name.strip_prefix(OPTIMIZER).and_then(|name| name.split_once('.'));
            let of = slot.map(|(_, path)| path).or_else(|| name.strip_prefix(BEST));
            let of = of.or_else(|| name.strip_prefix(AVERAGE));
            of.is_some_and(|path| known.contains(&path))
        };
        let is_unknown = |name: &&str| !known.contains(name) && !is_training(name);
        match tensors.names().into_iter().find(is_unknown) {
            Some(name) => Err(CheckpointError::Unexpected { name: name.to_owned() }),
            None => Ok(read),
        }
    }

    fn put(&mut self, read: Vec<Numbers<T>>) {
        for (entry, is_state, numbers) in read {
            let buffer = if is_state { &mut *self.state } else { self.weights_mut() };
            buffer[entry.range()].copy_from_slice(&numbers);
        }
    }

    /// Weights, then states, with whether it is a state.
    fn all_entries(&self) -> impl Iterator<Item = (&Entry, bool)> {
        let weights = self.entries().iter().map(|entry| (entry, false));
        weights.chain(self.state_entries().iter().map(|entry| (entry, true)))
    }

    fn tensors(&self) -> Vec<Stored> {
        self.tensors_of("", &self.weights, &self.state)
    }

    /// The same of other buffers of this layout, with something before each path.
    fn tensors_of(&self, prefix: &str, weights: &[T], state: &[T]) -> Vec<Stored> {
        let of = |(entry, is_state): (&Entry, bool)| {
            let buffer = if is_state { state } else { weights };
            Stored::new(format!("{prefix}{}", entry.path), entry, &buffer[entry.range()])
        };
        self.all_entries().map(of).collect()
    }
}

impl<T: Real> Network<T> {
    /// Writes the weights to a file: see [`Params::save`].
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save(&self, file: impl AsRef<Path>) -> Result<(), Error> {
        self.params.save(file)
    }

    /// Reads the weights from a file, that of a [`Trainer`](crate::Trainer) too: see [`Params::load`].
    ///
    /// # Errors
    /// If the file cannot be read, or does not hold exactly these weights.
    pub fn load(&mut self, file: impl AsRef<Path>) -> Result<(), Error> {
        self.params.load(file)
    }
}
