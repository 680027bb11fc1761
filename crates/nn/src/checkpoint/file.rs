//! Tensors in safetensors files: layouts, number types, and files that are replaced whole.

use crate::error::{CheckpointError, Error};
use crate::params::Entry;
use crate::real::Real;
use neuropil_tensor::Shape;
use safetensors::{Dtype, tensor::TensorView};
use std::collections::HashMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// A tensor ready to be written: little-endian, in the layout of files.
pub(super) struct Stored {
    name: String,
    shape: Vec<usize>,
    bytes: Vec<u8>,
    double: bool,
}

impl Stored {
    pub fn new<T: Real>(name: String, entry: &Entry, numbers: &[T]) -> Self {
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
pub(super) fn numbers<T: Real>(
    entry: &Entry,
    tensor: &TensorView<'_>,
) -> Result<Vec<T>, CheckpointError> {
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

/// Writes tensors to a file.
pub(super) fn write(
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

/// Writes a file under another name, syncs it, and renames it into place. Folders are made as need
/// be.
pub(crate) fn replace(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
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
