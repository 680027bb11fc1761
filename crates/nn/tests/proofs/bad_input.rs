//! What bad input gets: a typed error with the name and the values, and weights as they were.

use crate::samples::{Failure, labelled, perceptron, weight_bits};
use neuropil_nn::{Cost, Node, prelude::*};

/// The message of an error, which must hold all of these.
fn says<T>(result: Result<T, Error>, words: &[&str]) -> Error {
    let Err(error) = result else {
        panic!("no error, expected one with {words:?}");
    };
    let message = error.to_string();
    for word in words {
        assert!(message.contains(word), "{message:?} lacks {word:?}");
    }
    error
}

fn classifier() -> Result<Network, Error> {
    Network::new(perceptron(6, 8, 3), [6], 42)
}

#[test]
fn shapes_that_do_not_fit_name_the_layer_and_both() {
    let build = |layers: Sequential| Network::new(layers, [4], 1);
    let wrong = Sequential::new().then(Linear::new(4, 5)).then(Relu).then(Linear::new(6, 3));
    says(build(wrong), &["2: ", "Linear(6 -> 3)", "[5]", "6"]);
    says(build(Sequential::new().then(Linear::new(3, 5))), &["0: ", "[4]", "Linear(3 -> 5)"]);

    let inner = Sequential::new().then(Linear::new(4, 4)).then(Linear::new(4, 5));
    let nested = Sequential::new().then(Tanh).then(Residual::new(inner));
    let error = says(build(nested), &["1: ", "Add", "[5]", "[4]"]);
    assert!(matches!(error, Error::Build(BuildError::Shape { .. })), "{error:?}");

    let odd = Sequential::new().then(Linear::new(4, 5)).then(Glu);
    says(build(odd), &["1: ", "Glu", "[5]"]);
}

#[test]
fn weights_of_one_path_are_shared_only_if_that_is_said() {
    #[derive(Debug)]
    struct Wrong(u8);

    impl Module for Wrong {
        fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
            let layer = Linear::new(4, 4);
            match self.0 {
                0 => x.named("a", &layer)?.named("a", &layer),
                1 => x.named("a", &layer)?.shared("b", &layer),
                _ => x.named("a", &layer)?.shared("a", &Linear::new(4, 5)),
            }
        }
    }

    let build = |case| Network::new(Sequential::new().then(Wrong(case)), [4], 1);
    says(build(0), &["0.a.weight", "shared"]);
    says(build(1), &["0.b.weight"]);
    says(build(2), &["0.a.weight", "[4, 5]", "[4, 4]"]);
}

#[test]
fn one_path_in_two_shapes_is_refused() -> Result<(), Error> {
    let (one, other) = (Graph::new(), Graph::new());
    one.input("x", [4]).named("a", &Linear::new(4, 3))?;
    other.input("x", [4]).named("a", &Linear::new(4, 2))?;
    let both = Params::<f32>::new(&[&one, &other], 1);
    says(both.map_err(Error::from), &["a.weight", "[4, 3]", "[4, 2]"]);
    Ok(())
}

#[test]
fn a_cost_must_be_one_number() -> Result<(), Error> {
    let graph = Graph::new();
    let y = graph.input("x", [4]).named("a", &Linear::new(4, 3))?;
    let plan = Plan::<f32>::training(&graph, y, &[]);
    says(plan.map_err(Error::from), &["[rows, 3]", "single number"]);
    Ok(())
}

#[test]
fn a_target_must_fit_the_output() -> Result<(), Failure> {
    let mut net = classifier()?;
    let values = Dataset::with_values([6], vec![0.0; 12], [2], vec![0.0; 4])?;
    let mut trainer = Trainer::new(&mut net, MeanSquaredError::new(), Adam::new())?;
    says(trainer.fit(&values, Fit::epochs(1)), &["[3]", "[2]"]);
    says(trainer.fit(&labelled(4, 6, 3), Fit::epochs(1)), &["MeanSquaredError", "labels"]);
    Ok(())
}

#[test]
fn a_label_out_of_range_names_row_value_and_limit() -> Result<(), Failure> {
    let data = Dataset::labelled([6], vec![0.5; 4 * 6], vec![0, 1, 4, 2], 5)?;
    let mut net = classifier()?;
    let before = weight_bits(&net);
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?;
    let batches = data.batches(4);
    let batch = batches.iter().next().expect("a batch");
    let error = says(trainer.gradients(batch), &["target", "row 2", "4", "3"]);
    let Error::Index { row: 2, value: 4, range, .. } = error else { panic!("{error:?}") };
    assert_eq!(range, 0..3);
    assert!(trainer.fit(&data, Fit::epochs(1)).is_err());
    // Nor does it matter which data it is in.
    let good = labelled(8, 6, 3);
    says(trainer.fit(&good, Fit::epochs(1).validate(&data)), &["label", "4", "3"]);
    drop(trainer);
    assert_ne!(weight_bits(&net), before, "the epoch before the validation counts");

    says(net.evaluate(&data, Cost(CrossEntropy::new())), &["label", "4", "3"]);
    Ok(())
}

#[test]
fn metrics_refuse_targets_that_they_do_not_know() -> Result<(), Failure> {
    let mut net = classifier()?;
    let values = Dataset::with_values([6], vec![0.5; 12], [2], vec![0.0; 4])?;
    says(net.evaluate(&values, Accuracy), &["metric", "accuracy"]);
    says(net.evaluate(&labelled(4, 6, 3), Cost(MeanSquaredError::new())), &["metric"]);
    says(net.evaluate(&values, Cost(MeanSquaredError::new())), &["MeanSquaredError", "target"]);
    Ok(())
}

#[test]
fn data_must_be_there_and_of_the_right_shape() -> Result<(), Failure> {
    let mut net = classifier()?;
    let good = labelled(8, 6, 3);
    let (empty, other) = (good.take(0), labelled(8, 5, 3));
    says(net.evaluate(&empty, Accuracy), &["data set", "empty"]);
    says(net.evaluate(&other, Accuracy), &["[5]", "[6]"]);
    says(net.predict(&[]), &["input", "empty"]);
    says(net.predict(&[0.0; 7]), &["[6]", "7", "12"]);
    says(net.predict_into(&[0.0; 6], &mut [0.0; 4]), &["output", "4", "3"]);
    let predictor = net.predictor()?;
    let mut workspace = predictor.workspace(2);
    says(predictor.run(&mut workspace, &[0.0; 6]).map(drop), &["6", "12"]);

    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?;
    says(trainer.fit(&empty, Fit::epochs(1)), &["training data", "empty"]);
    says(trainer.fit(&other, Fit::epochs(1)), &["training data", "[5]", "[6]"]);
    says(trainer.fit(&good, Fit::epochs(1).validate(&empty)), &["validation data", "empty"]);
    says(trainer.fit(&good, Fit::epochs(1).validate(&other)), &["validation data", "[5]", "[6]"]);
    says(trainer.gradients(Batch { data: &good, rows: &[] }), &["batch", "empty"]);
    assert_eq!(trainer.updates(), 0);
    Ok(())
}

#[test]
fn settings_out_of_range_are_refused() -> Result<(), Failure> {
    let mut net = classifier()?;
    let data = labelled(8, 6, 3);
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?;
    says(trainer.fit(&data, Fit::epochs(1).batch_size(0)), &["batch size", "0", "at least 1"]);
    says(trainer.fit(&data, Fit::epochs(1).early_stopping(2)), &["early stopping", "validate"]);
    for max in [0.0, -1.0, f64::NAN] {
        let fit = Fit::epochs(1).clip_global_norm(max);
        says(trainer.fit(&data, fit), &["norm", &max.to_string()]);
    }
    assert_eq!(trainer.updates(), 0);
    assert!(Dropout::new(1.5).is_err() && Dropout::new(f64::NAN).is_err());
    Ok(())
}

#[test]
fn patterns_and_paths_that_name_nothing_are_refused() -> Result<(), Failure> {
    let mut net = classifier()?;
    let known = ["0.weight", "0.bias", "3.weight", "3.bias"];
    let trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?;
    let penalty = trainer.penalty("*.gain", L2::new(0.1)?).map(drop);
    says(penalty, &[&["*.gain"][..], &known].concat());
    says(net.params_mut().freeze("hidden.*"), &[&["hidden.*"][..], &known].concat());
    says(net.params_mut().unfreeze("hidden.*"), &["hidden.*"]);

    says(net.params().get("1.weight").map(drop), &["1.weight"]);
    says(net.params_mut().get_mut("1.weight").map(drop), &["1.weight"]);
    says(net.params().shape("1.weight"), &["1.weight"]);
    says(net.params().gradient("1.weight").map(drop), &["1.weight"]);
    says(net.params().state("running_mean").map(drop), &["running_mean"]);
    says(net.params().is_trainable("1.weight"), &["1.weight"]);
    Ok(())
}

#[test]
fn a_cost_that_is_not_finite_changes_no_weight() -> Result<(), Failure> {
    let mut inputs = vec![0.5; 4 * 6];
    inputs[13] = f32::NAN;
    let data = Dataset::labelled([6], inputs, vec![0, 1, 2, 0], 3)?;
    let mut net = classifier()?;
    let before = weight_bits(&net);
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?;
    let error = says(trainer.fit(&data, Fit::epochs(2)), &["NaN", "update 0", "input", "\"x\""]);
    assert!(matches!(error, Error::NotFinite { step: 0, .. }), "{error:?}");
    drop(trainer);
    assert_eq!(weight_bits(&net), before);

    // A weight gone wrong is named, not what it spoils.
    net.params_mut().get_mut("3.bias")?[1] = f32::INFINITY;
    let before = weight_bits(&net);
    let good = labelled(8, 6, 3);
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?;
    says(trainer.fit(&good, Fit::epochs(1)), &["update 0", "weight", "\"3.bias\""]);
    drop(trainer);
    assert_eq!(weight_bits(&net), before);

    // Numbers too large for a sum: the first layer that overflows.
    let mut net = classifier()?;
    net.params_mut().get_mut("0.weight")?.fill(1e38);
    let large = Dataset::labelled([6], vec![1e3; 6], vec![0], 3)?;
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?;
    says(trainer.fit(&large, Fit::epochs(1)), &["output of", "\"1\"", "Relu"]);
    Ok(())
}

#[test]
fn a_target_that_depends_on_weights_must_be_detached() -> Result<(), Error> {
    let graph = Graph::new();
    let x = graph.input("x", [2]);
    let student = x.named("student", &Linear::new(2, 3))?;
    let teacher = x.named("teacher", &Linear::new(2, 3))?;
    let error = student.loss(MeanSquaredError::new(), teacher).unwrap_err().to_string();
    assert!(error.contains("[rows, 3], which depends on weights: detach it"), "{error}");
    student.loss(MeanSquaredError::new(), teacher.detach())?;
    Ok(())
}

#[test]
fn a_validation_cost_that_is_no_number() -> Result<(), Error> {
    let train = Dataset::with_values([1], vec![0.0, 1.0], [1], vec![0.0, 1.0])?;
    let valid = Dataset::with_values([1], vec![f32::NAN], [1], vec![0.0])?;
    let mut net = Network::new(Sequential::new().then(Linear::new(1, 1)), [1], 1)?;
    let mut trainer = Trainer::new(&mut net, MeanSquaredError::new(), Sgd::new())?;
    let fit = Fit::epochs(3).validate(&valid).early_stopping(1);
    let error = trainer.fit(&train, fit).unwrap_err().to_string();
    assert!(error.contains("NaN") && error.contains("validation"), "{error}");
    Ok(())
}

#[test]
fn costs_of_an_epoch_do_not_depend_on_the_batch_size() -> Result<(), Error> {
    // A sum over the batch is told as a mean over the rows, like a mean.
    let inputs: Vec<f64> = (0..600).map(|i| (i as f64).sin()).collect();
    let labels = (0..600).map(|i| i % 2).collect();
    let data = Dataset::labelled([1], inputs, labels, 2)?;
    let mut costs = Vec::new();
    for (loss, size) in [
        (CrossEntropy::new(), 600),
        (CrossEntropy::new().sum(), 600),
        (CrossEntropy::new().sum(), 7),
    ] {
        let mut net = Network::<f64>::build(Sequential::new().then(Linear::new(1, 2)), [1], 1)?;
        let mut trainer = Trainer::new(&mut net, loss, Sgd::new())?.rate(0.0);
        let history = trainer.fit(&data, Fit::epochs(1).batch_size(size).validate(&data))?;
        costs.push(history.epochs[0].cost);
        costs.push(history.epochs[0].validation_cost.unwrap_or(f64::NAN));
    }
    assert!(costs.iter().all(|cost| (cost - costs[0]).abs() < 1e-12), "{costs:?}");
    Ok(())
}

#[test]
fn accuracy_of_targets_that_do_not_fit() -> Result<(), Error> {
    let data = Dataset::labelled([2], vec![0.0_f32; 8], vec![0, 1, 5, 0], 6)?;
    let mut net = Network::new(Sequential::new().then(Linear::new(2, 3)), [2], 1)?;
    says(net.evaluate(&data, Accuracy), &["row 2", "5", "3"]);
    let mut net = Network::new(Sequential::new().then(Linear::new(2, 3)), [4, 2], 1)?;
    let data = Dataset::labelled([4, 2], vec![0.0_f32; 16], vec![0, 1], 3)?;
    says(net.evaluate(&data, Accuracy), &["8", "2"]);
    Ok(())
}

#[test]
fn a_weight_and_a_state_of_one_path() -> Result<(), Error> {
    let graph = Graph::new();
    graph.param("a", [2], Ones)?;
    let error = graph.state("a", [2], 0.0).unwrap_err().to_string();
    assert!(error.starts_with("a: there is already a weight or state"), "{error}");
    graph.state("b", [2], 0.0)?;
    let error = graph.param("b", [2], Ones).unwrap_err().to_string();
    assert!(error.starts_with("b: there is already a weight or state"), "{error}");
    Ok(())
}

#[test]
fn indices_where_numbers_are_due() -> Result<(), Error> {
    let graph = Graph::new();
    let tokens = graph.index_input("tokens", [3]);
    for built in [
        tokens.then(Relu),
        tokens.plus(tokens),
        tokens.then(Dropout::new(0.5)?),
        tokens.then(Linear::new(3, 2)),
    ] {
        let error = built.unwrap_err().to_string();
        assert!(error.contains("[3]") && error.contains("numbers"), "{error}");
    }
    assert!(Plan::<f32>::inference(&graph, &[tokens]).is_err());
    Ok(())
}

#[test]
fn a_layer_of_no_inputs_is_its_bias() -> Result<(), Error> {
    let graph = Graph::new();
    let x = graph.input("x", [0]);
    let y = x.named("0", &Linear::new(0, 3).bias_init(Ones))?;
    let mut params = Params::<f64>::new(&[&graph], 1)?;
    let mut plan = Plan::inference(&graph, &[y])?;
    let mut run = plan.run(&mut params, 2)?;
    run.forward()?;
    assert_eq!(run.value(y), [1.0; 6]);
    Ok(())
}

#[test]
#[should_panic(expected = "the workspace belongs to another predictor")]
fn a_workspace_of_another_predictor() {
    let predictor = |width: usize| {
        let layers = Sequential::new().then(Linear::new(2, width));
        Network::new(layers, [2], 1).and_then(|net| net.predictor()).expect("a predictor")
    };
    let mut workspace = predictor(3).workspace(1);
    let _ = predictor(4).run(&mut workspace, &[1.0, 2.0]);
}

/// What an activation learns must start somewhere.
#[test]
fn starts_of_learned_activations() {
    let said = |layer: &dyn Module| {
        let graph = Graph::new();
        layer.build(graph.input("x", [3])).expect_err("refused").to_string()
    };
    let nan = f64::NAN;
    assert_eq!(
        said(&PRelu::new().init(nan)),
        "PRelu: init must be a finite number in f32, but is NaN"
    );
    assert_eq!(
        said(&LearnedSwish::new().channels(0)),
        "LearnedSwish: channels must be at least 1, but is 0"
    );
    assert_eq!(
        said(&LearnedSnake::new(3).init(1e39)),
        format!("LearnedSnake: init must be a finite number in f32, but is {}", 1e39)
    );
}
