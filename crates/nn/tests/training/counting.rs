//! What counts: ignored labels, weights of classes, reductions, over batches that count differently.

use crate::samples::{Failure, numbers};
use neuropil_losses::{Target, Weighted};
use neuropil_nn::{Cost, prelude::*};

const ROWS: usize = 30;

fn network() -> Result<Network<f64>, Error> {
    let layers = Sequential::new().then(Linear::new(4, 6)).then(Tanh).then(Linear::new(6, 3));
    Network::build(layers, [4], 42)
}

/// Rows of which the label 3 is to be ignored: more and more of them from batch to batch.
fn data() -> Result<Dataset<f64>, Failure> {
    let inputs = numbers(1, ROWS * 4).into_iter().map(f64::from).collect();
    let label = |row: usize| if row % 10 < row / 5 { 3 } else { row as u32 * 7 % 3 };
    Ok(Dataset::labelled([4], inputs, (0..ROWS).map(label).collect(), 4)?)
}

fn losses() -> Result<Vec<CrossEntropy>, Failure> {
    let plain = CrossEntropy::new().ignore_index(3);
    let weighted = plain.clone().class_weights(&[1.0, 0.25, 3.0])?;
    let smooth = weighted.clone().label_smoothing(0.2)?;
    let all = [plain, weighted, smooth];
    Ok(all
        .into_iter()
        .flat_map(|loss| [loss.clone(), loss.clone().batch_mean(), loss.sum()])
        .collect())
}

fn close(a: f64, b: f64) {
    assert!((a - b).abs() <= 1e-12 * a.abs().max(1.0), "{a} is not {b}");
}

/// The gradients of several uneven batches, taken together, are those of one, and so is the cost.
#[test]
fn several_batches_count_as_one() -> Result<(), Failure> {
    let data = data()?;
    for data in [data.clone(), data.weighted((0..ROWS).map(|row| row as f64 % 4.0).collect())?] {
        for loss in losses()? {
            let trained = |fit: Fit<'_, f64>| -> Result<_, Failure> {
                let mut net = network()?;
                let mut trainer = Trainer::new(&mut net, loss.clone(), Sgd::new())?.rate(0.1);
                let history = trainer.fit(&data, fit.validate(&data))?;
                let epoch = history.epochs[1].clone();
                Ok((net.params().weights().to_vec(), epoch))
            };
            let (whole, one) = trained(Fit::epochs(2).batch_size(ROWS))?;
            let (parts, several) = trained(Fit::epochs(2).batch_size(7).accumulate(100))?;
            for (a, b) in whole.iter().zip(&parts) {
                close(*a, *b);
            }
            close(one.cost, several.cost);
            close(one.validation_cost.unwrap(), several.validation_cost.unwrap());
            close(one.accuracy.unwrap(), several.accuracy.unwrap());
        }
    }
    Ok(())
}

/// The cost of validation, which is over batches, is that of all rows at once.
#[test]
fn validation_is_over_all_rows() -> Result<(), Failure> {
    // More rows than an evaluation takes at once.
    let rows = 1_000;
    let inputs = numbers(1, rows * 4).into_iter().map(f64::from).collect();
    let label =
        |row: usize| if row < 600 && !row.is_multiple_of(3) { 3 } else { row as u32 * 7 % 3 };
    let labels: Vec<u32> = (0..rows).map(label).collect();
    let data = Dataset::labelled([4], inputs, labels.clone(), 4)?;
    for loss in losses()? {
        let mut net = network()?;
        let y = net.predict_all(&data)?;
        let target = Target::Labels(&labels);
        // The mean, whatever the reduction.
        let mut each = vec![0.0; rows];
        loss.each(3, &y, target, &mut each)?;
        let counts = |row| loss.count::<f64>(target, row);
        let expected = each.iter().sum::<f64>() / (0..rows).map(counts).sum::<f64>();
        close(net.evaluate(&data, Cost(loss.clone()))?, expected);

        let mut trainer = Trainer::new(&mut net, loss, Sgd::new())?.rate(0.0);
        let history = trainer.fit(&data, Fit::epochs(1).batch_size(64).validate(&data))?;
        close(history.epochs[0].validation_cost.unwrap(), expected);
        close(history.epochs[0].cost, expected);
        // Of the rows that count.
        let right = |(row, &label): (usize, &u32)| {
            let y = &y[row * 3..][..3];
            (label < 3).then(|| y.iter().all(|&other| other <= y[label as usize]))
        };
        let right: Vec<bool> = labels.iter().enumerate().filter_map(right).collect();
        let share = right.iter().filter(|&&right| right).count() as f64 / right.len() as f64;
        close(history.epochs[0].validation_accuracy.unwrap(), share);
        close(history.epochs[0].accuracy.unwrap(), share);
    }
    Ok(())
}

/// A batch in which nothing counts changes nothing, and data in which nothing counts is refused.
#[test]
fn where_nothing_counts() -> Result<(), Failure> {
    let labels = (0..8).map(|row| if row < 4 { 3 } else { row % 3 }).collect();
    let inputs = numbers(1, 8 * 4).into_iter().map(f64::from).collect();
    let data = Dataset::<f64>::labelled([4], inputs, labels, 4)?;
    let mut net = network()?;
    let loss = CrossEntropy::new().ignore_index(3);
    let mut trainer = Trainer::new(&mut net, loss.clone(), Sgd::new())?.rate(0.1);
    let error = trainer.gradients(Batch { data: &data, rows: &[0, 1, 2] }).unwrap_err().to_string();
    assert!(error.contains("none of the 3 rows counts"), "{error}");
    let history = trainer.fit(&data, Fit::epochs(2).batch_size(1))?;
    assert_eq!(trainer.updates(), 2 * 4);
    assert!(history.epochs[1].cost.is_finite());
    assert!(net.params().weights().iter().all(|w| w.is_finite()));

    let none = Dataset::<f64>::labelled([4], vec![0.5; 8], vec![3, 3], 4)?;
    let mut trainer = Trainer::new(&mut net, loss.clone(), Sgd::new())?;
    let error = trainer.fit(&none, Fit::epochs(1)).unwrap_err().to_string();
    assert!(error.contains("labels ignored"), "{error}");

    // A label that is neither a class nor ignored is refused, be it below the ignored one.
    let loss = CrossEntropy::new().ignore_index(9);
    let mut trainer = Trainer::new(&mut net, loss, Sgd::new())?;
    let error = trainer.gradients(Batch { data: &data, rows: &[4, 0] }).unwrap_err().to_string();
    assert!(error.contains("row 0: index 3, expected below 3"), "{error}");
    Ok(())
}

/// An op gives 0 and no gradient where nothing counts.
#[test]
fn an_op_in_which_nothing_counts() -> Result<(), Failure> {
    let graph = Graph::new();
    let x = Linear::new(2, 2).build(graph.input("x", [2]))?;
    let target = graph.index_input("target", []);
    let cost = x.loss(CrossEntropy::new().ignore_index(7), target)?;
    let mut params = Params::<f32>::new(&[&graph], 1)?;
    let mut plan = Plan::training(&graph, cost, &[x])?;
    let mut run = plan.run(&mut params, 2)?;
    run.indices(target).fill(7);
    run.forward()?;
    assert_eq!(run.value(cost), [0.0]);
    run.backward();
    assert!(params.gradients().iter().all(|&dw| dw == 0.0));

    let weights = CrossEntropy::new().class_weights(&[1.0, 2.0, 3.0])?;
    let error = x.loss(weights, target).unwrap_err().to_string();
    assert!(error.contains("class_weights has 3 numbers, but rows have 2"), "{error}");
    Ok(())
}

/// The sum of squares is over all numbers, and its mean over the batch over rows.
#[test]
fn reductions_of_numbers() -> Result<(), Failure> {
    let y = [1.0_f64, 2.0, 3.0, 4.0, 5.0, 6.0];
    let all = Weighted::from(Target::Values(&[0.0; 6]));
    let loss = MeanSquaredError::new();
    close(loss.value(3, &y, all)?, 91.0 / 6.0);
    close(loss.sum().value(3, &y, all)?, 91.0);
    close(loss.batch_mean().value(3, &y, all)?, 91.0 / 2.0);
    let data = Dataset::with_values([1], vec![0.5_f64; 6], [3], vec![0.5; 18])?;
    let cost = |loss: MeanSquaredError| -> Result<_, Failure> {
        let mut net = Network::<f64>::build(Linear::new(1, 3), [1], 1)?;
        let mut trainer = Trainer::new(&mut net, loss, Sgd::new())?.rate(0.0);
        Ok(trainer.fit(&data, Fit::epochs(1).batch_size(4).validate(&data))?.epochs[0].clone())
    };
    let (mean, sum, batch) = (cost(loss)?, cost(loss.sum())?, cost(loss.batch_mean())?);
    // The history has means; a mean over the batch is as it was asked for.
    close(mean.cost, sum.cost);
    close(mean.validation_cost.unwrap(), sum.validation_cost.unwrap());
    close(3.0 * mean.cost, batch.cost);
    close(3.0 * mean.validation_cost.unwrap(), batch.validation_cost.unwrap());
    Ok(())
}
