//! Rows of a table, chosen by indices.

use crate::op::{Backward, Forward, Op};
use crate::parallel;
use crate::spec::Spec;
use neuropil_simd::Float;
use neuropil_tensor::{Shape, ShapeError};
use std::ops::Range;

/// y = the rows of a table that tokens name: inputs indices `[..]` and the table `[tokens, width]`,
/// output `[.., width]`.
///
/// dW of a row is the sum of dy over all places of its token, in their order. The row of the
/// [`padding_index`](EmbeddingOp::padding_index) gets no gradient; with a
/// [`max_norm`](EmbeddingOp::max_norm) m, y = w min(1, m/‖w‖) and dw = J dy with the derivative J of
/// that, (m/n)(1 - w wᵀ/n²) where n = ‖w‖ > m. By default neither is set. PyTorch's `functional.embedding`, but for what
/// [`Embedding::max_norm`](crate::Embedding::max_norm) says.
///
/// ```
/// use neuropil_nn::{Graph, Params, Plan, ops::EmbeddingOp, prelude::*};
///
/// let graph = Graph::new();
/// let tokens = graph.index_input("tokens", [2]);
/// let y = tokens.op_with([graph.param("table", [3, 2], Zeros)?], EmbeddingOp::new())?;
/// let mut params = Params::<f32>::new(&[&graph], 42)?;
/// params.get_mut("table")?.copy_from_slice(&[0.0, 0.1, 1.0, 1.1, 2.0, 2.1]);
/// let mut plan = Plan::inference(&graph, &[y])?;
/// let mut run = plan.run(&mut params, 1)?;
/// run.indices(tokens).copy_from_slice(&[2, 0]);
/// run.forward()?;
/// assert_eq!(run.value(y), [2.0, 2.1, 0.0, 0.1]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct EmbeddingOp {
    padding: Option<u32>,
    max_norm: Option<f64>,
}

impl EmbeddingOp {
    /// The rows as they are.
    pub fn new() -> Self {
        Self::default()
    }

    /// No gradient for the row of this token.
    #[must_use]
    pub fn padding_index(mut self, token: u32) -> Self {
        self.padding = Some(token);
        self
    }

    /// Rows of at most this Euclidean norm.
    ///
    /// # Panics
    /// Unless m is a finite number above 0.
    #[must_use]
    pub fn max_norm(mut self, m: f64) -> Self {
        assert!(m > 0.0 && m.is_finite(), "the largest norm of a row is {m}");
        self.max_norm = Some(m);
        self
    }

    /// The norm of a row, if it is above the largest.
    fn excess<T: Float>(self, w: &[T]) -> Option<(f64, f64)> {
        let max = self.max_norm?;
        let norm = dot(w, w).sqrt();
        (norm > max).then_some((norm, max))
    }
}

/// The sum of a row's products, in `f64`, from first to last: the same at every level.
fn dot<T: Float>(a: &[T], b: &[T]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a.to_f64() * b.to_f64()).sum()
}

impl<T: Float> Op<T> for EmbeddingOp {
    fn name(&self) -> String {
        "Embedding".into()
    }

    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
        let (x, table) = (inputs[0], inputs[1]);
        if !x.indices {
            return Err(ShapeError::unsupported("Embedding", x.shape, "indices, found numbers"));
        }
        if table.shape.rank() != 2 || table.per_row || table.is_empty() {
            let expected = "a table [tokens, width] of at least one number";
            return Err(ShapeError::unsupported("Embedding", table.shape, expected));
        }
        let dims = x.shape.dims().iter().copied().chain([table.width()]);
        Ok(Spec::per_row(dims.collect::<Shape>()))
    }

    fn index_range(&self, input: usize, inputs: &[Spec]) -> Option<Range<u32>> {
        (input == 0).then(|| 0..u32::try_from(inputs[1].shape[0]).unwrap_or(u32::MAX))
    }

    fn forward(&self, step: Forward<'_, T>) {
        let (tokens, table, width) = (step.x.indices(0), step.x.get(1), step.x.spec(1).width());
        parallel::rows(step.y, width, |at, y| {
            for (y, &token) in y.chunks_exact_mut(width).zip(&tokens[at]) {
                y.copy_from_slice(&table[token as usize * width..][..width]);
                if let Some((norm, max)) = self.excess(y) {
                    let scale = T::of(max / norm);
                    y.iter_mut().for_each(|y| *y *= scale);
                }
            }
        });
    }

    fn backward(&self, mut step: Backward<'_, T>) {
        let (tokens, table, width) = (step.x.indices(0), step.x.get(1), step.x.spec(1).width());
        let (dy, padding) = (&*step.dy, self.padding);
        let Some(dtable) = step.dx.target(1) else { return };
        let first = dtable.first;
        // Each piece of the table takes its own tokens out of all, so that a row is summed in the
        // order of the tokens however the table is cut.
        let cost = width + dy.len().div_ceil(dtable.values.len() / width);
        parallel::rows_of_cost(dtable.values, (width, cost), |rows, dtable| {
            if first {
                dtable.fill(T::ZERO);
            }
            for (dy, &token) in dy.chunks_exact(width).zip(tokens) {
                let row = token as usize;
                if !rows.contains(&row) || padding == Some(token) {
                    continue;
                }
                let dw = &mut dtable[(row - rows.start) * width..][..width];
                let w = &table[row * width..][..width];
                match self.excess(w) {
                    None => dw.iter_mut().zip(dy).for_each(|(dw, &dy)| *dw += dy),
                    Some((norm, max)) => {
                        let (scale, along) = (T::of(max / norm), T::of(dot(w, dy) / (norm * norm)));
                        for ((dw, &dy), &w) in dw.iter_mut().zip(dy).zip(w) {
                            *dw += scale * (dy - along * w);
                        }
                    }
                }
            }
        });
    }
}
