//! RNN, GRU and LSTM: gradients of all options, the same as the formulas written out in plain ops, bits,
//! state from run to run, and errors that say where and why.

use crate::samples::{Failure, says};
use neuropil_data::Targets;
use neuropil_nn::gradcheck::gradcheck_lengths;
use neuropil_nn::ops::{ConcatOp, LinearOp, PartOp};
use neuropil_nn::{BuildError, HiddenStates, Mode, Recurrent, RecurrentKind, Spec, prelude::*};

/// Checks a layer's gradients, with and without lengths, of all steps and of the last state.
fn check<K: RecurrentKind>(layer: Recurrent<K>, seed: u64) -> Result<(), Error> {
    for layer in [layer.clone(), layer.last()] {
        gradcheck(&layer, [4, 2], seed)?;
        gradcheck_lengths(&layer, [4, 2], seed)?;
    }
    Ok(())
}

fn check_options<K: RecurrentKind>(layer: Recurrent<K>) -> Result<(), Error> {
    check(layer.clone(), 1)?;
    check(layer.clone().without_bias(), 2)?;
    check(layer.clone().bidirectional(), 3)?;
    check(layer.layers(2)?.bidirectional(), 4)
}

#[test]
fn gradients_of_all_options() -> Result<(), Error> {
    check_options(Rnn::new(2, 3))?;
    check_options(Rnn::new(2, 3).relu())?;
    check_options(Gru::new(2, 3))?;
    check_options(Gru::new(2, 3).reset_before())?;
    check_options(Lstm::new(2, 3))?;
    check_options(Lstm::new(2, 3).projection(2)?)
}

/// An encoder whose last states a decoder begins with; all that both give is read.
#[derive(Debug)]
struct Handing<K: RecurrentKind>(Recurrent<K>);

impl<K: RecurrentKind> Module for Handing<K> {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        let graph = x.graph();
        let (y, end) = graph.named("encoder", || self.0.with_states(x, None))?;
        let (z, last) = graph.named("decoder", || self.0.with_states(x, Some(&end)))?;
        let mut sum = y.flatten().named("y", &Linear::new(y.shape().len(), 2))?;
        let others = [z].into_iter().chain(last.h).chain(last.c);
        for (number, value) in others.enumerate() {
            let layer = Linear::new(value.shape().len(), 2);
            sum = sum.plus(value.flatten().named(&format!("{number}"), &layer)?)?;
        }
        Ok(sum)
    }
}

#[test]
fn gradients_through_states() -> Result<(), Error> {
    fn check<K: RecurrentKind>(layer: Recurrent<K>) -> Result<(), Error> {
        let deep = layer.clone().layers(2)?.bidirectional();
        gradcheck(&Handing(layer.clone()), [3, 2], 5)?;
        gradcheck_lengths(&Handing(layer.last()), [3, 2], 6)?;
        gradcheck(&Handing(deep.clone().last()), [3, 2], 7)?;
        gradcheck_lengths(&Handing(deep), [2, 2], 8)?;
        Ok(())
    }
    check(Rnn::new(2, 2))?;
    check(Gru::new(2, 2))?;
    check(Gru::new(2, 2).reset_before())?;
    check(Lstm::new(2, 2))?;
    check(Lstm::new(2, 2).projection(1)?)
}

const STEPS: usize = 4;
const HIDDEN: usize = 5;

/// A layer of each kind, and its number of gates.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Formula {
    Rnn,
    Gru,
    GruBefore,
    Lstm,
}

impl Formula {
    fn fused<'g>(self, x: Node<'g>, begin: &HiddenStates<'g>) -> Result<Node<'g>, BuildError> {
        let begin = Some(begin);
        Ok(match self {
            Self::Rnn => Rnn::new(3, HIDDEN).with_states(x, begin)?.0,
            Self::Gru => Gru::new(3, HIDDEN).with_states(x, begin)?.0,
            Self::GruBefore => Gru::new(3, HIDDEN).reset_before().with_states(x, begin)?.0,
            Self::Lstm => Lstm::new(3, HIDDEN).with_states(x, begin)?.0,
        })
    }

    /// Step by step in plain ops: products, sums, σ and tanh; `minus` is a vector of -1.
    fn unrolled<'g>(
        self,
        x: Node<'g>,
        begin: &HiddenStates<'g>,
        minus: Node<'g>,
    ) -> Result<Node<'g>, BuildError> {
        let graph = x.graph();
        let gates = [1, 3, 3, 4][self as usize];
        let columns = gates * HIDDEN;
        let w = graph.matrix("weight_ih_l0", [3, columns], Zeros)?;
        let u = graph.matrix("weight_hh_l0", [HIDDEN, columns], Zeros)?;
        let b = graph.param("bias_ih_l0", [columns], Zeros)?;
        let d = graph.param("bias_hh_l0", [columns], Zeros)?;
        let block = |x: Node<'g>, k: usize| x.op(PartOp { first: k * HIDDEN, len: HIDDEN });
        let x = x.flatten();
        let (mut h, mut c) = (begin.h[0], begin.c.first().copied());
        let mut steps = Vec::new();
        for step in 0..STEPS {
            let of_x = x.op(PartOp { first: step * 3, len: 3 })?.op_with([w, b], LinearOp)?;
            let of_h = h.op_with([u, d], LinearOp)?;
            let gate = |k: usize| block(of_x, k)?.plus(block(of_h, k)?);
            h = match self {
                Self::Rnn => gate(0)?.then(Tanh)?,
                Self::Gru | Self::GruBefore => {
                    let (r, z) = (gate(0)?.then(Sigmoid)?, gate(1)?.then(Sigmoid)?);
                    let of_state = match self {
                        Self::Gru => r.times(block(of_h, 2)?)?,
                        _ => block(r.times(h)?.op_with([u, d], LinearOp)?, 2)?,
                    };
                    let n = block(of_x, 2)?.plus(of_state)?.then(Tanh)?;
                    n.plus(z.times(h)?)?.plus(z.times(n)?.times(minus)?)?
                }
                Self::Lstm => {
                    let (i, f) = (gate(0)?.then(Sigmoid)?, gate(1)?.then(Sigmoid)?);
                    let (g, o) = (gate(2)?.then(Tanh)?, gate(3)?.then(Sigmoid)?);
                    let after = f.times(c.expect("a state c"))?.plus(i.times(g)?)?;
                    c = Some(after);
                    o.times(after.then(Tanh)?)?
                }
            };
            steps.push(h);
        }
        graph.record(ConcatOp, &steps, &[])?.reshape([STEPS, HIDDEN])
    }
}

/// Cost and gradients of the fused op are those of the formulas in plain ops, to rounding.
#[test]
fn fused_and_unrolled() -> Result<(), Failure> {
    for formula in [Formula::Rnn, Formula::Gru, Formula::GruBefore, Formula::Lstm] {
        let graphs = [Graph::new(), Graph::new()];
        let mut nodes = Vec::new();
        for (graph, is_fused) in graphs.iter().zip([true, false]) {
            let x = graph.input("x", [STEPS, 3]);
            let target = graph.input("target", [STEPS, HIDDEN]);
            let minus = graph.input("minus", [HIDDEN]);
            let c = (formula == Formula::Lstm).then(|| graph.input("c", [HIDDEN]));
            let begin =
                HiddenStates { h: vec![graph.input("h", [HIDDEN])], c: c.into_iter().collect() };
            let y = graph.named("layer", || match is_fused {
                true => formula.fused(x, &begin),
                false => formula.unrolled(x, &begin, minus),
            })?;
            let cost = y.loss(MeanSquaredError::new(), target)?;
            nodes.push((x, target, minus, begin, y, cost));
        }
        let mut params = Params::<f64>::new(&[&graphs[0], &graphs[1]], 42)?;
        let mut found = Vec::new();
        for (graph, (x, target, minus, begin, y, cost)) in graphs.iter().zip(nodes) {
            let mut plan = Plan::training(graph, cost, &[y])?;
            plan.track(x);
            let states: Vec<_> = begin.h.into_iter().chain(begin.c).collect();
            states.iter().for_each(|&state| plan.track(state));
            let mut run = plan.run(&mut params, 7)?;
            let wave = |i: usize| (i as f64 * 0.7).sin();
            for (number, node) in [x, target].into_iter().chain(states.clone()).enumerate() {
                let fill = run.input(node).iter_mut().enumerate();
                fill.for_each(|(i, value)| *value = wave(i + 100 * number));
            }
            if formula != Formula::Rnn && formula != Formula::Lstm {
                run.input(minus).fill(-1.0);
            }
            run.forward()?;
            run.backward();
            let mut all = vec![run.value(y).to_vec(), run.value(cost).to_vec()];
            for node in [x].into_iter().chain(states) {
                all.push(run.gradient(node).expect("it is tracked").to_vec());
            }
            let paths: Vec<String> = params.paths().map(str::to_owned).collect();
            for path in paths {
                all.push(params.gradient(&path)?.to_vec());
            }
            found.push(all);
        }
        for (fused, unrolled) in found[0].iter().zip(&found[1]) {
            for (fused, unrolled) in fused.iter().zip(unrolled) {
                assert!((fused - unrolled).abs() < 1e-14, "{formula:?}: {fused} {unrolled}");
            }
        }
        assert!(found[0].iter().flatten().any(|x| x.abs() > 0.1));
    }
    Ok(())
}

/// Cells are the layer, step by step.
#[test]
fn cells_are_the_layer() -> Result<(), Failure> {
    let graph = Graph::new();
    let x = graph.input("x", [STEPS, 3]);
    let begin =
        HiddenStates { h: vec![graph.input("h", [2])], c: vec![graph.input("c", [HIDDEN])] };
    let lstm = Lstm::new(3, HIDDEN).projection(2)?;
    let (y, end) = graph.named("layer", || lstm.with_states(x, Some(&begin)))?;
    let (cell, mut states) = (lstm.cell(), begin.clone());
    for step in 0..STEPS {
        let x = x.flatten().op(PartOp { first: step * 3, len: 3 })?;
        states = match step {
            0 => graph.named("cell", || cell.step(x, &states))?,
            _ => graph.shared("cell", || cell.step(x, &states))?,
        };
    }
    let mut params = Params::<f32>::new(&[&graph], 42)?;
    for name in ["weight_ih", "weight_hh", "weight_hr", "bias_ih", "bias_hh"] {
        let of_layer = params.get(&format!("layer.{name}_l0"))?.to_vec();
        params.get_mut(&format!("cell.{name}"))?.copy_from_slice(&of_layer);
    }
    let mut plan = Plan::inference(&graph, &[y, end.c[0], states.h[0], states.c[0]])?;
    let mut run = plan.run(&mut params, 3)?;
    for node in [x, begin.h[0], begin.c[0]] {
        let fill = run.input(node).iter_mut().enumerate();
        fill.for_each(|(i, value)| *value = (i as f32 * 0.9).cos());
    }
    run.forward()?;
    assert_eq!(run.value(end.c[0]), run.value(states.c[0]));
    for (row, h) in run.value(states.h[0]).chunks_exact(2).enumerate() {
        assert_eq!(h, &run.value(y)[(row * STEPS + STEPS - 1) * 2..][..2]);
    }
    Ok(())
}

fn numbers(len: usize) -> Vec<f32> {
    (0..len).map(|i| ((i * 7919 + 13) % 1009) as f32 / 504.5 - 1.0).collect()
}

fn tagger() -> Result<Sequential, Failure> {
    Ok(Sequential::new()
        .then(Lstm::new(12, 40).layers(2)?.dropout(0.3)?.forget_bias(1.0)?.bidirectional())
        .then(Gru::new(80, 33).last())
        .then(Linear::new(33, 5)))
}

/// The bits of all weights after some updates over sequences of different lengths.
fn trained(threads: usize) -> Result<Vec<u32>, Failure> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    let layers = tagger()?;
    let run = || -> Result<Vec<u32>, Error> {
        let mut net = Network::with_lengths(layers, [9, 12], 42)?;
        let sequences: Vec<Vec<f32>> = (0..90).map(|row| numbers((row * 5 % 9 + 1) * 12)).collect();
        let labels = (0..90).map(|row| row * row % 5).collect();
        let targets = Targets::Labels { labels, classes: 5, shape: vec![] };
        let data = Dataset::sequences([12], &sequences, targets).expect("good data");
        let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?;
        for batch in &data.batches(50) {
            trainer.gradients(batch)?;
            trainer.clip_global_norm(1.0);
            trainer.update();
        }
        let params = trainer.network().params();
        let paths: Vec<&str> = params.paths().collect();
        let all = paths.into_iter().flat_map(|path| params.get(path).expect("a weight"));
        Ok(all.map(|x| x.to_bits()).collect())
    };
    Ok(pool.install(run)?)
}

#[test]
fn training_gives_the_same_bits_on_any_number_of_threads() -> Result<(), Failure> {
    let one = trained(1)?;
    for threads in [2, 3] {
        assert!(one == trained(threads)?, "{threads} threads");
    }
    Ok(())
}

#[test]
fn a_stream_is_the_whole_sequence() -> Result<(), Failure> {
    let layers = Sequential::new()
        .then(Gru::new(3, 7).reset_before())
        .then(Rnn::new(7, 6).layers(2)?)
        .then(Lstm::new(6, 5).layers(2)?.projection(3)?)
        .then(Linear::new(3, 4));
    let mut net = Network::new(layers, [11, 3], 42)?;
    let x = numbers(2 * 11 * 3);
    let whole = net.predict(&x)?;
    let mut stream = net.stream(2)?;
    for step in 0..11 {
        let of_step: Vec<f32> =
            [0, 1].iter().flat_map(|row| &x[(row * 11 + step) * 3..][..3]).copied().collect();
        let y = stream.step(&of_step)?;
        for row in 0..2 {
            assert_eq!(y[row * 4..][..4], whole[(row * 11 + step) * 4..][..4], "step {step}");
        }
    }
    Ok(())
}

/// Dropout stands between layers, in training alone: one layer has none.
#[test]
fn dropout_is_between_layers() -> Result<(), Failure> {
    let run = |layer: Gru, mode: Mode| -> Result<Vec<f32>, Error> {
        let graph = Graph::new();
        let x = graph.input("x", [4, 3]);
        let y = x.then(layer)?;
        let mut params = Params::new(&[&graph], 42)?;
        let mut plan = Plan::inference(&graph, &[y])?;
        let mut run = plan.run(&mut params, 2)?;
        run.mode(mode).random(1, 0).input(x).copy_from_slice(&numbers(24));
        run.forward()?;
        Ok(run.value(y).to_vec())
    };
    let gru = || Gru::new(3, 8);
    assert_eq!(run(gru().dropout(0.5)?, Mode::Training)?, run(gru(), Mode::Training)?);
    let plain = run(gru().layers(2)?, Mode::Training)?;
    assert_eq!(run(gru().layers(2)?.dropout(0.5)?, Mode::Inference)?, plain);
    let dropped = run(gru().layers(2)?.dropout(0.5)?, Mode::Training)?;
    assert_ne!(dropped, plain);
    // With all of the first layer dropped, the second sees zeros, whatever the row.
    let nothing = run(gru().layers(2)?.dropout(1.0)?, Mode::Training)?;
    assert_eq!(nothing[..32], nothing[32..]);
    assert!(nothing.iter().any(|&y| y != 0.0) && plain[..32] != plain[32..]);
    Ok(())
}

/// The forget gate starts with its bias, and each gate's weights by themselves.
#[test]
fn starts() -> Result<(), Failure> {
    let plain = Network::new(Lstm::new(3, 8), [2, 3], 1)?;
    let bound = 1.0 / 8.0_f32.sqrt();
    for path in ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"] {
        let w = plain.params().get(path)?;
        assert!(w.iter().all(|w| w.abs() <= bound), "{path}");
        assert!(w.iter().any(|w| w.abs() > bound / 2.0), "{path}");
    }
    let net = Network::new(Lstm::new(3, 8).forget_bias(1.0)?.init(Ones), [2, 3], 1)?;
    let (b, d) = (net.params().get("bias_ih_l0")?, net.params().get("bias_hh_l0")?);
    assert!(b[8..16].iter().all(|&b| b == 1.0) && d[8..16].iter().all(|&d| d == 0.0));
    assert!(b[..8].iter().chain(&b[16..]).all(|&b| b != 1.0));
    assert!(net.params().get("weight_ih_l0")?.iter().all(|&w| w == 1.0));
    Ok(())
}

/// Each gate's block of U is orthogonal by itself.
#[test]
fn orthogonal_states() -> Result<(), Failure> {
    fn check<K: RecurrentKind>(
        layer: Recurrent<K>,
        state: usize,
        gates: usize,
    ) -> Result<(), Failure> {
        let net = Network::<f64>::build(layer.state_init(Orthogonal::new()), [2, 3], 1)?;
        let u = net.params().get("weight_hh_l0")?;
        assert_eq!(u.len(), state * gates * HIDDEN);
        for gate in 0..gates {
            let row = |i: usize| &u[(i * gates + gate) * HIDDEN..][..HIDDEN];
            for (i, j) in (0..state).flat_map(|i| (0..state).map(move |j| (i, j))) {
                let product: f64 = row(i).iter().zip(row(j)).map(|(a, b)| a * b).sum();
                let expected = f64::from(u8::from(i == j));
                assert!((product - expected).abs() < 1e-14, "gate {gate}, {i} and {j}: {product}");
            }
        }
        // All gates' rows are others, and those of W are not orthogonal.
        assert!(u[..HIDDEN] != u[HIDDEN..2 * HIDDEN]);
        let w = net.params().get("weight_ih_l0")?;
        let square: f64 = w[..HIDDEN].iter().map(|w| w * w).sum();
        assert!((square - 1.0).abs() > 1e-3, "{square}");
        Ok(())
    }
    check(Rnn::new(3, HIDDEN), HIDDEN, 1)?;
    check(Gru::new(3, HIDDEN), HIDDEN, 3)?;
    check(Lstm::new(3, HIDDEN), HIDDEN, 4)?;
    check(Lstm::new(3, HIDDEN).projection(2)?, 2, 4)
}

#[test]
fn what_does_not_fit_says_so() -> Result<(), Failure> {
    let of = |layer: Lstm, sample: &[usize]| Network::new(layer, Spec::per_row(sample), 1);
    says(of(Lstm::new(3, 8), &[5, 4]), &["LSTM(3 -> 8)", "[5, 4]", "[rows, 5, 3]"]);
    says(of(Lstm::new(3, 8), &[3]), &["LSTM(3 -> 8)", "[3]", "[steps, 3]"]);
    says(Network::new(Lstm::new(3, 8), Spec::indices([5, 3]), 1), &["LSTM(3 -> 8)", "numbers"]);
    says(
        Ok::<(), _>(()).and(Lstm::new(3, 8).layers(0).map(|_| ()).map_err(Error::from)),
        &["0 layers"],
    );
    says(of(Lstm::new(3, 0), &[5, 3]), &["LSTM: 3 inputs and 0 units"]);
    says(of(Lstm::new(0, 3), &[5, 0]), &["LSTM: 0 inputs and 3 units"]);
    says(Lstm::new(3, 8).projection(8).map_err(Error::from), &["projection to 8", "1 to 7"]);
    assert!(
        Lstm::new(3, 8).dropout(1.5).is_err() && Lstm::new(3, 8).forget_bias(f64::NAN).is_err()
    );

    let graph = Graph::new();
    let x = graph.input("x", [5, 3]);
    let few = HiddenStates { h: vec![graph.input("h", [8])], c: vec![] };
    let error = Lstm::new(3, 8).with_states(x, Some(&few)).map_err(Error::from);
    says(error, &["1 states h", "0 states c", "expected 1 and 1"]);
    let wide = HiddenStates { h: vec![graph.input("h", [9])], c: vec![] };
    let error = graph.named("wide", || Gru::new(3, 8).with_states(x, Some(&wide)));
    says(error.map_err(Error::from), &["wide: GRU(3 -> 8): first state", "[9]", "[rows, 8]"]);

    let net = Network::new(Gru::new(3, 8).bidirectional(), [5, 3], 1)?;
    says(net.stream(1), &["GRU", "second direction"]);
    Ok(())
}
