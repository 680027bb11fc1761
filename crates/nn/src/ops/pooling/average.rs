//! Average pooling as an op.

use crate::op::{Backward, Forward, Op};
use crate::spec::Spec;
use neuropil_simd::Float;
use neuropil_tensor::ShapeError;
use neuropil_tensor::pool::AveragePooling;

/// y = the mean of each window; dx += dy over the divisor. PyTorch's `avg_pool2d`.
///
/// ```
/// use neuropil_nn::{Graph, Params, Plan, ops::AvgPoolOp, prelude::*};
/// use neuropil_tensor::{Rounding, Window, pool::{AveragePooling, Divisor}};
///
/// let graph = Graph::new();
/// let x = graph.input("x", [1, 4]);
/// let halves = Window { stride: 2, ..Window::new(2) };
/// let pool = AveragePooling::new([1, 4], [halves], Rounding::Down, Divisor::Padded)?;
/// let y = x.op(AvgPoolOp(pool))?;
/// let mut params = Params::<f32>::new(&[&graph], 42)?;
/// let mut plan = Plan::inference(&graph, &[y])?;
/// let mut run = plan.run(&mut params, 1)?;
/// run.input(x).copy_from_slice(&[1.0, 2.0, 4.0, 3.0]);
/// run.forward()?;
/// assert_eq!(run.value(y), [1.5, 3.5]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct AvgPoolOp(pub AveragePooling);

impl<T: Float> Op<T> for AvgPoolOp {
    fn name(&self) -> String {
        "AvgPool".into()
    }

    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
        super::output("AvgPool", inputs[0], self.0.input(), self.0.output())
    }

    fn forward(&self, step: Forward<'_, T>) {
        self.0.forward(step.x.get(0), step.y);
    }

    fn backward(&self, mut step: Backward<'_, T>) {
        match step.dx.target(0) {
            None => {}
            Some(dx) if dx.first => self.0.backward_over(step.dy, dx.values),
            Some(dx) => self.0.backward(step.dy, dx.values),
        }
    }
}
