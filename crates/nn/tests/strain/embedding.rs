//! Embedding: an input of integers, a gradient that touches few rows.

use neuropil_nn::gradcheck::check_op;
use neuropil_nn::{Backward, Forward, Graph, Op, Spec, prelude::*};
use neuropil_simd::Float;
use neuropil_tensor::{Shape, ShapeError};
use std::ops::Range;

/// y = the rows of a table `[tokens, width]` that the indices name.
#[derive(Debug)]
struct EmbeddingOp;

impl<T: Float> Op<T> for EmbeddingOp {
    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
        let (tokens, table) = (inputs[0], inputs[1]);
        if !tokens.indices || table.shape.rank() != 2 {
            return Err(ShapeError::unsupported("Embedding", tokens.shape, "indices and a table"));
        }
        let dims = tokens.shape.dims().iter().copied().chain([table.width()]);
        Ok(Spec::per_row(dims.collect::<Shape>()))
    }

    fn index_range(&self, input: usize, inputs: &[Spec]) -> Option<Range<u32>> {
        (input == 0).then(|| 0..inputs[1].shape[0] as u32)
    }

    fn forward(&self, step: Forward<'_, T>) {
        let (tokens, table) = (step.x.indices(0), step.x.get(1));
        let width = step.x.spec(1).width();
        for (y, &token) in step.y.chunks_exact_mut(width).zip(tokens) {
            y.copy_from_slice(&table[token as usize * width..][..width]);
        }
    }

    fn backward(&self, mut step: Backward<'_, T>) {
        let (tokens, width) = (step.x.indices(0), step.x.spec(1).width());
        if let Some(dtable) = step.dx.get(1) {
            for (dy, &token) in step.dy.chunks_exact(width).zip(tokens) {
                for (d, &dy) in dtable[token as usize * width..].iter_mut().zip(dy) {
                    *d += dy;
                }
            }
        }
    }
}

#[test]
fn gradients() -> Result<(), Error> {
    check_op(EmbeddingOp, &[Spec::indices([]), Spec::single([5, 3])], 1)?;
    check_op(EmbeddingOp, &[Spec::indices([4]), Spec::single([2, 3])], 2)?;
    Ok(())
}

#[test]
fn a_token_out_of_the_table_is_an_error() -> Result<(), Error> {
    let graph = Graph::new();
    let tokens = graph.index_input("tokens", [2]);
    let table = graph.param("table", [5, 3], Normal::new(0.0, 1.0).expect("a spread"))?;
    let y = tokens.op_with([table], EmbeddingOp)?;
    assert_eq!(y.shape().dims(), [2, 3]);
    let mut params = Params::<f32>::new(&[&graph], 1)?;
    let mut plan = Plan::inference(&graph, &[y])?;
    let mut run = plan.run(&mut params, 2)?;
    run.indices(tokens).copy_from_slice(&[0, 4, 5, 1]);
    let error = run.forward().unwrap_err().to_string();
    assert_eq!(error, "input \"tokens\", row 1: index 5, expected below 5");
    run.indices(tokens).copy_from_slice(&[0, 4, 3, 1]);
    run.forward()?;
    let y = run.value(y)[3..6].to_vec();
    assert_eq!(y, params.get("table")?[12..15]);
    Ok(())
}
