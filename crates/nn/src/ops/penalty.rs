//! A penalty as an op.

use crate::lend::Inputs;
use crate::op::{Backward, Forward, Memory, Op};
use crate::spec::Spec;
use neuropil_regularizers::{Regularizer, Units};
use neuropil_simd::Float;
use neuropil_tensor::ShapeError;

/// What the numbers of a value cost: y = penalty(x)/rows, a single number; dx += dy penalty'(x)/rows.
///
/// For a penalty that sees units, each row is one. A value that is not one of each row counts as one row.
/// Source: the `activity_regularizer` of Keras, which divides by the rows of the batch likewise.
///
/// ```
/// use neuropil_nn::{Graph, Params, Plan, ops::PenaltyOp, prelude::*};
/// use neuropil_regularizers::L1;
///
/// let graph = Graph::new();
/// let x = graph.input("x", [2]);
/// let y = x.op(PenaltyOp(L1::new(0.5)?))?;
/// let mut params = Params::<f32>::new(&[&graph], 42)?;
/// let mut plan = Plan::inference(&graph, &[y])?;
/// let mut run = plan.run(&mut params, 2)?;
/// run.input(x).copy_from_slice(&[1.0, -2.0, 0.0, 5.0]);
/// run.forward()?;
/// assert_eq!(run.value(y), [2.0]); // 0.5 · 8, over two rows
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct PenaltyOp<R>(pub R);

/// The rows of x as units, and the share of each.
fn units<T: Float>(rows: usize, x: &Inputs<'_, T>) -> (Units, f64) {
    let spec = x.spec(0);
    let rows = if spec.per_row { rows } else { 1 };
    (Units::rows(rows, spec.shape.len()), 1.0 / rows as f64)
}

impl<T: Float, R: Regularizer> Op<T> for PenaltyOp<R> {
    fn name(&self) -> String {
        self.0.name()
    }

    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
        inputs[0].numbers("penalty")?;
        Ok(Spec::single([]))
    }

    fn memory(&self, rows: usize, inputs: &[Spec]) -> Memory {
        Memory { scratch: inputs[0].len(rows), ..Memory::default() }
    }

    fn forward(&self, step: Forward<'_, T>) {
        let (units, share) = units(step.rows, &step.x);
        step.y[0] = T::of(share * self.0.penalty_of_units(units, step.x.get(0)));
    }

    fn backward(&self, mut step: Backward<'_, T>) {
        let (units, share) = units(step.rows, &step.x);
        let (x, factor) = (step.x.get(0), step.dy[0] * T::of(share));
        if let Some(dx) = step.dx.get(0) {
            let slope = &mut step.scratch[..x.len()];
            slope.fill(T::ZERO);
            self.0.backward_of_units(units, x, slope);
            for (dx, &slope) in dx.iter_mut().zip(&*slope) {
                *dx += factor * slope;
            }
        }
    }
}
