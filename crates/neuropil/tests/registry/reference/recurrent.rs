//! Recurrent layers, a step after the other, a number after the other.

use super::{product, sigmoid};
use neuropil::Params;

/// What is done in a step.
#[derive(Clone, Copy, PartialEq)]
pub enum Formula {
    RnnTanh,
    RnnRelu,
    Gru,
    GruResetBefore,
    Lstm,
}

/// The weights of one direction; what there is none of is empty.
#[derive(Clone, Copy)]
pub struct Weights<'a> {
    pub w: &'a [f64],
    pub u: &'a [f64],
    pub r: &'a [f64],
    pub b: &'a [f64],
    pub d: &'a [f64],
}

/// What goes from step to step.
#[derive(Clone)]
pub struct State {
    pub h: Vec<f64>,
    /// Of an LSTM alone.
    pub c: Vec<f64>,
}

impl Formula {
    fn gates(self) -> usize {
        match self {
            Self::RnnTanh | Self::RnnRelu => 1,
            Self::Gru | Self::GruResetBefore => 3,
            Self::Lstm => 4,
        }
    }

    /// The state of zeros.
    pub fn zeros(self, weights: Weights<'_>, inputs: usize) -> State {
        let columns = weights.w.len() / inputs;
        let hidden = if self == Self::Lstm { columns / self.gates() } else { 0 };
        State { h: vec![0.0; weights.u.len() / columns], c: vec![0.0; hidden] }
    }

    /// The state after an input.
    pub fn step(self, weights: Weights<'_>, x: &[f64], State { h, c }: &State) -> State {
        let none = vec![0.0; weights.w.len() / x.len()];
        let (hidden, or_none) =
            (none.len() / self.gates(), |b| if <[f64]>::is_empty(b) { &none } else { b });
        let of_x = product(x, weights.w, or_none(weights.b));
        let of_h = product(h, weights.u, or_none(weights.d));
        let sum = |gate: usize, j: usize| of_x[gate * hidden + j] + of_h[gate * hidden + j];
        let all = |of: &dyn Fn(usize) -> f64| -> Vec<f64> { (0..hidden).map(of).collect() };
        let gate = |gate: usize| all(&|j| sigmoid(sum(gate, j)));
        match self {
            Self::RnnTanh => State { h: all(&|j| sum(0, j).tanh()), c: vec![] },
            Self::RnnRelu => State { h: all(&|j| sum(0, j).max(0.0)), c: vec![] },
            Self::Gru | Self::GruResetBefore => {
                let (r, z) = (gate(0), gate(1));
                let reset: Vec<f64> = r.iter().zip(h).map(|(r, h)| r * h).collect();
                let of_reset = product(&reset, weights.u, or_none(weights.d));
                let n = all(&|j| {
                    let column = 2 * hidden + j;
                    let of_state = match self {
                        Self::GruResetBefore => of_reset[column],
                        _ => r[j] * of_h[column],
                    };
                    (of_x[column] + of_state).tanh()
                });
                State { h: all(&|j| (1.0 - z[j]) * n[j] + z[j] * h[j]), c: vec![] }
            }
            Self::Lstm => {
                let (i, f, o) = (gate(0), gate(1), gate(3));
                let c = all(&|j| f[j] * c[j] + i[j] * sum(2, j).tanh());
                let h = all(&|j| o[j] * c[j].tanh());
                let state = weights.r.len() / hidden;
                let h = if state == 0 { h } else { product(&h, weights.r, &vec![0.0; state]) };
                State { h, c }
            }
        }
    }

    /// h of each step of a sequence, and the state at the end; in reverse the first step is the last one.
    pub fn sequence(
        self,
        weights: Weights<'_>,
        x: &[&[f64]],
        begin: State,
        reverse: bool,
    ) -> (Vec<Vec<f64>>, State) {
        let (mut steps, mut state) = (vec![vec![]; x.len()], begin);
        for i in 0..x.len() {
            let at = if reverse { x.len() - 1 - i } else { i };
            state = self.step(weights, x[at], &state);
            steps[at] = state.h.clone();
        }
        (steps, state)
    }
}

/// Layers on each other.
#[derive(Clone, Copy)]
pub struct Layers {
    pub formula: Formula,
    pub count: usize,
    pub both: bool,
    pub last: bool,
}

impl Layers {
    /// One, in one direction, that gives all steps.
    pub const fn one(formula: Formula) -> Self {
        Self { formula, count: 1, both: false, last: false }
    }

    /// The output of one sequence.
    pub fn run(&self, params: &Params<f64>, x: &[f64]) -> Vec<f64> {
        let mut x = x.to_vec();
        for layer in 0..self.count {
            let ways: &[&str] = if self.both { &["", "_reverse"] } else { &[""] };
            let inputs = params.shape(&format!("weight_ih_l{layer}")).expect("a weight")[0];
            let steps: Vec<&[f64]> = x.chunks(inputs).collect();
            let runs: Vec<(Vec<Vec<f64>>, State)> = ways
                .iter()
                .map(|way| {
                    let get = |of| params.get(&format!("{of}_l{layer}{way}")).unwrap_or_default();
                    let [w, u, r] = ["weight_ih", "weight_hh", "weight_hr"].map(get);
                    let [b, d] = ["bias_ih", "bias_hh"].map(get);
                    let weights = Weights { w, u, r, b, d };
                    let begin = self.formula.zeros(weights, inputs);
                    self.formula.sequence(weights, &steps, begin, !way.is_empty())
                })
                .collect();
            x = match self.last && layer + 1 == self.count {
                true => runs.into_iter().flat_map(|(_, end)| end.h).collect(),
                false => (0..steps.len())
                    .flat_map(|at| runs.iter().flat_map(move |(steps, _)| steps[at].clone()))
                    .collect(),
            };
        }
        x
    }
}
