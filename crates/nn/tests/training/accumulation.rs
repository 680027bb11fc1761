//! Several batches for one update are one large batch.

use crate::samples::{Failure, labelled, numbers};
use neuropil_nn::prelude::*;

fn network() -> Result<Network<f64>, Error> {
    let layers = Sequential::new().then(Linear::new(4, 6)).then(Tanh).then(Linear::new(6, 3));
    Network::build(layers, [4], 42)
}

fn data(rows: usize) -> Dataset<f64> {
    let inputs = numbers(1, rows * 4).into_iter().map(f64::from).collect();
    let labels = (0..rows as u32).map(|row| row * row % 3).collect();
    Dataset::labelled([4], inputs, labels, 3).expect("good data")
}

/// Weights after two epochs, and the history.
fn trained(
    data: &Dataset<f64>,
    loss: CrossEntropy,
    fit: Fit<'_, f64>,
) -> Result<(Vec<f64>, Vec<f64>), Failure> {
    let mut net = network()?;
    let penalty = L2::new(0.1)?;
    let mut trainer = Trainer::new(&mut net, loss, Sgd::new().momentum(0.9)?)?
        .rate(0.3)
        .penalty("*.weight", penalty)?;
    let history = trainer.fit(data, fit)?;
    let costs = history.epochs.iter().map(|epoch| epoch.cost).collect();
    Ok((net.params().weights().to_vec(), costs))
}

fn assert_close(a: &[f64], b: &[f64]) {
    assert_eq!(a.len(), b.len());
    for (a, b) in a.iter().zip(b) {
        assert!((a - b).abs() < 1e-12, "{a} is not {b}");
    }
}

/// The last batch and the last group of an epoch are shorter: 50 rows in batches of 8 are seven
/// batches, and three updates of 24, 24 and 2 rows. All rows are one batch in the second case, so
/// that the mean of unequal batches shows.
#[test]
fn several_batches_are_one() -> Result<(), Failure> {
    let weighted = data(50).weighted((0..50).map(|row| f64::from(row % 4)).collect())?;
    for data in [data(50), weighted] {
        for loss in [CrossEntropy::new(), CrossEntropy::new().sum()] {
            for (size, count) in [(8, 3), (8, 7), (7, 100)] {
                let fit = || Fit::epochs(2);
                let (few, few_costs) =
                    trained(&data, loss.clone(), fit().batch_size(size).accumulate(count))?;
                let (one, one_costs) =
                    trained(&data, loss.clone(), fit().batch_size(size * count))?;
                let (plain, _) = trained(&data, loss.clone(), fit().batch_size(size))?;
                assert_close(&few, &one);
                assert_close(&few_costs, &one_costs);
                assert_ne!(few, plain);
            }
        }
    }
    Ok(())
}

#[test]
fn updates_are_counted_by_groups() -> Result<(), Failure> {
    let data = labelled(50, 4, 3);
    let mut net = Network::new(Linear::new(4, 3), [4], 1)?;
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Sgd::new())?;
    let fit = || Fit::epochs(2).batch_size(8).accumulate(3);
    trainer.fit(&data, fit())?;
    assert_eq!(trainer.updates(), 2 * 3);
    assert_eq!(trainer.updates(), fit().updates(&data));

    let error = trainer.fit(&data, Fit::epochs(3).accumulate(0)).unwrap_err().to_string();
    assert!(error.contains("batches of an update is 0"), "{error}");
    Ok(())
}
