//! Networks whose samples are indices: tokens that a table turns into vectors.

use crate::samples::{Failure, bits};
use neuropil_data::{Inputs, Targets};
use neuropil_nn::{Backward, Forward, Op, Spec, prelude::*};
use neuropil_simd::Float;
use neuropil_tensor::ShapeError;
use std::ops::Range;

/// y[t] = table[x[t]], the table being the op's second input.
#[derive(Clone, Debug)]
struct LookUp;

impl<T: Float> Op<T> for LookUp {
    fn name(&self) -> String {
        "LookUp".into()
    }

    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
        let (x, table) = (inputs[0], inputs[1]);
        let dims: Vec<usize> = x.shape.dims().iter().copied().chain([table.width()]).collect();
        Ok(Spec::per_row(dims))
    }

    fn index_range(&self, input: usize, inputs: &[Spec]) -> Option<Range<u32>> {
        (input == 0).then(|| 0..inputs[1].shape.dims()[0] as u32)
    }

    fn forward(&self, step: Forward<'_, T>) {
        let (x, table) = (step.x.indices(0), step.x.get(1));
        let width = step.x.spec(1).width();
        for (y, &x) in step.y.chunks_exact_mut(width).zip(x) {
            y.copy_from_slice(&table[x as usize * width..][..width]);
        }
    }

    fn backward(&self, mut step: Backward<'_, T>) {
        let width = step.x.spec(1).width();
        let Some(dtable) = step.dx.get(1) else { return };
        for (dy, &x) in step.dy.chunks_exact(width).zip(step.x.indices(0)) {
            for (dtable, dy) in dtable[x as usize * width..].iter_mut().zip(dy) {
                *dtable += *dy;
            }
        }
    }
}

#[derive(Clone, Debug)]
struct Table(usize, usize);

impl Module for Table {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        let table =
            x.graph().param("weight", [self.0, self.1], Normal::new(0.0, 1.0).expect("ok"))?;
        x.op_with([table], LookUp)
    }
}

const TOKENS: usize = 7;

/// The next token of a text in which each token follows from the last: 3 t + 1 modulo 7.
fn texts(rows: u32) -> Dataset {
    let next = |t: &u32| Some((3 * t + 1) % TOKENS as u32);
    let text = |row: u32| std::iter::successors(Some(row % TOKENS as u32), next);
    let indices = (0..rows).flat_map(|row| text(row).take(4)).collect();
    let labels = (0..rows).flat_map(|row| text(row).skip(1).take(4)).collect();
    let inputs = Inputs::Indices { indices, limit: TOKENS };
    let targets = Targets::Labels { labels, classes: TOKENS, shape: vec![4] };
    Dataset::new([4], inputs, targets).expect("good data")
}

fn network() -> Result<Network, Error> {
    let layers = Sequential::new().then(Table(TOKENS, 5)).then(Linear::new(5, TOKENS));
    Network::new(layers, Spec::indices([4]), 42)
}

#[test]
fn they_are_trained_evaluated_and_served() -> Result<(), Failure> {
    let data = texts(28);
    let mut net = network()?;
    assert!(net.sample().indices);
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?.rate(0.05);
    trainer.fit(&data, Fit::epochs(60).batch_size(7).validate(&data))?;
    assert_eq!(net.evaluate(&data, Accuracy)?, 1.0);

    let x = [2, 0, 1, 4, 6, 5, 2, 0];
    let y = net.predict_indices(&x)?;
    assert_eq!(y.len(), 2 * 4 * TOKENS);
    let predictor = net.predictor()?;
    let mut workspace = predictor.workspace(2);
    assert_eq!(bits(predictor.run_indices(&mut workspace, &x)?), bits(&y));
    Ok(())
}

#[test]
fn weights_of_rows_count_for_all_their_labels() -> Result<(), Failure> {
    let data = texts(3);
    let weighted = data.weighted(vec![2.0, 0.0, 1.0])?;
    let cost = |data: &Dataset, rows: &[u32]| -> Result<f64, Error> {
        let mut net = network()?;
        let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Sgd::new())?;
        trainer.gradients(Batch { data, rows })
    };
    let (a, b) = (cost(&weighted, &[0, 1, 2])?, cost(&data, &[0, 0, 2])?);
    assert!((a - b).abs() < 1e-6, "{a} is not {b}");
    Ok(())
}

#[test]
fn numbers_and_indices_are_not_mixed_up() -> Result<(), Failure> {
    let mut net = network()?;
    let says = |error: Error, words: &[&str]| {
        let message = error.to_string();
        assert!(words.iter().all(|word| message.contains(word)), "{message}");
    };
    says(net.predict(&[0.0; 4]).unwrap_err(), &["numbers", "indices"]);
    says(net.predict_indices(&[0, 1, 2, 7]).unwrap_err(), &["7", "below 7"]);
    says(net.predict_indices(&[0, 1]).unwrap_err(), &["2", "expected 4"]);
    let numbers = Dataset::labelled([4], vec![0.0; 8], vec![0, 1], TOKENS)?;
    says(net.evaluate(&numbers, Accuracy).unwrap_err(), &["numbers", "indices"]);
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Sgd::new())?;
    says(trainer.fit(&numbers, Fit::epochs(1)).unwrap_err(), &["training data", "numbers"]);

    let mut plain = Network::new(Linear::new(4, 3), [4], 1)?;
    says(plain.predict_indices(&[0; 4]).unwrap_err(), &["indices", "numbers"]);
    Ok(())
}
