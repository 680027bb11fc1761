//! Upsampling as an op.

use crate::op::{Backward, Forward, Op};
use crate::spec::Spec;
use neuropil_simd::Float;
use neuropil_tensor::ShapeError;
use neuropil_tensor::pool::Upsampling;

/// y = Σ w x over the neighbours of each place, or the nearest; dx += w dy. PyTorch's
/// `interpolate`.
///
/// ```
/// use neuropil_nn::{Graph, Params, Plan, ops::UpsampleOp, prelude::*};
/// use neuropil_tensor::pool::{Interpolation, Upsampling};
///
/// let graph = Graph::new();
/// let x = graph.input("x", [1, 2]);
/// let linear = Interpolation::Linear { align_corners: true };
/// let y = x.op(UpsampleOp(Upsampling::new([1, 2], [3], linear)?))?;
/// let mut params = Params::<f32>::new(&[&graph], 42)?;
/// let mut plan = Plan::inference(&graph, &[y])?;
/// let mut run = plan.run(&mut params, 1)?;
/// run.input(x).copy_from_slice(&[1.0, 2.0]);
/// run.forward()?;
/// assert_eq!(run.value(y), [1.0, 1.5, 2.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct UpsampleOp(pub Upsampling);

impl<T: Float> Op<T> for UpsampleOp {
    fn name(&self) -> String {
        "Upsample".into()
    }

    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
        super::output("Upsample", inputs[0], self.0.input(), self.0.output())
    }

    fn forward(&self, step: Forward<'_, T>) {
        self.0.forward(step.x.get(0), step.y);
    }

    fn backward(&self, mut step: Backward<'_, T>) {
        if let Some(dx) = step.dx.get(0) {
            self.0.backward(step.dy, dx);
        }
    }
}
