//! Weights and training runs in files: safetensors with PyTorch's names and layouts.

use crate::error::{CheckpointError, Error};
use crate::network::Network;
use crate::params::{Entry, Params};
use crate::pattern::matches;
use crate::real::Real;
use crate::trainer::{Progress, Trainer};
use neuropil_tensor::Shape;
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use std::collections::HashMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Where a training's own numbers stand in a file, beside the weights.
const OPTIMIZER: &str = "optimizer.";

/// The key under which a file says how far a training has come, as a JSON object. It is one key,
/// since the order of several would differ from file to file.
const RUN: &str = "neuropil.run";

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
    /// be. Nothing is changed if anything is
    /// missing, unknown, or of another shape.
    ///
    /// # Errors
    /// If the file cannot be read, or does not hold exactly these tensors.
    pub fn load(&mut self, file: impl AsRef<Path>) -> Result<(), Error> {
        self.load_where(file.as_ref(), None).map(|_| ())
    }

    /// Reads the weights and states that a pattern matches, and that the file holds; returns
    /// their paths. In a pattern each `*` stands for any run of characters.
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
        let is_unknown = |name: &&str| !known.contains(name) && !name.starts_with(OPTIMIZER);
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
        let of = |(entry, is_state): (&Entry, bool)| {
            let buffer = if is_state { &self.state } else { &self.weights };
            Stored::new(entry.path.clone(), entry, &buffer[entry.range()])
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

    /// Reads the weights from a file, that of a [`Trainer`] too: see [`Params::load`].
    ///
    /// # Errors
    /// If the file cannot be read, or does not hold exactly these weights.
    pub fn load(&mut self, file: impl AsRef<Path>) -> Result<(), Error> {
        self.params.load(file)
    }
}

impl<T: Real> Trainer<'_, T> {
    /// Writes weights, optimizer state, and how far the training has come. Another trainer of the
    /// same network, loss and optimizer goes on from it with [`resume`](Trainer::resume) to the
    /// very bits that this one would have reached. What [`Fit::early_stopping`](crate::Fit) has
    /// seen belongs to one call of `fit` and is not written.
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
    /// If the file cannot be written.
    pub fn save(&self, file: impl AsRef<Path>) -> Result<(), Error> {
        let mut tensors = self.net.params.tensors();
        for (slot, numbers) in self.slot_names().iter().zip(self.slot_buffers()) {
            for entry in self.net.params.entries() {
                let name = slot_name(slot, &entry.path);
                tensors.push(Stored::new(name, entry, &numbers[entry.range()]));
            }
        }
        let Progress { updates, batches, epochs } = self.progress;
        let run = serde_json::json!({
            "optimizer": self.optimizer_name(),
            "seed": self.net.seed,
            "updates": updates,
            "batches": batches,
            "epochs": epochs,
        });
        write(file.as_ref(), tensors, HashMap::from([(RUN.to_owned(), run.to_string())]))
    }

    /// Goes on from what [`save`](Trainer::save) wrote. Nothing is changed if anything is amiss.
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
        let run: serde_json::Value = serde_json::from_str(run)
            .map_err(|error| amiss(format!("{RUN:?} is no JSON: {error}")))?;
        let number = |key: &str| {
            let wrong = || amiss(format!("{key:?} is {}, expected a whole number", run[key]));
            run[key].as_u64().ok_or_else(wrong)
        };
        let progress = Progress {
            updates: number("updates")?,
            batches: number("batches")?,
            epochs: number("epochs")?,
        };
        let seed = number("seed")?;
        if run["optimizer"] != self.optimizer_name() {
            let (found, expected) = (&run["optimizer"], self.optimizer_name());
            return Err(amiss(format!(
                "it is of the optimizer {found}, the trainer has {expected}"
            )));
        }
        let read = self.net.params.read(&tensors, None).map_err(fail)?;
        let slots = self.read_slots(&tensors).map_err(fail)?;

        // All is read and fits: from here on nothing can fail.
        self.net.params.put(read);
        let len = self.net.params.weights.len();
        let entries = self.net.params.entries();
        for (i, numbers) in slots.into_iter().enumerate() {
            let (slot, entry) = (i / entries.len(), &entries[i % entries.len()]);
            let start = slot * len + entry.start;
            self.slots[start..start + numbers.len()].copy_from_slice(&numbers);
        }
        self.net.seed = seed;
        self.progress = progress;
        Ok(())
    }

    /// The numbers of each slot for each weight.
    fn read_slots(&self, tensors: &SafeTensors<'_>) -> Result<Vec<Vec<T>>, CheckpointError> {
        let mut slots = Vec::new();
        let mut names = Vec::new();
        for slot in self.slot_names() {
            for entry in self.net.params.entries() {
                let name = slot_name(slot, &entry.path);
                let tensor = tensors.tensor(&name).map_err(|_| {
                    let found = tensors.names().into_iter().map(str::to_owned).collect();
                    CheckpointError::Missing { name: name.clone(), found }
                })?;
                slots.push(numbers(entry, &tensor)?);
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

    fn slot_buffers(&self) -> impl Iterator<Item = &[T]> {
        self.slots.chunks_exact(self.net.params.weights.len().max(1))
    }
}

fn slot_name(slot: &str, path: &str) -> String {
    format!("{OPTIMIZER}{slot}.{path}")
}

/// A tensor ready to be written: little-endian, in the layout of files.
struct Stored {
    name: String,
    shape: Vec<usize>,
    bytes: Vec<u8>,
    double: bool,
}

impl Stored {
    fn new<T: Real>(name: String, entry: &Entry, numbers: &[T]) -> Self {
        let double = size_of::<T>() == 8;
        let mut bytes = Vec::with_capacity(size_of_val(numbers));
        let order = file_order(entry);
        for at in 0..numbers.len() {
            let x = numbers[order(at)].to_f64();
            match double {
                true => bytes.extend(x.to_le_bytes()),
                // Exact: the number was an f32.
                false => bytes.extend((x as f32).to_le_bytes()),
            }
        }
        Self { name, shape: file_shape(entry).dims().to_vec(), bytes, double }
    }
}

/// The shape of an entry as files have it.
fn file_shape(entry: &Entry) -> Shape {
    if entry.transposed_in_files {
        entry.shape.dims().iter().rev().copied().collect()
    } else {
        entry.shape
    }
}

/// Where the number stands that is at a place of the file.
fn file_order(entry: &Entry) -> impl Fn(usize) -> usize {
    let (rows, columns) = match entry.shape.dims() {
        &[rows, columns] if entry.transposed_in_files => (rows, columns),
        _ => (1, entry.shape.len()),
    };
    let transposed = entry.transposed_in_files;
    move |at| {
        if transposed { at % rows * columns + at / rows } else { at }
    }
}

/// The numbers of a tensor in the layout of an entry.
fn numbers<T: Real>(entry: &Entry, tensor: &TensorView<'_>) -> Result<Vec<T>, CheckpointError> {
    let (found, expected) = (tensor.shape(), file_shape(entry));
    if found != expected.dims() {
        let found = match found.len() {
            0..=8 => Shape::new(found),
            _ => Shape::from(found.iter().product::<usize>()),
        };
        let (name, found, expected) = (entry.path.clone(), Box::new(found), Box::new(expected));
        return Err(CheckpointError::Shape { name, found, expected });
    }
    let in_file: Vec<T> = match tensor.dtype() {
        Dtype::F32 => {
            let words = tensor.data().chunks_exact(4);
            words.map(|b| T::of(f32::from_le_bytes([b[0], b[1], b[2], b[3]]).into())).collect()
        }
        Dtype::F64 => {
            let words = tensor.data().as_chunks::<8>().0;
            words.iter().map(|b| T::of(f64::from_le_bytes(*b))).collect()
        }
        other => {
            return Err(CheckpointError::Type {
                name: entry.path.clone(),
                found: format!("{other:?}"),
            });
        }
    };
    let order = file_order(entry);
    let mut numbers = vec![T::ZERO; in_file.len()];
    for (at, x) in in_file.into_iter().enumerate() {
        numbers[order(at)] = x;
    }
    Ok(numbers)
}

/// Writes a file under another name, syncs it, and renames it into place.
fn write(
    file: &Path,
    tensors: Vec<Stored>,
    metadata: HashMap<String, String>,
) -> Result<(), Error> {
    let fail = |error: CheckpointError| Error::Checkpoint { file: file.to_owned(), error };
    let views = tensors.iter().map(|tensor| {
        let dtype = if tensor.double { Dtype::F64 } else { Dtype::F32 };
        let view = TensorView::new(dtype, tensor.shape.clone(), &tensor.bytes)?;
        Ok((tensor.name.as_str(), view))
    });
    let views = views.collect::<Result<Vec<_>, safetensors::SafeTensorError>>();
    let metadata = (!metadata.is_empty()).then_some(metadata);
    let bytes = views.and_then(|views| safetensors::serialize(views, metadata));
    let bytes = bytes.map_err(|error| fail(error.into()))?;
    replace(file, &bytes).map_err(|error| fail(error.into()))
}

fn replace(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    std::fs::create_dir_all(&folder)?;
    // A name that no other thread or process writes to.
    static PARTS: AtomicU64 = AtomicU64::new(0);
    let (process, number) = (std::process::id(), PARTS.fetch_add(1, Ordering::Relaxed));
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{process}.{number}.part"));
    let part = folder.join(name);
    let written = File::create(&part).and_then(|mut out| {
        out.write_all(bytes)?;
        out.sync_all()
    });
    let renamed = written.and_then(|()| std::fs::rename(&part, file));
    if renamed.is_err() {
        // The error that matters is the first; a part that cannot be removed either stays.
        let _ = std::fs::remove_file(&part);
        return renamed;
    }
    // The folder's entry is on disk only when the folder is synced; Windows opens no folders.
    if cfg!(unix) {
        File::open(&folder)?.sync_all()?;
    }
    Ok(())
}
