//! A copy of the weights is one of its own: a target network, the average of many updates.

use crate::samples::Failure;
use neuropil_nn::prelude::*;

#[test]
fn a_plan_runs_on_weights_and_on_their_copy() -> Result<(), Failure> {
    let graph = Graph::new();
    let (x, target) = (graph.input("x", [3]), graph.input("target", [2]));
    let y = x.named("0", &Linear::new(3, 4))?.then(Tanh)?.named("1", &Linear::new(4, 2))?;
    let cost = y.loss(MeanSquaredError::new(), target)?;
    let mut online = Params::<f32>::new(&[&graph], 1)?;
    let mut copy = online.clone();
    let mut training = Plan::training(&graph, cost, &[])?;
    let mut inference = Plan::inference(&graph, &[y])?;

    let step = |plan: &mut Plan, params: &mut Params| -> Result<f32, Error> {
        let mut run = plan.run(params, 1)?;
        run.input(x).copy_from_slice(&[1.0, -2.0, 3.0]);
        run.input(target).fill(0.5);
        run.forward()?;
        run.backward();
        Ok(run.value(cost)[0])
    };
    let predict = |plan: &mut Plan, params: &mut Params| -> Result<Vec<f32>, Error> {
        let mut run = plan.run(params, 1)?;
        run.input(x).copy_from_slice(&[1.0, -2.0, 3.0]);
        run.forward()?;
        Ok(run.value(y).to_vec())
    };
    // The plans pack the weights of one, then run on the other.
    assert_eq!(step(&mut training, &mut online)?, step(&mut training, &mut copy)?);
    let before = predict(&mut inference, &mut online)?;
    assert_eq!(before, predict(&mut inference, &mut copy)?);

    // As many changes on both sides, but different ones: equal versions are no equal weights.
    online.weights_mut().iter_mut().for_each(|w| *w *= 2.0);
    copy.weights_mut().iter_mut().for_each(|w| *w *= 1.0);
    assert_ne!(predict(&mut inference, &mut online)?, before);
    assert_eq!(predict(&mut inference, &mut copy)?, before);
    step(&mut training, &mut online)?;
    let slope = online.gradient("0.weight")?.to_vec();
    step(&mut training, &mut copy)?;
    assert_ne!(copy.gradient("0.weight")?, slope);
    Ok(())
}
