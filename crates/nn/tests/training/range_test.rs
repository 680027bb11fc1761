//! The learning-rate range test.

use crate::samples::{Failure, labelled};
use neuropil_nn::{RangeTest, prelude::*};

#[test]
fn it_leaves_no_trace() -> Result<(), Failure> {
    let data = labelled(60, 6, 3);
    let network = || Network::new(crate::samples::perceptron(6, 8, 3), [6], 42);
    let train = |test: bool| -> Result<Vec<f32>, Error> {
        let mut net = network()?;
        let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?;
        trainer.fit(&data, Fit::epochs(2))?;
        if test {
            let curve = trainer.range_test(&data, RangeTest::new().updates(20)?)?;
            assert_eq!((trainer.updates(), trainer.history().epochs.len()), (4, 2));
            assert!(curve.points.len() > 2);
        }
        trainer.fit(&data, Fit::epochs(4))?;
        Ok(net.params().weights().to_vec())
    };
    assert_eq!(train(true)?, train(false)?);
    Ok(())
}

#[test]
fn it_finds_the_slope_and_the_end() -> Result<(), Failure> {
    // On f(x) = w², descent at rate r multiplies w by 1 - 2r: it falls, and above 1 it diverges.
    let data = Dataset::with_values([1], vec![1.0_f64; 8], [1], vec![0.0; 8])?;
    let layers = Linear::new(1, 1).without_bias().init(Ones);
    let mut net = Network::<f64>::build(layers, [1], 1)?;
    let mut trainer = Trainer::new(&mut net, MeanSquaredError::new(), Sgd::new())?;
    let test = RangeTest::new().range(1e-4, 1e4)?.updates(200)?.batch_size(8)?;
    let curve = trainer.range_test(&data, test)?;
    let rates: Vec<f64> = curve.points.iter().map(|point| point.0).collect();
    assert!(rates.windows(2).all(|pair| pair[0] < pair[1]));
    assert!((rates[0] - 1e-4).abs() < 1e-12);
    assert!(curve.diverged);
    let steepest = curve.steepest().expect("a slope");
    assert!(steepest > 1e-3 && steepest < 1.0, "{steepest}");
    let last = curve.points.last().expect("a point").0;
    assert!(last > 1.0 && last < 100.0, "{last}");
    assert!(curve.to_string().contains("falls fastest"));
    Ok(())
}

#[test]
fn bad_settings_are_refused() {
    for (from, to) in [(0.0, 1.0), (1.0, 1.0), (2.0, 1.0), (f64::NAN, 1.0), (1.0, f64::INFINITY)] {
        assert!(RangeTest::new().range(from, to).is_err(), "{from} to {to}");
    }
    assert!(RangeTest::new().updates(1).is_err());
    assert!(RangeTest::new().batch_size(0).is_err());
}
