//! A recurrent net without any support for recurrence: one weight used at each time, two lengths.

use neuropil_initializers::XavierUniform;
use neuropil_nn::ops::LinearOp;
use neuropil_nn::{Backward, Forward, Graph, Op, Spec, prelude::*};
use neuropil_simd::Float;
use neuropil_tensor::{Shape, ShapeError};

/// The slice at one time of `[times, ..]`.
#[derive(Debug)]
struct At(usize);

impl<T: Float> Op<T> for At {
    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
        match inputs[0].shape.dims() {
            [times, rest @ ..] if self.0 < *times => Ok(inputs[0].with_shape(Shape::new(rest))),
            _ => Err(ShapeError::unsupported(
                "At",
                inputs[0].shape,
                format!("more than {} times", self.0),
            )),
        }
    }

    fn forward(&self, step: Forward<'_, T>) {
        let (sample, width) = (step.x.spec(0).shape.len(), step.y.len() / step.rows);
        for (y, x) in step.y.chunks_exact_mut(width).zip(step.x.get(0).chunks_exact(sample)) {
            y.copy_from_slice(&x[self.0 * width..][..width]);
        }
    }

    fn backward(&self, mut step: Backward<'_, T>) {
        let (sample, width) = (step.x.spec(0).shape.len(), step.dy.len() / step.rows);
        let Some(dx) = step.dx.get(0) else { return };
        for (dx, dy) in dx.chunks_exact_mut(sample).zip(step.dy.chunks_exact(width)) {
            for (dx, &dy) in dx[self.0 * width..].iter_mut().zip(dy) {
                *dx += dy;
            }
        }
    }
}

/// The state before the first time: an op without inputs.
#[derive(Debug)]
struct Start(usize);

impl<T: Float> Op<T> for Start {
    fn output(&self, _inputs: &[Spec]) -> Result<Spec, ShapeError> {
        Ok(Spec::per_row([self.0]))
    }

    fn forward(&self, step: Forward<'_, T>) {
        step.y.fill(T::ZERO);
    }

    fn backward(&self, _step: Backward<'_, T>) {}
}

/// h_t = tanh(x_t W + b + h_{t-1} U) over `[times, width]`; the last h.
#[derive(Debug)]
struct Rnn {
    hidden: usize,
}

impl Module for Rnn {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        let graph = x.graph();
        let w = graph.matrix("weight_ih", [x.width(), self.hidden], XavierUniform::new())?;
        let u = graph.matrix("weight_hh", [self.hidden, self.hidden], XavierUniform::new())?;
        let b = graph.param("bias", [self.hidden], Zeros)?;
        let mut h = graph.record(Start(self.hidden), &[], &[])?;
        for time in 0..x.shape()[0] {
            let from_x = x.op(At(time))?.op_with([w, b], LinearOp)?;
            h = from_x.plus(h.op_with([u], LinearOp)?)?.then(Tanh)?;
        }
        Ok(h)
    }
}

#[test]
fn back_propagation_through_time() -> Result<(), Error> {
    gradcheck(&Rnn { hidden: 4 }, [1, 3], 1)?;
    gradcheck(&Rnn { hidden: 3 }, [5, 2], 2)?;
    Ok(())
}

#[test]
fn two_lengths_share_the_weights() -> Result<(), Error> {
    let rnn = Rnn { hidden: 3 };
    let (short, long) = (Graph::new(), Graph::new());
    let (x_short, x_long) = (short.input("x", [2, 2]), long.input("x", [4, 2]));
    let y_short = x_short.named("rnn", &rnn)?;
    let y_long = x_long.named("rnn", &rnn)?;
    let mut params = Params::<f64>::new(&[&short, &long], 1)?;
    assert_eq!(params.paths().count(), 3);

    // A long sequence that begins with two frames of zeros, without a bias, ends as the short one.
    params.get_mut("rnn.bias")?.fill(0.0);
    let mut short_plan = Plan::inference(&short, &[y_short])?;
    let mut long_plan = Plan::inference(&long, &[y_long])?;
    let mut run = short_plan.run(&mut params, 1)?;
    run.input(x_short).copy_from_slice(&[0.1, 0.2, 0.3, 0.4]);
    run.forward()?;
    let expected = run.value(y_short).to_vec();
    let mut run = long_plan.run(&mut params, 1)?;
    run.input(x_long).copy_from_slice(&[0.0, 0.0, 0.0, 0.0, 0.1, 0.2, 0.3, 0.4]);
    run.forward()?;
    assert_eq!(run.value(y_long), expected);
    Ok(())
}
