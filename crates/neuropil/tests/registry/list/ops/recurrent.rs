//! Recurrent layers as ops, with states to begin with and lengths.

use crate::cases::{OpCase, op};
use crate::list::Member;
use crate::reference::recurrent::{Formula, State, Weights};
use neuropil::Spec;
use neuropil::ops::{ConcatOp, Gives, PartOp, RecurrentOp};
use neuropil::tensor::recurrent::{Cell, Recurrent, Reset, Squash};

const INPUTS: usize = 2;
const HIDDEN: usize = 3;
const STEPS: usize = 4;

const fn of(cell: Cell) -> RecurrentOp {
    RecurrentOp {
        layer: Recurrent { cell, steps: STEPS, inputs: INPUTS, hidden: HIDDEN, reverse: false },
        bidirectional: false,
        bias: true,
        begins: false,
        lengths: false,
        gives: Gives::Steps,
    }
}

/// Everything that an op can have.
const fn whole(cell: Cell) -> RecurrentOp {
    let gives = Gives::StepsAndStates;
    RecurrentOp { bidirectional: true, begins: true, lengths: true, gives, ..of(cell) }
}

const TANH: RecurrentOp = of(Cell::Rnn(Squash::Tanh));
const REVERSE: RecurrentOp =
    RecurrentOp { layer: Recurrent { reverse: true, ..TANH.layer }, bias: false, ..TANH };
const RELU: RecurrentOp = RecurrentOp {
    lengths: true,
    gives: Gives::Last,
    bidirectional: true,
    ..of(Cell::Rnn(Squash::Relu))
};
const WHOLE_RNN: RecurrentOp = whole(Cell::Rnn(Squash::Tanh));
const GRU: RecurrentOp = of(Cell::Gru(Reset::After));
const WHOLE_GRU: RecurrentOp = whole(Cell::Gru(Reset::After));
const BEFORE: RecurrentOp =
    RecurrentOp { gives: Gives::Last, begins: true, ..of(Cell::Gru(Reset::Before)) };
const WHOLE_BEFORE: RecurrentOp = whole(Cell::Gru(Reset::Before));
const LSTM: RecurrentOp = of(Cell::Lstm { projection: None });
const STATES: RecurrentOp = RecurrentOp { gives: Gives::States, lengths: true, ..LSTM };
const WHOLE_LSTM: RecurrentOp = whole(Cell::Lstm { projection: None });
const PROJECTED: RecurrentOp = RecurrentOp {
    bias: false,
    bidirectional: true,
    begins: true,
    ..of(Cell::Lstm { projection: Some(2) })
};
const WHOLE_PROJECTED: RecurrentOp = whole(Cell::Lstm { projection: Some(2) });

/// All of them.
pub fn all() -> Vec<Member<OpCase>> {
    let (row, rows, single) = (Spec::per_row([5]), Spec::per_row([2, 5]), Spec::single([3, 5]));
    let pair = |a: Spec, b: Spec| {
        op(ConcatOp, &[a, b], |x| concat(&[&x[0], &x[1]], &[5, x[1].len() * 5 / x[0].len()]))
    };
    vec![
        Member::of::<ConcatOp>([
            pair(row, Spec::per_row([5])),
            pair(row, Spec::per_row([10])),
            pair(rows, rows),
            pair(single, single),
            op(ConcatOp, &[row], |x| x[0].clone()),
            op(ConcatOp, &[Spec::per_row([1]), row, Spec::per_row([2])], |x| {
                concat(&[&x[0], &x[1], &x[2]], &[1, 5, 2])
            }),
        ]),
        Member::of::<PartOp>([row, rows, single].into_iter().flat_map(|x| {
            [
                op(PartOp { first: 1, len: 3 }, &[x], |x| parts(&x[0], 1..4)),
                op(PartOp { first: 4, len: 1 }, &[x], |x| parts(&x[0], 4..5)),
                op(PartOp { first: 0, len: 5 }, &[x], |x| x[0].clone()),
            ]
        })),
        Member::of::<RecurrentOp>([
            recurrent(TANH, |x| expected(TANH, x)),
            recurrent(REVERSE, |x| expected(REVERSE, x)),
            recurrent(RELU, |x| expected(RELU, x)),
            recurrent(WHOLE_RNN, |x| expected(WHOLE_RNN, x)),
            recurrent(GRU, |x| expected(GRU, x)),
            recurrent(WHOLE_GRU, |x| expected(WHOLE_GRU, x)),
            recurrent(BEFORE, |x| expected(BEFORE, x)),
            recurrent(WHOLE_BEFORE, |x| expected(WHOLE_BEFORE, x)),
            recurrent(LSTM, |x| expected(LSTM, x)),
            recurrent(STATES, |x| expected(STATES, x)),
            recurrent(WHOLE_LSTM, |x| expected(WHOLE_LSTM, x)),
            recurrent(PROJECTED, |x| expected(PROJECTED, x)),
            recurrent(WHOLE_PROJECTED, |x| expected(WHOLE_PROJECTED, x)),
        ]),
    ]
}

fn concat(all: &[&[f64]], widths: &[usize]) -> Vec<f64> {
    let row = |i: usize| {
        all.iter().zip(widths).flat_map(move |(x, &width)| x[i * width..][..width].to_vec())
    };
    (0..all[0].len() / widths[0]).flat_map(row).collect()
}

fn parts(x: &[f64], part: std::ops::Range<usize>) -> Vec<f64> {
    x.chunks(5).flat_map(|x| x[part.clone()].to_vec()).collect()
}

fn directions(of: &RecurrentOp) -> usize {
    if of.bidirectional { 2 } else { 1 }
}

/// The op on all inputs that it has.
fn recurrent(of: RecurrentOp, reference: fn(&[Vec<f64>]) -> Vec<f64>) -> OpCase {
    let (columns, state) = (of.layer.cell.gates() * HIDDEN, state_of(&of));
    let mut inputs = vec![Spec::per_row([STEPS, INPUTS])];
    for _ in 0..directions(&of) {
        inputs.extend([Spec::single([INPUTS, columns]), Spec::single([state, columns])]);
        if state != HIDDEN {
            inputs.push(Spec::single([HIDDEN, state]));
        }
        if of.bias {
            inputs.extend([Spec::single([columns]); 2]);
        }
    }
    for _ in 0..if of.begins { directions(&of) } else { 0 } {
        inputs.push(Spec::per_row([state]));
        if is_lstm(&of) {
            inputs.push(Spec::per_row([HIDDEN]));
        }
    }
    if of.lengths {
        inputs.push(Spec::indices([]));
    }
    op(of, &inputs, reference).with_indices(1..STEPS as u32 + 1)
}

fn is_lstm(of: &RecurrentOp) -> bool {
    matches!(of.layer.cell, Cell::Lstm { .. })
}

/// Numbers of h.
fn state_of(of: &RecurrentOp) -> usize {
    match of.layer.cell {
        Cell::Lstm { projection: Some(state) } => state,
        _ => HIDDEN,
    }
}

/// The output of all rows, from all inputs.
fn expected(of: RecurrentOp, inputs: &[Vec<f64>]) -> Vec<f64> {
    let formula = match of.layer.cell {
        Cell::Rnn(Squash::Tanh) => Formula::RnnTanh,
        Cell::Rnn(Squash::Relu) => Formula::RnnRelu,
        Cell::Gru(Reset::After) => Formula::Gru,
        Cell::Gru(Reset::Before) => Formula::GruResetBefore,
        Cell::Lstm { .. } => Formula::Lstm,
    };
    let (state, mut rest) = (state_of(&of), inputs.iter());
    let mut next = |is_there: bool| match is_there {
        true => rest.next().expect("another input").as_slice(),
        false => &[],
    };
    let all_x = next(true);
    let weights: Vec<Weights<'_>> = (0..directions(&of))
        .map(|_| {
            let (w, u, r) = (next(true), next(true), next(state != HIDDEN));
            Weights { w, u, r, b: next(of.bias), d: next(of.bias) }
        })
        .collect();
    let begin: Vec<[&[f64]; 2]> =
        (0..directions(&of)).map(|_| [next(of.begins), next(of.begins && is_lstm(&of))]).collect();
    let lengths = next(of.lengths);

    let mut y = Vec::new();
    for (row, x) in all_x.chunks(STEPS * INPUTS).enumerate() {
        let length = lengths.get(row).map_or(STEPS, |&length| length as usize);
        let x: Vec<&[f64]> = x.chunks(INPUTS).take(length).collect();
        let runs: Vec<(Vec<Vec<f64>>, State)> = (0..weights.len())
            .map(|i| {
                let mut start = formula.zeros(weights[i], INPUTS);
                if of.begins {
                    start.h.copy_from_slice(&begin[i][0][row * state..][..state]);
                    let memory = start.c.len();
                    start.c.copy_from_slice(&begin[i][1][row * memory..][..memory]);
                }
                formula.sequence(weights[i], &x, start, of.layer.reverse != (i == 1))
            })
            .collect();
        if matches!(of.gives, Gives::Steps | Gives::StepsAndStates) {
            for at in 0..STEPS {
                for (steps, _) in &runs {
                    y.extend(steps.get(at).cloned().unwrap_or(vec![0.0; state]));
                }
            }
        }
        for (_, end) in runs {
            if of.gives != Gives::Steps {
                y.extend(end.h);
            }
            if matches!(of.gives, Gives::States | Gives::StepsAndStates) {
                y.extend(end.c);
            }
        }
    }
    y
}
