//! Convolutional networks: the same bits on any number of threads and in a predictor, a summary, no
//! false alarms, and errors that say where and why.

use crate::samples::{bits, numbers, weight_bits};
use neuropil_nn::inspect::Rule;
use neuropil_nn::prelude::*;
use neuropil_tensor::padding::PaddingMode;

const IMAGE: [usize; 3] = [1, 28, 28];

fn lenet() -> Sequential {
    Sequential::new()
        .then(Conv2d::new(1, 6, 5).padding(2))
        .then(Relu)
        .then(MaxPool2d::new(2))
        .then(Conv2d::new(6, 16, 5))
        .then(Relu)
        .then(MaxPool2d::new(2))
        .then(Flatten)
        .then(Linear::new(400, 120))
        .then(Relu)
        .then(Linear::new(120, 84))
        .then(Relu)
        .then(Linear::new(84, 10))
}

fn digits(rows: usize) -> Dataset {
    let labels = (0..rows as u32).map(|row| row * row % 10).collect();
    Dataset::labelled(IMAGE, numbers(3, rows * 784), labels, 10).expect("good data")
}

/// The bits of all weights after twenty updates, on so many threads.
fn trained(threads: usize) -> Result<Vec<u32>, Error> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    pool.expect("threads").install(|| {
        let mut net = Network::new(lenet(), IMAGE, 42)?;
        let data = digits(4 * 64 + 41);
        let sgd = Sgd::new().momentum(0.9).expect("a momentum");
        let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), sgd)?.rate(0.01);
        let mut batches = data.batches(64);
        for epoch in 0..4 {
            batches.shuffle(42, epoch);
            for batch in &batches {
                trainer.gradients(batch)?;
                trainer.update();
            }
        }
        assert_eq!(trainer.updates(), 20);
        Ok(weight_bits(&net))
    })
}

#[test]
fn training_gives_the_same_bits_on_any_number_of_threads() -> Result<(), Error> {
    let one = trained(1)?;
    assert_ne!(one, weight_bits(&Network::new(lenet(), IMAGE, 42)?));
    for threads in [2, 3] {
        let differing = one.iter().zip(trained(threads)?).filter(|(one, other)| *one != other);
        assert_eq!(differing.count(), 0, "{threads} threads");
    }
    Ok(())
}

#[test]
fn a_predictor_gives_the_bits_of_predict_in_any_batch() -> Result<(), Error> {
    let mut net = Network::new(lenet(), IMAGE, 42)?;
    let x = numbers(5, 40 * 784);
    let mut alone = Vec::new();
    for image in x.chunks_exact(784) {
        alone.extend(net.predict(image)?);
    }
    let predictor = net.predictor()?;
    for rows in [1, 2, 3, 7, 16, 40] {
        let (x, alone) = (&x[..rows * 784], bits(&alone[..rows * 10]));
        assert_eq!(bits(&net.predict(x)?), alone, "{rows} rows");
        let mut workspace = predictor.workspace(rows);
        assert_eq!(bits(predictor.run(&mut workspace, x)?), alone, "{rows} rows, predictor");
    }
    Ok(())
}

#[test]
fn a_summary_has_shapes_and_weights() -> Result<(), Error> {
    let net = Network::new(lenet(), IMAGE, 42)?;
    assert_eq!(
        net.summary().to_string(),
        "\
layer  op                                              output        weights
       input                                           [1, 28, 28]
0      Conv2d(1 -> 6, kernel 5x5, padding 2x2) + Relu  [6, 28, 28]       156
2      MaxPool                                         [6, 14, 14]         0
3      Conv2d(6 -> 16, kernel 5x5) + Relu              [16, 10, 10]     2416
5      MaxPool                                         [16, 5, 5]          0
7      Linear + Relu                                   [120]           48120
9      Linear + Relu                                   [84]            10164
11     Linear                                          [10]              850
total                                                                  61706"
    );
    Ok(())
}

#[test]
fn lint_gives_no_false_alarms() -> Result<(), Error> {
    let rules = |layers: Sequential, sample: [usize; 3]| -> Result<Vec<Rule>, Error> {
        let mut net = Network::new(layers, sample, 42)?;
        let of_network = net.lint();
        let lint = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?.lint();
        assert_eq!(of_network.findings, lint.findings);
        Ok(lint.findings.iter().map(|finding| finding.rule).collect())
    };
    assert_eq!(rules(lenet(), IMAGE)?, []);

    let ends = |layers: Sequential| layers.then(GlobalAvgPool);
    let start = || Sequential::new();
    let (relu, tanh) = (KaimingNormal::new(), XavierNormal::new());
    // What starts for the activation behind it, and what does not.
    let with = |conv: Conv2d| start().then(conv).then(Relu).then(Conv2d::new(8, 3, 3));
    assert_eq!(rules(ends(with(Conv2d::new(4, 8, 3).init(relu))), [4, 9, 9])?, []);
    let wrong = with(Conv2d::new(4, 8, 3).init(tanh));
    assert_eq!(rules(ends(wrong), [4, 9, 9])?, [Rule::Initialization]);

    // Nothing between two convolutions is a mistake, but where they are factors of one.
    let pair = |first: Conv2d, second: Conv2d| ends(start().then(first).then(second));
    let of = |outputs, kernel: [usize; 2]| Conv2d::new(8, outputs, kernel);
    let stacked = rules(pair(of(8, [3, 3]), of(16, [3, 3])), [8, 9, 9])?;
    assert_eq!(stacked, [Rule::StackedLinear]);
    assert_eq!(rules(pair(of(8, [3, 3]).groups(8), of(16, [1, 1])), [8, 9, 9])?, []);
    assert_eq!(rules(pair(of(8, [1, 1]), of(16, [3, 3]).groups(2)), [8, 9, 9])?, []);
    assert_eq!(rules(pair(of(8, [3, 1]), of(16, [1, 3])), [8, 9, 9])?, []);
    assert_eq!(rules(pair(of(4, [1, 1]), Conv2d::new(4, 16, 3)), [8, 9, 9])?, []);

    // One channel is one unit, however wide; two are equal.
    let constant = |channels| {
        let first = Conv2d::new(1, channels, 3).init(Ones);
        start().then(first).then(Relu).then(Conv2d::new(channels, 3, 3).init(Ones))
    };
    assert_eq!(rules(ends(constant(1)), [1, 9, 9])?, []);
    assert_eq!(rules(ends(constant(2)), [1, 9, 9])?, [Rule::SymmetricStart]);
    Ok(())
}

/// The message of a network that cannot be built.
fn refused(module: impl Module + 'static, sample: [usize; 3]) -> String {
    let layers = Sequential::new().then(Relu).then(Sequential::new().then(module));
    Network::new(layers, sample, 42).expect_err("it does not fit").to_string()
}

#[test]
fn errors_say_where_and_why() {
    let reflect = || Conv2d::new(3, 8, 3).padding_mode(PaddingMode::Reflect);
    for (text, parts) in [
        (refused(Conv2d::new(4, 8, 3), [3, 9, 9]), ["Conv2d(4 -> 8)", "[3, 9, 9]", "[4, height"]),
        (
            refused(Conv2d::new(3, 8, 5), [3, 4, 9]),
            ["Conv2d(3 -> 8, kernel 5x5)", "[3, 4, 9]", "axis 1 of at least 5"],
        ),
        (
            refused(Conv2d::new(3, 8, 3).groups(2), [3, 9, 9]),
            ["groups 2)", "[3, 9, 9]", "2 groups that divide the 3 channels and the 8 outputs"],
        ),
        (
            refused(Conv2d::new(3, 8, 3).padding(Padding::Same).stride(2), [3, 9, 9]),
            ["Conv2d(3 -> 8)", "[3, 9, 9]", "a stride of 1 for the same length, not [2, 2]"],
        ),
        (
            refused(Conv2d::new(3, 8, [3, 0]).padding(Padding::Same), [3, 9, 9]),
            ["kernel 3x0", "[3, 9, 9]", "a kernel, stride, dilation, groups and outputs of at"],
        ),
        (refused(Conv1d::new(3, 8, 3), [3, 9, 9]), ["Conv1d(3 -> 8)", "[3, 9, 9]", "[3, width]"]),
        (
            refused(reflect().padding(9), [3, 9, 9]),
            ["Pad2d(reflect, [(9, 9), (9, 9)])", "[3, 9, 9]", "axis 1 of more than 9"],
        ),
        (
            refused(ConvTranspose2d::new(4, 8, 3), [3, 9, 9]),
            ["ConvTranspose2d(4 -> 8)", "[3, 9, 9]", "[4, height, width]"],
        ),
        (
            refused(ConvTranspose2d::new(3, 8, 3).stride(2).output_padding([1, 2]), [3, 9, 9]),
            [
                "ConvTranspose2d(3 -> 8)",
                "[3, 9, 9]",
                "an output padding below the stride of 2, not 2",
            ],
        ),
        (
            refused(ConvTranspose2d::new(3, 8, 1).padding(5), [3, 9, 9]),
            ["ConvTranspose2d(3 -> 8)", "[3, 9, 9]", "more than a padding of 5 takes from 9"],
        ),
        (
            refused(ConvTranspose2d::new(3, 8, 3).groups(2), [3, 9, 9]),
            ["ConvTranspose2d(3 -> 8)", "[3, 9, 9]", "2 groups that divide the 3 channels"],
        ),
        (
            refused(ConvTranspose2d::new(3, 8, 0), [3, 9, 9]),
            ["ConvTranspose2d(3 -> 8)", "[3, 9, 9]", "a kernel, stride and dilation of at least 1"],
        ),
        (
            refused(Pad::new([(0, 1), (10, 0)], PaddingMode::Circular), [3, 9, 9]),
            ["Pad2d(circular, [(0, 1), (10, 0)])", "[3, 9, 9]", "axis 2 of more than 9"],
        ),
        (
            refused(Pad::new([(0, 1)], PaddingMode::Zeros), [3, 9, 9]),
            ["Pad1d(zeros, [(0, 1)])", "[3, 9, 9]", "channels and 1 further axes"],
        ),
    ] {
        assert!(text.contains("1.0"), "no path: {text}");
        for part in parts {
            assert!(text.contains(part), "no `{part}`: {text}");
        }
    }
}
