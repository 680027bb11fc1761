//! Layer-sequential unit variance: what it does to real networks.

use neuropil_nn::{Conv2d, Lsuv, Parallel, prelude::*};

/// Inputs that look random, of this many numbers.
fn numbers(count: usize) -> Vec<f64> {
    (0..count).map(|i| ((i * 7919 % 1009) as f64 / 504.5 - 1.0) * 1.7).collect()
}

/// Such inputs, in two classes by the sign of their first number.
fn data(sample: &[usize], rows: usize) -> Dataset<f64> {
    let len: usize = sample.iter().product();
    let inputs = numbers(rows * len);
    let labels = inputs.chunks(len).map(|row| u32::from(row[0] > 0.0)).collect();
    Dataset::labelled(sample, inputs, labels, 2).unwrap()
}

/// A deep net of dense layers whose weights start far too small.
fn deep(layers: usize) -> Network<f64> {
    let mut net = Sequential::new();
    for _ in 0..layers {
        net = net.then(Linear::new(16, 16).init(Normal::new(0.0, 1e-3).unwrap())).then(Relu);
    }
    Network::build(net.then(Linear::new(16, 2)), [16], 42).unwrap()
}

/// Looked at from outside: the outputs of a net that ends in the layer.
fn variance(y: &[f64]) -> f64 {
    let mean = y.iter().sum::<f64>() / y.len() as f64;
    y.iter().map(|y| (y - mean).powi(2)).sum::<f64>() / y.len() as f64
}

#[test]
fn variances_become_one_through_convolutions_and_dense_layers() {
    let layers = Sequential::new()
        .then(Conv2d::new(2, 6, 3))
        .then(Relu)
        .then(Conv2d::new(6, 4, 2))
        .then(Tanh)
        .then(Flatten)
        .then(Linear::new(4 * 5 * 5, 8))
        .then(Dropout::new(0.5).unwrap())
        .then(Linear::new(8, 3));
    let mut net = Network::<f64>::build(layers, [2, 8, 8], 1).unwrap();
    let data = data(&[2, 8, 8], 40);
    let report = net.lsuv(&data, Lsuv::new().tolerance(1e-6).unwrap().iterations(60).unwrap());
    let report = report.unwrap();
    let paths: Vec<&str> = report.layers.iter().map(|layer| layer.path.as_str()).collect();
    assert_eq!(paths, ["0", "2", "5", "7"]);
    assert_eq!(report.rows, 40);
    for layer in &report.layers {
        assert!((layer.after - 1.0).abs() <= 1e-6, "{report}");
    }
    let y = net.predict_all(&data).unwrap();
    assert!((variance(&y) - 1.0).abs() < 1e-5, "{}", variance(&y));
    assert!(report.to_string().lines().count() == 6, "{report}");
}

#[test]
fn a_layer_without_a_bias_is_scaled_once_and_a_start_can_be_kept() {
    let layer = || Linear::new(8, 4).without_bias().init(XavierUniform::new());
    let mut net = Network::<f64>::build(layer(), [8], 3).unwrap();
    let start = net.params().get("weight").unwrap().to_vec();
    let data = data(&[8], 300);
    let report = net.lsuv(&data, Lsuv::new().keep_start().rows(100).unwrap()).unwrap();
    assert_eq!((report.rows, report.layers[0].iterations), (100, 1));
    let scale = 1.0 / report.layers[0].before.sqrt();
    for (w, start) in net.params().get("weight").unwrap().iter().zip(start) {
        assert!((w - start * scale).abs() <= 1e-15 * w.abs());
    }
    // The orthogonal start: columns are orthogonal, however long.
    net.lsuv(&data, Lsuv::new()).unwrap();
    let w = net.params().get("weight").unwrap();
    let product: f64 = (0..8).map(|i| w[i * 4] * w[i * 4 + 1]).sum();
    assert!(product.abs() < 1e-14, "{product}");
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let mut net = deep(6);
            let report = net.lsuv(&data(&[16], 200), Lsuv::new()).unwrap();
            (report, net.params().weights().to_vec())
        })
    };
    assert_eq!(run(1), run(4));
}

#[test]
fn a_deep_net_learns_after_it_and_not_before() {
    let learn = |mut net: Network<f64>| {
        let data = data(&[16], 64);
        let mut trainer =
            Trainer::new(&mut net, CrossEntropy::new(), Sgd::new()).unwrap().rate(0.05);
        let history = trainer.fit(&data, Fit::epochs(60).batch_size(16)).unwrap();
        (history.epochs[0].cost, history.epochs[59].cost)
    };
    let (first, last) = learn(deep(12));
    assert!(last > 0.99 * first.min(std::f64::consts::LN_2), "{first} {last}");
    let mut net = deep(12);
    net.lsuv(&data(&[16], 64), Lsuv::new()).unwrap();
    let (first, last) = learn(net);
    assert!(last < 0.5 * first, "{first} {last}");
}

#[test]
fn a_variance_that_cannot_be_scaled_names_the_layer_and_changes_nothing() {
    let layers = || {
        let zeros = Linear::new(4, 4).init(Zeros);
        Sequential::new().then(Linear::new(4, 4)).then(zeros).then(Linear::new(4, 2))
    };
    let mut net = Network::<f64>::build(layers(), [4], 1).unwrap();
    let before = net.params().weights().to_vec();
    let error = net.lsuv(&data(&[4], 8), Lsuv::new().keep_start()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "1 Linear: the variance of its outputs is 0, which cannot be scaled to 1"
    );
    assert_eq!(net.params().weights(), before);

    let mut net = Network::<f64>::build(layers(), [4], 1).unwrap();
    let mut inputs = numbers(32);
    inputs[5] = f64::NAN;
    let with_nan = Dataset::labelled([4], inputs, vec![0; 8], 2).unwrap();
    let error = net.lsuv(&with_nan, Lsuv::new()).unwrap_err().to_string();
    assert!(error.starts_with("0 Linear: the variance of its outputs is NaN"), "{error}");
    assert_eq!(net.params().weights(), before);
    let error = net.lsuv(&data(&[3], 8), Lsuv::new()).unwrap_err().to_string();
    assert!(error.contains("the data set"), "{error}");
}

#[test]
fn frozen_weights_stay_and_branches_are_scaled() {
    let layers = Sequential::new()
        .then(Linear::new(4, 4))
        .then(Parallel::add().branch(Linear::new(4, 3)).branch(Linear::new(4, 3)));
    let mut net = Network::<f64>::build(layers, [4], 1).unwrap();
    net.params_mut().freeze("0.*").unwrap();
    let frozen = net.params().get("0.weight").unwrap().to_vec();
    let report = net.lsuv(&data(&[4], 30), Lsuv::new()).unwrap();
    let paths: Vec<&str> = report.layers.iter().map(|layer| layer.path.as_str()).collect();
    assert_eq!(paths, ["1.0", "1.1"]);
    assert_eq!(net.params().get("0.weight").unwrap(), frozen);
}

#[test]
fn options_that_cannot_be_are_errors() {
    for tolerance in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(Lsuv::new().tolerance(tolerance).is_err(), "{tolerance}");
    }
    let error = Lsuv::new().iterations(0).unwrap_err().to_string();
    assert_eq!(error, "iterations is 0, expected 1 or more");
    assert!(Lsuv::new().rows(0).is_err());
}

/// A stack of linear layers is one linear layer: (x A + a) B + b = x (A B) + (a B + b).
#[test]
fn a_stack_of_linear_layers_is_one() {
    let stack = Sequential::new().then(Linear::new(4, 5)).then(Linear::new(5, 3));
    let mut stack = Network::<f64>::build(stack, [4], 1).unwrap();
    let get = |path: &str| stack.params().get(path).unwrap().to_vec();
    let (a, b) = (get("0.weight"), get("1.weight"));
    let (a_bias, b_bias) = (get("0.bias"), get("1.bias"));
    let through = |row: &[f64], j: usize| (0..5).map(|k| row[k] * b[k * 3 + j]).sum::<f64>();
    let mut one = Network::<f64>::build(Linear::new(4, 3), [4], 2).unwrap();
    let product = (0..12).map(|i| through(&a[i / 3 * 5..][..5], i % 3)).collect::<Vec<f64>>();
    one.params_mut().get_mut("weight").unwrap().copy_from_slice(&product);
    let bias = (0..3).map(|j| through(&a_bias, j) + b_bias[j]).collect::<Vec<f64>>();
    one.params_mut().get_mut("bias").unwrap().copy_from_slice(&bias);
    let x = numbers(40);
    let (y, z) = (stack.predict(&x).unwrap(), one.predict(&x).unwrap());
    assert!(y.iter().zip(&z).all(|(y, z)| (y - z).abs() < 1e-14), "{y:?} {z:?}");
}

/// Equal rows of weights get equal gradients, for ever.
#[test]
fn zero_weights_keep_all_hidden_units_equal() {
    let layers = Sequential::new()
        .then(Linear::new(4, 6).init(Zeros))
        .then(Sigmoid)
        .then(Linear::new(6, 2).init(Zeros));
    let mut net = Network::<f64>::build(layers, [4], 1).unwrap();
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new()).unwrap().rate(0.1);
    trainer.fit(&data(&[4], 32), Fit::epochs(20).batch_size(8)).unwrap();
    let w = net.params().get("0.weight").unwrap();
    assert!(w.iter().any(|w| *w != 0.0), "{w:?}");
    assert!(w.chunks(6).all(|row| row.iter().all(|w| *w == row[0])), "{w:?}");
}

/// Dirac's convolution hands its channels on.
#[test]
fn a_dirac_convolution_is_the_identity() {
    use neuropil_initializers::Dirac;
    for groups in [1, 2] {
        let conv = Conv2d::new(4, 4, 3).padding(1).groups(groups).without_bias();
        let conv = conv.init(Dirac::new().groups(groups).unwrap());
        let mut net = Network::<f64>::build(conv, [4, 5, 6], 1).unwrap();
        let x = numbers(2 * 4 * 5 * 6);
        assert_eq!(net.predict(&x).unwrap(), x);
    }
}
