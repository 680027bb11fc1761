//! Batch normalization in networks: the same bits on any number of threads and after a resumption,
//! fused and unfused; states that only a training writes; batches of one number.

use crate::samples::{Failure, bits, folder, labelled, numbers, weight_bits};
use neuropil_nn::inspect::Role;
use neuropil_nn::{Mode, Op, Real, ops::BatchNormOp, prelude::*};

/// Rows as images, `[channels, length]`, normalized with a ReLU, then classes.
#[derive(Clone, Copy, Debug)]
struct Images {
    channels: usize,
    length: usize,
    classes: usize,
}

impl Module for Images {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        let Self { channels, length, classes } = *self;
        let x = x.reshape([channels, length])?.named("norm", &BatchNorm::new(channels))?;
        let x = x.then(Relu)?.flatten().named("hidden", &Linear::new(x.shape().len(), 12))?;
        let x = x.named("norm2", &BatchNorm::new(12))?.then(Tanh)?;
        x.named("out", &Linear::new(12, classes))
    }
}

/// Weights and states.
fn all_bits(net: &Network) -> Vec<u32> {
    let mut all = weight_bits(net);
    for path in ["norm.running_mean", "norm.running_var", "norm.num_batches_tracked"] {
        all.extend(bits(net.params().state(path).expect("a state")));
    }
    all
}

/// Above the sizes from which work is shared out, in the second batch below them.
#[test]
fn training_has_the_same_bits_on_any_number_of_threads() -> Result<(), Error> {
    let cases = [(4, 2000, 40), (37, 61, 150), (300, 2, 500), (1000, 1, 300)];
    for (channels, length, rows) in cases {
        let trained = |threads: usize| -> Result<Vec<u32>, Error> {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            pool.expect("threads").install(|| {
                let module = Images { channels, length, classes: 3 };
                let mut net = Network::new(module, [channels * length], 42)?;
                let data = labelled(rows + 3, channels * length, 3);
                let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?;
                for _ in 0..2 {
                    for batch in &data.batches(rows) {
                        trainer.gradients(batch)?;
                        trainer.update();
                    }
                }
                let mut all = all_bits(&net);
                let x = numbers(3, rows * channels * length);
                all.extend(bits(&net.predict(&x)?));
                Ok(all)
            })
        };
        let one = trained(1)?;
        for threads in [2, 3] {
            let several = trained(threads)?;
            let differing = one.iter().zip(&several).filter(|(a, b)| a != b).count();
            assert_eq!(differing, 0, "{channels} of {length}, {threads} threads");
        }
    }
    Ok(())
}

#[test]
fn a_resumed_training_has_the_states_of_one_that_was_never_interrupted() -> Result<(), Failure> {
    let file = folder("batch_norm").join("run.safetensors");
    let data = labelled(70, 12, 3);
    let module = Images { channels: 3, length: 4, classes: 3 };
    let fit = |epochs| Fit::epochs(epochs).batch_size(16);
    let mut whole = Network::new(module, [12], 42)?;
    Trainer::new(&mut whole, CrossEntropy::new(), Adam::new())?.fit(&data, fit(5))?;

    let mut first = Network::new(module, [12], 42)?;
    let mut before = Trainer::new(&mut first, CrossEntropy::new(), Adam::new())?;
    before.fit(&data, fit(2))?;
    before.save(&file)?;
    let mut second = Network::new(module, [12], 1)?;
    let mut after = Trainer::new(&mut second, CrossEntropy::new(), Adam::new())?;
    after.resume(&file)?;
    after.fit(&data, fit(5))?;
    assert_ne!(all_bits(&first), all_bits(&whole));
    assert_eq!(all_bits(&second), all_bits(&whole));
    assert_eq!(second.params().state("norm.num_batches_tracked")?, [25.0]);
    Ok(())
}

/// The finish is done on pieces of y, and its slope on pieces of dy.
#[test]
fn a_fused_activation_changes_no_bit() -> Result<(), Error> {
    for shape in [&[5][..], &[3, 7], &[2, 40, 50], &[3, 5000]] {
        for tanh in [false, true] {
            let graph = Graph::new();
            let x = graph.input("x", shape);
            let target = graph.input("target", shape);
            let y = x.then(BatchNorm::new(shape[0]))?;
            let y = if tanh { y.then(Tanh)? } else { y.then(Relu)? };
            let cost = y.loss(MeanSquaredError::new(), target)?;
            let mut params = Params::<f32>::new(&[&graph], 1)?;
            let mut made = |mut plan: Plan<f32>| -> Result<Vec<Vec<u32>>, Error> {
                plan.track(x);
                let mut run = plan.run(&mut params, 9)?;
                for (seed, node) in [x, target].into_iter().enumerate() {
                    let input = run.input(node);
                    input.copy_from_slice(&numbers(seed as u64, input.len()));
                }
                run.forward()?;
                run.backward();
                let (y, dx) = (bits(run.value(y)), bits(run.gradient(x).expect("it is tracked")));
                Ok(vec![y, dx, bits(params.gradients())])
            };
            let fused = made(Plan::training(&graph, cost, &[y])?)?;
            let unfused = made(Plan::training_unfused(&graph, cost, &[y])?)?;
            assert_eq!(fused, unfused, "{shape:?}, tanh {tanh}");
        }
    }
    Ok(())
}

#[test]
fn states_are_written_by_training_alone() -> Result<(), Error> {
    let mut net = Network::new(BatchNorm::new(3), [3], 1)?;
    let state = |net: &Network| net.params().state("running_mean").map(<[f32]>::to_vec);
    net.predict(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0])?;
    assert_eq!(state(&net)?, [0.0; 3]);

    let graph = Graph::new();
    let x = graph.input("x", [3]);
    let y = x.then(BatchNorm::new(3))?;
    let mut plan = Plan::inference(&graph, &[y])?;
    let mut run = plan.run(net.params_mut(), 2)?;
    run.input(x).copy_from_slice(&[1.0, 2.0, 3.0, 3.0, 4.0, 5.0]);
    run.mode(Mode::Training).forward()?;
    assert!(run.value(y).iter().all(|y| (y.abs() - 1.0).abs() < 1e-4), "{:?}", run.value(y));
    assert_eq!(state(&net)?, [0.0; 3]);

    let mut run = plan.run(net.params_mut(), 2)?;
    run.input(x).copy_from_slice(&[1.0, 2.0, 3.0, 3.0, 4.0, 5.0]);
    run.mode(Mode::Training).update_states().forward()?;
    for (mean, expected) in state(&net)?.iter().zip([0.2, 0.3, 0.4]) {
        assert!((mean - expected).abs() < 1e-6, "{mean} for {expected}");
    }
    assert_eq!(net.params().state("num_batches_tracked")?, [1.0]);
    Ok(())
}

#[test]
fn a_batch_of_one_number_is_the_shift_and_leaves_the_states() -> Result<(), Error> {
    let graph = Graph::new();
    let (x, target) = (graph.input("x", [2]), graph.input("target", [2]));
    let y = x.then(BatchNorm::new(2))?;
    let cost = y.loss(MeanSquaredError::new(), target)?;
    let mut params = Params::<f32>::new(&[&graph], 1)?;
    params.get_mut("bias")?.copy_from_slice(&[0.5, -2.0]);
    let mut plan = Plan::training(&graph, cost, &[y])?;
    plan.track(x);
    let mut run = plan.run(&mut params, 1)?;
    run.update_states().input(x).copy_from_slice(&[7.0, 1e6]);
    run.input(target).copy_from_slice(&[0.0, 0.0]);
    run.forward()?;
    run.backward();
    assert_eq!(run.value(y), [0.5, -2.0]);
    assert_eq!(run.gradient(x), Some(&[0.0, 0.0][..]));
    let state = |path| params.state(path).map(<[f32]>::to_vec);
    assert_eq!(state("running_mean")?, [0.0; 2]);
    assert_eq!(state("running_var")?, [1.0; 2]);
    assert_eq!(state("num_batches_tracked")?, [0.0]);
    Ok(())
}

/// A training plan in inference mode: statistics are constants there.
#[test]
fn gradients_in_inference_mode_are_those_of_a_scale_and_a_shift() -> Result<(), Error> {
    let graph = Graph::new();
    let (x, target) = (graph.input("x", [2, 3]), graph.input("target", [2, 3]));
    let y = x.then(BatchNorm::new(2))?.then(Tanh)?;
    let cost = y.loss(MeanSquaredError::new(), target)?;
    let mut params = Params::<f64>::new(&[&graph], 1)?;
    params.get_mut("weight")?.copy_from_slice(&[1.5, -0.75]);
    let mut plan = Plan::training(&graph, cost, &[y])?;
    plan.track(x);
    // Running statistics that are not those of the start.
    let point: Vec<f64> = numbers(1, 24).into_iter().map(f64::from).collect();
    let mut run = plan.run(&mut params, 4)?;
    run.update_states().input(x).copy_from_slice(&point);
    run.input(target).fill(0.25);
    run.forward()?;

    let mut at = |params: &mut Params<f64>, moved: (usize, f64)| -> Result<_, Error> {
        let mut run = plan.run(params, 4)?;
        run.mode(Mode::Inference).input(x).copy_from_slice(&point);
        run.input(x)[moved.0] += moved.1;
        run.input(target).fill(0.25);
        run.forward()?;
        run.backward();
        Ok((run.value(cost)[0], run.gradient(x).expect("it is tracked").to_vec()))
    };
    let (_, dx) = at(&mut params, (0, 0.0))?;
    let dgain = params.gradient("weight")?.to_vec();
    const STEP: f64 = 1e-5;
    for (i, dx) in dx.iter().enumerate() {
        let difference = at(&mut params, (i, STEP))?.0 - at(&mut params, (i, -STEP))?.0;
        assert!((difference / (2.0 * STEP) - dx).abs() < 1e-8, "dx[{i}] {dx}");
    }
    for (c, dgain) in dgain.iter().enumerate() {
        let mut moved = |step: f64| -> Result<f64, Error> {
            params.get_mut("weight")?[c] += step;
            let (cost, _) = at(&mut params, (0, 0.0))?;
            params.get_mut("weight")?[c] -= step;
            Ok(cost)
        };
        let difference = (moved(STEP)? - moved(-STEP)?) / (2.0 * STEP);
        assert!((difference - dgain).abs() < 1e-8, "dgain[{c}] {dgain}");
    }
    Ok(())
}

#[test]
fn settings_out_of_range_are_refused_with_their_value() {
    let layer = BatchNorm::new(4);
    for (momentum, text) in [(-0.1, "-0.1"), (1.5, "1.5"), (f64::NAN, "NaN")] {
        let error = layer.momentum(momentum).expect_err("it is out of range").to_string();
        assert_eq!(error, format!("BatchNorm: momentum must lie in [0, 1], but is {text}"));
    }
    for epsilon in [0.0, -1e-5, 1e-60, 1e60, f64::NAN] {
        let error = layer.epsilon(epsilon).expect_err("it is out of range").to_string();
        let start = "BatchNorm: epsilon must be a positive finite number in f32, but is ";
        assert!(error.starts_with(start), "{error}");
    }
    assert_eq!(Op::<f32>::role(&BatchNormOp::new(4)), Role::Normalization { over_rows: true });
}

#[test]
fn channels_that_do_not_fit_are_refused() {
    let refusal = |layer: BatchNorm, shape: &[usize]| {
        let layers = Sequential::new().then(layer);
        Network::new(layers, shape, 1).expect_err("it does not fit").to_string()
    };
    let plain = BatchNorm::new(4).without_affine().without_running_statistics();
    for layer in [BatchNorm::new(4), plain] {
        let error = refusal(layer, &[3, 4]);
        let start = "0: BatchNorm(4): input shape [3, 4], expected 4 channels, then any axes";
        assert!(error.starts_with(start), "{error}");
        assert!(refusal(layer, &[]).contains("expected 4 channels"));
    }
}

/// A normalization behind a dense layer is done along with it in a predictor.
#[test]
fn a_predictor_folds_it_to_the_bit() -> Result<(), Error> {
    fn in_type<T: Real>(layers: Sequential) -> Result<(), Error> {
        let mut net = Network::<T>::build(layers, [9], 42)?;
        let (x, y) = (numbers(1, 40 * 9), numbers(2, 40 * 5));
        let of = |x: &[f32]| -> Vec<T> { x.iter().map(|&x| T::of(x.into())).collect() };
        let data = Dataset::with_values([9], of(&x), [5], of(&y)).expect("good data");
        let mut trainer = Trainer::new(&mut net, MeanSquaredError::new(), Adam::new())?.rate(0.05);
        trainer.fit(&data, Fit::epochs(3).batch_size(7))?;
        let predictor = net.predictor()?;
        for rows in [1, 2, 13, 40] {
            let x = of(&x[..rows * 9]);
            let mut workspace = predictor.workspace(rows);
            for _ in 0..2 {
                assert_eq!(predictor.run(&mut workspace, &x)?, net.predict(&x)?, "{rows} rows");
            }
        }
        Ok(())
    }
    let plain = Linear::new(70, 5).without_bias();
    let norm = BatchNorm::new(70).epsilon(1e-3).expect("an epsilon");
    let first = |norm| Sequential::new().then(Linear::new(9, 70)).then(norm);
    let layers = [
        first(norm).then(Relu).then(plain.clone()).then(BatchNorm::new(5)),
        first(norm.without_affine()).then(Tanh).then(plain.clone()),
        first(norm).then(norm).then(Silu).then(plain.clone()).then(Sigmoid),
        first(norm).then(Relu).then(Linear::new(70, 70)).then(norm).then(plain),
    ];
    for layers in layers {
        in_type::<f32>(layers.clone())?;
        in_type::<f64>(layers)?;
    }
    Ok(())
}

/// Behind a convolution, by strips and where it goes, with a bias or none, and a transposed one.
#[test]
fn a_predictor_folds_it_into_a_convolution_to_the_bit() -> Result<(), Error> {
    fn in_type<T: Real>(layers: Sequential) -> Result<(), Error> {
        let mut net = Network::<T>::build(layers, [2, 8, 8], 42)?;
        let of = |x: Vec<f32>| -> Vec<T> { x.iter().map(|&x| T::of(x.into())).collect() };
        let (x, y) = (of(numbers(1, 30 * 128)), of(numbers(2, 30 * 5)));
        let data = Dataset::with_values([2, 8, 8], x.clone(), [5], y).expect("good data");
        let mut trainer = Trainer::new(&mut net, MeanSquaredError::new(), Adam::new())?.rate(0.05);
        trainer.fit(&data, Fit::epochs(2).batch_size(7))?;
        let predictor = net.predictor()?;
        for rows in [1, 13, 30] {
            let x = &x[..rows * 128];
            let mut workspace = predictor.workspace(rows);
            assert_eq!(predictor.run(&mut workspace, x)?, net.predict(x)?, "{rows} rows");
        }
        Ok(())
    }
    let norm = BatchNorm::new(7);
    let same = Conv2d::new(2, 7, 3).padding(Padding::Same);
    let up = ConvTranspose2d::new(7, 7, 2).stride(2);
    let ends = |layers: Sequential, len| layers.then(Flatten).then(Linear::new(len, 5));
    let start = |layer: Conv2d| Sequential::new().then(layer).then(norm);
    let layers = [
        ends(start(same.clone()).then(Relu).then(MaxPool2d::new(2)), 7 * 16),
        ends(start(same.clone().without_bias()).then(Tanh), 7 * 64),
        ends(start(Conv2d::new(2, 7, 1)).then(Silu), 7 * 64),
        ends(start(Conv2d::new(2, 7, 1)).then(up).then(norm).then(Relu), 7 * 256),
    ];
    for layers in layers {
        in_type::<f32>(layers.clone())?;
        in_type::<f64>(layers)?;
    }
    Ok(())
}
