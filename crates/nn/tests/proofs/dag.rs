//! Any graph without a circle: a value on several paths, a weight on several, several inputs and
//! outputs, paths that are cut. Gradients equal finite differences, and those by hand.

use crate::samples::Failure;
use neuropil_initializers::Constant;
use neuropil_nn::ops::LinearOp;
use neuropil_nn::{Mode, Node, prelude::*};

/// y = sigmoid(h² + 2h + x) W with h = tower(a) tower(x) + x, a = tanh(Linear(x)), where both
/// towers are one, and W = U V is computed.
#[derive(Debug)]
struct Knot;

impl Module for Knot {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        let tower = Sequential::new().then(Linear::new(4, 4)).then(Tanh);
        let a = x.named("a", &Linear::new(4, 4))?.then(Tanh)?;
        let left = a.named("tower", &tower)?;
        let right = x.shared("tower", &tower)?;
        let h = left.times(right)?.plus(x)?;
        let sum = h.times(h)?.plus(h.plus(h)?)?.plus(x)?.then(Sigmoid)?;

        let init = XavierUniform::new();
        let u = x.graph().param("u", [4, 5], init)?;
        let v = x.graph().param("v", [5, 3], init)?;
        sum.op_with([u.op_with([v], LinearOp)?], LinearOp)
    }
}

#[test]
fn gradients_of_a_knot() -> Result<(), Error> {
    let report = gradcheck(&Knot, [4], 1)?;
    // Three rows of x, two layers of 4 x 4 with bias, U and V.
    assert_eq!(report.checked, 3 * 4 + 2 * (4 * 4 + 4) + 4 * 5 + 5 * 3);
    // Inside of other modules as well.
    gradcheck(&Sequential::new().then(Residual::new(Linear::new(4, 4))).then(Knot), [4], 2)?;
    Ok(())
}

/// The gradient of (y - target)² with respect to x and all weights, for one x and one y.
fn by_hand(
    x_value: f64,
    target_value: f64,
    build: impl FnOnce(Node<'_>) -> Result<Node<'_>, BuildError>,
) -> Result<(f64, Vec<f64>), Error> {
    let graph = Graph::new();
    let (x, target) = (graph.input("x", [1]), graph.input("target", [1]));
    let cost = build(x)?.loss(MeanSquaredError::new(), target)?;
    let mut params = Params::<f64>::new(&[&graph], 1)?;
    let mut plan = Plan::training(&graph, cost, &[])?;
    plan.track(x);
    // What stands there must not shine through.
    params.gradients_mut().fill(f64::NAN);
    let mut run = plan.run(&mut params, 1)?;
    run.input(x)[0] = x_value;
    run.input(target)[0] = target_value;
    run.forward()?;
    run.backward();
    let dx = run.gradient(x).expect("a tracked input")[0];
    let paths: Vec<String> = params.paths().map(str::to_owned).collect();
    let of_weights = paths.iter().map(|path| params.gradient(path).map(|dw| dw[0]));
    Ok((dx, of_weights.collect::<Result<_, _>>()?))
}

#[test]
fn values_by_hand() -> Result<(), Error> {
    let twice = || Linear::new(1, 1).without_bias().init(Constant(2.0));
    // y = w w x + w x with w = 2, x = 3: y = 18, dy/dw = 2 w x + x = 15, dy/dx = w² + w = 6.
    let (dx, dw) = by_hand(3.0, 17.0, |x| {
        let once = x.named("w", &twice())?;
        once.shared("w", &twice())?.plus(once)
    })?;
    assert_eq!((dx, dw), (2.0 * 6.0, vec![2.0 * 15.0]));

    // A value twice in one op.
    assert_eq!(by_hand(3.0, 8.0, |x| x.times(x))?.0, 2.0 * 6.0);
    assert_eq!(by_hand(3.0, 5.0, |x| x.plus(x))?.0, 2.0 * 2.0);
    assert_eq!(by_hand(3.0, 8.0, |x| x.times(x.flatten()))?.0, 2.0 * 6.0);
    Ok(())
}

#[test]
fn nothing_flows_through_a_detached_value() -> Result<(), Error> {
    // x times the number 3.
    assert_eq!(by_hand(3.0, 8.0, |x| x.times(x.detach()))?.0, 2.0 * 3.0);
    assert_eq!(by_hand(3.0, 8.0, |x| x.detach().times(x))?.0, 2.0 * 3.0);
    assert_eq!(by_hand(3.0, 8.0, |x| x.detach().flatten().times(x))?.0, 2.0 * 3.0);
    // No path at all is a gradient of zero, not what stood there.
    let twice = Linear::new(1, 1).without_bias().init(Constant(2.0));
    let (dx, dw) = by_hand(3.0, 5.0, |x| x.named("w", &twice)?.detach().then(Tanh))?;
    assert_eq!((dx, dw), (0.0, vec![0.0]));
    Ok(())
}

/// Two inputs, two outputs with a cost each, and a layer that both share.
struct Twins {
    graph: Graph,
}

struct Ends<'g> {
    inputs: [Node<'g>; 2],
    targets: [Node<'g>; 2],
    outputs: [Node<'g>; 2],
    cost: Node<'g>,
}

impl Twins {
    fn ends(&self) -> Result<Ends<'_>, BuildError> {
        let graph = &self.graph;
        let inputs = [graph.input("left", [3]), graph.input("right", [2])];
        let targets = [graph.index_input("class", []), graph.input("value", [3])];
        let left = inputs[0].named("left", &Linear::new(3, 4))?.then(Tanh)?;
        let right = inputs[1].named("right", &Linear::new(2, 4))?.then(Sigmoid)?;
        let common = left.plus(right)?;
        let shared = Linear::new(4, 3);
        let class = common.named("head", &shared)?;
        let value = left.times(right)?.shared("head", &shared)?;
        let first = class.loss(CrossEntropy::new(), targets[0])?;
        let second = value.loss(MeanSquaredError::new(), targets[1])?;
        let (outputs, cost) = ([class, value], first.plus(second)?);
        Ok(Ends { inputs, targets, outputs, cost })
    }
}

const TWIN_INPUTS: [&[f64]; 2] = [&[0.3, -0.8, 0.5, -0.1, 0.9, 0.2], &[0.7, -0.4, 0.1, 0.6]];

/// Runs two rows forward with the inputs given, and shows the cost.
fn forward(
    plan: &mut Plan<f64>,
    params: &mut Params<f64>,
    ends: &Ends<'_>,
    inputs: &[Vec<f64>; 2],
    backward: bool,
) -> Result<(f64, Vec<Vec<f64>>), Error> {
    let mut run = plan.run(params, 2)?;
    for (&node, values) in ends.inputs.iter().zip(inputs) {
        run.input(node).copy_from_slice(values);
    }
    run.indices(ends.targets[0]).copy_from_slice(&[2, 0]);
    run.input(ends.targets[1]).copy_from_slice(&[0.1, 0.2, 0.3, -0.1, -0.2, -0.3]);
    run.forward()?;
    if backward {
        run.backward();
    }
    let gradient = |&node: &Node<'_>| run.gradient(node).map_or(Vec::new(), <[f64]>::to_vec);
    let gradients = ends.inputs.iter().map(gradient).collect();
    Ok((run.value(ends.cost)[0], gradients))
}

/// A cost that ends the graph, unlike that of the gradient check: the losses' own gradients.
#[test]
fn two_inputs_and_two_costs_with_a_frozen_weight() -> Result<(), Error> {
    const STEP: f64 = 1e-5;
    let twins = Twins { graph: Graph::new() };
    let ends = twins.ends()?;
    let mut params = Params::<f64>::new(&[&twins.graph], 5)?;
    let mut plan = Plan::training(&twins.graph, ends.cost, &ends.outputs)?;
    ends.inputs.iter().for_each(|&input| plan.track(input));
    let inputs = TWIN_INPUTS.map(<[f64]>::to_vec);

    for frozen in [None, Some("left.weight"), Some("head.*")] {
        params.unfreeze("*")?;
        if let Some(frozen) = frozen {
            params.freeze(frozen)?;
        }
        // What stands there must not shine through.
        params.gradients_mut().fill(f64::NAN);
        let (_, found) = forward(&mut plan, &mut params, &ends, &inputs, true)?;
        for (input, found) in found.iter().enumerate() {
            for (i, &gradient) in found.iter().enumerate() {
                let mut cost = |step: f64| -> Result<f64, Error> {
                    let mut moved = inputs.clone();
                    moved[input][i] += step;
                    Ok(forward(&mut plan, &mut params, &ends, &moved, false)?.0)
                };
                let expected = (cost(STEP)? - cost(-STEP)?) / (2.0 * STEP);
                assert!(
                    (gradient - expected).abs() < 1e-8,
                    "input {input}, {i}: {gradient} {expected}"
                );
            }
        }
        let paths: Vec<String> = params.paths().map(str::to_owned).collect();
        for path in &paths {
            let found = params.gradient(path)?.to_vec();
            if !params.is_trainable(path)? {
                continue;
            }
            for (i, &gradient) in found.iter().enumerate() {
                let mut cost = |step: f64| -> Result<f64, Error> {
                    let old = std::mem::replace(&mut params.get_mut(path)?[i], 0.0);
                    params.get_mut(path)?[i] = old + step;
                    let (cost, _) = forward(&mut plan, &mut params, &ends, &inputs, false)?;
                    params.get_mut(path)?[i] = old;
                    Ok(cost)
                };
                let expected = (cost(STEP)? - cost(-STEP)?) / (2.0 * STEP);
                assert!((gradient - expected).abs() < 1e-8, "{path}, {i}: {gradient} {expected}");
            }
        }
    }
    Ok(())
}

#[test]
fn both_outputs_are_the_same_in_inference() -> Result<(), Error> {
    let twins = Twins { graph: Graph::new() };
    let ends = twins.ends()?;
    let mut params = Params::<f64>::new(&[&twins.graph], 5)?;
    let mut training = Plan::training(&twins.graph, ends.cost, &ends.outputs)?;
    let mut inference = Plan::inference(&twins.graph, &ends.outputs)?;
    let mut outputs = Vec::new();
    for plan in [&mut training, &mut inference] {
        let mut run = plan.run(&mut params, 2)?;
        for (&node, values) in ends.inputs.iter().zip(TWIN_INPUTS) {
            run.input(node).copy_from_slice(values);
        }
        run.forward()?;
        outputs.push(ends.outputs.map(|output| run.value(output).to_vec()));
    }
    assert_eq!(outputs[0], outputs[1]);
    assert!(outputs[0][0] != outputs[0][1]);
    Ok(())
}

/// A value that the plan does not keep is no value that happens to stand in its place.
#[test]
fn values_that_are_not_kept_cannot_be_read() -> Result<(), Error> {
    let graph = Graph::new();
    let x = graph.input("x", [4]);
    let hidden = x.named("first", &Linear::new(4, 4))?;
    let y = hidden.then(Softmax)?.named("last", &Linear::new(4, 4))?.then(Tanh)?;
    let (mut params, mut plan) =
        (Params::<f32>::new(&[&graph], 1)?, Plan::inference(&graph, &[y])?);
    let mut run = plan.run(&mut params, 1)?;
    run.input(x).fill(1.0);
    run.forward()?;
    assert_eq!(run.value(y).len(), 4);
    let read = std::panic::AssertUnwindSafe(|| run.value(hidden).to_vec());
    let panic = std::panic::catch_unwind(read).expect_err("a value that was read");
    let message = panic.downcast_ref::<String>().expect("a message");
    assert!(message.contains("first") && message.contains("does not keep"), "{message}");
    Ok(())
}

/// What a frozen weight has for a gradient is zero, and no update moves it.
#[test]
fn an_update_leaves_frozen_weights_alone() -> Result<(), Failure> {
    let layers = Sequential::new().then(Linear::new(2, 3)).then(Tanh).then(Linear::new(3, 1));
    let mut net = Network::new(layers, [2], 1)?;
    net.params_mut().freeze("0.*")?;
    let before: Vec<Vec<f32>> = ["0.weight", "0.bias", "2.weight"]
        .map(|path| net.params().get(path).map(<[f32]>::to_vec))
        .into_iter()
        .collect::<Result<_, _>>()?;
    let data = Dataset::with_values([2], vec![0.1, 0.2, 0.3, -0.4], [1], vec![1.0, -1.0])?;
    let adam = Adam::new().weight_decay(0.1)?;
    let mut trainer =
        Trainer::new(&mut net, MeanSquaredError::new(), adam)?.penalty("*", L2::new(0.1)?)?;
    trainer.fit(&data, Fit::epochs(3).batch_size(1))?;
    assert!(net.params().gradient("0.weight")?.iter().all(|&dw| dw == 0.0));
    assert_eq!(net.params().get("0.weight")?, before[0]);
    assert_eq!(net.params().get("0.bias")?, before[1]);
    assert_ne!(net.params().get("2.weight")?, before[2]);
    Ok(())
}

/// Gradients of a network in use, without dropout: what explains a prediction, or fools it.
#[test]
fn gradients_in_inference_mode() -> Result<(), Failure> {
    let mut found = Vec::new();
    for (rate, mode) in [(0.5, Mode::Inference), (0.0, Mode::Training)] {
        let graph = Graph::new();
        let (x, target) = (graph.input("x", [4]), graph.index_input("target", []));
        let y = x.then(Dropout::new(rate)?)?.named("0", &Linear::new(4, 3))?;
        let cost = y.loss(CrossEntropy::new(), target)?;
        let mut params = Params::<f64>::new(&[&graph], 1)?;
        let mut plan = Plan::training(&graph, cost, &[])?;
        plan.track(x);
        let mut run = plan.run(&mut params, 1)?;
        run.mode(mode);
        run.input(x).copy_from_slice(&[0.5, -0.5, 0.25, 1.0]);
        run.indices(target)[0] = 1;
        run.forward()?;
        run.backward();
        found.push(run.gradient(x).expect("a tracked input").to_vec());
    }
    assert_eq!(found[0], found[1]);
    assert!(found[0].iter().all(|&dx| dx != 0.0));
    Ok(())
}

#[test]
fn a_cost_in_another_shape() -> Result<(), Error> {
    let gradients = |reshaped: bool| -> Result<Vec<f64>, Error> {
        let graph = Graph::new();
        let (x, target) = (graph.input("x", [2]), graph.input("target", [1]));
        let y = x.named("0", &Linear::new(2, 1))?;
        let cost = y.loss(MeanSquaredError::new(), target)?;
        let cost = if reshaped { cost.reshape([1, 1])? } else { cost };
        let mut params = Params::new(&[&graph], 1)?;
        let mut plan = Plan::training(&graph, cost, &[])?;
        let mut run = plan.run(&mut params, 1)?;
        run.input(x).copy_from_slice(&[1.0, -2.0]);
        run.input(target).copy_from_slice(&[3.0]);
        run.forward()?;
        run.backward();
        Ok(params.gradients().to_vec())
    };
    let direct = gradients(false)?;
    assert!(direct.iter().any(|&g| g != 0.0));
    assert_eq!(gradients(true)?, direct);
    Ok(())
}

#[test]
fn a_cost_that_nothing_computes_is_refused() -> Result<(), Error> {
    let graph = Graph::new();
    let weight = graph.param("cost", [1], Ones)?;
    let error = Plan::<f64>::training(&graph, weight, &[]).unwrap_err().to_string();
    assert!(error.contains("expected a computed value"), "{error}");
    Ok(())
}

#[test]
fn a_weight_in_another_shape() -> Result<(), Error> {
    let graph = Graph::new();
    let x = graph.input("x", [4]);
    let flat = graph.param("w", [6, 4], XavierUniform::new())?;
    let y = x.op_with([flat.reshape([4, 6])?], LinearOp)?;
    let mut params = Params::<f64>::new(&[&graph], 1)?;
    let mut plan = Plan::inference(&graph, &[y])?;
    let mut run = plan.run(&mut params, 1)?;
    run.input(x).copy_from_slice(&[0.0, 1.0, 0.0, 0.0]);
    run.forward()?;
    let second_row = run.value(y).to_vec();
    assert_eq!(second_row, params.get("w")?[6..12]);
    Ok(())
}

#[test]
fn more_sizes_of_batch_than_layouts_are_kept() -> Result<(), Error> {
    let graph = Graph::new();
    let x = graph.input("x", [2]);
    let y = x.named("0", &Linear::new(2, 3))?.then(Tanh)?;
    let mut params = Params::<f64>::new(&[&graph], 1)?;
    let mut plan = Plan::inference(&graph, &[y])?;
    let mut first = Vec::new();
    for rows in (1..=40).chain([1, 2, 40, 17, 1]) {
        let mut run = plan.run(&mut params, rows)?;
        run.input(x).fill(0.5);
        run.forward()?;
        let row = run.value(y)[3 * (rows - 1)..].to_vec();
        if first.is_empty() {
            first.clone_from(&row);
        }
        assert_eq!(row, first, "{rows} rows");
    }
    Ok(())
}

#[test]
fn an_input_that_is_tracked_is_no_target() -> Result<(), Error> {
    let graph = Graph::new();
    let x = graph.input("x", [2]);
    let cost = x.named("0", &Linear::new(2, 2))?.loss(MeanSquaredError::new(), x)?;
    let mut plan = Plan::<f64>::training(&graph, cost, &[])?;
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| plan.track(x)));
    assert!(panic.is_err(), "the path through the target would be missing");
    Ok(())
}
