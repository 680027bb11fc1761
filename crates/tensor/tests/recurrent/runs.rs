//! Layers to try, numbers for them, and what they compute.

use neuropil_simd::{Float, Level};
use neuropil_tensor::gemm::{Matrix, Packed};
use neuropil_tensor::recurrent::{
    Bias, Cell, Gradients, Outputs, PackedWeights, Recurrent, Reset, Sequences, Squash, Weights,
};

/// A layer, a batch, and what is asked of it.
#[derive(Clone, Debug)]
pub struct Case {
    pub of: Recurrent,
    pub rows: usize,
    pub lengths: Option<Vec<u32>>,
    pub bias: bool,
    /// Whether states are given to begin with.
    pub begins: bool,
    /// Whether the outputs of all steps are asked for, and the last states.
    pub asks: (bool, bool),
    pub packed: bool,
}

/// Everything that a layer reads, or the gradients of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Numbers<T> {
    pub x: Vec<T>,
    pub h: Vec<T>,
    pub c: Vec<T>,
    pub w: Vec<T>,
    pub u: Vec<T>,
    pub r: Vec<T>,
    pub b: Vec<T>,
    pub d: Vec<T>,
}

impl<T> Numbers<T> {
    pub fn all(&mut self) -> [(&'static str, &mut Vec<T>); 8] {
        let Self { x, h, c, w, u, r, b, d } = self;
        [("x", x), ("h", h), ("c", c), ("W", w), ("U", u), ("R", r), ("b", b), ("d", d)]
    }
}

/// Numbers in [-1, 1] that look random and are not.
pub fn numbers<T: Float>(len: usize, seed: u64) -> Vec<T> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let next = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        T::of((state >> 40) as f64 / f64::from(1 << 23) - 1.0)
    };
    (0..len).map(next).collect()
}

pub const CELLS: [Cell; 6] = [
    Cell::Rnn(Squash::Tanh),
    Cell::Rnn(Squash::Relu),
    Cell::Gru(Reset::After),
    Cell::Gru(Reset::Before),
    Cell::Lstm { projection: None },
    Cell::Lstm { projection: Some(2) },
];

impl Case {
    pub fn new(cell: Cell, rows: usize, steps: usize, inputs: usize, hidden: usize) -> Self {
        let of = Recurrent { cell, steps, inputs, hidden, reverse: false };
        let asks = (true, false);
        Self { of, rows, lengths: None, bias: true, begins: false, asks, packed: true }
    }

    /// A cell with all combinations of options, at a small size.
    pub fn options(cell: Cell) -> impl Iterator<Item = Self> {
        (0..32).map(move |bits: u32| {
            let is = |bit: u32| bits >> bit & 1 == 1;
            let mut case = Self::new(cell, 3, 4, 2, 3);
            case.of.reverse = is(0);
            case.lengths = is(1).then(|| vec![2, 4, 1]);
            case.bias = is(2);
            case.begins = is(3);
            case.packed = is(4);
            case.asks = [(true, false), (true, true), (false, true)][bits as usize % 3];
            case
        })
    }

    pub fn outputs(&self) -> Outputs {
        let (state, memory) = (self.of.state(), self.of.memory());
        let (steps, last) = self.asks;
        // A gap before, between and behind what is written.
        let (first, stride) = (1, state + 1);
        let end = if steps { first + self.of.steps * stride } else { 1 };
        Outputs {
            row: end + if last { state + memory } else { 0 },
            steps: steps.then_some((first, stride)),
            h: last.then_some(end),
            c: (last && memory > 0).then_some(end + state),
        }
    }

    pub fn numbers<T: Float>(&self) -> Numbers<T> {
        let Self { of, rows, .. } = self;
        let (columns, state) = (of.columns(), of.state());
        let r = if state == of.hidden { 0 } else { of.hidden * state };
        let scale = T::of(1.0 / (of.hidden as f64).sqrt().max(1.0));
        let small = |len, seed| numbers::<T>(len, seed).into_iter().map(|x| x * scale).collect();
        Numbers {
            x: numbers(rows * of.steps * of.inputs, 1),
            h: numbers(rows * state, 2),
            c: numbers(rows * of.memory(), 3),
            w: small(of.inputs * columns, 4),
            u: small(state * columns, 5),
            r: small(r, 6),
            b: small(columns, 7),
            d: small(columns, 8),
        }
    }

    pub fn dy<T: Float>(&self) -> Vec<T> {
        numbers(self.rows * self.outputs().row, 9)
    }

    fn sequences<'a, T: Float>(&'a self, n: &'a Numbers<T>) -> Sequences<'a, T> {
        Sequences {
            rows: self.rows,
            x: &n.x,
            lengths: self.lengths.as_deref(),
            h: self.begins.then_some(&n.h),
            c: (self.begins && self.of.memory() > 0).then_some(&n.c),
        }
    }

    /// y; and what is kept.
    pub fn forward<T: Float>(&self, level: Level, n: &Numbers<T>) -> (Vec<T>, Vec<T>, Vec<u32>) {
        let mut y = vec![T::ZERO; self.rows * self.outputs().row];
        let mut saved = vec![T::NAN; self.of.saved_len(self.rows)];
        let mut words = vec![u32::MAX; self.of.words_len(self.rows)];
        let mut scratch = vec![T::NAN; self.of.scratch_len::<T>(self.rows)];
        self.with_weights(level, n, |weights| {
            let (x, to) = (self.sequences(n), self.outputs());
            self.of.forward_at(level, x, weights, to, &mut y, &mut saved, &mut words, &mut scratch);
        });
        (y, saved, words)
    }

    /// All gradients, added to 0.5 or written over NaN.
    pub fn backward<T: Float>(&self, level: Level, n: &Numbers<T>, adds: bool) -> Numbers<T> {
        self.gradients(level, n, &self.dy(), adds)
    }

    pub fn backward_of(&self, n: &Numbers<f64>, dy: &[f64]) -> Numbers<f64> {
        self.gradients(Level::current(), n, dy, false)
    }

    fn gradients<T: Float>(
        &self,
        level: Level,
        n: &Numbers<T>,
        dy: &[T],
        adds: bool,
    ) -> Numbers<T> {
        let (_, saved, words) = self.forward(level, n);
        let start = if adds { T::of(0.5) } else { T::NAN };
        let mut g = n.clone();
        g.all().into_iter().for_each(|(_, values)| values.fill(start));
        let mut scratch = vec![T::NAN; self.of.scratch_len::<T>(self.rows)];
        let wanted = Gradients {
            x: Some((&mut g.x, adds)),
            h: self.begins.then_some((&mut g.h, adds)),
            c: (self.begins && self.of.memory() > 0).then_some((&mut g.c, adds)),
            input: Some((&mut g.w, adds)),
            state: Some((&mut g.u, adds)),
            projection: (!g.r.is_empty()).then_some((&mut g.r, adds)),
            input_bias: self.bias.then_some((&mut g.b, adds)),
            state_bias: self.bias.then_some((&mut g.d, adds)),
        };
        self.with_weights(level, n, |weights| {
            let (x, to) = (self.sequences(n), self.outputs());
            self.of.backward_at(level, x, weights, to, dy, &saved, &words, wanted, &mut scratch);
        });
        g
    }

    fn with_weights<T: Float>(
        &self,
        level: Level,
        n: &Numbers<T>,
        run: impl FnOnce(&Weights<'_, T>),
    ) {
        let of = self.of;
        let (columns, state) = (of.columns(), of.state());
        let r = (!n.r.is_empty()).then_some(&n.r[..]);
        let matrices =
            [(&n.w, of.inputs, columns), (&n.u, state, columns), (&n.r, of.hidden, state)];
        let packs: Vec<Option<[Packed<T>; 2]>> = matrices
            .into_iter()
            .map(|(values, rows, cols)| {
                (self.packed && !values.is_empty()).then(|| {
                    let matrix = Matrix::new(values, rows, cols);
                    [matrix, matrix.transposed()].map(|matrix| Packed::new_at(level, matrix))
                })
            })
            .collect();
        let pack = |i: usize, transposed: usize| packs[i].as_ref().map(|both| &both[transposed]);
        run(&Weights {
            input: &n.w,
            state: &n.u,
            projection: r,
            bias: self.bias.then_some(Bias { input: &n.b, state: &n.d }),
            packed: PackedWeights {
                input: pack(0, 0),
                state: pack(1, 0),
                projection: pack(2, 0),
                input_transposed: pack(0, 1),
                state_transposed: pack(1, 1),
                projection_transposed: pack(2, 1),
            },
        });
    }
}

pub fn bits<T: Float>(x: &[T]) -> Vec<u64> {
    x.iter().map(|x| x.to_f64().to_bits()).collect()
}

#[track_caller]
pub fn assert_close<T: Float>(what: &str, found: &[T], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
        let error = (found.to_f64() - expected).abs();
        let bound = tolerance * expected.abs().max(1.0);
        assert!(error <= bound, "{what}[{i}]: {found:?}, expected {expected}");
    }
}
