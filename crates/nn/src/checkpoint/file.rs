//! Tensors in safetensors files: layouts, number types, and files that are replaced whole.

use crate::error::{CheckpointError, Error};
use crate::params::Entry;
use crate::real::Real;
use neuropil_tensor::Shape;
use safetensors::{Dtype, tensor::TensorView};
use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A tensor ready to be written: little-endian, in the layout of files.
pub(super) struct Stored {
    name: String,
    shape: Vec<usize>,
    bytes: Vec<u8>,
    dtype: Dtype,
}

impl Stored {
    pub fn new<T: Real>(name: String, entry: &Entry, numbers: &[T]) -> Self {
        let dtype = match size_of::<T>() {
            _ if entry.integer_in_files => Dtype::I64,
            8 => Dtype::F64,
            _ => Dtype::F32,
        };
        let mut bytes = Vec::with_capacity(size_of_val(numbers));
        let order = file_order(entry);
        for at in 0..numbers.len() {
            let x = numbers[order(at)].to_f64();
            match dtype {
                Dtype::I64 => bytes.extend((x as i64).to_le_bytes()),
                Dtype::F64 => bytes.extend(x.to_le_bytes()),
                // Exact: the number was an f32.
                _ => bytes.extend((x as f32).to_le_bytes()),
            }
        }
        Self { name, shape: file_shape(entry).dims().to_vec(), bytes, dtype }
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
        Dtype::I64 if entry.integer_in_files => {
            let words = tensor.data().as_chunks::<8>().0;
            words.iter().map(|b| T::of(i64::from_le_bytes(*b) as f64)).collect()
        }
        other => {
            return Err(CheckpointError::Type {
                name: entry.path.clone(),
                found: format!("{other:?}"),
            });
        }
    };
    if tensor.dtype() == Dtype::F64
        && let Some(at) = in_file.iter().position(|x| !x.is_finite())
    {
        // Infinite in the file, or only here?
        let value = f64::from_le_bytes(tensor.data().as_chunks::<8>().0[at]);
        if value.is_finite() {
            return Err(CheckpointError::Range { name: entry.path.clone(), value });
        }
    }
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
    let names: Vec<&str> = tensors.iter().map(|tensor| tensor.name.as_str()).collect();
    if let Some(i) = (0..names.len()).find(|&i| names[..i].contains(&names[i])) {
        return Err(fail(CheckpointError::Duplicate { name: names[i].to_owned() }));
    }
    let views = tensors.iter().map(|tensor| {
        let view = TensorView::new(tensor.dtype, tensor.shape.clone(), &tensor.bytes)?;
        Ok((tensor.name.as_str(), view))
    });
    let views = views.collect::<Result<Vec<_>, safetensors::SafeTensorError>>();
    let metadata = (!metadata.is_empty()).then_some(metadata);
    let bytes = views.and_then(|views| safetensors::serialize(views, metadata));
    let bytes = bytes.map_err(|error| fail(error.into()))?;
    replace(file, &bytes).map_err(|error| fail(error.into()))
}

/// Makes the folder of a file that will be written, so that a wrong path shows before hours of work.
pub(crate) fn make_folder(file: &Path) -> Result<(), Error> {
    let fail = |error| Error::File { file: file.to_owned(), error };
    file.parent().map_or(Ok(()), std::fs::create_dir_all).map_err(fail)
}

/// How old a part must be to be a leftover: no write takes as long without a change to its part.
const LEFT_OVER: Duration = Duration::from_secs(600);

/// Writes a file under another name, syncs it, and renames it into place. Folders are made as need
/// be; a link stays a link, and a file keeps who may read it. Parts that a process which was killed
/// has left behind are removed by and by.
pub(crate) fn replace(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    // Of a link, the file that it leads to is replaced. What is not there yet is no link.
    let file = &std::fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    std::fs::create_dir_all(&folder)?;
    let name = file.file_name().unwrap_or_default();
    remove_leftovers(&folder, name);
    let (part, mut out) = create_part(&folder, name)?;
    let written = (|| {
        if let Ok(old) = std::fs::metadata(file) {
            out.set_permissions(old.permissions())?;
        }
        out.write_all(bytes)?;
        out.sync_all()
    })();
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

/// A new file beside the one to be replaced, with a name that nobody else writes to.
fn create_part(folder: &Path, name: &OsStr) -> std::io::Result<(PathBuf, File)> {
    static PARTS: AtomicU64 = AtomicU64::new(0);
    loop {
        let (process, number) = (std::process::id(), PARTS.fetch_add(1, Ordering::Relaxed));
        let mut part = name.to_owned();
        part.push(format!(".{process}.{number}.part"));
        let part = folder.join(part);
        match File::create_new(&part) {
            Ok(out) => return Ok((part, out)),
            // That of a process of the same number, in another container or before a restart.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}

/// Removes old parts of this file. What cannot be looked at or removed stays: it does no harm.
fn remove_leftovers(folder: &Path, name: &OsStr) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let found = entry.file_name();
        let rest = found.as_encoded_bytes().strip_prefix(name.as_encoded_bytes());
        let numbers = rest.and_then(|rest| rest.strip_prefix(b".")?.strip_suffix(b".part"));
        let is_part = numbers.is_some_and(|numbers| {
            let is_number = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
            let mut parts = numbers.split(|&byte| byte == b'.');
            parts.clone().count() == 2 && parts.all(is_number)
        });
        let age = || entry.metadata().ok()?.modified().ok()?.elapsed().ok();
        if is_part && age().is_some_and(|age| age > LEFT_OVER) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}
