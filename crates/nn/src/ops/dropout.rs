//! Dropout as an op.

use super::arithmetic::add_or_copy;
use crate::inspect::Role;
use crate::lend::Target;
use crate::op::{Backward, Forward, Mode, Op};
use crate::parallel;
use crate::spec::Spec;
use neuropil_regularizers::Dropout;
use neuropil_simd::Float;
use neuropil_tensor::ShapeError;

/// y = x m / (1 - rate) with a random mask m in training, y = x in inference. Of the classic form y = x m, and
/// y = x (1 - rate) in inference.
///
/// The mask is a function of the run's seed and step, the op's path and the element's place: it
/// is made again in backward, not kept: dx += dy m / (1 - rate). PyTorch's `Dropout`.
///
/// ```
/// use neuropil_nn::{Graph, Mode, Params, Plan, ops::DropoutOp, prelude::*};
/// use neuropil_regularizers::Dropout;
///
/// let graph = Graph::new();
/// let x = graph.input("x", [100]);
/// let y = x.op(DropoutOp(Dropout::new(0.5)?))?;
/// let mut params = Params::<f32>::new(&[&graph], 42)?;
/// let mut plan = Plan::inference(&graph, &[y])?;
/// let mut run = plan.run(&mut params, 1)?;
/// run.mode(Mode::Training);
/// run.input(x).fill(1.0);
/// run.forward()?;
/// assert!(run.value(y).iter().all(|&y| y == 0.0 || y == 2.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct DropoutOp(pub Dropout);

impl<T: Float> Op<T> for DropoutOp {
    fn name(&self) -> String {
        "Dropout".into()
    }

    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
        inputs[0].numbers("Dropout")
    }

    fn role(&self) -> Role {
        Role::Dropout
    }

    fn forward(&self, step: Forward<'_, T>) {
        let (x, key) = (step.x.get(0), step.random);
        match step.mode {
            Mode::Inference => in_inference(self.0, x, step.y),
            Mode::Training => parallel::rows(step.y, 1, |piece, y| {
                self.0.forward(key, piece.start as u64, &x[piece], y);
            }),
        }
    }

    fn backward(&self, mut step: Backward<'_, T>) {
        let (dy, key) = (&*step.dy, step.random);
        if step.mode == Mode::Inference {
            return back_in_inference(self.0, step.dx.target(0), dy);
        }
        if let Some(dx) = step.dx.get(0) {
            parallel::rows(dx, 1, |piece, dx| {
                self.0.backward(key, piece.start as u64, &dy[piece], dx);
            });
        }
    }
}

/// y = x, or x times the rate of those that stay in the classic form.
pub(super) fn in_inference<T: Float>(rule: Dropout, x: &[T], y: &mut [T]) {
    let scale = rule.inference_scale();
    if scale == 1.0 {
        return y.copy_from_slice(x);
    }
    for (y, &x) in y.iter_mut().zip(x) {
        *y = x * T::of(scale);
    }
}

/// The same for gradients, which are added unless they are first.
pub(super) fn back_in_inference<T: Float>(rule: Dropout, dx: Option<Target<'_, T>>, dy: &[T]) {
    let scale = rule.inference_scale();
    if scale == 1.0 {
        return add_or_copy(dx, dy);
    }
    if let Some(dx) = dx {
        for (dx, &dy) in dx.cleared().iter_mut().zip(dy) {
            *dx += dy * T::of(scale);
        }
    }
}
