//! Padding as an op.

use crate::op::{Backward, Forward, Op};
use crate::parallel;
use crate::spec::Spec;
use neuropil_simd::Float;
use neuropil_tensor::ShapeError;
use neuropil_tensor::padding::Padded;

/// y = x with more places on all sides: zeros, or what the mode shows there; dx adds up the dy of all
/// places that show it. PyTorch's `functional.pad`.
///
/// ```
/// use neuropil_nn::{Graph, Params, Plan, ops::PadOp, prelude::*};
/// use neuropil_tensor::padding::{Padded, PaddingMode};
///
/// let graph = Graph::new();
/// let x = graph.input("x", [1, 3]);
/// let y = x.op(PadOp(Padded::new([1, 3], &[(1, 1)], PaddingMode::Circular)?))?;
/// let mut params = Params::<f32>::new(&[&graph], 42)?;
/// let mut plan = Plan::inference(&graph, &[y])?;
/// let mut run = plan.run(&mut params, 1)?;
/// run.input(x).copy_from_slice(&[1.0, 2.0, 3.0]);
/// run.forward()?;
/// assert_eq!(run.value(y), [3.0, 1.0, 2.0, 3.0, 1.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct PadOp(pub Padded);

impl PadOp {
    /// Numbers of a channel before and after.
    fn lengths(&self) -> (usize, usize) {
        let (x, y) = (self.0.input(), self.0.output());
        (x.len() / x[0], y.len() / y[0])
    }
}

impl<T: Float> Op<T> for PadOp {
    fn name(&self) -> String {
        "Pad".into()
    }

    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
        let x = inputs[0].numbers("Pad")?;
        if x.shape != self.0.input() {
            let expected = format!("{}, for which it was made", self.0.input());
            return Err(ShapeError::unsupported("Pad", x.shape, expected));
        }
        Ok(x.with_shape(self.0.output()))
    }

    fn forward(&self, step: Forward<'_, T>) {
        let x = step.x.get(0);
        let (x_len, y_len) = self.lengths();
        parallel::rows(step.y, y_len, |channels, y| {
            self.0.forward(&x[channels.start * x_len..channels.end * x_len], y);
        });
    }

    fn backward(&self, mut step: Backward<'_, T>) {
        let dy = &*step.dy;
        let (x_len, y_len) = self.lengths();
        if let Some(dx) = step.dx.get(0) {
            parallel::rows(dx, x_len, |channels, dx| {
                self.0.backward(&dy[channels.start * y_len..channels.end * y_len], dx);
            });
        }
    }
}
