//! Back through time.

use super::forward::{Outputs, Pass, Sequences, each_shard};
use super::order::{MOST, Order};
use super::shapes::{BLOCK, Cell, Kept, Recurrent, Reset, aligned};
use super::weights::{Weights, check};
use super::work::Work;
use super::{gru, lstm, rnn};
use crate::gemm::{Matrix, MatrixMut, Plain, Right, gemm_at};
use neuropil_simd::{Float, Level};

/// A gradient to write, and whether to add to what is there.
pub type Target<'a, T> = Option<(&'a mut [T], bool)>;

/// The gradients that are wanted, shaped as what they are gradients of.
#[derive(Debug)]
pub struct Gradients<'a, T> {
    /// Of x, `[rows, steps, inputs]`; zero beyond a sequence's length.
    pub x: Target<'a, T>,
    /// Of the first h, `[rows, state]`.
    pub h: Target<'a, T>,
    /// Of the LSTM's first c, `[rows, hidden]`.
    pub c: Target<'a, T>,
    /// Of W.
    pub input: Target<'a, T>,
    /// Of U.
    pub state: Target<'a, T>,
    /// Of R.
    pub projection: Target<'a, T>,
    /// Of b.
    pub input_bias: Target<'a, T>,
    /// Of d.
    pub state_bias: Target<'a, T>,
}

impl<T> Default for Gradients<'_, T> {
    fn default() -> Self {
        Self {
            x: None,
            h: None,
            c: None,
            input: None,
            state: None,
            projection: None,
            input_bias: None,
            state_bias: None,
        }
    }
}

/// What forward has kept, by kind.
#[derive(Clone, Copy)]
struct KeptRef<'a, T>([&'a [T]; 6]);

impl<'a, T: Float> KeptRef<'a, T> {
    fn new(kept: Kept, rows: usize, mut saved: &'a [T]) -> Self {
        Self(kept.lens().map(|len| {
            let (piece, rest) = saved.split_at(aligned(len * rows));
            saved = rest;
            piece
        }))
    }

    /// What belongs to `count` rows of steps from `first` on.
    fn part(&self, kept: Kept, first: usize, count: usize) -> Self {
        let mut pieces = self.0;
        for (piece, len) in pieces.iter_mut().zip(kept.lens()) {
            *piece = &piece[first * len..(first + count) * len];
        }
        Self(pieces)
    }
}

/// The gradients that are made step by step, in the order of the steps.
struct Steps<'a, T> {
    /// Of the sums of x, `[.., gates hidden]`; of those of h too, unless they are apart.
    sums: &'a mut [T],
    /// Of the sums of h, where they are apart.
    of_state: &'a mut [T],
    /// Of h', where it is projected.
    h: &'a mut [T],
}

/// The part of a batch that one thread takes back through all steps.
struct Shard<'a, T> {
    order: Order<'a>,
    kept: KeptRef<'a, T>,
    dy: &'a [T],
    steps: Steps<'a, T>,
    dx: Target<'a, T>,
    dh: Target<'a, T>,
    dc: Target<'a, T>,
    scratch: &'a mut [T],
    products: &'a mut [T],
}

/// Cuts the first numbers off.
fn cut<'a, T>(rest: &mut &'a mut [T], len: usize) -> &'a mut [T] {
    let (first, after) = std::mem::take(rest).split_at_mut(len);
    *rest = after;
    first
}

/// Cuts the first numbers off a gradient, if it is wanted.
fn cut_target<'a, T>(target: &mut Target<'a, T>, len: usize) -> Target<'a, T> {
    target.as_mut().map(|(rest, adds)| (cut(rest, len), *adds))
}

impl Recurrent {
    /// The gradients that are wanted, from those of the outputs, `dy` `[rows, outputs.row]`. The rest is
    /// as in [`forward`](Recurrent::forward), which has run before with the same sequences and weights.
    ///
    /// # Panics
    /// If a slice has another length.
    #[allow(clippy::too_many_arguments)] // What is read, what is written, and three buffers.
    #[track_caller]
    pub fn backward<T: Float>(
        &self,
        sequences: Sequences<'_, T>,
        weights: &Weights<'_, T>,
        outputs: Outputs,
        dy: &[T],
        saved: &[T],
        words: &[u32],
        gradients: Gradients<'_, T>,
        scratch: &mut [T],
    ) {
        let level = Level::current();
        self.backward_at(level, sequences, weights, outputs, dy, saved, words, gradients, scratch);
    }

    /// [`backward`](Recurrent::backward) at a chosen level, for tests.
    ///
    /// # Panics
    /// As `backward`, and if this machine lacks the level, or weights were packed for another.
    #[allow(clippy::too_many_arguments)] // As above.
    #[track_caller]
    pub fn backward_at<T: Float>(
        &self,
        level: Level,
        sequences: Sequences<'_, T>,
        weights: &Weights<'_, T>,
        outputs: Outputs,
        dy: &[T],
        saved: &[T],
        words: &[u32],
        mut gradients: Gradients<'_, T>,
        scratch: &mut [T],
    ) {
        let rows = sequences.rows;
        self.check(&sequences, weights, outputs);
        check("dy", dy.len(), rows * outputs.row);
        check("saved", saved.len(), self.saved_len(rows));
        check("words", words.len(), self.words_len(rows));
        self.check_gradients(&gradients, rows);
        let how = Work { level, alone: self.shards(rows) > 1 };
        let pass = Pass { of: self, weights, outputs, how };

        let kept = KeptRef::new(self.kept(), rows * self.steps, saved);
        let all = rows * self.steps;
        let (columns, state) = (self.columns(), self.state());
        let mut scratch = scratch;
        let sums = cut(&mut scratch, aligned(all * columns));
        let of_state = cut(&mut scratch, if self.is_apart() { aligned(all * columns) } else { 0 });
        let dh = cut(&mut scratch, if self.is_projected() { aligned(all * state) } else { 0 });
        let mut rest = Steps { sums: &mut *sums, of_state: &mut *of_state, h: &mut *dh };

        let mut cuts = [const { None }; MOST];
        let each = self.shard_rows(rows);
        let (own, ours) = (self.backward_shard_scratch(each), self.product_scratch::<T>(rows));
        let mut at_shards = &mut scratch[..];
        let (mut words, mut taken) = (words, 0);
        for (number, shard) in cuts.iter_mut().take(self.shards(rows)).enumerate() {
            let first = number * each;
            let count = each.min(rows - first);
            let (order, rest_of_words) = words.split_at(count + self.steps);
            words = rest_of_words;
            let lengths = sequences.lengths.map(|lengths| &lengths[first..first + count]);
            let order = Order::new(order, count, lengths, self.reverse);
            let len = order.len();
            let steps = Steps {
                sums: cut(&mut rest.sums, len * columns),
                of_state: cut(&mut rest.of_state, if self.is_apart() { len * columns } else { 0 }),
                h: cut(&mut rest.h, if self.is_projected() { len * state } else { 0 }),
            };
            *shard = Some(Shard {
                order,
                kept: kept.part(self.kept(), taken, len),
                dy: &dy[first * outputs.row..(first + count) * outputs.row],
                steps,
                dx: cut_target(&mut gradients.x, count * self.steps * self.inputs),
                dh: cut_target(&mut gradients.h, count * state),
                dc: cut_target(&mut gradients.c, count * self.memory()),
                scratch: cut(&mut at_shards, own),
                products: {
                    let ours = ours.min(at_shards.len());
                    cut(&mut at_shards, ours)
                },
            });
            taken += len;
        }
        let work = all * columns * (self.inputs + state);
        each_shard(&mut cuts[..self.shards(rows)], work, &|shard: Shard<'_, T>| shard.run(&pass));

        let of_steps = OfSteps { of: self, level, len: taken, kept, sums, of_state, dh };
        of_steps.weights(gradients, scratch);
    }

    #[track_caller]
    fn check_gradients<T>(&self, gradients: &Gradients<'_, T>, rows: usize) {
        let (columns, state) = (self.columns(), self.state());
        let wanted = [
            ("dx", &gradients.x, rows * self.steps * self.inputs),
            ("dh", &gradients.h, rows * state),
            ("dc", &gradients.c, rows * self.memory()),
            ("dW", &gradients.input, self.inputs * columns),
            ("dU", &gradients.state, state * columns),
            ("dR", &gradients.projection, self.hidden * state),
            ("db", &gradients.input_bias, columns),
            ("dd", &gradients.state_bias, columns),
        ];
        for (what, target, len) in wanted {
            if let Some((target, _)) = target {
                check(what, target.len(), len);
            }
        }
    }
}

impl<T: Float> Shard<'_, T> {
    fn run(self, pass: &Pass<'_, T>) {
        let Pass { of, weights, outputs, how } = *pass;
        let Self { order, kept, dy, steps, dx, dh: dh_first, dc: dc_first, .. } = self;
        let [_, h, gates, c, tanh_c, _] = kept.0;
        let (hidden, state, columns) = (of.hidden, of.state(), of.columns());
        let rows = order.rows.len();
        let mut scratch = self.scratch;
        let dh = cut(&mut scratch, aligned(rows * state));
        let dc = cut(&mut scratch, aligned(rows * of.memory()));
        let dm = cut(&mut scratch, aligned(rows * hidden));
        let dx_block = scratch;
        let own = self.products;
        let mut product = |a: Matrix<'_, T>, b: Right<'_, T>, beta: T, c: MatrixMut<'_, T>| {
            how.product(a, b, beta, c, None, own);
        };

        // The gradients of the last states: a row's wait here until its last step.
        for (wanted, states, len) in
            [(outputs.h, &mut *dh, state), (outputs.c, &mut *dc, of.memory())]
        {
            let Some(first) = wanted else {
                states.fill(T::ZERO);
                continue;
            };
            for place in 0..rows {
                let from = order.row(place) * outputs.row + first;
                states[place * len..][..len].copy_from_slice(&dy[from..from + len]);
            }
        }

        let mut end = order.len();
        for step in (0..of.steps).rev() {
            let running = order.running(step);
            let start = end - running;
            if let Some((first, stride)) = outputs.steps {
                for (place, dh) in dh[..running * state].chunks_exact_mut(state).enumerate() {
                    let row = order.row(place);
                    let from = row * outputs.row + first + order.place(row, step) * stride;
                    dh.iter_mut().zip(&dy[from..from + state]).for_each(|(dh, &dy)| *dh += dy);
                }
            }
            if running == 0 {
                continue;
            }
            let dh = &mut dh[..running * state];
            let gates = &gates[start * columns..end * columns];
            let dsums = &mut steps.sums[start * columns..end * columns];
            let of_hidden = start * hidden..end * hidden;
            // The gradient of the states before the first step is needed only if somebody wants it.
            let goes_on = step > 0 || dh_first.is_some();
            match of.cell {
                Cell::Rnn(squash) => {
                    how.by_rows(rnn::Backward { hidden, squash, y: gates, dh, dsums });
                }
                Cell::Gru(Reset::After) => {
                    let (h_before, of_n) = (&h[of_hidden.clone()], &c[of_hidden]);
                    let of_state = &mut steps.of_state[start * columns..end * columns];
                    let after = true;
                    let step =
                        gru::Backward { hidden, gates, h_before, after, of_n, of_state, dh, dsums };
                    how.by_rows(step);
                }
                Cell::Gru(Reset::Before) => {
                    let h_before = &h[of_hidden];
                    let step = gru::Backward {
                        hidden,
                        gates,
                        h_before,
                        after: false,
                        of_n: &[],
                        of_state: &mut [],
                        dh,
                        dsums,
                    };
                    how.by_rows(step);
                    let dn = &dsums[2 * hidden..];
                    let dn = Matrix::with_strides(dn, running, hidden, columns, 1);
                    let dproduct = &mut dm[..running * hidden];
                    let u = weights.u_of_gates(of, 2, 1).transposed();
                    let to = MatrixMut::new(dproduct, running, hidden);
                    product(dn, u.into(), T::ZERO, to);
                    let step = gru::ResetsBackward { hidden, gates, h_before, dproduct, dh, dsums };
                    how.by_rows(step);
                }
                Cell::Lstm { projection } => {
                    let dm = match projection {
                        None => &*dh,
                        Some(_) => {
                            steps.h[start * state..end * state].copy_from_slice(dh);
                            let dm = &mut dm[..running * hidden];
                            let to = MatrixMut::new(dm, running, hidden);
                            let dh = Matrix::new(dh, running, state);
                            product(dh, weights.r_transposed(of), T::ZERO, to);
                            &*dm
                        }
                    };
                    let (c_before, tanh_c) = (&c[of_hidden.clone()], &tanh_c[of_hidden]);
                    let dc = &mut dc[..running * hidden];
                    let step =
                        lstm::Backward { hidden, gates, c_before, tanh_c, dh: dm, dc, dsums };
                    how.by_rows(step);
                }
            }
            if goes_on {
                let to = MatrixMut::new(dh, running, state);
                match of.cell {
                    Cell::Gru(Reset::After) => {
                        let d = &steps.of_state[start * columns..end * columns];
                        let d = Matrix::new(d, running, columns);
                        product(d, weights.u_transposed(of), T::ONE, to);
                    }
                    Cell::Gru(Reset::Before) => {
                        let d = Matrix::with_strides(dsums, running, 2 * hidden, columns, 1);
                        let u = weights.u_of_gates(of, 0, 2).transposed();
                        product(d, u.into(), T::ONE, to);
                    }
                    _ => {
                        let d = Matrix::new(&*dsums, running, columns);
                        product(d, weights.u_transposed(of), T::ZERO, to);
                    }
                }
            }
            end = start;
        }
        for (target, states, width) in [(dh_first, dh, state), (dc_first, dc, of.memory())] {
            if let Some((target, adds)) = target {
                for place in 0..rows {
                    let to = order.row(place) * width;
                    let from = &states[place * width..][..width];
                    put(&mut target[to..to + width], from, adds);
                }
            }
        }

        let Some((dx, adds)) = dx else { return };
        let inputs = of.inputs;
        if !adds {
            for (row, dx) in dx.chunks_exact_mut(of.steps * inputs).enumerate() {
                dx[order.length(row) * inputs..].fill(T::ZERO);
            }
        }
        let (mut step, mut place, mut start) = (0, 0, 0);
        let all = order.len();
        while start < all {
            let count = BLOCK.max(rows).min(all - start);
            let d = &steps.sums[start * columns..(start + count) * columns];
            let dx_block = &mut dx_block[..count * inputs];
            let to = MatrixMut::new(&mut *dx_block, count, inputs);
            product(Matrix::new(d, count, columns), weights.w_transposed(of), T::ZERO, to);
            for from in dx_block.chunks_exact(inputs) {
                let row = order.row(place);
                let to = row * of.steps + order.place(row, step);
                put(&mut dx[to * inputs..(to + 1) * inputs], from, adds);
                place += 1;
                if place == order.running(step) {
                    (step, place) = (step + 1, 0);
                }
            }
            start += count;
        }
    }
}

/// to = from, or to += from.
fn put<T: Float>(to: &mut [T], from: &[T], adds: bool) {
    match adds {
        false => to.copy_from_slice(from),
        true => to.iter_mut().zip(from).for_each(|(to, &from)| *to += from),
    }
}

/// All steps of all rows, over which the gradients of the weights are sums.
struct OfSteps<'a, T> {
    of: &'a Recurrent,
    level: Level,
    /// Rows of steps.
    len: usize,
    kept: KeptRef<'a, T>,
    sums: &'a [T],
    of_state: &'a [T],
    dh: &'a [T],
}

impl<T: Float> OfSteps<'_, T> {
    fn weights(&self, gradients: Gradients<'_, T>, scratch: &mut [T]) {
        let Self { of, len, sums, of_state, dh, .. } = *self;
        let [x, h, _, c, _, m] = self.kept.0;
        let (hidden, state, columns) = (of.hidden, of.state(), of.columns());
        let matrix = |values, width| matrix(values, len, width);
        let d = matrix(sums, columns);
        let d_of_state = if of.is_apart() { matrix(of_state, columns) } else { d };
        // to = aᵀ d, into columns of a matrix whose rows are `columns` apart.
        let mut sum = |a: Matrix<'_, T>, d: Matrix<'_, T>, to: &mut [T], apart, adds: bool| {
            let beta = if adds { T::ONE } else { T::ZERO };
            let to = MatrixMut::with_stride(to, a.cols(), d.cols(), apart);
            gemm_at(self.level, a.transposed(), d, beta, to, Plain, scratch);
        };
        if let Some((dw, adds)) = gradients.input {
            sum(matrix(x, of.inputs), d, dw, columns, adds);
        }
        match (gradients.state, of.cell) {
            (None, _) => {}
            (Some((du, adds)), Cell::Gru(Reset::Before)) => {
                // r and z are made of h, n of r ⊙ h.
                let d_gates = Matrix::with_strides(sums, len, 2 * hidden, columns, 1);
                sum(matrix(h, state), d_gates, du, columns, adds);
                let d_new = Matrix::with_strides(&sums[2 * hidden..], len, hidden, columns, 1);
                sum(matrix(c, hidden), d_new, &mut du[2 * hidden..], columns, adds);
            }
            (Some((du, adds)), _) => sum(matrix(h, state), d_of_state, du, columns, adds),
        }
        if let Some((dr, adds)) = gradients.projection {
            sum(matrix(m, hidden), matrix(dh, state), dr, state, adds);
        }
        let one = [T::ONE];
        let ones = Matrix::with_strides(&one, len, 1, 0, 0);
        if let Some((db, adds)) = gradients.input_bias {
            sum(ones, d, db, columns, adds);
        }
        if let Some((dd, adds)) = gradients.state_bias {
            sum(ones, d_of_state, dd, columns, adds);
        }
    }
}

fn matrix<T: Float>(values: &[T], rows: usize, width: usize) -> Matrix<'_, T> {
    Matrix::new(&values[..rows * width], rows, width)
}
