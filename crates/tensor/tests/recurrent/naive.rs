//! The formulas, a number at a time.

use crate::runs::{Case, Numbers};
use neuropil_tensor::recurrent::{Cell, Reset, Squash};

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// x W, or h U, of one row: column `j` of a matrix of so many columns.
fn dot(x: &[f64], matrix: &[f64], columns: usize, j: usize) -> f64 {
    x.iter().enumerate().map(|(k, x)| x * matrix[k * columns + j]).sum()
}

/// What a batch's outputs are, `[rows, case.outputs().row]`, everything that is not written 0.
pub fn forward(case: &Case, n: &Numbers<f64>) -> Vec<f64> {
    let of = case.of;
    let (hidden, state, columns) = (of.hidden, of.state(), of.columns());
    let places = case.outputs();
    let mut y = vec![0.0; case.rows * places.row];
    for row in 0..case.rows {
        let length = case.lengths.as_ref().map_or(of.steps, |lengths| lengths[row] as usize);
        let mut h = match case.begins {
            true => n.h[row * state..][..state].to_vec(),
            false => vec![0.0; state],
        };
        let mut c = match case.begins {
            true => n.c[row * of.memory()..][..of.memory()].to_vec(),
            false => vec![0.0; of.memory()],
        };
        for step in 0..length {
            let at = if of.reverse { length - 1 - step } else { step };
            let x = &n.x[(row * of.steps + at) * of.inputs..][..of.inputs];
            let b = |j: usize| if case.bias { n.b[j] } else { 0.0 };
            let d = |j: usize| if case.bias { n.d[j] } else { 0.0 };
            let of_x = |j: usize| dot(x, &n.w, columns, j) + b(j);
            let of_h = |h: &[f64], j: usize| dot(h, &n.u, columns, j) + d(j);
            let gate = |k: usize, j: usize| of_x(k * hidden + j) + of_h(&h, k * hidden + j);
            let new: Vec<f64> = match of.cell {
                Cell::Rnn(Squash::Tanh) => (0..hidden).map(|j| gate(0, j).tanh()).collect(),
                Cell::Rnn(Squash::Relu) => (0..hidden).map(|j| gate(0, j).max(0.0)).collect(),
                Cell::Gru(reset) => {
                    let r: Vec<f64> = (0..hidden).map(|j| sigmoid(gate(0, j))).collect();
                    let reset_h: Vec<f64> = r.iter().zip(&h).map(|(r, h)| r * h).collect();
                    let new = |j: usize| {
                        let column = 2 * hidden + j;
                        let of_state = match reset {
                            Reset::After => r[j] * of_h(&h, column),
                            Reset::Before => of_h(&reset_h, column),
                        };
                        let z = sigmoid(gate(1, j));
                        (1.0 - z) * (of_x(column) + of_state).tanh() + z * h[j]
                    };
                    (0..hidden).map(new).collect()
                }
                Cell::Lstm { projection } => {
                    let mut m = vec![0.0; hidden];
                    let sums: Vec<[f64; 4]> =
                        (0..hidden).map(|j| [0, 1, 2, 3].map(|k| gate(k, j))).collect();
                    for (j, [i, f, g, o]) in sums.into_iter().enumerate() {
                        c[j] = sigmoid(f) * c[j] + sigmoid(i) * g.tanh();
                        m[j] = sigmoid(o) * c[j].tanh();
                    }
                    match projection {
                        None => m,
                        Some(state) => (0..state).map(|j| dot(&m, &n.r, state, j)).collect(),
                    }
                }
            };
            h = new;
            if let Some((first, stride)) = places.steps {
                y[row * places.row + first + at * stride..][..state].copy_from_slice(&h);
            }
        }
        if let Some(first) = places.h {
            y[row * places.row + first..][..state].copy_from_slice(&h);
        }
        if let Some(first) = places.c {
            y[row * places.row + first..][..c.len()].copy_from_slice(&c);
        }
    }
    y
}
