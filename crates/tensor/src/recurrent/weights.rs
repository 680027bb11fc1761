//! The weights of a recurrent layer, in place and packed.

use super::shapes::Recurrent;
use crate::gemm::{Matrix, Packed, Right};
use neuropil_simd::Float;

/// The biases of a layer, `[gates hidden]` both.
#[derive(Clone, Copy, Debug)]
pub struct Bias<'a, T> {
    /// b, added to the products of x.
    pub input: &'a [T],
    /// d, added to the products of h.
    pub state: &'a [T],
}

/// The weights of a layer.
#[derive(Clone, Copy, Debug)]
pub struct Weights<'a, T> {
    /// W, `[inputs, gates hidden]`.
    pub input: &'a [T],
    /// U, `[state, gates hidden]`.
    pub state: &'a [T],
    /// R, `[hidden, state]`, of an LSTM with a projection.
    pub projection: Option<&'a [T]>,
    /// b and d.
    pub bias: Option<Bias<'a, T>>,
    /// The same weights packed, where they are.
    pub packed: PackedWeights<'a, T>,
}

/// Weights that were packed once for the many products of a sequence: without them each step packs anew.
#[derive(Clone, Copy, Debug)]
pub struct PackedWeights<'a, T> {
    /// W.
    pub input: Option<&'a Packed<T>>,
    /// U.
    pub state: Option<&'a Packed<T>>,
    /// R.
    pub projection: Option<&'a Packed<T>>,
    /// Wᵀ.
    pub input_transposed: Option<&'a Packed<T>>,
    /// Uᵀ.
    pub state_transposed: Option<&'a Packed<T>>,
    /// Rᵀ.
    pub projection_transposed: Option<&'a Packed<T>>,
}

impl<T> Default for PackedWeights<'_, T> {
    fn default() -> Self {
        Self {
            input: None,
            state: None,
            projection: None,
            input_transposed: None,
            state_transposed: None,
            projection_transposed: None,
        }
    }
}

impl<'a, T: Float> Weights<'a, T> {
    #[track_caller]
    pub(super) fn check(&self, of: &Recurrent) {
        let columns = of.columns();
        check("W", self.input.len(), of.inputs * columns);
        check("U", self.state.len(), of.state() * columns);
        match (self.projection, of.is_projected()) {
            (Some(r), true) => check("R", r.len(), of.hidden * of.state()),
            (None, false) => {}
            (r, _) => panic!("recurrent: a projection is {} here", wanted(r.is_none())),
        }
        if let Some(Bias { input, state }) = self.bias {
            check("b", input.len(), columns);
            check("d", state.len(), columns);
        }
    }

    pub(super) fn w(&self, of: &Recurrent) -> Right<'a, T> {
        right(self.packed.input, Matrix::new(self.input, of.inputs, of.columns()))
    }

    pub(super) fn w_transposed(&self, of: &Recurrent) -> Right<'a, T> {
        let matrix = Matrix::new(self.input, of.inputs, of.columns()).transposed();
        right(self.packed.input_transposed, matrix)
    }

    pub(super) fn u(&self, of: &Recurrent) -> Right<'a, T> {
        right(self.packed.state, Matrix::new(self.state, of.state(), of.columns()))
    }

    pub(super) fn u_transposed(&self, of: &Recurrent) -> Right<'a, T> {
        let matrix = Matrix::new(self.state, of.state(), of.columns()).transposed();
        right(self.packed.state_transposed, matrix)
    }

    /// U's columns of some gates alone, `first` to `first + count`, of a GRU whose gates are not computed
    /// together.
    pub(super) fn u_of_gates(&self, of: &Recurrent, first: usize, count: usize) -> Matrix<'a, T> {
        let (hidden, columns) = (of.hidden, of.columns());
        let from_first = &self.state[first * hidden..];
        Matrix::with_strides(from_first, of.state(), count * hidden, columns, 1)
    }

    pub(super) fn r(&self, of: &Recurrent) -> Right<'a, T> {
        let r = self.projection.unwrap_or_default();
        right(self.packed.projection, Matrix::new(r, of.hidden, of.state()))
    }

    pub(super) fn r_transposed(&self, of: &Recurrent) -> Right<'a, T> {
        let r = self.projection.unwrap_or_default();
        let matrix = Matrix::new(r, of.hidden, of.state()).transposed();
        right(self.packed.projection_transposed, matrix)
    }
}

fn wanted(missing: bool) -> &'static str {
    if missing { "missing" } else { "not wanted" }
}

fn right<'a, T: Float>(packed: Option<&'a Packed<T>>, matrix: Matrix<'a, T>) -> Right<'a, T> {
    packed.map_or(Right::Matrix(matrix), Right::Packed)
}

#[track_caller]
pub(super) fn check(what: &str, found: usize, expected: usize) {
    assert!(found == expected, "recurrent: {what} has {found} numbers, expected {expected}");
}
