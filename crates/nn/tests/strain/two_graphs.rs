//! Several graphs over one set of weights; several inputs and outputs; gradients of inputs.

use neuropil_nn::{Graph, prelude::*};

/// A generator and a discriminator, trained against each other through one `Params`.
#[test]
fn two_nets_against_each_other() -> Result<(), Error> {
    let generator = Sequential::new().then(Linear::new(2, 4)).then(Tanh).then(Linear::new(4, 3));
    let judge = Sequential::new().then(Linear::new(3, 4)).then(Tanh).then(Linear::new(4, 2));

    // The judge learns on what the generator makes, but does not teach it: the value is detached.
    let judging = Graph::new();
    let (z, real) = (judging.input("z", [2]), judging.index_input("real", []));
    let made = z.named("generator", &generator)?.detach();
    let judging_cost = made.named("judge", &judge)?.loss(CrossEntropy::new(), real)?;

    // The generator learns what the judge would like.
    let making = Graph::new();
    let (z2, wanted) = (making.input("z", [2]), making.index_input("wanted", []));
    let verdict = z2.named("generator", &generator)?.named("judge", &judge)?;
    let making_cost = verdict.loss(CrossEntropy::new(), wanted)?;

    let mut params = Params::<f64>::new(&[&judging, &making], 1)?;
    assert_eq!(params.paths().count(), 8);
    let mut judging_plan = Plan::training(&judging, judging_cost, &[])?;
    let mut making_plan = Plan::training(&making, making_cost, &[verdict])?;

    let mut run = judging_plan.run(&mut params, 1)?;
    run.input(z).copy_from_slice(&[0.3, -0.2]);
    run.indices(real).copy_from_slice(&[0]);
    run.forward()?;
    run.backward();
    assert!(params.gradient("generator.0.weight")?.iter().all(|&g| g == 0.0));
    assert!(params.gradient("judge.0.weight")?.iter().any(|&g| g != 0.0));

    // Frozen weights get no gradient in any graph, and let it through to those behind.
    params.freeze("judge.*")?;
    let mut run = making_plan.run(&mut params, 1)?;
    run.input(z2).copy_from_slice(&[0.3, -0.2]);
    run.indices(wanted).copy_from_slice(&[1]);
    run.forward()?;
    run.backward();
    assert!(params.gradient("judge.0.weight")?.iter().all(|&g| g == 0.0));
    assert!(params.gradient("generator.0.weight")?.iter().any(|&g| g != 0.0));

    // A step along the generator's gradient: the verdict of the other graph follows.
    let before = verdict_cost(&mut making_plan, &mut params, z2, wanted, making_cost)?;
    let (w, dw) = params.weights_and_gradients_mut();
    for (w, dw) in w.iter_mut().zip(dw) {
        *w -= 0.05 * *dw;
    }
    let after = verdict_cost(&mut making_plan, &mut params, z2, wanted, making_cost)?;
    assert!(after < before, "{before} {after}");
    Ok(())
}

fn verdict_cost(
    plan: &mut Plan<f64>,
    params: &mut Params<f64>,
    z: Node<'_>,
    wanted: Node<'_>,
    cost: Node<'_>,
) -> Result<f64, Error> {
    let mut run = plan.run(params, 1)?;
    run.input(z).copy_from_slice(&[0.3, -0.2]);
    run.indices(wanted).copy_from_slice(&[1]);
    run.forward()?;
    Ok(run.value(cost)[0])
}

/// A training graph and an inference graph, which sees each update at once.
#[test]
fn training_and_inference() -> Result<(), Error> {
    let layers = Sequential::new().then(Linear::new(2, 3)).then(Relu).then(Linear::new(3, 1));
    let (training, inference) = (Graph::new(), Graph::new());
    let (x, target) = (training.input("x", [2]), training.input("target", [1]));
    let cost = layers.build(x)?.loss(MeanSquaredError::new(), target)?;
    let x2 = inference.input("x", [2]);
    let y = layers.build(x2)?;

    let mut params = Params::<f32>::new(&[&training, &inference], 1)?;
    let mut train = Plan::training(&training, cost, &[])?;
    let mut predict = Plan::inference(&inference, &[y])?;
    let mut costs = Vec::new();
    for _ in 0..100 {
        let mut run = train.run(&mut params, 1)?;
        run.input(x).copy_from_slice(&[1.0, -1.0]);
        run.input(target).copy_from_slice(&[0.5]);
        run.forward()?;
        run.backward();
        let (w, dw) = params.weights_and_gradients_mut();
        w.iter_mut().zip(dw).for_each(|(w, dw)| *w -= 0.1 * *dw);
        let mut run = predict.run(&mut params, 1)?;
        run.input(x2).copy_from_slice(&[1.0, -1.0]);
        run.forward()?;
        costs.push((run.value(y)[0] - 0.5).abs());
    }
    assert!(costs[99] < 1e-3 && costs[0] > 1e-2, "{} {}", costs[0], costs[99]);
    Ok(())
}

/// A tower over two inputs, with the same weights, and two outputs.
#[test]
fn a_shared_tower() -> Result<(), Error> {
    let tower = Linear::new(2, 2).without_bias();
    let graph = Graph::new();
    let (a, b) = (graph.input("a", [2]), graph.input("b", [2]));
    let left = a.named("tower", &tower)?;
    let right = b.shared("tower", &tower)?;
    let product = left.times(right)?;
    let target = graph.input("target", [2]);
    let cost = product.loss(MeanSquaredError::new(), target)?;
    assert_eq!(
        b.named("tower", &tower).unwrap_err().to_string(),
        "tower.weight: there is already a weight or state of this path; use `shared` to use it twice"
    );
    assert_eq!(
        b.shared("spire", &tower).unwrap_err().to_string(),
        "spire.weight: no such weight to share"
    );
    assert_eq!(
        b.shared("tower", &Linear::new(2, 3).without_bias()).unwrap_err().to_string(),
        "tower.weight: shape [2, 3], but the weight of this path has shape [2, 2]"
    );

    let mut params = Params::<f64>::new(&[&graph], 1)?;
    params.get_mut("tower.weight")?.copy_from_slice(&[1.0, 2.0, 3.0, 4.0]);
    let mut plan = Plan::training(&graph, cost, &[left, right])?;
    plan.track(a);
    let mut run = plan.run(&mut params, 1)?;
    run.input(a).copy_from_slice(&[1.0, 0.0]);
    run.input(b).copy_from_slice(&[0.0, 1.0]);
    run.input(target).copy_from_slice(&[0.0, 0.0]);
    run.forward()?;
    assert_eq!((run.value(left), run.value(right)), (&[1.0, 2.0][..], &[3.0, 4.0][..]));
    // The cost of the row is the mean of (l r)²: its slope in l is l r².
    run.backward();
    let (dl, dr) = ([9.0, 32.0], [3.0, 16.0]);
    let da = [dl[0] + 2.0 * dl[1], 3.0 * dl[0] + 4.0 * dl[1]];
    assert_eq!(run.gradient(a), Some(&da[..]));
    assert_eq!(run.gradient(b), None);
    assert_eq!(params.gradient("tower.weight")?, [dl[0], dl[1], dr[0], dr[1]]);
    Ok(())
}
