//! Metrics of a network on a data set.

use crate::samples::whole;
use neuropil_losses::Target;
use neuropil_nn::metrics::{Metric, RSquared, RocAuc};
use neuropil_nn::{ConfusionMatrix, prelude::*};

/// More rows than are predicted at a time.
const ROWS: usize = 600;

fn inputs() -> Vec<f32> {
    (0..ROWS * 4).map(|place| whole(1, place, 1000) as f32 / 500.0 - 1.0).collect()
}

#[test]
fn a_network_is_evaluated_by_any_metric() -> Result<(), Error> {
    let labels: Vec<u32> = (0..ROWS).map(|row| whole(2, row, 3) as u32).collect();
    let data = Dataset::labelled([4], inputs(), labels.clone(), 3)?;
    let mut net = Network::new(Sequential::new().then(Linear::new(4, 3)), [4], 42)?;
    let y = net.predict_all(&data)?;
    let confusion = net.evaluate(&data, ConfusionMatrix)?;
    assert_eq!(confusion, ConfusionMatrix.of(3, &y, Target::Labels(&labels))?);
    assert_eq!(confusion.accuracy(), net.evaluate(&data, Accuracy)?);
    assert_eq!((0..3).map(|class| confusion.support(class)).sum::<f64>(), ROWS as f64);
    let area = net.evaluate(&data, RocAuc::LOGITS)?;
    assert_eq!(area, RocAuc::LOGITS.of(3, &y, Target::Labels(&labels))?);

    let error = net.evaluate(&data, RSquared).expect_err("labels are no values");
    assert!(error.to_string().contains("R2"), "{error}");
    Ok(())
}

#[test]
fn a_regression_is_evaluated_over_all_rows_at_once() -> Result<(), Error> {
    let values: Vec<f32> = inputs().chunks(4).map(|x| x[0] - 2.0 * x[1]).collect();
    let data = Dataset::with_values([4], inputs(), [1], values.clone())?;
    let mut net = Network::new(Sequential::new().then(Linear::new(4, 1)), [4], 42)?;
    let y = net.predict_all(&data)?;
    let r2 = net.evaluate(&data, RSquared)?;
    assert_eq!(r2, RSquared.of(1, &y, Target::Values(&values))?);
    Ok(())
}
