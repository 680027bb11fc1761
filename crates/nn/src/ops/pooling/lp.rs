//! Pooling by a norm as an op.

use crate::op::{Backward, Forward, Op};
use crate::spec::Spec;
use neuropil_simd::Float;
use neuropil_tensor::ShapeError;
use neuropil_tensor::pool::LpPooling;

/// y = (Σ |x|^p)^(1/p) of each window; dx += dy (|x|/y)^(p-1) sign(x), 0 where y is 0. PyTorch's
/// `lp_pool2d` for even p.
///
/// ```
/// use neuropil_nn::{Graph, Params, Plan, ops::LpPoolOp, prelude::*};
/// use neuropil_tensor::{Rounding, Window, pool::LpPooling};
///
/// let graph = Graph::new();
/// let x = graph.input("x", [1, 4]);
/// let halves = Window { stride: 2, ..Window::new(2) };
/// let y = x.op(LpPoolOp(LpPooling::new([1, 4], [halves], Rounding::Down, 2.0)?))?;
/// let mut params = Params::<f32>::new(&[&graph], 42)?;
/// let mut plan = Plan::inference(&graph, &[y])?;
/// let mut run = plan.run(&mut params, 1)?;
/// run.input(x).copy_from_slice(&[3.0, -4.0, 0.0, 1.0]);
/// run.forward()?;
/// assert_eq!(run.value(y), [5.0, 1.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct LpPoolOp(pub LpPooling);

impl<T: Float> Op<T> for LpPoolOp {
    fn name(&self) -> String {
        "LpPool".into()
    }

    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
        super::output("LpPool", inputs[0], self.0.input(), self.0.output())
    }

    fn forward(&self, step: Forward<'_, T>) {
        self.0.forward(step.x.get(0), step.y);
    }

    fn backward(&self, mut step: Backward<'_, T>) {
        if let Some(dx) = step.dx.get(0) {
            self.0.backward(step.x.get(0), step.y, step.dy, dx);
        }
    }
}
