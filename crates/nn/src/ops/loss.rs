//! A loss as an op: one cost for the batch.

use super::arithmetic::add_or_copy;
use crate::inspect::Role;
use crate::lend::Inputs;
use crate::op::{Backward, Forward, Memory, Op};
use crate::spec::Spec;
use neuropil_losses::{Loss, Target, TargetKind, Weighted};
use neuropil_simd::Float;
use neuropil_tensor::ShapeError;
use std::ops::Range;

/// The cost of a prediction against a target, and if given with a weight for each row.
///
/// Inputs: prediction `[.., width]`; target, labels `[..]` or values `[.., target width]`;
/// weights `[..]`. The gradient is computed along with the value.
///
/// y is the loss of all rows as its [`Reduction`](neuropil_losses::Reduction) says, by default
/// y = Σ_r w_r loss_r / Σ_r w_r c_r, with weights w_r of 1 where none are given, and c_r = 1 but where
/// the loss has [weights of classes or ignores a label](Loss::count); dx += dy ∂y/∂x. Where no row
/// counts, y and the gradient are 0. Equals PyTorch's function of the loss's name.
///
/// ```
/// use neuropil_nn::{Graph, Params, Plan, ops::LossOp, prelude::*};
///
/// let graph = Graph::new();
/// let (x, target) = (graph.input("x", [2]), graph.input("target", [2]));
/// let cost = x.op_with([target], LossOp::new(MeanSquaredError::new()))?;
/// let mut params = Params::<f32>::new(&[&graph], 42)?;
/// let mut plan = Plan::inference(&graph, &[cost])?;
/// let mut run = plan.run(&mut params, 1)?;
/// run.input(x).copy_from_slice(&[1.0, 2.0]);
/// run.input(target).copy_from_slice(&[1.5, 1.5]);
/// run.forward()?;
/// assert_eq!(run.value(cost), [0.25]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct LossOp<L> {
    loss: L,
}

impl<L: Loss> LossOp<L> {
    /// The op of a loss.
    pub fn new(loss: L) -> Self {
        Self { loss }
    }

    /// Rows of `width` numbers that the loss sees.
    fn rows(&self, rows: usize, x: Spec) -> usize {
        x.len(rows) / x.width().max(1)
    }

    fn target<'a, T: Float>(x: &Inputs<'a, T>) -> Target<'a, T> {
        if x.spec(1).indices { Target::Labels(x.indices(1)) } else { Target::Values(x.get(1)) }
    }
}

impl<T: Float, L: Loss> Op<T> for LossOp<L> {
    fn name(&self) -> String {
        self.loss.name()
    }

    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
        let (x, target) = (inputs[0], inputs[1]);
        let name = self.loss.name();
        let kind = if target.indices { TargetKind::Labels } else { TargetKind::Values };
        if !self.loss.accepts(kind) {
            let what = match kind {
                TargetKind::Labels => "numbers as targets, found labels (one-hot makes numbers)",
                TargetKind::Values => "labels as targets, found numbers",
            };
            return Err(ShapeError::unsupported(name, target.shape, what));
        }
        let dims = x.shape.dims();
        let outer = &dims[..dims.len().saturating_sub(1)];
        if x.indices || !x.per_row {
            return Err(ShapeError::unsupported(name, x.shape, "a prediction for each row"));
        }
        if let Err(error) = self.loss.check_width(x.width()) {
            return Err(ShapeError::unsupported(name, x.shape, error.to_string()));
        }
        let width = self.loss.target_width(x.width());
        let fits = match kind {
            TargetKind::Labels => target.shape.dims() == outer,
            TargetKind::Values => {
                target.shape.width() == width
                    && target.shape.len() == x.shape.len() / x.width().max(1) * width
            }
        };
        if !fits || !target.per_row {
            return Err(ShapeError::mismatch("loss: prediction and target", x.shape, target.shape));
        }
        if let Some(weights) = inputs.get(2)
            && (weights.shape.dims() != outer || !weights.per_row || weights.indices)
        {
            return Err(ShapeError::mismatch(
                "loss: prediction and weights",
                x.shape,
                weights.shape,
            ));
        }
        Ok(Spec::single([]))
    }

    fn role(&self) -> Role {
        Role::Loss(self.loss.prediction())
    }

    fn memory(&self, rows: usize, inputs: &[Spec]) -> Memory {
        let x = inputs[0];
        Memory { saved: x.len(rows), scratch: self.rows(rows, x), words: 0 }
    }

    fn index_range(&self, input: usize, inputs: &[Spec]) -> Option<Range<u32>> {
        let classes = || self.loss.classes(inputs[0].width());
        (input == 1).then(|| 0..u32::try_from(classes()).unwrap_or(u32::MAX))
    }

    fn passes_index(&self, input: usize) -> Option<u32> {
        (input == 1).then(|| self.loss.ignored_label()).flatten()
    }

    fn differentiates(&self, input: usize) -> bool {
        input == 0
    }

    fn forward(&self, step: Forward<'_, T>) {
        let (x, spec) = (step.x.get(0), step.x.spec(0));
        let rows = self.rows(step.rows, spec);
        let weights = (step.x.len() > 2).then(|| step.x.get(2));
        let target = Weighted { target: Self::target(&step.x), weights };
        let losses = &mut step.scratch[..rows];
        // In either mode: backward may follow a run in inference mode, too.
        let dx = Some(step.saved);
        let weights = self.loss.weights(spec.width(), rows, target);
        self.loss.rows(spec.width(), x, target.target, weights, losses, dx);
        step.y[0] = T::of(self.loss.reduce(spec.width(), losses, target));
    }

    fn backward(&self, mut step: Backward<'_, T>) {
        // Forward has left the gradient for a cost that is the end of the graph. Where it is a
        // part of a larger cost, it counts dy times.
        let dy = step.dy[0];
        if dy == T::ONE {
            add_or_copy(step.dx.target(0), step.saved);
        } else if let Some(dx) = step.dx.get(0) {
            for (dx, &saved) in dx.iter_mut().zip(step.saved) {
                *dx += dy * saved;
            }
        }
    }
}
