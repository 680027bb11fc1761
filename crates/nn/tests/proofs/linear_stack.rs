//! What an introductory course says of linear layers, as facts.

use crate::samples::Failure;
use neuropil_initializers::Constant;
use neuropil_nn::prelude::*;
use neuropil_tensor::Shape;

/// Row-major a `[m, k]` times b `[k, n]`.
fn product(a: &[f64], b: &[f64], k: usize, n: usize) -> Vec<f64> {
    let element = |i: usize| (0..k).map(|l| a[i / n * k + l] * b[l * n + i % n]).sum();
    (0..a.len() / k * n).map(element).collect()
}

fn largest_difference(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

const X: [f64; 8] = [0.5, -1.0, 2.0, 0.25, -0.75, 1.5, 1.0, -2.0];

/// (x A + a) B + b = x (A B) + (a B + b): layers without a nonlinearity between them are one.
#[test]
fn a_stack_of_linear_layers_is_one_layer() -> Result<(), Error> {
    let layers = Sequential::new()
        .then(Linear::new(4, 6))
        .then(Linear::new(6, 5))
        .then(Identity)
        .then(Linear::new(5, 3));
    let mut stack = Network::<f64>::build(layers, [4], 42)?;
    let get = |path: &str| stack.params().get(path).map(<[f64]>::to_vec);
    let (mut w, mut b) = (get("0.weight")?, get("0.bias")?);
    for (layer, inputs, outputs) in [("1", 6, 5), ("3", 5, 3)] {
        let next = get(&format!("{layer}.weight"))?;
        w = product(&w, &next, inputs, outputs);
        b = product(&b, &next, inputs, outputs);
        for (b, next) in b.iter_mut().zip(get(&format!("{layer}.bias"))?) {
            *b += next;
        }
    }
    let mut folded = Network::<f64>::build(Sequential::new().then(Linear::new(4, 3)), [4], 1)?;
    folded.params_mut().get_mut("0.weight")?.copy_from_slice(&w);
    folded.params_mut().get_mut("0.bias")?.copy_from_slice(&b);
    let difference = largest_difference(&stack.predict(&X)?, &folded.predict(&X)?);
    assert!(difference < 1e-14, "{difference}");
    Ok(())
}

/// f(p) + f(q) - f(p + q) - f(0) is zero for every affine f, hence for whatever one layer can be.
#[test]
fn a_stack_with_a_nonlinearity_is_not() -> Result<(), Failure> {
    let bend = |net: &mut Network<f64>| -> Result<f64, Error> {
        let (p, q) = X.split_at(4);
        let sum: Vec<f64> = p.iter().zip(q).map(|(p, q)| p + q).collect();
        let [p, q, sum, zero] =
            [p, q, &sum[..], &[0.0; 4][..]].map(|x| net.predict(x).expect("a sample"));
        Ok((0..3).map(|i| (p[i] + q[i] - sum[i] - zero[i]).abs()).fold(0.0, f64::max))
    };
    let stack = |between: fn(Sequential) -> Sequential| {
        let layers = between(Sequential::new().then(Linear::new(4, 6)));
        Network::<f64>::build(layers.then(Linear::new(6, 3)), [4], 42)
    };
    assert!(bend(&mut stack(|layers| layers)?)? < 1e-14);
    assert!(bend(&mut stack(|layers| layers.then(Relu))?)? > 1e-2);
    assert!(bend(&mut stack(|layers| layers.then(Tanh))?)? > 1e-2);
    assert!(bend(&mut stack(|layers| layers.then(Sigmoid))?)? > 1e-2);
    Ok(())
}

/// 1x4 times 4x5 times 5x3.
#[test]
fn shapes_of_a_forward_pass() -> Result<(), Error> {
    let layers = Sequential::new().then(Linear::new(4, 5)).then(Linear::new(5, 3));
    let mut net = Network::new(layers, [4], 42)?;
    assert_eq!(net.params().shape("0.weight")?, Shape::from([4, 5]));
    assert_eq!(net.params().shape("1.weight")?, Shape::from([5, 3]));
    assert_eq!(net.output_shape(), Shape::from([3]));
    let summary = net.summary();
    let shapes: Vec<Shape> = summary.rows.iter().map(|row| row.output).collect();
    assert_eq!(shapes, [Shape::from([5]), Shape::from([3])]);
    assert_eq!(summary.weights(), 4 * 5 + 5 + 5 * 3 + 3);
    assert_eq!(net.predict(&[1.0, 2.0, 3.0, 4.0])?.len(), 3);
    Ok(())
}

/// Hidden units that start alike get equal gradients and stay alike, however long one trains.
#[test]
fn an_equal_start_keeps_hidden_units_equal() -> Result<(), Error> {
    const HIDDEN: usize = 37;
    let data = crate::samples::labelled(60, 4, 3);
    let trained = |net: &mut Network| -> Result<bool, Error> {
        let before = net.params().get("0.weight")?.to_vec();
        let mut trainer = Trainer::new(net, CrossEntropy::new(), Adam::new())?.rate(0.05);
        trainer.fit(&data, Fit::epochs(5).batch_size(20))?;
        let after = net.params().get("0.weight")?;
        assert_ne!(before, after, "nothing was learned");
        // Row i holds what input i gives to each hidden unit.
        Ok(after
            .chunks_exact(HIDDEN)
            .all(|row| row.iter().all(|w| w.to_bits() == row[0].to_bits())))
    };
    let build = |first: Linear, last: Linear| {
        Network::new(Sequential::new().then(first).then(Sigmoid).then(last), [4], 42)
    };
    let (first, last) = (|| Linear::new(4, HIDDEN), || Linear::new(HIDDEN, 3));
    assert!(trained(&mut build(first().init(Zeros), last().init(Zeros))?)?);
    assert!(trained(&mut build(first().init(Constant(0.3)), last().init(Constant(-0.2)))?)?);
    assert!(!trained(&mut build(first(), last())?)?);
    Ok(())
}
