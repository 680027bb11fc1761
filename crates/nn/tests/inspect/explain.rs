//! A gradient path by path is the gradient that backward gives, whatever the graph.

use crate::Failure;
use neuropil_nn::inspect::{ExplainError, Explanation, Variable};
use neuropil_nn::{Plan, prelude::*};

const LIMIT: usize = 20_000;

/// h = tanh(tower(x)), y = tower(h) h + x, then a sigmoid: one tower twice, a product, a residual.
#[derive(Clone, Copy, Debug)]
struct Knot;

impl Module for Knot {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        let tower = Sequential::new().then(Linear::new(2, 2)).then(Tanh);
        let h = x.named("tower", &tower)?;
        let again = h.shared("tower", &tower)?;
        again.times(h)?.plus(x)?.then(Sigmoid)?.named("last", &Linear::new(2, 2))
    }
}

/// Compares each gradient of weights and input with the sum over its paths; returns the most paths.
fn compare(module: impl Module, rows: usize, fused: bool) -> Result<usize, Failure> {
    let graph = Graph::new();
    let (x, target) = (graph.input("x", [2]), graph.index_input("target", []));
    let cost = module.build(x)?.loss(CrossEntropy::new(), target)?;
    let mut params = Params::<f64>::new(&[&graph], 7)?;
    let mut plan = match fused {
        true => Plan::training(&graph, cost, &[])?,
        false => Plan::training_unfused(&graph, cost, &[])?,
    };
    plan.track(x);
    let shapes: Vec<(String, Vec<usize>)> = (params.paths())
        .map(|path| Ok((path.to_owned(), params.shape(path)?.dims().to_vec())))
        .collect::<Result<_, Error>>()?;
    let mut run = plan.run(&mut params, rows)?;
    for (i, x) in run.input(x).iter_mut().enumerate() {
        *x = 0.4 * i as f64 - 0.7;
    }
    for (i, label) in run.indices(target).iter_mut().enumerate() {
        *label = i as u32 % 2;
    }
    run.forward()?;

    let mut explanations = Vec::new();
    for (path, dims) in &shapes {
        for flat in 0..dims.iter().product() {
            let index = match dims[..] {
                [_, columns] => vec![flat / columns, flat % columns],
                _ => vec![flat],
            };
            let variable = Variable::weight(path, index);
            explanations.push((run.explain(&variable, LIMIT)?, path.as_str(), flat));
        }
    }
    for flat in 0..2 * rows {
        let variable = Variable::input("x", flat / 2, [flat % 2]);
        explanations.push((run.explain(&variable, LIMIT)?, "", flat));
    }
    run.backward();
    let dx = run.gradient(x).expect("a tracked input").to_vec();
    let mut most = 0;
    for (explanation, path, flat) in &explanations {
        let gradient = if path.is_empty() { dx[*flat] } else { params.gradient(path)?[*flat] };
        let difference = (explanation.sum() - gradient).abs();
        assert!(difference < 1e-12, "{explanation}\nbackward: {gradient}");
        assert!(gradient != 0.0, "{} has nothing to explain", explanation.variable);
        most = most.max(explanation.paths.len());
    }
    Ok(most)
}

#[test]
fn paths_sum_to_the_gradient() -> Result<(), Failure> {
    let layers = || Sequential::new().then(Linear::new(2, 3)).then(Tanh).then(Linear::new(3, 2));
    for fused in [false, true] {
        // From an input through three units to two logits.
        assert_eq!(compare(layers(), 1, fused)?, 6);
        // A weight of the first layer has two paths for each row, an input six.
        assert_eq!(compare(layers(), 4, fused)?, 8);
        let residual = || Residual::new(Sequential::new().then(Linear::new(2, 2)).then(Tanh));
        compare(Sequential::new().then(residual()).then(residual()), 2, fused)?;
        // A weight of the tower in each of two rows, to each of two logits: as h, twice through
        // what the tower makes of h, and in the tower's second use.
        assert_eq!(compare(Knot, 2, fused)?, 2 * 2 * 4);
        let softmax = Sequential::new().then(Linear::new(2, 2)).then(Softmax);
        compare(softmax.then(Linear::new(2, 2)), 2, fused)?;
    }
    Ok(())
}

/// (w x)² + w x with target t, once by hand: w = 2, x = 3.
#[test]
fn by_hand() -> Result<(), Failure> {
    let graph = Graph::new();
    let (x, target) = (graph.input("x", [1]), graph.input("target", [1]));
    let w = graph.param("w", [1, 1], neuropil_initializers::Constant(2.0))?;
    let wx = x.op_with([w], neuropil_nn::ops::LinearOp)?;
    let cost = wx.times(wx)?.plus(wx)?.loss(MeanSquaredError::new(), target)?;
    let mut params = Params::<f64>::new(&[&graph], 1)?;
    let mut plan = Plan::training_unfused(&graph, cost, &[])?;
    let mut run = plan.run(&mut params, 1)?;
    run.input(x)[0] = 3.0;
    run.input(target)[0] = 41.5;
    run.forward()?;
    // 2 (42 - 41.5) = 1 from the loss; 6 + 6 + 1 from the square and the sum; 3 from w x.
    let explanation = run.explain(&Variable::weight("w", [0, 0]), 10)?;
    let products: Vec<f64> = explanation.paths.iter().map(|path| path.product()).collect();
    assert_eq!(explanation.sum(), 39.0);
    assert_eq!(products.iter().filter(|&&product| product == 18.0).count(), 2);
    assert_eq!(products.iter().filter(|&&product| product == 3.0).count(), 1);
    let shortest = explanation.paths.iter().find(|path| path.product() == 3.0).expect("one");
    let names: Vec<(&str, &str, f64)> = (shortest.factors.iter())
        .map(|factor| (factor.of.as_str(), factor.by.as_str(), factor.value))
        .collect();
    let expected = [
        ("MeanSquaredError", "Add[0, 0]", 1.0),
        ("Add[0, 0]", "Linear[0, 0]", 1.0),
        ("Linear[0, 0]", "w[0, 0]", 3.0),
    ];
    assert_eq!(names, expected);
    let text = explanation.to_string();
    assert!(
        text.starts_with("∂MeanSquaredError/∂w[0, 0] = 39.000000, the sum over 3 paths"),
        "{text}"
    );
    assert!(
        text.contains("3.000000 = 1.0000 · 1.0000 · 3.0000    MeanSquaredError <- Add[0, 0]"),
        "{text}"
    );
    Ok(())
}

fn tiny(layers: Sequential) -> Result<Network<f64>, Error> {
    Network::<f64>::build(layers, [1], 3)
}

fn explain(
    net: &mut Network<f64>,
    variable: &Variable,
    limit: usize,
) -> Result<Explanation, Failure> {
    let data = Dataset::with_values([1], vec![0.5, -1.0], [1], vec![1.0, 0.0])?;
    let mut trainer = Trainer::new(net, MeanSquaredError::new(), Sgd::new())?;
    let batches = data.batches(2);
    let batch = (&batches).into_iter().next().ok_or("no batch")?;
    Ok(trainer.explain(batch, variable, limit)?)
}

#[test]
fn the_trainer_explains_its_own_gradients() -> Result<(), Failure> {
    let dropout = Dropout::new(0.5)?;
    let layers = Sequential::new().then(Linear::new(1, 6)).then(Tanh).then(dropout);
    let mut net = tiny(layers.then(Linear::new(6, 1)))?;
    let data = Dataset::with_values([1], vec![0.5, -1.0], [1], vec![1.0, 0.0])?;
    let mut trainer = Trainer::new(&mut net, MeanSquaredError::new(), Sgd::new())?;
    let mut explained = 0;
    for _ in 0..3 {
        for batch in &data.batches(2) {
            let again = &data.batches(2);
            let mut sums = Vec::new();
            for (i, batch) in (0..6).flat_map(|i| again.into_iter().map(move |batch| (i, batch))) {
                let variable = Variable::weight("0.weight", [0, i]);
                sums.push(trainer.explain(batch, &variable, 100)?.sum());
            }
            // The dropout mask is the one that this call will draw.
            trainer.gradients(batch)?;
            let dw = trainer.network().params().gradient("0.weight")?.to_vec();
            for (sum, dw) in sums.iter().zip(dw) {
                assert!((sum - dw).abs() < 1e-14, "{sum} {dw}");
                explained += usize::from(dw != 0.0);
            }
        }
    }
    assert!(explained > 6, "{explained}");
    Ok(())
}

#[test]
fn a_unit_that_is_off_is_shown() -> Result<(), Failure> {
    let layers = Sequential::new().then(Linear::new(1, 1)).then(Relu).then(Linear::new(1, 1));
    let mut net = tiny(layers)?;
    net.params_mut().get_mut("0.weight")?[0] = 1.0;
    net.params_mut().get_mut("0.bias")?[0] = 0.0;
    // The unit is on for 0.5 and off for -1.
    let explanation = explain(&mut net, &Variable::weight("0.weight", [0, 0]), 10)?;
    let mut products: Vec<f64> = explanation.paths.iter().map(|path| path.product()).collect();
    products.sort_by(f64::total_cmp);
    assert_eq!(products.len(), 2);
    assert!(products.contains(&0.0) || products.contains(&-0.0), "{explanation}");
    Ok(())
}

#[test]
fn too_many_paths_are_an_error_at_once() -> Result<(), Failure> {
    // Ten layers of eight units: 8^10 paths.
    let mut layers = Sequential::new().then(Linear::new(1, 8));
    for _ in 0..10 {
        layers = layers.then(Tanh).then(Linear::new(8, 8));
    }
    let mut net = tiny(layers.then(Tanh).then(Linear::new(8, 1)))?;
    let variable = Variable::input("x", 0, [0]);
    let error = explain(&mut net, &variable, 1000).expect_err("far too many");
    let paths = 8_u64.pow(11);
    assert_eq!(
        error.to_string(),
        format!("x[0, 0]: {paths} paths lead to it, expected at most 1000")
    );

    // Exactly as many as are allowed, and one less.
    let layers = || Sequential::new().then(Linear::new(1, 5)).then(Tanh).then(Linear::new(5, 1));
    assert_eq!(explain(&mut tiny(layers())?, &variable, 5)?.paths.len(), 5);
    assert!(explain(&mut tiny(layers())?, &variable, 4).is_err());

    // A large network is refused before its derivatives are computed.
    let wide = Sequential::new().then(Linear::new(1, 3000)).then(Tanh).then(Linear::new(3000, 1));
    let error = explain(&mut tiny(wide)?, &variable, 1000).expect_err("too large").to_string();
    assert!(error.contains("local derivatives"), "{error}");
    Ok(())
}

#[test]
fn what_does_not_exist_cannot_be_explained() -> Result<(), Failure> {
    let layers = || Sequential::new().then(Linear::new(1, 2)).then(Tanh).then(Linear::new(2, 1));
    let mut net = tiny(layers())?;
    let mut refused = |variable: Variable| match explain(&mut net, &variable, 10) {
        Ok(found) => panic!("{found}"),
        Err(error) => match error.downcast_ref::<Error>() {
            Some(Error::Explain(error)) => error.clone(),
            other => panic!("{other:?}"),
        },
    };
    let unknown = refused(Variable::weight("1.weight", [0, 0]));
    assert!(
        matches!(&unknown, ExplainError::Unknown { known, .. } if known.len() == 6),
        "{unknown}"
    );
    for variable in [
        Variable::weight("0.weight", [1, 0]),
        Variable::weight("0.weight", [0]),
        Variable::input("x", 2, [0]),
        Variable::input("x", 0, [1]),
    ] {
        let error = refused(variable);
        assert!(matches!(error, ExplainError::Index { .. }), "{error}");
    }
    Ok(())
}

#[test]
fn no_path_is_no_gradient() -> Result<(), Failure> {
    #[derive(Clone, Copy, Debug)]
    struct Cut;
    impl Module for Cut {
        fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
            x.named("cut", &Linear::new(1, 1))?.detach().plus(x)
        }
    }
    let mut net = tiny(Sequential::new().then(Cut).then(Linear::new(1, 1)))?;
    let explanation = explain(&mut net, &Variable::weight("0.cut.weight", [0, 0]), 10)?;
    assert!(explanation.paths.is_empty() && explanation.sum() == 0.0, "{explanation}");
    // The way past the cut is the only one.
    assert_eq!(explain(&mut net, &Variable::input("x", 0, [0]), 10)?.paths.len(), 1);
    Ok(())
}

/// Weights of the rows count, as they do in training.
#[test]
fn weighted_rows() -> Result<(), Failure> {
    let data = Dataset::with_values([1], vec![0.5, -1.0], [1], vec![1.0, 0.0])?;
    let data = data.weighted(vec![1.0, 3.0])?;
    let layers = Sequential::new().then(Linear::new(1, 2)).then(Tanh).then(Linear::new(2, 1));
    let mut net = tiny(layers)?;
    let mut trainer = Trainer::new(&mut net, MeanSquaredError::new(), Sgd::new())?;
    for batch in &data.batches(2) {
        let variable = Variable::weight("2.weight", [1, 0]);
        let explanation = trainer.explain(batch, &variable, 10)?;
        trainer.gradients(batch)?;
        let gradient = trainer.network().params().gradient("2.weight")?[1];
        assert!((explanation.sum() - gradient).abs() < 1e-14);
        assert_eq!(explanation.paths.len(), 2, "one for each row");
    }
    Ok(())
}
