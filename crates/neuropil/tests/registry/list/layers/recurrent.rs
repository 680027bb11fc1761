//! Recurrent layers and their single steps.

use crate::cases::{LayerCase, layer, layer_by};
use crate::list::Member;
use crate::reference::recurrent::{Formula, Layers, State, Weights};
use neuropil::ops::{ConcatOp, PartOp};
use neuropil::prelude::*;
use neuropil::{HiddenStates, LstmKind, Recurrent, RecurrentCell, RecurrentKind};

/// Sequences of two numbers, a step and several.
const STEPS: &[&[usize]] = &[&[1, 2], &[4, 2]];

const TANH: Layers = Layers::one(Formula::RnnTanh);
const RELU: Layers = Layers::one(Formula::RnnRelu);
const GRU: Layers = Layers::one(Formula::Gru);
const BEFORE: Layers = Layers::one(Formula::GruResetBefore);
const LSTM: Layers = Layers::one(Formula::Lstm);

/// All of them. PyTorch's golden values have lengths and states to begin with.
pub fn all() -> Vec<Member<LayerCase>> {
    vec![
        Member::of::<Recurrent<LstmKind>>([rnn(), gru(), lstm()].into_iter().flatten().flatten()),
        Member::of::<RecurrentCell<LstmKind>>(cells().into_iter().flatten()),
    ]
}

/// As many layers on each other.
fn deep<K: RecurrentKind>(layer: Recurrent<K>, count: usize) -> Recurrent<K> {
    layer.layers(count).expect("layers")
}

fn rnn() -> Vec<Vec<LayerCase>> {
    let rnn = || Rnn::new(2, 3);
    vec![
        layer(rnn(), STEPS, |p, x| TANH.run(p, x)),
        layer(Rnn::new(5, 17), &[&[3, 5]], |p, x| TANH.run(p, x)),
        layer(rnn().relu(), STEPS, |p, x| RELU.run(p, x)),
        layer(rnn().relu().bidirectional().last(), STEPS, |p, x| {
            Layers { both: true, last: true, ..RELU }.run(p, x)
        }),
        layer(deep(rnn(), 2).without_bias(), STEPS, |p, x| Layers { count: 2, ..TANH }.run(p, x)),
        layer(deep(rnn(), 3).bidirectional(), &[&[4, 2]], |p, x| {
            Layers { count: 3, both: true, ..TANH }.run(p, x)
        }),
    ]
}

fn gru() -> Vec<Vec<LayerCase>> {
    let gru = || Gru::new(2, 3);
    vec![
        layer(gru(), STEPS, |p, x| GRU.run(p, x)),
        layer(Gru::new(3, 9), &[&[2, 3]], |p, x| GRU.run(p, x)),
        layer(gru().without_bias().last(), STEPS, |p, x| Layers { last: true, ..GRU }.run(p, x)),
        layer(deep(gru(), 2).bidirectional(), STEPS, |p, x| {
            Layers { count: 2, both: true, ..GRU }.run(p, x)
        }),
        layer(gru().reset_before(), STEPS, |p, x| BEFORE.run(p, x)),
        layer(Gru::new(3, 9).reset_before(), &[&[2, 3]], |p, x| BEFORE.run(p, x)),
        layer(gru().reset_before().without_bias(), STEPS, |p, x| BEFORE.run(p, x)),
        layer(deep(gru().reset_before(), 2).bidirectional().last(), STEPS, |p, x| {
            Layers { count: 2, both: true, last: true, ..BEFORE }.run(p, x)
        }),
    ]
}

fn lstm() -> Vec<Vec<LayerCase>> {
    let lstm = || Lstm::new(2, 3);
    let projected = || lstm().projection(2).expect("a projection");
    let wide = Lstm::new(3, 9).projection(5).expect("a projection");
    vec![
        layer(lstm(), STEPS, |p, x| LSTM.run(p, x)),
        layer(Lstm::new(3, 9), &[&[2, 3]], |p, x| LSTM.run(p, x)),
        layer(lstm().last(), STEPS, |p, x| Layers { last: true, ..LSTM }.run(p, x)),
        layer(lstm().without_bias(), STEPS, |p, x| LSTM.run(p, x)),
        layer(deep(lstm(), 2).forget_bias(1.0).expect("a bias"), STEPS, |p, x| {
            Layers { count: 2, ..LSTM }.run(p, x)
        }),
        layer(lstm().bidirectional(), STEPS, |p, x| Layers { both: true, ..LSTM }.run(p, x)),
        layer(projected(), STEPS, |p, x| LSTM.run(p, x)),
        layer(wide, &[&[2, 3]], |p, x| LSTM.run(p, x)),
        layer(deep(projected().without_bias(), 2).bidirectional().last(), STEPS, |p, x| {
            Layers { count: 2, both: true, last: true, ..LSTM }.run(p, x)
        }),
    ]
}

/// A cell as a module: of the input, h and c beside each other to h and c.
#[derive(Clone, Debug)]
struct Step<K: RecurrentKind> {
    cell: RecurrentCell<K>,
    inputs: usize,
    state: usize,
    /// Numbers of c.
    memory: usize,
}

impl<K: RecurrentKind> Module for Step<K> {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        let &Self { ref cell, inputs, state, memory } = self;
        let part = |first, len| x.op(PartOp { first, len });
        let mut states = HiddenStates { h: vec![part(inputs, state)?], c: vec![] };
        if memory > 0 {
            states.c.push(part(inputs + state, memory)?);
        }
        let HiddenStates { h, c } = cell.step(part(0, inputs)?, &states)?;
        match c[..] {
            [] => Ok(h[0]),
            [c, ..] => h[0].op_with([c], ConcatOp),
        }
    }
}

fn cells() -> Vec<Vec<LayerCase>> {
    fn cell<K: RecurrentKind>(
        layer: Recurrent<K>,
        [state, memory]: [usize; 2],
        reference: fn(&Params<f64>, &[f64]) -> Vec<f64>,
    ) -> Vec<LayerCase> {
        let step = Step { cell: layer.cell(), inputs: 2, state, memory };
        layer_by::<RecurrentCell<K>, _>(step, &[&[2 + state + memory]], reference)
    }
    let projected = Lstm::new(2, 4).projection(3).expect("a projection");
    vec![
        cell(Rnn::new(2, 3), [3, 0], |p, x| step(Formula::RnnTanh, 3, p, x)),
        cell(Rnn::new(2, 3).relu(), [3, 0], |p, x| step(Formula::RnnRelu, 3, p, x)),
        cell(Gru::new(2, 3), [3, 0], |p, x| step(Formula::Gru, 3, p, x)),
        cell(Gru::new(2, 3).reset_before(), [3, 0], |p, x| step(Formula::GruResetBefore, 3, p, x)),
        cell(Lstm::new(2, 3), [3, 3], |p, x| step(Formula::Lstm, 3, p, x)),
        cell(Lstm::new(2, 3).without_bias(), [3, 3], |p, x| step(Formula::Lstm, 3, p, x)),
        cell(projected, [3, 4], |p, x| step(Formula::Lstm, 3, p, x)),
    ]
}

/// What a [`Step`] gives.
fn step(formula: Formula, state: usize, p: &Params<f64>, x: &[f64]) -> Vec<f64> {
    let get = |path| p.get(path).unwrap_or_default();
    let [w, u, r] = ["weight_ih", "weight_hh", "weight_hr"].map(get);
    let [b, d] = ["bias_ih", "bias_hh"].map(get);
    let (h, c) = (x[2..2 + state].into(), x[2 + state..].into());
    let State { h, c } = formula.step(Weights { w, u, r, b, d }, &x[..2], &State { h, c });
    [h, c].concat()
}
