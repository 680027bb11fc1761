//! Weights of any module under PyTorch's names and in its layouts: they go in and come out through
//! checkpoints, which have both, so that no test knows a layout.

use crate::Failure;
use crate::closeness::Closeness;
use crate::golden::{Array, Case};
use neuropil::{Params, Real};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// A file that no other test uses, in cargo's folder for such.
pub fn scratch_file() -> PathBuf {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let name = format!("{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("parity-{name}.safetensors"))
}

/// Sets all weights to those given as `weight <path>`.
pub fn set_weights<T: Real>(params: &mut Params<T>, case: &Case) -> Result<(), Failure> {
    let weights = case.given_under::<f64>("weight ");
    let bytes = |array: &Array<f64>| array.values.iter().flat_map(|w| w.to_le_bytes()).collect();
    let bytes: Vec<Vec<u8>> = weights.iter().map(|(_, array)| bytes(array)).collect();
    let mut views = Vec::new();
    for ((path, array), bytes) in weights.iter().zip(&bytes) {
        views.push((path, TensorView::new(Dtype::F64, array.shape.clone(), bytes)?));
    }
    let file = scratch_file();
    safetensors::serialize_to_file(views, None, &file)?;
    params.load(&file)?;
    Ok(std::fs::remove_file(file)?)
}

/// Compares all weights with those expected as `weight <path>`.
pub fn compare_weights<T: Real>(
    params: &Params<T>,
    case: &Case,
    closeness: Closeness,
) -> Result<(), Failure> {
    compare(params, case, "weight ", closeness)
}

/// Compares all gradients with those expected as `gradient <path>`.
pub fn compare_gradients<T: Real>(
    params: &Params<T>,
    case: &Case,
    closeness: Closeness,
) -> Result<(), Failure> {
    let mut gradients = params.clone();
    gradients.weights_mut().copy_from_slice(params.gradients());
    compare(&gradients, case, "gradient ", closeness)
}

fn compare<T: Real>(
    params: &Params<T>,
    case: &Case,
    beginning: &str,
    closeness: Closeness,
) -> Result<(), Failure> {
    let file = scratch_file();
    params.save(&file)?;
    let bytes = std::fs::read(&file)?;
    std::fs::remove_file(file)?;
    let tensors = SafeTensors::deserialize(&bytes)?;
    // What is expected and not there, or the other way round, is an error of its own below.
    let mut expected = case.expected_under(beginning);
    let mut found: Vec<String> = tensors.names().into_iter().map(str::to_owned).collect();
    // States have no gradient.
    found.retain(|path| beginning != "gradient " || params.get(path).is_ok());
    expected.sort();
    found.sort();
    if expected != found {
        return Err(format!("the weights are {found:?}, expected {expected:?}").into());
    }
    for path in found {
        let key = format!("{beginning}{path}");
        let tensor = tensors.tensor(&path)?;
        let shape = case.expected(&key).unwrap_or_default().shape;
        if tensor.shape() != shape {
            let found = tensor.shape();
            return Err(format!("`{key}` has the shape {found:?}, expected {shape:?}").into());
        }
        let numbers: Vec<T> = match tensor.dtype() {
            Dtype::F32 => {
                let words = tensor.data().as_chunks().0.iter();
                words.map(|&word| T::of(f32::from_le_bytes(word).into())).collect()
            }
            Dtype::F64 => {
                let words = tensor.data().as_chunks().0.iter();
                words.map(|&word| T::of(f64::from_le_bytes(word))).collect()
            }
            Dtype::I64 => {
                let words = tensor.data().as_chunks().0.iter();
                words.map(|&word| T::of(i64::from_le_bytes(word) as f64)).collect()
            }
            other => return Err(format!("`{key}` holds {other:?}").into()),
        };
        case.compare(&key, &numbers, closeness)?;
    }
    Ok(())
}
