//! What a recurrent layer is: its cell, its sizes, and the buffers that it needs.

use super::order;
use crate::gemm::{alone_scratch_len, most_scratch_len};
use neuropil_simd::Float;

/// The function of an RNN's sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Squash {
    /// tanh x
    Tanh,
    /// max(x, 0)
    Relu,
}

/// Where the reset gate of a GRU stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reset {
    /// It scales what the state's product gave: PyTorch's and cuDNN's form.
    After,
    /// It scales the state before the product: the form of the paper.
    Before,
}

/// What is done in each step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cell {
    /// h' = φ(x W + h U).
    Rnn(Squash),
    /// Gated recurrent unit.
    Gru(Reset),
    /// Long short-term memory; with a projection the state h has so many numbers.
    Lstm {
        /// Numbers of h; `None` for as many as there are units.
        projection: Option<usize>,
    },
}

impl Cell {
    /// How many blocks of `hidden` columns W and U have.
    pub fn gates(self) -> usize {
        match self {
            Self::Rnn(_) => 1,
            Self::Gru(_) => 3,
            Self::Lstm { .. } => 4,
        }
    }

    /// `"RNN"`, `"GRU"`, or `"LSTM"`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rnn(_) => "RNN",
            Self::Gru(_) => "GRU",
            Self::Lstm { .. } => "LSTM",
        }
    }
}

/// One layer in one direction over sequences of up to `steps` steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recurrent {
    /// What is done in each step.
    pub cell: Cell,
    /// Steps of a padded sequence.
    pub steps: usize,
    /// Numbers of x in a step.
    pub inputs: usize,
    /// Units.
    pub hidden: usize,
    /// Whether each sequence is read from its end.
    pub reverse: bool,
}

/// Rows of all steps together whose inputs are projected in one product.
pub(super) const BLOCK: usize = 64;

/// What forward keeps of a row in a step: lengths of numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kept {
    pub x: usize,
    /// The state before the step.
    pub h: usize,
    pub gates: usize,
    /// The LSTM's c before the step; the GRU's h Uₙ + dₙ, or r ⊙ h.
    pub c: usize,
    /// tanh(c').
    pub tanh_c: usize,
    /// o ⊙ tanh(c') before a projection.
    pub m: usize,
}

impl Kept {
    pub fn lens(self) -> [usize; 6] {
        [self.x, self.h, self.gates, self.c, self.tanh_c, self.m]
    }
}

impl Recurrent {
    /// Numbers of the state h, which is the output of a step.
    pub fn state(&self) -> usize {
        match self.cell {
            Cell::Lstm { projection } => projection.unwrap_or(self.hidden),
            _ => self.hidden,
        }
    }

    /// Numbers of the LSTM's second state c; 0 for other cells.
    pub fn memory(&self) -> usize {
        match self.cell {
            Cell::Lstm { .. } => self.hidden,
            _ => 0,
        }
    }

    /// Columns of W and U.
    pub fn columns(&self) -> usize {
        self.cell.gates() * self.hidden
    }

    /// The fewest rows of a shard where there are several. Sixteen are enough for the tiles of a product if U,
    /// which each step reads anew, stays in the second-level cache; else it comes from further away, and
    /// more rows should meet it, whose products are then shared out by columns.
    fn least_rows(&self) -> usize {
        const CACHED: usize = 1 << 18;
        if self.state() * self.columns() <= CACHED { 16 } else { 64 }
    }

    /// Into how many shards a batch is cut.
    pub(super) fn shards(&self, rows: usize) -> usize {
        order::shards(rows, self.least_rows())
    }

    /// Rows of a shard, the last one's perhaps fewer.
    pub(super) fn shard_rows(&self, rows: usize) -> usize {
        order::shard_rows(rows, self.least_rows())
    }

    pub(super) fn is_projected(&self) -> bool {
        matches!(self.cell, Cell::Lstm { projection: Some(_) })
    }

    /// Whether the products with x and h are kept apart, since the reset gate stands between them.
    pub(super) fn is_apart(&self) -> bool {
        self.cell == Cell::Gru(Reset::After)
    }

    pub(super) fn kept(&self) -> Kept {
        let hidden = self.hidden;
        let (c, tanh_c) = match self.cell {
            Cell::Rnn(_) => (0, 0),
            Cell::Gru(_) => (hidden, 0),
            Cell::Lstm { .. } => (hidden, hidden),
        };
        let m = if self.is_projected() { hidden } else { 0 };
        Kept { x: self.inputs, h: self.state(), gates: self.columns(), c, tanh_c, m }
    }

    /// Numbers that forward keeps for backward, for a batch of `rows`.
    pub fn saved_len(&self, rows: usize) -> usize {
        self.kept().lens().iter().map(|len| aligned(len * rows * self.steps)).sum()
    }

    /// Words that forward keeps for backward, for a batch of `rows`.
    pub fn words_len(&self, rows: usize) -> usize {
        rows + self.shards(rows) * self.steps
    }

    /// Numbers of scratch that a pass over a batch of `rows` may need on the threads of the present pool.
    pub fn scratch_len<T: Float>(&self, rows: usize) -> usize {
        let forward =
            self.forward_scratch(rows) + self.shards(rows) * self.product_scratch::<T>(rows);
        let all = rows * self.steps;
        let (columns, state) = (self.columns(), self.state());
        let steps = aligned(all * columns)
            + if self.is_apart() { aligned(all * columns) } else { 0 }
            + if self.is_projected() { aligned(all * state) } else { 0 };
        let back =
            self.backward_scratch(rows) + self.shards(rows) * self.product_scratch::<T>(rows);
        let at_the_end = [
            most_scratch_len::<T>(self.inputs, columns, all),
            most_scratch_len::<T>(state, columns, all),
            most_scratch_len::<T>(self.hidden, state, all),
            most_scratch_len::<T>(1, columns, all),
        ];
        let at_the_end = at_the_end.into_iter().max().unwrap_or(0);
        forward.max(steps + back.max(at_the_end))
    }

    /// Numbers of scratch of all shards' forward, their products' apart.
    pub(super) fn forward_scratch(&self, rows: usize) -> usize {
        let each = self.forward_shard_scratch(self.shard_rows(rows));
        aligned(self.columns()) + self.shards(rows) * each
    }

    /// h and c at the sequences' ends, and the state's products.
    pub(super) fn forward_shard_scratch(&self, rows: usize) -> usize {
        let products = if self.is_apart() { rows * self.columns() } else { 0 };
        aligned(rows * self.state()) + aligned(rows * self.memory()) + aligned(products)
    }

    pub(super) fn backward_scratch(&self, rows: usize) -> usize {
        self.shards(rows) * self.backward_shard_scratch(self.shard_rows(rows))
    }

    /// The gradients of h, c, and either of what is projected or of r ⊙ h, and those of some steps' x.
    pub(super) fn backward_shard_scratch(&self, rows: usize) -> usize {
        aligned(rows * self.state())
            + aligned(rows * self.memory())
            + aligned(rows * self.hidden)
            + aligned(rows.max(BLOCK) * self.inputs)
    }

    /// What the largest product of a shard needs.
    pub(super) fn product_scratch<T: Float>(&self, rows: usize) -> usize {
        let (columns, state, hidden) = (self.columns(), self.state(), self.hidden);
        let shard = self.shard_rows(rows);
        let block = shard.max(BLOCK).min(shard * self.steps);
        let products = [
            (block, columns, self.inputs),
            (block, self.inputs, columns),
            (shard, columns, state),
            (shard, state, columns),
            (shard, state, hidden),
            (shard, hidden, state),
        ];
        let alone = self.shards(rows) > 1;
        let len = |(m, n, k)| match alone {
            true => alone_scratch_len::<T>(m, n, k),
            false => most_scratch_len::<T>(m, n, k),
        };
        aligned(products.into_iter().map(len).max().unwrap_or(0))
    }
}

/// The next multiple of a cache line's numbers.
pub(super) fn aligned(len: usize) -> usize {
    len.next_multiple_of(16)
}
