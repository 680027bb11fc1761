//! Shapes and memory of each step, and what is said when a network cannot be built.

use crate::Failure;
use neuropil_nn::{Plan, prelude::*};

fn layers() -> Sequential {
    Sequential::new().then(Linear::new(4, 5)).then(Tanh).then(Linear::new(5, 3))
}

#[test]
fn every_step_with_its_memory() -> Result<(), Failure> {
    let mut net = Network::new(layers(), [4], 1)?;
    let trace = net.trace(10);
    assert_eq!(trace.rows, 10);
    let names: Vec<(&str, &str, Option<&str>)> = (trace.steps.iter())
        .map(|step| (step.path.as_str(), step.op.as_str(), step.fused.as_deref()))
        .collect();
    assert_eq!(names, [("0", "Linear", Some("Tanh")), ("2", "Linear", None)]);
    let [first, second] = &trace.steps[..] else { panic!("{trace}") };
    assert_eq!((first.inputs[0].shape.dims(), first.output.shape.dims()), (&[4][..], &[5][..]));
    assert_eq!((first.inputs.len(), first.weights, second.weights), (1, 25, 18));
    assert_eq!((first.value, second.value), (10 * 5 * 4, 10 * 3 * 4));
    assert_eq!((first.gradient, first.saved), (0, 0), "nothing is kept for backward");
    assert_eq!(trace.weights, 4 * 43);

    let trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?;
    let training = trainer.trace(10);
    let loss = training.steps.last().expect("a step");
    assert_eq!((loss.op.as_str(), loss.saved), ("CrossEntropy", 10 * 3 * 4));
    assert_eq!(training.steps[0].gradient, 10 * 5 * 4);
    assert!(training.buffers > trace.buffers);
    Ok(())
}

/// The bytes are those that a plan takes.
#[test]
fn buffers_are_those_of_the_plan() -> Result<(), Failure> {
    let graph = Graph::new();
    let (x, target) = (graph.input("x", [4]), graph.index_input("target", []));
    let cost = x.then(layers())?.loss(CrossEntropy::new(), target)?;
    let mut params = Params::<f64>::new(&[&graph], 1)?;
    let mut plan = Plan::training(&graph, cost, &[])?;
    let trace = plan.trace(&params, 7);
    assert_eq!(plan.memory(), 0);
    plan.run(&mut params, 7)?;
    // Beside them a plan has a flag of a byte for each gradient: of four weights and two values
    // behind the first, and of the cost.
    assert_eq!(plan.memory(), trace.buffers + 4 + 3);
    assert_eq!(trace.weights, 8 * 43);
    Ok(())
}

#[test]
fn a_table() -> Result<(), Failure> {
    let net = Network::new(layers(), [4], 1)?;
    let table = net.trace(10).to_string();
    let lines: Vec<&str> = table.lines().collect();
    let cells = |line: &str| -> Vec<String> { line.split_whitespace().map(Into::into).collect() };
    assert_eq!(cells(lines[0])[..5], ["layer", "op", "input", "output", "weights"]);
    assert_eq!(cells(lines[1]), ["x", "input", "[rows,", "4]"]);
    assert_eq!(cells(lines[2])[..5], ["0", "Linear", "+", "Tanh", "[rows,"]);
    assert_eq!(lines.len(), 5);
    assert!(lines[4].starts_with("10 rows: 172 B of weights"), "{table}");
    Ok(())
}

#[test]
fn a_shape_that_does_not_fit_shows_the_way_to_it() -> Result<(), Failure> {
    let wrong = Sequential::new().then(Linear::new(4, 5)).then(Tanh).then(Linear::new(6, 3));
    let error = Network::new(wrong, [4], 1).expect_err("6 is not 5").to_string();
    let lines: Vec<&str> = error.lines().map(str::trim).collect();
    assert_eq!(
        lines,
        [
            "2: Linear(6 -> 3): input shape [5], expected a last axis of 6 numbers",
            "x input [rows, 4]",
            "0 Linear [rows, 5]",
            "1 Tanh [rows, 5]",
        ]
    );

    // Of a long way the end is shown; what does not lead there is not.
    let mut deep = Sequential::new();
    for _ in 0..30 {
        deep = deep.then(Linear::new(4, 4));
    }
    let error = Network::new(deep.then(Linear::new(3, 3)), [4], 1).expect_err("3 is not 4");
    let error = error.to_string();
    assert_eq!(error.lines().count(), 1 + 1 + 12);
    assert!(error.contains("(19 before)") && error.contains("29 Linear"), "{error}");

    let graph = Graph::new();
    let x = graph.input("x", [4]);
    graph.input("aside", [1]);
    let error = x.reshape([5]).expect_err("5 is not 4").to_string();
    assert!(error.contains("x input [rows, 4]") && !error.contains("aside"), "{error}");
    let folded = x.reshape([2, 2])?;
    let error = folded.named("0", &Linear::new(3, 3)).expect_err("3 is not 2").to_string();
    assert!(error.contains("x input [rows, 4]\n    reshaped [rows, 2, 2]"), "{error}");
    Ok(())
}
