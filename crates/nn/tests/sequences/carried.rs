//! State from run to run: a long sequence in pieces is the long sequence.

use crate::leaky::Leaky;
use crate::samples::{Failure, says};
use neuropil_data::{Inputs, Targets, Windows};
use neuropil_nn::gradcheck::gradcheck_lengths;
use neuropil_nn::{Carried, Embedding, Fit, Predictor, RangeTest, Spec, Stream, prelude::*};
use std::ops::ControlFlow;

const STREAMS: usize = 3;
const TOKENS: usize = 11;

fn layers() -> Sequential {
    Sequential::new()
        .then(Embedding::new(TOKENS, 4))
        .then(Leaky { features: 4, only_last: false })
        .then(Linear::new(4, TOKENS))
}

/// A text with a memory: each token follows from the two before.
fn text(count: usize) -> Vec<u32> {
    let mut text = vec![1, 2];
    while text.len() < count {
        let [.., a, b] = text[..] else { unreachable!("two at least") };
        text.push((a * 3 + b * 5 + text.len() as u32 / 7) % TOKENS as u32);
    }
    text
}

fn data(steps: usize) -> Result<Dataset, Failure> {
    Ok(Windows::new(steps).streams(STREAMS).next_tokens(&text(1 + STREAMS * 24), TOKENS)?)
}

fn net(steps: usize) -> Result<Network, Error> {
    Network::new(layers(), Spec::indices([steps]), 1)
}

fn bits(numbers: &[f32]) -> Vec<u32> {
    numbers.iter().map(|x| x.to_bits()).collect()
}

#[test]
fn costs_of_the_pieces_are_those_of_the_whole() -> Result<(), Failure> {
    // A rate of zero, so that all pieces see the same weights.
    let cost = |steps: usize, carries: bool| -> Result<f64, Failure> {
        let mut net = net(steps)?;
        let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Sgd::new())?.rate(0.0);
        if carries {
            trainer = trainer.carry_state()?;
        }
        let history = trainer.fit(&data(steps)?, Fit::epochs(2).batch_size(STREAMS))?;
        // The second epoch begins anew, in the same order.
        assert!(!carries || history.epochs[0].cost == history.epochs[1].cost);
        Ok(history.epochs[0].cost)
    };
    let whole = cost(24, false)?;
    for steps in [1, 6, 12] {
        assert!((cost(steps, true)? - whole).abs() < 1e-6 * whole, "{steps}");
        assert!((cost(steps, false)? - whole).abs() > 1e-3 * whole, "{steps}");
    }
    Ok(())
}

#[test]
fn a_stream_is_the_whole_sequence_step_by_step() -> Result<(), Failure> {
    let mut whole = net(24)?;
    let tokens = text(48);
    let expected = whole.predict_indices(&tokens)?;
    let predictor: Predictor = whole.predictor()?;
    let mut streams: [Stream; 2] = [predictor.stream(2)?, whole.stream(2)?];
    drop(predictor);
    for stream in &mut streams {
        assert_eq!((stream.rows(), stream.output_shape().dims()), (2, &[1, TOKENS][..]));
        let mut kept = None;
        for round in 0..2 {
            for step in 0..24 {
                let y = stream.step_indices(&[tokens[step], tokens[24 + step]])?;
                for row in 0..2 {
                    let expected = &expected[(row * 24 + step) * TOKENS..][..TOKENS];
                    assert_eq!(bits(&y[row * TOKENS..][..TOKENS]), bits(expected), "step {step}");
                }
                // What is refused changes nothing.
                says(stream.step_indices(&[1, TOKENS as u32]), &["row 1", "11", "below 11"]);
                says(stream.step_indices(&[1]), &["the step", "1", "2"]);
                says(stream.step(&[1.0, 1.0]), &["numbers", "indices"]);
                if step == 9 {
                    kept = Some(stream.state().clone());
                }
            }
            stream.reset();
            assert_eq!(stream.state().get("1.state")?, [0.0; 8], "round {round}");
        }
        let kept: Carried = kept.expect("ten steps");
        stream.set_state(&kept)?;
        let y = stream.step_indices(&[tokens[10], tokens[34]])?;
        assert_eq!(bits(&y[..TOKENS]), bits(&expected[10 * TOKENS..][..TOKENS]));
        // A new sequence in row 0, while row 1 goes on.
        stream.state_mut().reset_row(0);
        let y = stream.step_indices(&[tokens[0], tokens[35]])?;
        assert_eq!(bits(&y[..TOKENS]), bits(&expected[..TOKENS]));
        assert_eq!(bits(&y[TOKENS..]), bits(&expected[35 * TOKENS..][..TOKENS]));
        says(stream.set_state(&whole.stream(1)?.state().clone()), &["1 rows", "2"]);
        says(stream.state().get("state").map(drop), &["state", "1.state"]);
    }
    Ok(())
}

#[test]
fn a_network_of_lengths_can_be_streamed() -> Result<(), Failure> {
    let layers = Sequential::new().then(Leaky::last(2)).then(Linear::new(2, 1));
    let mut net = Network::with_lengths(layers, [4, 2], 1)?;
    let x = [0.1, 0.2, 0.3, -0.4, 0.5, 0.6, 9.0, 9.0];
    let expected = net.predict_lengths(&x, &[3])?;
    let mut stream = net.stream(1)?;
    let mut last = 0.0;
    for x in x[..6].chunks(2) {
        last = stream.step(x)?[0];
    }
    assert_eq!(last.to_bits(), expected[0].to_bits());
    Ok(())
}

#[test]
fn a_resumed_training_goes_on_from_the_state() -> Result<(), Failure> {
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("carried.safetensors");
    let data = data(4)?;
    fn trainer(net: &mut Network) -> Result<Trainer<'_>, Error> {
        Trainer::new(net, CrossEntropy::new(), Adam::new())?.rate(0.01).carry_state()
    }
    let fit = || Fit::epochs(3).batch_size(STREAMS);
    let mut straight = net(4)?;
    trainer(&mut straight)?.fit(&data, fit())?;

    // Six updates an epoch: the eighth is in the midst of the second.
    #[derive(Debug)]
    struct StopAt(u64);
    impl neuropil_nn::Callback for StopAt {
        fn after_update(
            &mut self,
            trainer: &mut Trainer<'_>,
            _: f64,
        ) -> Result<ControlFlow<()>, Error> {
            Ok(if trainer.updates() == self.0 {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            })
        }
    }
    let mut stopped = net(4)?;
    let mut first = trainer(&mut stopped)?;
    first.fit(&data, fit().callback(StopAt(8)))?;
    first.save(&file)?;
    let state = first.state().cloned();
    let mut resumed = net(4)?;
    let mut second = trainer(&mut resumed)?;
    second.resume(&file)?;
    assert_eq!(second.state(), state.as_ref());
    assert!(
        state.is_some_and(|state| state.get("1.state").is_ok_and(|h| h.iter().all(|h| *h != 0.0)))
    );
    second.fit(&data, fit())?;
    assert_eq!(bits(resumed.params().weights()), bits(straight.params().weights()));

    // The weights alone can be read by a network, and not resumed by a trainer that carries nothing.
    net(4)?.load(&file)?;
    let mut other = net(4)?;
    let mut plain = Trainer::new(&mut other, CrossEntropy::new(), Adam::new())?;
    says(plain.resume(&file), &["carries state"]);
    plain.save(&file)?;
    let mut other = net(4)?;
    says(trainer(&mut other)?.resume(&file), &["carries no state"]);
    Ok(std::fs::remove_file(file)?)
}

#[test]
fn rows_must_stay_as_many() -> Result<(), Failure> {
    let data = data(4)?;
    let mut net = net(4)?;
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Sgd::new())?.carry_state()?;
    says(trainer.fit(&data, Fit::epochs(1).batch_size(4)), &["18 in batches of 4", "state"]);
    trainer.gradients(Batch { data: &data, rows: &[0, 1, 2] })?;
    let kept = trainer.state().cloned();
    says(trainer.gradients(Batch { data: &data, rows: &[3, 4] }), &["2 rows", "state of 3"]);
    assert_eq!(trainer.state(), kept.as_ref());
    trainer.reset_state();
    trainer.gradients(Batch { data: &data, rows: &[3, 4] })?;
    assert_eq!(trainer.state().map(Carried::rows), Some(2));
    Ok(())
}

#[test]
fn a_refused_update_and_a_look_leave_the_state() -> Result<(), Failure> {
    let good = data(4)?;
    // A label out of range in the second batch of three rows.
    let mut labels: Vec<u32> = (0..6 * 4).map(|i| i % TOKENS as u32).collect();
    labels[20] = 60;
    let inputs = Inputs::Indices { indices: vec![3; 24], limit: TOKENS };
    let targets = Targets::Labels { labels, classes: 100, shape: vec![4] };
    let bad: Dataset = Dataset::new([4], inputs, targets)?;
    let mut net = net(4)?;
    let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Sgd::new())?.carry_state()?;
    let batch = Batch { data: &good, rows: &[0, 1, 2] };
    trainer.gradients(batch)?;
    let state = trainer.state().cloned();

    trainer.health(batch)?;
    trainer.range_test(&good, RangeTest::new().updates(5)?.batch_size(STREAMS)?)?;
    assert_eq!(trainer.state(), state.as_ref());
    let error = trainer.fit(&bad, Fit::epochs(1).batch_size(3).accumulate(2));
    says(error, &["target", "row 5", "60"]);
    // The epoch began anew, and its first batch is taken back with the second.
    assert!(
        trainer
            .state()
            .is_some_and(|s| s.get("1.state").is_ok_and(|h| h.iter().all(|h| *h == 0.0)))
    );
    Ok(())
}

#[test]
fn what_cannot_carry() -> Result<(), Failure> {
    let flat = || Sequential::new().then(Linear::new(2, 3));
    let mut net = Network::new(flat(), [4, 2], 1)?;
    let nothing = ["layers that carry state", "0", "recurrent"];
    says(net.stream(1), &nothing);
    says(
        Trainer::new(&mut net, CrossEntropy::new(), Sgd::new())?.carry_state().map(drop),
        &nothing,
    );
    says(Network::new(Sequential::new(), [], 1)?.stream(1), &["sample", "steps"]);
    // One step is not four.
    let fixed = Sequential::new().then(Leaky { features: 2, only_last: false }).then(Flatten);
    let net = Network::new(fixed.then(Linear::new(8, 1)), [4, 2], 1)?;
    says(net.stream(1), &["2: Linear", "[2]"]);

    let graph = Graph::carrying();
    let x = graph.input("x", [2]);
    assert!(Graph::new().carried("h", [2])?.is_none());
    let state = graph.carried("h", [2])?.expect("it carries");
    assert!(graph.carried("h", [2]).is_err());
    let y = x.plus(state)?;
    let lacking = Plan::<f32>::inference(&graph, &[y]).unwrap_err().to_string();
    assert!(lacking.starts_with("h: nothing is carried"), "{lacking}");
    assert!(graph.carry(graph.input("z", [3]), state).is_err());
    graph.carry(y, state)?;
    Plan::<f32>::inference(&graph, &[y])?;
    Ok(())
}

#[test]
fn gradients_are_checked_from_a_state_too() -> Result<(), Failure> {
    // Six numbers of each of three rows and two weights, from zeros and from random numbers.
    let report = gradcheck(&Leaky::last(2), [3, 2], 1)?;
    assert_eq!(report.checked, 2 * (3 * 6 + 2));
    gradcheck_lengths(&Leaky { features: 2, only_last: false }, [3, 2], 1)?;
    Ok(())
}

#[test]
fn gradients_end_where_the_state_comes_in() -> Result<(), Failure> {
    // The state is data: the gradient is that of an ordinary network with this number as its start.
    let layers = Leaky::last(2);
    let graph = Graph::carrying();
    let (x, target) = (graph.input("x", [3, 2]), graph.input("target", [2]));
    let y = x.then(layers)?;
    let cost = y.loss(MeanSquaredError::new(), target)?;
    let mut params = Params::<f64>::new(&[&graph], 1)?;
    let mut plan = Plan::training(&graph, cost, &[y])?;
    let mut state = Carried::<f64>::new(&graph, 1);
    let mut cost_at = |params: &mut Params<f64>, state: &Carried<f64>, backward: bool| {
        let mut run = plan.run(params, 1)?;
        run.input(x).copy_from_slice(&[0.1, 0.2, 0.3, 0.4, 0.5, 0.6]);
        run.input(target).copy_from_slice(&[1.0, -1.0]);
        run.carry_in(state)?;
        run.forward()?;
        if backward {
            run.backward();
        }
        Ok::<f64, Error>(run.value(cost)[0])
    };
    state.get_mut("state")?.copy_from_slice(&[3.0, -2.0]);
    cost_at(&mut params, &state, true)?;
    let gradient = params.gradient("decay")?.to_vec();
    for (i, gradient) in gradient.into_iter().enumerate() {
        let mut at = |step: f64| {
            params.get_mut("decay")?[i] += step;
            cost_at(&mut params, &state, false)
        };
        let difference = (at(1e-5)? - at(-2e-5)?) / 2e-5;
        at(1e-5)?;
        assert!((difference - gradient).abs() < 1e-8, "{difference} {gradient}");
    }
    Ok(())
}

#[test]
fn a_shared_layer_has_a_state_in_each_place() -> Result<(), Failure> {
    let graph = Graph::carrying();
    let (a, b) = (graph.input("a", [1, 2]), graph.input("b", [1, 2]));
    let layer = Leaky::last(2);
    let (ya, yb) = (a.named("leaky", &layer)?, b.shared("leaky", &layer)?);
    let mut state = Carried::<f32>::new(&graph, 2);
    assert_eq!(state.paths().collect::<Vec<_>>(), ["leaky.state", "leaky.state.2"]);
    let mut params = Params::new(&[&graph], 1)?;
    params.get_mut("leaky.decay")?.fill(0.5);
    let mut plan = Plan::inference(&graph, &[ya, yb])?;
    for _ in 0..2 {
        let mut run = plan.run(&mut params, 2)?;
        run.input(a).fill(1.0);
        run.input(b).copy_from_slice(&[10.0, 20.0, 30.0, 40.0]);
        run.carry_in(&state)?;
        run.forward()?;
        run.carry_out(&mut state)?;
    }
    assert_eq!(state.get("leaky.state")?, [1.5; 4]);
    assert_eq!(state.get("leaky.state.2")?, [15.0, 30.0, 45.0, 60.0]);
    let mut run = plan.run(&mut params, 1)?;
    says(run.carry_in(&state), &["1 rows", "state of 2"]);
    Ok(())
}
