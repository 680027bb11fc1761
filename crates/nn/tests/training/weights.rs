//! Weights of rows and of classes.

use crate::samples::{Failure, numbers};
use neuropil_nn::prelude::*;

fn data() -> Dataset<f64> {
    let inputs = numbers(1, 8 * 3).into_iter().map(f64::from).collect();
    Dataset::labelled([3], inputs, vec![0, 1, 1, 0, 1, 1, 1, 0], 2).expect("good data")
}

fn network() -> Result<Network<f64>, Error> {
    Network::build(
        Sequential::new().then(Linear::new(3, 4)).then(Tanh).then(Linear::new(4, 2)),
        [3],
        5,
    )
}

/// The cost and the weights after an epoch.
fn trained(data: &Dataset<f64>, rows: &[u32]) -> Result<(f64, Vec<f64>), Error> {
    let mut net = network()?;
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Sgd::new())?.rate(0.5);
    let cost = trainer.gradients(Batch { data, rows })?;
    trainer.update();
    Ok((cost, net.params().weights().to_vec()))
}

/// A row of weight 3 counts as if it were there three times, one of weight 0 as if it were not.
#[test]
fn a_weight_is_a_number_of_rows() -> Result<(), Failure> {
    let weighted = data().weighted(vec![3.0, 1.0, 0.0, 1.0, 2.0, 0.0, 1.0, 0.0])?;
    let (cost, weights) = trained(&weighted, &[0, 1, 2, 3, 4, 5, 6, 7])?;
    let (same_cost, same) = trained(&data(), &[0, 0, 0, 1, 3, 4, 4, 6])?;
    assert!((cost - same_cost).abs() < 1e-14);
    for (a, b) in weights.iter().zip(same) {
        assert!((a - b).abs() < 1e-14, "{a} is not {b}");
    }
    Ok(())
}

#[test]
fn classes_are_balanced() -> Result<(), Failure> {
    let all: Vec<u32> = (0..8).collect();
    let (balanced, _) = trained(&data().balanced()?, &all)?;
    let (by_class, _) = trained(&data().weighted_by_class(&[1.0 / 3.0, 1.0 / 5.0])?, &all)?;
    let (class0, _) = trained(&data(), &[0, 3, 7])?;
    let (class1, _) = trained(&data(), &[1, 2, 4, 5, 6])?;
    assert!((balanced - (class0 + class1) / 2.0).abs() < 1e-14);
    assert!((balanced - by_class).abs() < 1e-14);
    Ok(())
}

#[test]
fn epochs_and_validation_are_weighted() -> Result<(), Failure> {
    let weighted = data().weighted(vec![0.5, 2.0, 0.0, 1.0, 2.0, 0.25, 1.0, 4.0])?;
    let mut net = network()?;
    // Rate 0: what is trained on is what is validated.
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Sgd::new())?.rate(0.0);
    let whole = trainer.gradients(Batch { data: &weighted, rows: &[0, 1, 2, 3, 4, 5, 6, 7] })?;
    let history = trainer.fit(&weighted, Fit::epochs(1).batch_size(3).validate(&weighted))?;
    let epoch = &history.epochs[0];
    assert!((epoch.cost - whole).abs() < 1e-14);
    let validation = epoch.validation_cost.expect("validated");
    assert!((validation - whole).abs() < 1e-14);
    assert_eq!(epoch.accuracy, epoch.validation_accuracy);
    Ok(())
}

#[test]
fn a_batch_without_weight_is_refused() -> Result<(), Failure> {
    let weighted = data().weighted(vec![0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0])?;
    let error = trained(&weighted, &[0, 1]).unwrap_err().to_string();
    assert!(error.contains("CrossEntropy") && error.contains("weight"), "{error}");
    Ok(())
}
