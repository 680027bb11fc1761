//! Normalizations and rules that draw in networks: the same bits on any number of threads, fused and
//! unfused; folded to the bit; starts that follow a weight; settings that are refused.

use crate::samples::{bits, labelled, numbers, weight_bits};
use neuropil_nn::{
    DropConnect, GaussianNoise, InstanceNorm2d, LocalResponseNorm, Mode, SpectralNorm,
    VariationalDropout, WeightNorm, prelude::*,
};

/// Images, sequences and features through every layer of this kind.
#[derive(Clone, Copy, Debug)]
struct Everything {
    channels: usize,
    length: usize,
}

impl Module for Everything {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        let Self { channels, length } = *self;
        let rate = |what: &str| BuildError::Option { path: String::new(), message: what.into() };
        let noise = GaussianNoise::new(0.1).map_err(|_| rate("noise"))?;
        let of_channels = ChannelDropout::new(0.1).map_err(|_| rate("channels"))?;
        let features = VariationalDropout::new(0.1).map_err(|_| rate("features"))?;
        let alpha = AlphaDropout::new(0.1).map_err(|_| rate("alpha"))?;
        let response = LocalResponseNorm::new(3).map_err(|_| rate("response"))?;
        let path = DropPath::new(0.1).map_err(|_| rate("path"))?;
        let connect = DropConnect::new(Linear::new(12, 12), 0.2).map_err(|_| rate("connect"))?;
        let x = x.reshape([channels, length])?.named("noise", &noise)?;
        let x = x.named("group", &GroupNorm::new(2, channels))?.then(Relu)?;
        let tracked = InstanceNorm::new(channels).affine().running_statistics();
        let x = x.named("instance", &tracked)?.then(Tanh)?;
        let x = x.named("layer", &LayerNorm::new(length))?.then(Sigmoid)?;
        let x = x.named("rms", &RmsNorm::new([channels, length]))?.then(Relu)?;
        let x = x.named("response", &response)?.named("channels", &of_channels)?;
        let x = x.named("features", &features)?.named("alpha", &alpha)?.flatten();
        let x = x.named("length", &WeightNorm::new(Linear::new(channels * length, 12)))?;
        let x = x.then(Tanh)?.named("connect", &connect)?.named("path", &path)?;
        x.named("spectrum", &SpectralNorm::new(Linear::new(12, 3)))
    }
}

fn all_bits(net: &Network) -> Vec<u32> {
    let mut all = weight_bits(net);
    for path in [
        "instance.running_mean",
        "instance.running_var",
        "spectrum.parametrizations.weight.0._u",
        "spectrum.parametrizations.weight.0._v",
    ] {
        all.extend(bits(net.params().state(path).expect("a state")));
    }
    all
}

/// Above the sizes from which work is shared out, and below.
#[test]
fn training_has_the_same_bits_on_any_number_of_threads() -> Result<(), Error> {
    for (channels, length, rows) in [(4, 500, 40), (36, 21, 150), (4, 3, 9)] {
        let trained = |threads: usize| -> Result<Vec<u32>, Error> {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            pool.expect("threads").install(|| {
                let module = Everything { channels, length };
                let mut net = Network::new(module, [channels * length], 42)?;
                let data = labelled(rows + 3, channels * length, 3);
                let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?;
                for batch in &data.batches(rows) {
                    trainer.gradients(batch)?;
                    trainer.update();
                }
                let mut all = all_bits(&net);
                all.extend(bits(&net.predict(&numbers(3, rows * channels * length))?));
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

/// The finish is done on pieces of y.
#[test]
fn a_fused_activation_changes_no_bit() -> Result<(), Error> {
    fn check(norm: impl Module + Clone, shape: &[usize]) -> Result<(), Error> {
        for tanh in [false, true] {
            let graph = Graph::new();
            let x = graph.input("x", shape);
            let target = graph.input("target", shape);
            let y = x.then(norm.clone())?;
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
            assert_eq!(fused, unfused, "{norm:?} on {shape:?}, tanh {tanh}");
        }
        Ok(())
    }
    for shape in [&[4, 7][..], &[4, 40, 50]] {
        check(GroupNorm::new(2, 4), shape)?;
        check(InstanceNorm::new(4).affine(), shape)?;
        check(LayerNorm::new(shape[shape.len() - 1]), shape)?;
        check(RmsNorm::new(shape), shape)?;
        check(LocalResponseNorm::new(2).expect("a size"), shape)?;
    }
    Ok(())
}

/// An instance normalization by running statistics is a scale and a shift in a predictor.
#[test]
fn a_predictor_folds_running_statistics_to_the_bit() -> Result<(), Error> {
    let norm = InstanceNorm2d::new(7).running_statistics();
    for norm in [norm, norm.affine()] {
        let layers = Sequential::new().then(Conv2d::new(2, 7, 3)).then(norm).then(Relu);
        let layers = layers.then(Flatten).then(Linear::new(7 * 36, 5));
        let mut net = Network::new(layers, [2, 8, 8], 42)?;
        let (x, y) = (numbers(1, 30 * 128), numbers(2, 30 * 5));
        let data = Dataset::with_values([2, 8, 8], x.clone(), [5], y).expect("good data");
        let mut trainer = Trainer::new(&mut net, MeanSquaredError::new(), Adam::new())?;
        trainer.fit(&data, Fit::epochs(2).batch_size(7))?;
        let predictor = net.predictor()?;
        for rows in [1, 13, 30] {
            let x = &x[..rows * 128];
            let mut workspace = predictor.workspace(rows);
            assert_eq!(predictor.run(&mut workspace, x)?, net.predict(x)?, "{rows} rows");
        }
    }
    Ok(())
}

/// With g = ‖v‖ a weight is what the layer would have drawn under that name.
#[test]
fn lengths_and_spectra_start_as_functions_of_the_weight() -> Result<(), Error> {
    let net = Network::new(WeightNorm::new(Linear::new(6, 4)), [6], 42)?;
    let v = net.params().get("parametrizations.weight.original1")?;
    let g = net.params().get("parametrizations.weight.original0")?;
    for (j, g) in g.iter().enumerate() {
        let norm = (0..6).map(|i| v[4 * i + j].powi(2)).sum::<f32>().sqrt();
        assert!((g - norm).abs() < 1e-6, "{g} for {norm}");
    }
    let net = Network::new(WeightNorm::new(Conv2d::new(2, 3, 3)).of_all(), [2, 4, 4], 42)?;
    let v = net.params().get("parametrizations.weight.original1")?;
    let norm = v.iter().map(|v| v * v).sum::<f32>().sqrt();
    assert!((net.params().get("parametrizations.weight.original0")?[0] - norm).abs() < 1e-5);

    // Bounded by 1 from the start: no row is made longer.
    let layer = SpectralNorm::new(Linear::new(6, 4).without_bias());
    let mut net = Network::<f64>::build(layer, [6], 42)?;
    let mut largest = 0.0_f64;
    for seed in 0..50 {
        let x: Vec<f64> = numbers(seed, 6).into_iter().map(f64::from).collect();
        let norm = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>().sqrt();
        largest = largest.max(norm(&net.predict(&x)?) / norm(&x));
    }
    assert!(largest <= 1.0 + 1e-12 && largest > 0.5, "{largest}");
    Ok(())
}

/// A wrapper goes on to the wrapped layer alone, and two of them one upon the other.
#[test]
fn wrappers_find_the_weight_of_their_own_layer() -> Result<(), Error> {
    let both = DropConnect::new(WeightNorm::new(Linear::new(4, 3)), 0.5).expect("a rate");
    let layers = Sequential::new().then(both).then(Linear::new(3, 2));
    let net = Network::new(layers, [4], 42)?;
    let paths: Vec<&str> = net.params().paths().collect();
    assert_eq!(
        paths,
        [
            "0.parametrizations.weight.original1",
            "0.parametrizations.weight.original0",
            "0.bias",
            "1.weight",
            "1.bias"
        ]
    );
    let inner = Sequential::new().then(Linear::new(4, 3));
    let refusal = |error: Error| error.to_string();
    let error = Network::new(Sequential::new().then(WeightNorm::new(inner)), [4], 42);
    assert_eq!(
        error.map(drop).map_err(refusal),
        Err("0: WeightNorm: the layer has no weight \"weight\" of its own".into())
    );
    let error = Network::new(WeightNorm::new(Linear::new(4, 3)).dim(2), [4], 42);
    let message = error.map(drop).map_err(refusal).expect_err("there is no such axis");
    assert!(message.contains("WeightNorm: a weight of shape [4, 3] has no axis 2"), "{message}");
    let recurrent = SpectralNorm::new(Gru::new(3, 5)).of("weight_hh_l0");
    let net = Network::new(recurrent, [4, 3], 42)?;
    assert_eq!(net.params().state("parametrizations.weight_hh_l0.0._u")?.len(), 15);
    gradcheck(&WeightNorm::new(Gru::new(3, 2)).of("weight_hh_l0"), [3, 3], 1)?;
    Ok(())
}

/// Only a training run that may write states moves the vectors.
#[test]
fn power_iterations_are_kept_by_training_alone() -> Result<(), Error> {
    let graph = Graph::new();
    let x = graph.input("x", [4]);
    let y = x.then(SpectralNorm::new(Linear::new(4, 3)))?;
    let mut params = Params::<f64>::new(&[&graph], 42)?;
    params.weights_mut().iter_mut().enumerate().for_each(|(i, w)| *w += (i as f64).sin());
    let state =
        |params: &Params<f64>| params.state("parametrizations.weight.0._u").map(<[f64]>::to_vec);
    let before = state(&params)?;
    let mut plan = Plan::inference(&graph, &[y])?;
    for (mode, writes) in
        [(Mode::Inference, false), (Mode::Training, false), (Mode::Training, true)]
    {
        let mut run = plan.run(&mut params, 1)?;
        run.mode(mode).input(x).fill(1.0);
        if writes {
            run.update_states();
        }
        run.forward()?;
        assert_eq!(state(&params)? != before, writes, "{mode:?}");
    }
    Ok(())
}

#[test]
fn bad_settings_are_refused_with_path_and_value() {
    fn refusal(layer: impl Module + 'static, shape: &[usize]) -> String {
        let net = Network::new(Sequential::new().then(layer), shape, 1);
        net.map(drop).expect_err("it does not fit").to_string()
    }
    for (groups, channels) in [(0, 4), (3, 4), (5, 4), (0, 0)] {
        let message = refusal(GroupNorm::new(groups, channels), &[4, 2]);
        let start = format!("0: GroupNorm({groups}, {channels}): ");
        let what = format!("{channels} channels in {groups} groups");
        assert!(message.starts_with(&start) && message.contains(&what), "{message}");
    }
    assert!(refusal(GroupNorm::new(2, 4), &[6, 2]).contains("4 channels, then any axes"));
    assert!(refusal(InstanceNorm::new(4), &[6, 2]).contains("4 channels"));
    assert!(refusal(InstanceNorm::new(0), &[6, 2]).contains("0 channels, at least one"));
    assert!(refusal(LayerNorm::new([0]), &[4]).contains("at least one axis and one number"));
    let none: [usize; 0] = [];
    assert!(refusal(RmsNorm::new(none), &[4]).contains("at least one axis and one number"));
    assert!(refusal(LayerNorm::new([4, 3]), &[3]).contains("any axes, then [4, 3]"));
    for epsilon in [0.0, -1e-5, 1e-60, 1e60, f64::NAN] {
        let end = "epsilon must be a positive finite number in f32, but is ";
        for (error, name) in [
            (LayerNorm::new(4).epsilon(epsilon).map(drop), "LayerNorm"),
            (RmsNorm::new(4).epsilon(epsilon).map(drop), "RmsNorm"),
            (GroupNorm::new(2, 4).epsilon(epsilon).map(drop), "GroupNorm"),
            (InstanceNorm::new(4).epsilon(epsilon).map(drop), "InstanceNorm"),
            (SpectralNorm::new(Linear::new(2, 2)).epsilon(epsilon).map(drop), "SpectralNorm"),
        ] {
            let message = error.expect_err("it is out of range").to_string();
            assert!(message.starts_with(&format!("{name}: {end}")), "{message}");
        }
    }
    for (momentum, text) in [(-0.1, "-0.1"), (1.5, "1.5"), (f64::NAN, "NaN")] {
        let error = InstanceNorm::new(4).momentum(momentum).expect_err("it is out of range");
        let message = format!("InstanceNorm: momentum must lie in [0, 1], but is {text}");
        assert_eq!(error.to_string(), message);
    }
    let message = |error: neuropil_regularizers::RegularizerError| error.to_string();
    let zero = "LocalResponseNorm: size must be at least 1, but is 0";
    assert_eq!(LocalResponseNorm::new(0).map(drop).map_err(message), Err(zero.into()));
    let zero = "SpectralNorm: iterations must be at least 1, but is 0";
    let none = SpectralNorm::new(Linear::new(2, 2)).iterations(0);
    assert_eq!(none.map(drop).map_err(message), Err(zero.into()));
    let response = LocalResponseNorm::new(3).expect("a size");
    for error in [response.alpha(-1.0), response.beta(f64::NAN), response.k(f64::INFINITY)] {
        assert!(message(error.map(drop).expect_err("it is out of range")).contains("at least 0"));
    }
    let rates = [
        ("DropPath", DropPath::new(-0.5).map(drop)),
        ("DropConnect", DropConnect::new(Linear::new(2, 2), -0.5).map(drop)),
        ("VariationalDropout", VariationalDropout::new(-0.5).map(drop)),
        ("ChannelDropout", ChannelDropout::new(-0.5).map(drop)),
        ("AlphaDropout", AlphaDropout::new(-0.5).map(drop)),
    ];
    for (name, error) in rates {
        let expected = format!("{name}: rate must lie in [0, 1], but is -0.5");
        assert_eq!(error.map_err(message), Err(expected));
    }
}

/// Whole rows of a branch go, each by itself, or all of a batch together; what stays is scaled.
#[test]
fn paths_are_dropped_by_rows_or_by_batches() -> Result<(), Error> {
    let path = DropPath::new(0.5).expect("a rate");
    for whole in [false, true] {
        let graph = Graph::new();
        let x = graph.input("x", [3, 4]);
        let y = x.then(if whole { path.whole_batch() } else { path })?;
        let mut params = Params::<f32>::new(&[&graph], 1)?;
        let mut plan = Plan::inference(&graph, &[y])?;
        let mut dropped = 0;
        for step in 0..200 {
            let mut run = plan.run(&mut params, 10)?;
            run.random(7, step).mode(Mode::Training).input(x).fill(1.0);
            run.forward()?;
            let rows: Vec<&[f32]> = run.value(y).chunks(12).collect();
            assert!(rows.iter().all(|row| *row == [0.0; 12] || *row == [2.0; 12]));
            assert!(!whole || rows.iter().all(|row| row == &rows[0]));
            dropped += rows.iter().filter(|row| row[0] == 0.0).count();
        }
        // Of 2,000 draws, or of 200 that count ten times: 4.5 standard deviations.
        let allowed = if whole { 4.5 * 10.0 * 50.0_f64.sqrt() } else { 4.5 * 500.0_f64.sqrt() };
        assert!((dropped as f64 - 1_000.0).abs() < allowed, "{dropped}, whole {whole}");
    }
    Ok(())
}
