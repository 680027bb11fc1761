//! Each rule: a network that breaks it, and one close to it that does not.

use crate::Failure;
use neuropil_initializers::{Constant, Nonlinearity};
use neuropil_losses::{Float, Prediction, Reduction, Target, TargetKind, Weights};
use neuropil_nn::inspect::{Role, Rule};
use neuropil_nn::{AnyOp, Backward, Forward, Group, Op, Plan, Spec, prelude::*};
use neuropil_tensor::ShapeError;

fn rules_of(layers: Sequential, sample: usize) -> Result<Vec<Rule>, Failure> {
    let lint = Network::new(layers, [sample], 1)?.lint();
    Ok(lint.findings.iter().map(|finding| finding.rule).collect())
}

fn trained(
    layers: Sequential,
    loss: impl Loss,
    optimizer: impl Optimizer,
) -> Result<Vec<Rule>, Failure> {
    let mut net = Network::new(layers, [4], 1)?;
    let lint = Trainer::new(&mut net, loss, optimizer)?.lint();
    Ok(lint.findings.iter().map(|finding| finding.rule).collect())
}

fn layers() -> Sequential {
    Sequential::new()
}

#[test]
fn linear_layers_with_nothing_between() -> Result<(), Failure> {
    let stacked = |between: Sequential| {
        layers().then(Linear::new(4, 6)).then(between).then(Linear::new(6, 3))
    };
    assert_eq!(rules_of(stacked(layers()), 4)?, [Rule::StackedLinear]);
    let nothing = layers().then(Identity).then(Dropout::new(0.5)?);
    assert_eq!(rules_of(stacked(nothing), 4)?, [Rule::StackedLinear]);
    assert_eq!(rules_of(stacked(layers().then(Relu)), 4)?, []);
    // A factorization: the width between is smaller than both ends.
    let narrow = layers().then(Linear::new(4, 2)).then(Linear::new(2, 3));
    assert_eq!(rules_of(narrow, 4)?, []);
    // A way around.
    let around = layers().then(Residual::new(Linear::new(4, 4))).then(Linear::new(4, 4));
    assert_eq!(rules_of(around, 4)?, []);

    let net = Network::new(stacked(layers()), [4], 1)?;
    let lint = net.lint();
    assert_eq!(lint.findings[0].paths, ["0", "2"]);
    assert!(lint.to_string().contains("put an activation between"), "{lint}");
    assert_eq!(lint.of(Rule::StackedLinear).count(), 1);
    assert_eq!(lint.of(Rule::NoSlope).count(), 0);
    Ok(())
}

#[test]
fn a_layer_that_is_read_twice_is_no_stack() -> Result<(), Error> {
    let graph = Graph::new();
    let x = graph.input("x", [4]);
    let first = x.named("0", &Linear::new(4, 4))?;
    let second = first.named("1", &Linear::new(4, 4))?;
    let both = second.plus(first.then(Relu)?)?;
    assert!(Plan::<f32>::inference(&graph, &[both])?.lint().is_clean());
    // Neither is one that is an output itself.
    assert!(Plan::<f32>::inference(&graph, &[first, second])?.lint().is_clean());
    let lint = Plan::<f32>::inference(&graph, &[second])?.lint();
    assert_eq!(lint.findings[0].rule, Rule::StackedLinear);
    Ok(())
}

/// A loss of probabilities, given row by row as -ln p of the label.
#[derive(Clone, Debug)]
struct OfProbabilities(Prediction);

impl Loss for OfProbabilities {
    fn accepts(&self, kind: TargetKind) -> bool {
        kind == TargetKind::Labels
    }
    fn prediction(&self) -> Prediction {
        self.0
    }
    fn reduction(&self) -> Reduction {
        Reduction::Mean
    }
    fn rows<T: Float>(
        &self,
        width: usize,
        x: &[T],
        target: Target<'_, T>,
        weights: Weights<'_, T>,
        loss: &mut [T],
        mut dx: Option<&mut [T]>,
    ) {
        let Target::Labels(labels) = target else { return };
        for (row, &label) in labels.iter().enumerate() {
            let at = row * width + label as usize;
            loss[row] = T::of(-x[at].to_f64().ln());
            if let Some(dx) = &mut dx {
                dx[row * width..(row + 1) * width].fill(T::ZERO);
                dx[at] = weights.of(row) * T::of(-1.0 / x[at].to_f64());
            }
        }
    }
}

#[test]
fn what_a_loss_takes() -> Result<(), Failure> {
    let ends = || layers().then(Linear::new(4, 3));
    let logits = [Rule::ActivatedLogits];
    assert_eq!(trained(ends().then(Softmax), CrossEntropy::new(), Adam::new())?, logits);
    assert_eq!(trained(ends().then(Sigmoid), CrossEntropy::new(), Adam::new())?, logits);
    assert_eq!(trained(ends().then(Tanh), CrossEntropy::new(), Adam::new())?, logits);
    assert_eq!(trained(ends(), CrossEntropy::new(), Adam::new())?, []);
    assert_eq!(trained(ends().then(Softmax), MeanSquaredError::new(), Adam::new())?, []);
    assert_eq!(trained(ends().then(Sigmoid), MeanSquaredError::new(), Adam::new())?, []);
    // A softmax inside of the network is attention, say.
    let inside = ends().then(Softmax).then(Linear::new(3, 3));
    assert_eq!(trained(inside, CrossEntropy::new(), Adam::new())?, []);

    let raw = [Rule::RawProbabilities];
    let probabilities = || OfProbabilities(Prediction::Probabilities);
    assert_eq!(trained(ends(), probabilities(), Adam::new())?, raw);
    assert_eq!(trained(ends().then(Softmax), probabilities(), Adam::new())?, []);
    let binary = || OfProbabilities(Prediction::BinaryLogits);
    assert_eq!(trained(ends().then(Sigmoid), binary(), Adam::new())?, logits);
    assert_eq!(trained(ends(), binary(), Adam::new())?, []);
    Ok(())
}

#[test]
fn predictions_behind_a_rectifier() -> Result<(), Failure> {
    let ends = || layers().then(Linear::new(4, 3));
    let found = [Rule::RectifiedOutput];
    assert_eq!(trained(ends().then(Relu), CrossEntropy::new(), Adam::new())?, found);
    assert_eq!(trained(ends().then(Relu), MeanSquaredError::new(), Adam::new())?, found);
    let last = ends().then(Relu).then(Linear::new(3, 3));
    assert_eq!(trained(last, MeanSquaredError::new(), Adam::new())?, []);
    Ok(())
}

#[test]
fn one_class() -> Result<(), Failure> {
    let one = || layers().then(Linear::new(4, 1));
    assert_eq!(trained(one(), CrossEntropy::new(), Adam::new())?, [Rule::SingleClass]);
    assert_eq!(trained(one(), MeanSquaredError::new(), Adam::new())?, []);
    Ok(())
}

/// A normalization as a user would make it, as far as the lint looks at it.
#[derive(Clone, Copy, Debug)]
struct Normalize {
    over_rows: bool,
}

impl<T: Float> Op<T> for Normalize {
    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
        Ok(inputs[0])
    }
    fn role(&self) -> Role {
        Role::Normalization { over_rows: self.over_rows }
    }
    fn forward(&self, step: Forward<'_, T>) {
        step.y.copy_from_slice(step.x.get(0));
    }
    fn backward(&self, _step: Backward<'_, T>) {}
}

impl Module for Normalize {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        let gamma = x.graph().param("weight", [x.width()], Ones)?;
        let beta = x.graph().param("bias", [x.width()], Zeros)?;
        x.op_with([gamma, beta], *self)
    }
}

#[test]
fn a_bias_that_a_normalization_takes_away() -> Result<(), Failure> {
    let with = |linear: Linear, over_rows: bool| {
        layers().then(linear).then(Normalize { over_rows }).then(Relu).then(Linear::new(6, 3))
    };
    let net = Network::new(with(Linear::new(4, 6), true), [4], 1)?;
    let lint = net.lint();
    assert_eq!(lint.findings.len(), 1, "{lint}");
    assert_eq!(lint.findings[0].rule, Rule::BiasBeforeNormalization);
    assert_eq!(lint.findings[0].paths, ["0.bias"]);
    assert_eq!(rules_of(with(Linear::new(4, 6).without_bias(), true), 4)?, []);
    // The mean over the features is another thing.
    assert_eq!(rules_of(with(Linear::new(4, 6), false), 4)?, []);
    // An activation between makes the bias count.
    let between = layers().then(Linear::new(4, 6)).then(Relu).then(Normalize { over_rows: true });
    assert_eq!(rules_of(between, 4)?, []);
    Ok(())
}

#[test]
fn weights_that_start_for_another_activation() -> Result<(), Failure> {
    let with = |linear: Linear, activation: Sequential| {
        layers().then(linear).then(activation).then(Linear::new(64, 2))
    };
    let (relu, tanh) = (|| layers().then(Relu), || layers().then(Tanh));
    let hidden = || Linear::new(32, 64);
    let found = [Rule::Initialization];
    assert_eq!(rules_of(with(hidden().init(KaimingNormal::new()), tanh()), 32)?, found);
    assert_eq!(rules_of(with(hidden().init(KaimingUniform::new()), tanh()), 32)?, found);
    assert_eq!(rules_of(with(hidden().init(XavierNormal::new()), relu()), 32)?, found);
    assert_eq!(rules_of(with(hidden().init(XavierUniform::new()), relu()), 32)?, found);

    assert_eq!(rules_of(with(hidden().init(KaimingNormal::new()), relu()), 32)?, []);
    assert_eq!(rules_of(with(hidden().init(XavierUniform::new()), tanh()), 32)?, []);
    let told = KaimingNormal::new().nonlinearity(Nonlinearity::Tanh)?;
    assert_eq!(rules_of(with(hidden().init(told), tanh()), 32)?, []);
    let told = XavierNormal::new().nonlinearity(Nonlinearity::Relu)?;
    assert_eq!(rules_of(with(hidden().init(told), relu()), 32)?, []);
    // PyTorch's default is neither one's.
    assert_eq!(rules_of(with(hidden(), tanh()), 32)?, []);
    assert_eq!(rules_of(with(hidden(), relu()), 32)?, []);
    // The last layer has nothing behind it.
    let last = layers().then(hidden().init(KaimingNormal::new()));
    assert_eq!(rules_of(last, 32)?, []);
    Ok(())
}

#[test]
fn a_signal_that_vanishes() -> Result<(), Failure> {
    let deep = |depth: usize, make: fn() -> Linear, sigmoid: bool| {
        let mut all = layers();
        for _ in 0..depth {
            all = all.then(make());
            all = if sigmoid { all.then(Sigmoid) } else { all.then(Tanh) };
        }
        all.then(Linear::new(16, 2))
    };
    let default = || Linear::new(16, 16);
    let xavier = || Linear::new(16, 16).init(XavierNormal::new());
    let found = [Rule::VanishingSignal];
    // 0.577^7 is 0.021, 0.577^5 is 0.064; with sigmoids another 1/4 a layer.
    assert_eq!(rules_of(deep(7, default, false), 16)?, found);
    assert_eq!(rules_of(deep(5, default, false), 16)?, []);
    assert_eq!(rules_of(deep(20, xavier, false), 16)?, []);
    assert_eq!(rules_of(deep(2, default, true), 16)?, found);
    assert_eq!(rules_of(deep(1, default, true), 16)?, []);
    assert_eq!(rules_of(deep(2, xavier, true), 16)?, []);
    let net = Network::new(deep(7, default, false), [16], 1)?;
    assert_eq!(net.lint().findings[0].paths.len(), 7);
    Ok(())
}

/// The shape decides how large the numbers of an orthogonal matrix are: its own is measured.
#[test]
fn an_orthogonal_start_keeps_the_signal() -> Result<(), Failure> {
    let orthogonal = |gain| Orthogonal::new().gain(gain).expect("a gain");
    let found = |gain: f64, sides: &[usize]| {
        let mut all = layers();
        for sides in sides.windows(2) {
            all = all.then(Linear::new(sides[0], sides[1]).init(orthogonal(gain))).then(Tanh);
        }
        rules_of(all.then(Linear::new(sides[0], 2)), sides[0])
    };
    for side in [4, 16, 200] {
        assert_eq!(found(1.0, &[side; 21])?, [], "{side}");
        // 0.6^7 is 0.028.
        assert_eq!(found(0.6, &[side; 8])?, [Rule::VanishingSignal], "{side}");
    }
    let convolved = |gain: f64| -> Result<Vec<Rule>, Failure> {
        let mut all = layers();
        for _ in 0..8 {
            all = all.then(Conv2d::new(5, 5, 3).padding(1).init(orthogonal(gain))).then(Tanh);
        }
        let net = Network::new(all.then(Flatten).then(Linear::new(5 * 4 * 4, 2)), [5, 4, 4], 1)?;
        Ok(net.lint().findings.iter().map(|finding| finding.rule).collect())
    };
    assert_eq!(convolved(1.0)?, []);
    assert_eq!(convolved(0.6)?, [Rule::VanishingSignal]);
    Ok(())
}

#[test]
fn units_that_start_equal() -> Result<(), Failure> {
    let two = |first: Linear, second: Linear| layers().then(first).then(Tanh).then(second);
    let equal = |a, b| Linear::new(a, b).init(Zeros);
    assert_eq!(rules_of(two(equal(4, 6), equal(6, 2)), 4)?, [Rule::SymmetricStart]);
    let halves = Linear::new(4, 6).init(Constant(0.5));
    assert_eq!(rules_of(two(halves.clone(), equal(6, 2)), 4)?, [Rule::SymmetricStart]);
    // One of both at random is enough, and so is a random bias.
    assert_eq!(rules_of(two(Linear::new(4, 6), equal(6, 2)), 4)?, []);
    assert_eq!(rules_of(two(equal(4, 6), Linear::new(6, 2)), 4)?, []);
    let normal = Normal::new(0.0, 1.0)?;
    assert_eq!(rules_of(two(halves.bias_init(normal), equal(6, 2)), 4)?, []);
    // There is nothing to tell apart in one unit.
    assert_eq!(rules_of(two(equal(4, 1), equal(1, 2)), 4)?, []);
    Ok(())
}

#[test]
fn dropout_behind_the_last_layer() -> Result<(), Failure> {
    let dropped = || layers().then(Linear::new(4, 3)).then(Dropout::new(0.5).expect("a rate"));
    let found = [Rule::DropoutAtOutput];
    assert_eq!(rules_of(dropped(), 4)?, found);
    assert_eq!(rules_of(dropped().then(Softmax), 4)?, found);
    assert_eq!(trained(dropped(), CrossEntropy::new(), Adam::new())?, found);
    assert_eq!(rules_of(dropped().then(Relu).then(Linear::new(3, 3)), 4)?, []);
    Ok(())
}

#[test]
fn a_function_without_a_slope() -> Result<(), Failure> {
    let steps = || layers().then(Linear::new(4, 3)).then(Step).then(Linear::new(3, 1));
    // Nobody says that gradients are wanted: a perceptron has another rule.
    assert_eq!(rules_of(steps(), 4)?, []);
    assert_eq!(trained(steps(), MeanSquaredError::new(), Sgd::new())?, [Rule::NoSlope]);
    let mut net = Network::new(steps(), [4], 1)?;
    net.params_mut().freeze("0.*")?;
    assert!(Trainer::new(&mut net, MeanSquaredError::new(), Sgd::new())?.lint().is_clean());
    let first = layers().then(Step).then(Linear::new(4, 1));
    assert_eq!(trained(first, MeanSquaredError::new(), Sgd::new())?, []);
    Ok(())
}

#[test]
fn penalties_and_decay_on_biases() -> Result<(), Failure> {
    let two = || {
        let first = Linear::new(4, 6).without_bias();
        layers().then(first).then(Normalize { over_rows: true }).then(Relu).then(Linear::new(6, 1))
    };
    let penalized = |pattern: &str, frozen: Option<&str>| -> Result<Vec<String>, Failure> {
        let mut net = Network::new(two(), [4], 1)?;
        if let Some(frozen) = frozen {
            net.params_mut().freeze(frozen)?;
        }
        let trainer = Trainer::new(&mut net, MeanSquaredError::new(), Adam::new())?
            .penalty(pattern, L2::new(0.1)?)?;
        let lint = trainer.lint();
        assert!(lint.findings.iter().all(|finding| finding.rule == Rule::PenalizedBias), "{lint}");
        Ok(lint.findings.into_iter().flat_map(|finding| finding.paths).collect())
    };
    assert_eq!(penalized("*", None)?, ["1.weight", "1.bias", "3.bias"]);
    assert_eq!(penalized("*.weight", None)?, ["1.weight"]);
    assert_eq!(penalized("*.bias", Some("1.*"))?, ["3.bias"]);
    assert!(penalized("3.weight", None)?.is_empty());

    let found = [Rule::PenalizedBias];
    let loss = MeanSquaredError::new;
    assert_eq!(trained(two(), loss(), Adam::new().weight_decay(0.1)?)?, found);
    assert_eq!(trained(two(), loss(), Sgd::new().weight_decay(0.1)?)?, found);
    assert_eq!(trained(two(), loss(), Adam::new())?, []);
    assert_eq!(trained(two(), loss(), Sgd::new().momentum(0.9)?)?, []);
    // A group of its own without decay.
    let mut net = Network::new(two(), [4], 1)?;
    let decay = Adam::new().weight_decay(0.1)?;
    let mut trainer = Trainer::new(&mut net, loss(), decay)?;
    for pattern in ["1.*", "3.bias"] {
        assert!(
            trainer.lint().findings[0].paths.iter().any(|path| path.starts_with(&pattern[..2]))
        );
        trainer = trainer.group(pattern, Group::optimizer(Adam::new(), 1e-3))?;
    }
    assert!(trainer.lint().is_clean(), "{}", trainer.lint());
    let bare = || layers().then(Linear::new(4, 1).without_bias());
    assert_eq!(trained(bare(), loss(), Adam::new().weight_decay(0.1)?)?, []);
    Ok(())
}

#[test]
fn a_rate_that_trains_nothing() -> Result<(), Failure> {
    let found = |trainer: Trainer<'_>| trainer.lint().of(Rule::Rate).count();
    let mut net = Network::new(Linear::new(4, 1), [4], 1)?;
    let mut with = |schedule: Box<dyn Schedule>| -> Result<usize, Error> {
        Ok(found(Trainer::new(&mut net, MeanSquaredError::new(), Sgd::new())?.rate(schedule)))
    };
    assert_eq!(with(Box::new(0.1))?, 0);
    assert_eq!(with(Box::new(0.0))?, 1);
    assert_eq!(with(Box::new(-0.1))?, 1);
    assert_eq!(with(Box::new(f64::NAN))?, 1);
    // A warm-up begins at 0, and a schedule ends there.
    assert_eq!(with(Box::new(Warm))?, 0);
    let mut trainer = Trainer::new(&mut net, MeanSquaredError::new(), Sgd::new())?
        .rate(Cosine::new(0.1, 2).expect("a schedule"));
    let data = Dataset::with_values([4], vec![1.0; 4], [1], vec![1.0])?;
    for _ in 0..2 {
        assert_eq!(trainer.lint().of(Rule::Rate).count(), 0);
        for batch in &data.batches(1) {
            trainer.gradients(batch)?;
            trainer.update();
        }
    }
    assert!(trainer.lint().to_string().starts_with("rate: "), "{}", trainer.lint());
    Ok(())
}

#[derive(Clone, Debug)]
struct Warm;

impl Schedule for Warm {
    fn rate(&self, step: u64) -> f64 {
        step.min(5) as f64
    }
}

/// A layer beside the way, which is forgotten, used, or used detached.
#[derive(Clone, Copy, Debug)]
enum Beside {
    Forgotten,
    Used,
    Detached,
}

impl Module for Beside {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        let beside = x.named("beside", &Linear::new(4, 2))?;
        let y = x.named("way", &Linear::new(4, 2))?;
        match self {
            Self::Forgotten => Ok(y),
            Self::Used => y.plus(beside),
            Self::Detached => y.plus(beside.detach()),
        }
    }
}

#[test]
fn weights_that_nobody_uses() -> Result<(), Failure> {
    let with = |beside: Beside| layers().then(beside);
    let found = [Rule::UnusedWeight];
    assert_eq!(rules_of(with(Beside::Forgotten), 4)?, found);
    assert_eq!(rules_of(with(Beside::Used), 4)?, []);
    assert_eq!(rules_of(with(Beside::Detached), 4)?, []);
    assert_eq!(trained(with(Beside::Forgotten), MeanSquaredError::new(), Sgd::new())?, found);
    assert_eq!(trained(with(Beside::Detached), MeanSquaredError::new(), Sgd::new())?, found);
    assert_eq!(trained(with(Beside::Used), MeanSquaredError::new(), Sgd::new())?, []);
    let mut net = Network::new(with(Beside::Detached), [4], 1)?;
    net.params_mut().freeze("0.beside.*")?;
    assert!(Trainer::new(&mut net, MeanSquaredError::new(), Sgd::new())?.lint().is_clean());
    Ok(())
}

#[test]
fn an_op_that_does_not_say_what_it_is_is_passed_over() {
    #[derive(Debug)]
    struct Mystery;
    impl<T: Float> Op<T> for Mystery {
        fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
            Ok(inputs[0])
        }
        fn forward(&self, _step: Forward<'_, T>) {}
        fn backward(&self, _step: Backward<'_, T>) {}
    }
    let op: &dyn AnyOp = &Mystery;
    assert_eq!(Op::<f32>::role(op), Role::Unknown);
}

/// Networks as they should be, those of the examples among them: no rule finds anything.
#[test]
fn no_false_alarm() -> Result<(), Failure> {
    let clean = |layers: Sequential, loss: bool| -> Result<(), Failure> {
        let mut net = Network::new(layers, [4], 1)?;
        assert!(net.lint().is_clean(), "{}", net.lint());
        let lint = match loss {
            true => Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?.lint(),
            false => Trainer::new(&mut net, MeanSquaredError::new(), Adam::new())?
                .penalty("*.weight", L2::new(1e-4)?)?
                .lint(),
        };
        assert!(lint.is_clean(), "{lint}");
        Ok(())
    };
    let wide = || Linear::new(4, 16).init(KaimingNormal::new());
    let drop = || Dropout::new(0.2).expect("a rate");
    let digits = layers().then(wide()).then(Relu).then(drop());
    let digits =
        digits.then(Linear::new(16, 16).init(KaimingNormal::new())).then(Relu).then(drop());
    clean(digits.then(Linear::new(16, 10)), true)?;
    let xor = |last| layers().then(Linear::new(4, 8)).then(Tanh).then(Linear::new(8, last));
    clean(xor(2), true)?;
    clean(xor(1), false)?;
    clean(xor(1).then(Sigmoid), false)?;
    let sigmoids = layers().then(Linear::new(4, 8)).then(Sigmoid).then(Linear::new(8, 1));
    clean(sigmoids.then(Sigmoid), false)?;
    clean(layers().then(Linear::new(4, 1)), false)?;
    let xavier = || Linear::new(4, 4).init(XavierUniform::new());
    let block = || Residual::new(layers().then(xavier()).then(Tanh).then(xavier()));
    clean(layers().then(block()).then(block()).then(Linear::new(4, 3)), true)?;
    let gated = layers().then(Linear::new(4, 8)).then(Glu).then(Linear::new(4, 3));
    clean(gated, true)?;
    // An autoencoder of pixels between 0 and 1.
    let code = layers().then(Linear::new(4, 2)).then(Relu).then(Linear::new(2, 4)).then(Sigmoid);
    clean(code, false)
}
