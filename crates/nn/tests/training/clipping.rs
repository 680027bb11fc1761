//! Bounds on gradients, by hand and in `fit`.

use crate::samples::{Failure, labelled, numbers};
use neuropil_nn::prelude::*;

fn network() -> Result<Network<f64>, Error> {
    Network::build(Sequential::new().then(Linear::new(3, 4)).then(Linear::new(4, 2)), [3], 7)
}

/// Sets gradients by hand, clips, and gives what is left.
fn clipped(
    gradients: &[f64],
    clip: impl FnOnce(&mut Trainer<'_, f64>),
) -> Result<(Vec<f64>, Vec<f64>), Error> {
    let mut net = network()?;
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Sgd::new())?;
    let params = trainer.network().params_mut();
    let places = [params.gradient("0.weight")?.len(), params.gradient("1.bias")?.len()];
    assert_eq!(places, [12, 2]);
    // The first three numbers are of the first weight, the last two are the last bias.
    let all = params.gradients_mut();
    all.fill(0.0);
    all[..3].copy_from_slice(&gradients[..3]);
    let end = all.len() - 8;
    all[end..end + 2].copy_from_slice(&gradients[3..]);
    clip(&mut trainer);
    let params = trainer.network().params();
    Ok((params.gradient("0.weight")?[..3].to_vec(), params.gradient("1.bias")?.to_vec()))
}

#[test]
fn by_value_by_tensor_and_by_all() -> Result<(), Failure> {
    let gradients = [2.0, -3.0, 6.0, 24.0, 0.0]; // norms 7 and 24, together 25
    let (weight, bias) = clipped(&gradients, |trainer| trainer.clip_value(5.0))?;
    assert_eq!((weight, bias), (vec![2.0, -3.0, 5.0], vec![5.0, 0.0]));
    let (weight, bias) = clipped(&gradients, |trainer| {
        assert_eq!(trainer.clip_norm(12.0), 24.0);
    })?;
    assert_eq!((weight, bias), (vec![2.0, -3.0, 6.0], vec![12.0, 0.0]));
    let (weight, bias) = clipped(&gradients, |trainer| {
        assert_eq!(trainer.clip_global_norm(12.5), 25.0);
    })?;
    assert_eq!((weight, bias), (vec![1.0, -1.5, 3.0], vec![12.0, 0.0]));
    // A NaN is told, wherever it stands, and left for all to see.
    let (weight, _) = clipped(&[f64::NAN, 1.0, 1.0, 24.0, 0.0], |trainer| {
        assert!(trainer.clip_norm(12.0).is_nan());
        assert!(trainer.clip_global_norm(12.0).is_nan());
        trainer.clip_value(0.5);
    })?;
    assert!(weight[0].is_nan() && weight[1] == 0.5);
    Ok(())
}

/// One update of plain descent at rate 1 moves the weights by what is left of the gradients.
#[test]
fn fit_clips_before_the_update() -> Result<(), Failure> {
    let inputs = numbers(1, 30).into_iter().map(|x| f64::from(x) * 100.0).collect();
    let data = Dataset::labelled([3], inputs, (0..10).map(|i| i % 2).collect(), 2)?;
    let step = |fit: fn(Fit<'static, f64>) -> Fit<'static, f64>| -> Result<Vec<f64>, Error> {
        let mut net = network()?;
        let before = net.params().weights().to_vec();
        let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Sgd::new())?.rate(1.0);
        trainer.fit(&data, fit(Fit::epochs(1).batch_size(10)))?;
        let after = net.params().weights();
        Ok(before.iter().zip(after).map(|(before, after)| before - after).collect())
    };
    let norm = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>().sqrt();
    let largest = |x: &[f64]| x.iter().fold(0.0, |largest: f64, x| largest.max(x.abs()));
    let whole = step(|fit| fit)?;
    assert!(norm(&whole) > 10.0 && largest(&whole) > 1.0, "{}", norm(&whole));
    assert!((norm(&step(|fit| fit.clip_global_norm(2.0))?) - 2.0).abs() < 1e-9);
    assert!((largest(&step(|fit| fit.clip_value(0.25))?) - 0.25).abs() < 1e-9);
    // Four tensors, each of norm 0.5 at most.
    let by_tensor = norm(&step(|fit| fit.clip_norm(0.5))?);
    assert!(by_tensor > 0.5 && by_tensor <= 1.0 + 1e-9, "{by_tensor}");
    // In the order given: numbers of at most 0.1, and then a norm of 0.2.
    let both = step(|fit| fit.clip_value(0.1).clip_global_norm(0.2))?;
    assert!((norm(&both) - 0.2).abs() < 1e-9);
    Ok(())
}

/// Its gradient is infinite at 0, where its value is not: x -> sqrt(|x|), without the sign.
#[derive(Clone, Debug)]
struct Root;

impl neuropil_activations::Elementwise for Root {
    const READS: neuropil_activations::Reads = neuropil_activations::Reads::Output;

    #[inline(always)]
    fn value<T: neuropil_simd::Float, V: neuropil_simd::Lanes<T>>(&self, x: V) -> V {
        x.abs().sqrt()
    }

    #[inline(always)]
    fn slope<T: neuropil_simd::Float, V: neuropil_simd::Lanes<T>>(&self, _x: V, y: V) -> V {
        V::of(0.5) / y
    }
}

#[test]
fn a_gradient_that_is_not_finite_names_its_weight() -> Result<(), Failure> {
    let layers =
        Sequential::new().then(Linear::new(2, 2).init(Zeros)).then(Root).then(Linear::new(2, 2));
    let mut net = Network::new(layers, [2], 1)?;
    let before = net.params().weights().to_vec();
    let data = labelled(4, 2, 2);
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Sgd::new())?;
    let error = trainer.fit(&data, Fit::epochs(1).clip_global_norm(1.0)).unwrap_err();
    assert!(matches!(error, Error::NotFiniteGradient { .. }), "{error}");
    assert!(error.to_string().contains("\"0.weight\""), "{error}");
    assert_eq!(net.params().weights(), before);
    Ok(())
}
