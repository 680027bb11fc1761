//! Max pooling as an op.

use crate::op::{Backward, Forward, Memory, Op};
use crate::spec::Spec;
use neuropil_simd::Float;
use neuropil_tensor::ShapeError;
use neuropil_tensor::pool::MaxPooling;

/// y = the largest number in each window; dx += dy where it was found. PyTorch's `max_pool2d`.
///
/// ```
/// use neuropil_nn::{Graph, Params, Plan, ops::MaxPoolOp, prelude::*};
/// use neuropil_tensor::{Rounding, Window, pool::MaxPooling};
///
/// let graph = Graph::new();
/// let x = graph.input("x", [1, 4]);
/// let halves = Window { stride: 2, ..Window::new(2) };
/// let y = x.op(MaxPoolOp(MaxPooling::new([1, 4], [halves], Rounding::Down)?))?;
/// let mut params = Params::<f32>::new(&[&graph], 42)?;
/// let mut plan = Plan::inference(&graph, &[y])?;
/// let mut run = plan.run(&mut params, 1)?;
/// run.input(x).copy_from_slice(&[1.0, 2.0, 4.0, 3.0]);
/// run.forward()?;
/// assert_eq!(run.value(y), [2.0, 4.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct MaxPoolOp(pub MaxPooling);

impl<T: Float> Op<T> for MaxPoolOp {
    fn name(&self) -> String {
        "MaxPool".into()
    }

    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
        super::output("MaxPool", inputs[0], self.0.input(), self.0.output())
    }

    fn memory(&self, rows: usize, inputs: &[Spec]) -> Memory {
        let words = inputs[0].with_shape(self.0.output()).len(rows);
        Memory { words, ..Memory::default() }
    }

    fn forward(&self, step: Forward<'_, T>) {
        self.0.forward(step.x.get(0), step.y, step.words);
    }

    fn backward(&self, mut step: Backward<'_, T>) {
        match step.dx.target(0) {
            None => {}
            Some(dx) if dx.first => self.0.backward_over(step.words, step.dy, dx.values),
            Some(dx) => self.0.backward(step.words, step.dy, dx.values),
        }
    }
}
