//! All steps forward.

use super::order::{MOST, Order};
use super::shapes::{BLOCK, Cell, Kept, Recurrent, Reset, aligned};
use super::weights::{Bias, Weights, check};
use super::work::Work;
use super::{gru, lstm, rnn};
use crate::gemm::{Matrix, MatrixMut, Right};
use crate::grain;
use neuropil_simd::{Float, Level};

/// Sequences to read, and the states to begin with.
#[derive(Clone, Copy, Debug)]
pub struct Sequences<'a, T> {
    /// Rows of the batch.
    pub rows: usize,
    /// `[rows, steps, inputs]`; what stands beyond a sequence's length is not read.
    pub x: &'a [T],
    /// The steps of each sequence, `[rows]`; `None` if all have all steps.
    pub lengths: Option<&'a [u32]>,
    /// h to begin with, `[rows, state]`; zero if `None`.
    pub h: Option<&'a [T]>,
    /// The LSTM's c to begin with, `[rows, hidden]`; zero if `None`.
    pub c: Option<&'a [T]>,
}

/// Where in a row of the output the results of a direction stand.
#[derive(Clone, Copy, Debug)]
pub struct Outputs {
    /// Numbers of a row.
    pub row: usize,
    /// Where h' of the first step stands, and how far it is to that of the next; zeros beyond a sequence's
    /// length. `None` if it is not wanted.
    pub steps: Option<(usize, usize)>,
    /// Where h at the end of the sequence stands.
    pub h: Option<usize>,
    /// Where c at the end of the sequence stands.
    pub c: Option<usize>,
}

impl Outputs {
    /// Whether all that is asked for lies within a row.
    #[track_caller]
    pub(super) fn check(&self, of: &Recurrent) {
        let last = self.steps.map(|(first, step)| first + (of.steps - 1) * step + of.state());
        let ends = [last, self.h.map(|h| h + of.state()), self.c.map(|c| c + of.memory())];
        let end = ends.into_iter().flatten().max().unwrap_or(0);
        assert!(end <= self.row, "recurrent: outputs end at {end} in rows of {} numbers", self.row);
    }
}

/// What all shards of a pass share.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pass<'a, T> {
    pub of: &'a Recurrent,
    pub weights: &'a Weights<'a, T>,
    pub outputs: Outputs,
    pub how: Work,
}

/// What forward keeps, by kind; of the whole batch or of a shard.
pub(super) struct KeptMut<'a, T>([&'a mut [T]; 6]);

impl<'a, T: Float> KeptMut<'a, T> {
    /// Cuts a batch's buffer.
    fn new(kept: Kept, rows: usize, mut saved: &'a mut [T]) -> Self {
        Self(kept.lens().map(|len| {
            let (piece, rest) = std::mem::take(&mut saved).split_at_mut(aligned(len * rows));
            saved = rest;
            piece
        }))
    }

    /// Cuts off what belongs to so many rows of steps.
    fn cut(&mut self, kept: Kept, rows: usize) -> Self {
        let mut pieces: [&'a mut [T]; 6] = Default::default();
        for ((piece, whole), len) in pieces.iter_mut().zip(&mut self.0).zip(kept.lens()) {
            let (first, rest) = std::mem::take(whole).split_at_mut(len * rows);
            (*piece, *whole) = (first, rest);
        }
        Self(pieces)
    }
}

/// The part of a batch that one thread takes through all steps.
struct Shard<'a, T> {
    order: Order<'a>,
    x: &'a [T],
    h: Option<&'a [T]>,
    c: Option<&'a [T]>,
    y: &'a mut [T],
    kept: KeptMut<'a, T>,
    scratch: &'a mut [T],
    products: &'a mut [T],
}

impl Recurrent {
    /// All steps of a batch forward. `y` is `[rows, outputs.row]`, of which what `outputs` names is written.
    /// `saved` and `words`, as long as [`saved_len`](Recurrent::saved_len) and
    /// [`words_len`](Recurrent::words_len) say, keep what [`backward`](Recurrent::backward) needs.
    ///
    /// # Panics
    /// If a slice has another length, if a length is 0 or above `steps`, or if outputs lie outside a row.
    #[allow(clippy::too_many_arguments)] // What is read, what is written, and three buffers.
    #[track_caller]
    pub fn forward<T: Float>(
        &self,
        sequences: Sequences<'_, T>,
        weights: &Weights<'_, T>,
        outputs: Outputs,
        y: &mut [T],
        saved: &mut [T],
        words: &mut [u32],
        scratch: &mut [T],
    ) {
        self.forward_at(Level::current(), sequences, weights, outputs, y, saved, words, scratch);
    }

    /// [`forward`](Recurrent::forward) at a chosen level, for tests.
    ///
    /// # Panics
    /// As `forward`, and if this machine lacks the level, or weights were packed for another.
    #[allow(clippy::too_many_arguments)] // As above.
    #[track_caller]
    pub fn forward_at<T: Float>(
        &self,
        level: Level,
        sequences: Sequences<'_, T>,
        weights: &Weights<'_, T>,
        outputs: Outputs,
        y: &mut [T],
        saved: &mut [T],
        words: &mut [u32],
        scratch: &mut [T],
    ) {
        let rows = sequences.rows;
        self.check(&sequences, weights, outputs);
        check("y", y.len(), rows * outputs.row);
        check("saved", saved.len(), self.saved_len(rows));
        check("words", words.len(), self.words_len(rows));
        let alone = self.shards(rows) > 1;
        let how = Work { level, alone };
        let pass = Pass { of: self, weights, outputs, how };

        // Where nothing stands between the products of x and h, their biases are added at once.
        let (bias, scratch) = scratch.split_at_mut(aligned(self.columns()));
        let bias = weights.bias.map(|Bias { input, state }| {
            let bias = &mut bias[..self.columns()];
            bias.copy_from_slice(input);
            if !self.is_apart() {
                bias.iter_mut().zip(state).for_each(|(b, &d)| *b += d);
            }
            &*bias
        });

        let mut cuts = [const { None }; MOST];
        let each = self.shard_rows(rows);
        let (own, ours) = (self.forward_shard_scratch(each), self.product_scratch::<T>(rows));
        let mut kept = KeptMut::new(self.kept(), rows * self.steps, saved);
        let (mut y, mut words, mut scratch) = (y, words, scratch);
        for (number, shard) in cuts.iter_mut().take(self.shards(rows)).enumerate() {
            let first = number * each;
            let count = each.min(rows - first);
            let of = |width: usize| first * width..(first + count) * width;
            let (order, rest) = std::mem::take(&mut words).split_at_mut(count + self.steps);
            words = rest;
            let lengths = sequences.lengths.map(|lengths| &lengths[of(1)]);
            Order::arrange(order, count, self.steps, lengths);
            let order = Order::new(order, count, lengths, self.reverse);
            let (of_y, rest) = std::mem::take(&mut y).split_at_mut(count * outputs.row);
            y = rest;
            let (own, rest) = std::mem::take(&mut scratch).split_at_mut(own);
            // In a pool of more threads than the scratch was made for, products make do with fewer.
            let (ours, rest) = rest.split_at_mut(ours.min(rest.len()));
            scratch = rest;
            *shard = Some(Shard {
                order,
                x: &sequences.x[of(self.steps * self.inputs)],
                h: sequences.h.map(|h| &h[of(self.state())]),
                c: sequences.c.map(|c| &c[of(self.memory())]),
                y: of_y,
                kept: kept.cut(self.kept(), order.len()),
                scratch: own,
                products: ours,
            });
        }
        let work = rows * self.steps * self.columns() * (self.inputs + self.state());
        each_shard(&mut cuts[..self.shards(rows)], work, &|shard: Shard<'_, T>| {
            shard.run(&pass, bias);
        });
    }

    #[track_caller]
    pub(super) fn check<T: Float>(
        &self,
        sequences: &Sequences<'_, T>,
        weights: &Weights<'_, T>,
        outputs: Outputs,
    ) {
        let rows = sequences.rows;
        assert!(
            rows > 0 && self.steps > 0 && self.hidden > 0 && self.inputs > 0,
            "recurrent: {rows} rows of {} steps of {} numbers to {} units",
            self.steps,
            self.inputs,
            self.hidden
        );
        check("x", sequences.x.len(), rows * self.steps * self.inputs);
        if let Some(h) = sequences.h {
            check("the first h", h.len(), rows * self.state());
        }
        if let Some(c) = sequences.c {
            check("the first c", c.len(), rows * self.memory());
        }
        if let Some(lengths) = sequences.lengths {
            check("lengths", lengths.len(), rows);
            for (row, &length) in lengths.iter().enumerate() {
                assert!(
                    (1..=self.steps).contains(&(length as usize)),
                    "recurrent: the length of row {row} is {length}, expected 1 to {}",
                    self.steps
                );
            }
        }
        weights.check(self);
        outputs.check(self);
    }
}

/// Goes through the shards, on as many threads as it is worth.
pub(super) fn each_shard<S: Send>(
    shards: &mut [Option<S>],
    work: usize,
    run: &(impl Fn(S) + Sync),
) {
    fn halve<S: Send>(shards: &mut [Option<S>], run: &(impl Fn(S) + Sync)) {
        match shards {
            [] => {}
            [shard] => shard.take().into_iter().for_each(run),
            _ => {
                let (left, right) = shards.split_at_mut(shards.len() / 2);
                rayon::join(|| halve(left, run), || halve(right, run));
            }
        }
    }
    match grain::threads(work, grain::PRODUCT) {
        1 => shards.iter_mut().filter_map(Option::take).for_each(run),
        _ => halve(shards, run),
    }
}

impl<T: Float> Shard<'_, T> {
    fn run(self, pass: &Pass<'_, T>, bias: Option<&[T]>) {
        let Pass { of, weights, outputs, how } = *pass;
        let Self { order, y, kept, scratch, products: own, .. } = self;
        let KeptMut([x, h, gates, c, tanh_c, m]) = kept;
        let (hidden, state, columns) = (of.hidden, of.state(), of.columns());
        let rows = order.rows.len();
        // The states after a step; a sequence that has ended keeps its last ones here.
        let (h_now, scratch) = scratch.split_at_mut(aligned(rows * state));
        let (c_now, of_state) = scratch.split_at_mut(aligned(rows * of.memory()));

        gather(order, of, self.x, x);
        begin(order, self.h, &mut h[..rows * state]);
        begin(order, self.c, &mut c[..rows * of.memory()]);
        if let Some((first, step)) = outputs.steps {
            for (row, y) in y.chunks_exact_mut(outputs.row).enumerate() {
                for place in order.length(row)..of.steps {
                    y[first + place * step..][..state].fill(T::ZERO);
                }
            }
        }

        let mut product = |a: Matrix<'_, T>,
                           b: Right<'_, T>,
                           beta: T,
                           c: MatrixMut<'_, T>,
                           bias: Option<&[T]>| {
            how.product(a, b, beta, c, bias, own);
        };
        let (mut start, mut projected) = (0, 0);
        for step in 0..of.steps {
            let running = order.running(step);
            if running == 0 {
                break;
            }
            let end = start + running;
            if start == projected {
                projected = end;
                let mut next = step + 1;
                while next < of.steps && projected + order.running(next) - start <= BLOCK {
                    projected += order.running(next);
                    next += 1;
                }
                let count = projected - start;
                let x = &x[start * of.inputs..projected * of.inputs];
                let sums = &mut gates[start * columns..projected * columns];
                let x = Matrix::new(x, count, of.inputs);
                let sums = MatrixMut::new(sums, count, columns);
                product(x, weights.w(of), T::ZERO, sums, bias);
            }
            let gates = &mut gates[start * columns..end * columns];
            let h_before = &h[start * state..end * state];
            let h_matrix = Matrix::new(h_before, running, state);
            let h_running = &mut h_now[..running * state];
            match of.cell {
                Cell::Rnn(squash) => {
                    let sums = MatrixMut::new(gates, running, columns);
                    product(h_matrix, weights.u(of), T::ONE, sums, None);
                    how.by_rows(rnn::Forward { hidden, squash, sums: gates, h: h_running });
                }
                Cell::Gru(Reset::After) => {
                    let of_state = &mut of_state[..running * columns];
                    let d = weights.bias.map(|bias| bias.state);
                    let sums = MatrixMut::new(of_state, running, columns);
                    product(h_matrix, weights.u(of), T::ZERO, sums, d);
                    let kept = &mut c[start * hidden..end * hidden];
                    let step = gru::After { hidden, gates, of_state, h_before, kept, h: h_running };
                    how.by_rows(step);
                }
                Cell::Gru(Reset::Before) => {
                    let [of_gates, of_new] = [(0, 2), (2, 1)];
                    let sums = MatrixMut::with_stride(gates, running, 2 * hidden, columns);
                    let u = weights.u_of_gates(of, of_gates.0, of_gates.1);
                    product(h_matrix, u.into(), T::ONE, sums, None);
                    let kept = &mut c[start * hidden..end * hidden];
                    how.by_rows(gru::Resets { hidden, gates, h_before, kept });
                    let new = &mut gates[2 * hidden..];
                    let sums = MatrixMut::with_stride(new, running, hidden, columns);
                    let u = weights.u_of_gates(of, of_new.0, of_new.1);
                    product(Matrix::new(kept, running, hidden), u.into(), T::ONE, sums, None);
                    how.by_rows(gru::Blends { hidden, gates, h_before, h: h_running });
                }
                Cell::Lstm { projection } => {
                    let sums = MatrixMut::new(gates, running, columns);
                    product(h_matrix, weights.u(of), T::ONE, sums, None);
                    let (of_step, of_now) = (start * hidden..end * hidden, ..running * hidden);
                    let tanh_c = &mut tanh_c[of_step.clone()];
                    let c_before = &c[of_step.clone()];
                    let c = &mut c_now[of_now];
                    match projection {
                        None => {
                            let h = h_running;
                            let step = lstm::Forward { hidden, gates, c_before, c, tanh_c, h };
                            how.by_rows(step);
                        }
                        Some(_) => {
                            let h = &mut m[of_step];
                            let step = lstm::Forward { hidden, gates, c_before, c, tanh_c, h };
                            how.by_rows(step);
                            let m = Matrix::new(h, running, hidden);
                            let h = MatrixMut::new(h_running, running, state);
                            product(m, weights.r(of), T::ZERO, h, None);
                        }
                    }
                }
            }
            // What the next step begins with, and what this one has made.
            let going = order.running(step + 1);
            h[end * state..][..going * state].copy_from_slice(&h_now[..going * state]);
            let memory = of.memory();
            c[end * memory..][..going * memory].copy_from_slice(&c_now[..going * memory]);
            if let Some((first, stride)) = outputs.steps {
                for (place, h) in h_now[..running * state].chunks_exact(state).enumerate() {
                    let row = order.row(place);
                    let to = row * outputs.row + first + order.place(row, step) * stride;
                    y[to..to + state].copy_from_slice(h);
                }
            }
            start = end;
        }
        for (wanted, states, len) in [(outputs.h, h_now, state), (outputs.c, c_now, of.memory())] {
            let Some(first) = wanted else { continue };
            for place in 0..rows {
                let to = order.row(place) * outputs.row + first;
                y[to..to + len].copy_from_slice(&states[place * len..][..len]);
            }
        }
    }
}

/// The inputs in the order of the steps.
fn gather<T: Copy>(order: Order<'_>, of: &Recurrent, x: &[T], packed: &mut [T]) {
    let mut places = packed.chunks_exact_mut(of.inputs);
    for step in 0..of.steps {
        for (place, to) in (0..order.running(step)).zip(&mut places) {
            let row = order.row(place);
            let from = (row * of.steps + order.place(row, step)) * of.inputs;
            to.copy_from_slice(&x[from..from + of.inputs]);
        }
    }
}

/// The states to begin with, in the order of the rows: zeros if none are given.
fn begin<T: Float>(order: Order<'_>, given: Option<&[T]>, states: &mut [T]) {
    let Some(given) = given else { return states.fill(T::ZERO) };
    let width = states.len() / order.rows.len();
    for place in 0..order.rows.len() {
        let from = order.row(place) * width;
        states[place * width..][..width].copy_from_slice(&given[from..from + width]);
    }
}
