//! Files have PyTorch's names and layouts, and are what the safetensors format says.

use crate::samples::{Failure, folder, numbers};
use neuropil_nn::prelude::*;
use std::fs;
use std::path::Path;

/// A tensor of a file, read by hand.
#[derive(Debug, PartialEq)]
struct Tensor {
    name: String,
    shape: Vec<u64>,
    numbers: Vec<f32>,
}

/// Reads a file of F32 tensors as the format's description has it: the length of the header in
/// eight bytes, little-endian; the header, JSON; the numbers.
fn read(file: &Path) -> Result<Vec<Tensor>, Failure> {
    let bytes = fs::read(file)?;
    let header_len = u64::from_le_bytes(bytes[..8].try_into()?) as usize;
    let (header, data) = bytes[8..].split_at(header_len);
    let header: serde_json::Value = serde_json::from_slice(header)?;
    let numbers = |value: &serde_json::Value| -> Vec<u64> {
        let list = value.as_array().expect("a list");
        list.iter().map(|n| n.as_u64().expect("a number")).collect()
    };
    let mut tensors = Vec::new();
    for (name, entry) in header.as_object().expect("an object") {
        if name == "__metadata__" {
            continue;
        }
        assert_eq!(entry["dtype"], "F32", "{name}");
        let offsets = numbers(&entry["data_offsets"]);
        let words = data[offsets[0] as usize..offsets[1] as usize].chunks_exact(4);
        let number = |word: &[u8]| Ok(f32::from_le_bytes(word.try_into()?));
        tensors.push(Tensor {
            name: name.clone(),
            shape: numbers(&entry["shape"]),
            numbers: words.map(number).collect::<Result<_, Failure>>()?,
        });
    }
    tensors.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(tensors)
}

/// Writes a file as another program would.
fn write(file: &Path, tensors: &[Tensor]) -> Result<(), Failure> {
    let (mut header, mut data) = (serde_json::Map::new(), Vec::new());
    for Tensor { name, shape, numbers } in tensors {
        let start = data.len();
        data.extend(numbers.iter().flat_map(|x| x.to_le_bytes()));
        let entry = serde_json::json!({
            "dtype": "F32", "shape": shape, "data_offsets": [start, data.len()],
        });
        header.insert(name.clone(), entry);
    }
    let mut header = serde_json::to_vec(&header)?;
    header.resize(header.len().next_multiple_of(8), b' ');
    let len = (header.len() as u64).to_le_bytes();
    Ok(fs::write(file, [&len[..], &header, &data].concat())?)
}

fn layers() -> Sequential {
    Sequential::new().then(Linear::new(4, 3)).then(Tanh).then(Linear::new(3, 2))
}

/// Row-major w `[rows, columns]`, transposed.
fn transposed(w: &[f32], columns: usize) -> Vec<f32> {
    let column = |j| w.iter().skip(j).step_by(columns).copied();
    (0..columns).flat_map(column).collect()
}

#[test]
fn files_have_the_names_and_layouts_of_pytorch() -> Result<(), Failure> {
    let file = folder("layouts").join("net.safetensors");
    let net = Network::new(layers(), [4], 42)?;
    net.save(&file)?;
    let get = |path: &str| net.params().get(path).map(<[f32]>::to_vec);
    let tensor = |name: &str, shape: &[u64], numbers| Tensor {
        name: name.into(),
        shape: shape.into(),
        numbers,
    };
    let expected = [
        tensor("0.bias", &[3], get("0.bias")?),
        tensor("0.weight", &[3, 4], transposed(&get("0.weight")?, 3)),
        tensor("2.bias", &[2], get("2.bias")?),
        tensor("2.weight", &[2, 3], transposed(&get("2.weight")?, 2)),
    ];
    assert_eq!(read(&file)?, expected);

    // A training's file holds the same tensors, and those of the optimizer under its prefix.
    let mut net = net;
    Trainer::new(&mut net, MeanSquaredError::new(), Adam::new())?.save(&file)?;
    let (optimizer, weights): (Vec<Tensor>, Vec<Tensor>) =
        read(&file)?.into_iter().partition(|tensor| tensor.name.starts_with("optimizer."));
    assert_eq!(weights, expected);
    assert_eq!(optimizer.len(), 2 * expected.len());
    assert!(optimizer.iter().any(|tensor| tensor.name == "optimizer.exp_avg_sq.2.weight"));
    Ok(())
}

#[test]
fn a_file_from_elsewhere_is_taken() -> Result<(), Failure> {
    let file = folder("elsewhere").join("net.safetensors");
    let tensor = |name: &str, shape: &[u64]| Tensor {
        name: name.into(),
        shape: shape.into(),
        numbers: numbers(name.len() as u64, shape.iter().product::<u64>() as usize),
    };
    let tensors = [
        tensor("2.weight", &[2, 3]),
        tensor("0.weight", &[3, 4]),
        tensor("0.bias", &[3]),
        tensor("2.bias", &[2]),
    ];
    write(&file, &tensors)?;
    let mut net = Network::new(layers(), [4], 1)?;
    net.load(&file)?;

    // PyTorch's own formula: x Wᵀ + b, by hand.
    let x = [0.5, -1.0, 2.0, 0.25];
    let linear = |x: &[f32], w: &Tensor, b: &Tensor| -> Vec<f32> {
        let rows = w.numbers.chunks_exact(x.len()).zip(&b.numbers);
        rows.map(|(w, b)| w.iter().zip(x).map(|(w, x)| w * x).sum::<f32>() + b).collect()
    };
    let hidden: Vec<f32> = linear(&x, &tensors[1], &tensors[2]).iter().map(|h| h.tanh()).collect();
    let expected = linear(&hidden, &tensors[0], &tensors[3]);
    for (y, expected) in net.predict(&x)?.iter().zip(expected) {
        assert!((y - expected).abs() < 1e-6, "{y} {expected}");
    }
    Ok(())
}

#[test]
fn a_part_of_a_file_can_be_loaded() -> Result<(), Failure> {
    let file = folder("part").join("net.safetensors");
    let source = Network::new(layers(), [4], 42)?;
    source.save(&file)?;
    // Another head, on the same body.
    let other = Sequential::new().then(Linear::new(4, 3)).then(Tanh).then(Linear::new(3, 7));
    let mut net = Network::new(other, [4], 1)?;
    let head = net.params().get("2.weight")?.to_vec();

    let message = net.load(&file).expect_err("another head").to_string();
    assert!(message.contains("2.weight") && message.contains("[2, 3]"), "{message}");
    assert!(message.contains("[7, 3]"), "{message}");
    assert_ne!(net.params().get("0.weight")?, source.params().get("0.weight")?);

    let loaded = net.params_mut().load_matching("0.*", &file)?;
    assert_eq!(loaded, ["0.weight", "0.bias"]);
    assert_eq!(net.params().get("0.weight")?, source.params().get("0.weight")?);
    assert_eq!(net.params().get("0.bias")?, source.params().get("0.bias")?);
    assert_eq!(net.params().get("2.weight")?, head);

    // What matches nothing loads nothing, which is hardly meant.
    assert!(net.params_mut().load_matching("9.*", &file).is_err());
    // A part that does not fit changes nothing of what would.
    let before = net.params().weights().to_vec();
    let mut third = Network::new(layers(), [4], 3)?;
    third.save(&file)?;
    assert!(net.params_mut().load_matching("*", &file).is_err());
    assert_eq!(net.params().weights(), before);
    third.load(&file)?;
    Ok(())
}

#[test]
fn names_that_differ_are_refused() -> Result<(), Failure> {
    let folder = folder("names");
    let (small, large) = (folder.join("small.safetensors"), folder.join("large.safetensors"));
    let mut one = Network::new(Sequential::new().then(Linear::new(4, 3)), [4], 1)?;
    let mut two = Network::new(layers(), [4], 2)?;
    one.save(&small)?;
    two.save(&large)?;
    let message = two.load(&small).expect_err("a tensor is missing").to_string();
    assert!(message.contains("\"2.weight\" is missing"), "{message}");
    assert!(
        message.contains("0.bias, 0.weight") || message.contains("0.weight, 0.bias"),
        "{message}"
    );
    let message = one.load(&large).expect_err("a tensor is unknown").to_string();
    assert!(message.contains("none of the network's"), "{message}");
    Ok(())
}

#[test]
fn single_and_double_precision_read_each_other() -> Result<(), Failure> {
    let folder = folder("precision");
    let (single, double) = (folder.join("f32.safetensors"), folder.join("f64.safetensors"));
    let mut narrow = Network::<f32>::build(layers(), [4], 42)?;
    let mut wide = Network::<f64>::build(layers(), [4], 1)?;
    narrow.save(&single)?;
    wide.save(&double)?;
    let start = wide.params().get("0.weight")?.to_vec();

    wide.load(&single)?;
    let exact: Vec<f64> = narrow.params().get("0.weight")?.iter().map(|&w| w.into()).collect();
    assert_eq!(wide.params().get("0.weight")?, exact);

    narrow.load(&double)?;
    let rounded: Vec<f32> = start.iter().map(|&w| w as f32).collect();
    assert_eq!(narrow.params().get("0.weight")?, rounded);

    wide.load(&double)?;
    assert_eq!(wide.params().get("0.weight")?, start);
    Ok(())
}
