//! A loss of several inputs as an op: one cost for the batch.

use super::{add_times, numbers, outer, weighs};
use crate::inspect::Role;
use crate::op::{Backward, Forward, Memory, Op};
use crate::spec::Spec;
use neuropil_losses::JointLoss;
use neuropil_simd::Float;
use neuropil_tensor::ShapeError;

/// The cost of several inputs that belong to the same rows, and if given with a weight for each row.
///
/// Inputs: the `N` of the loss, the first `[.., width]`, each other as wide as the loss says, where a
/// width of 1 may stand as `[..]`; then weights `[..]`. The gradients are computed along with the value.
///
/// y = Σ_r w_r loss_r / Σ_r w_r by mean, with weights of 1 where none are given; dx_i += dy ∂y/∂x_i for
/// each input that has a gradient. Equals PyTorch's function of the loss's name. What the inputs hold is
/// not looked at: see each loss for what it makes of numbers that its own methods refuse.
///
/// ```
/// use neuropil_nn::{Graph, Params, Plan, ops::JointLossOp, prelude::*};
/// use neuropil_losses::MarginRanking;
///
/// let graph = Graph::new();
/// let (x1, x2, y) = (graph.input("x1", []), graph.input("x2", []), graph.input("y", []));
/// let cost = x1.op_with([x2, y], JointLossOp::new(MarginRanking::new()))?;
/// let mut params = Params::<f32>::new(&[&graph], 42)?;
/// let mut plan = Plan::inference(&graph, &[cost])?;
/// let mut run = plan.run(&mut params, 2)?;
/// run.input(x1).copy_from_slice(&[1.0, 3.0]);
/// run.input(x2).copy_from_slice(&[2.0, 2.0]);
/// run.input(y).copy_from_slice(&[1.0, 1.0]); // x1 should be the larger one
/// run.forward()?;
/// assert_eq!(run.value(cost), [0.5]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct JointLossOp<L, const N: usize> {
    loss: L,
}

impl<L: JointLoss<N>, const N: usize> JointLossOp<L, N> {
    /// The op of a loss.
    pub fn new(loss: L) -> Self {
        Self { loss }
    }

    /// The numbers of an input whose gradient forward keeps; 0 if it has none.
    fn kept(&self, rows: usize, input: usize, spec: Spec) -> usize {
        if self.loss.differentiates(input) { spec.len(rows) } else { 0 }
    }
}

impl<T: Float, L: JointLoss<N>, const N: usize> Op<T> for JointLossOp<L, N> {
    fn name(&self) -> String {
        self.loss.name()
    }

    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
        let (name, x) = (self.loss.name(), inputs[0]);
        if inputs.len() != N && inputs.len() != N + 1 {
            let what = format!("{N} inputs ({}), and perhaps weights", L::INPUTS.join(", "));
            return Err(ShapeError::unsupported(name, x.shape, what));
        }
        let outer = outer(&x);
        for (i, spec) in inputs[..N].iter().enumerate() {
            if spec.indices || !spec.per_row {
                let what = format!("numbers of each row as {}", L::INPUTS[i]);
                return Err(ShapeError::unsupported(name, spec.shape, what));
            }
            let (width, dims) = (self.loss.input_width(i, x.width()), spec.shape.dims());
            let fits =
                dims.split_last().is_some_and(|(&last, rest)| last == width && rest == outer);
            if i > 0 && !(fits || (width == 1 && dims == outer)) {
                let op = format!("{name}: {}", L::INPUTS[i]);
                let what = format!("{width} for each of {} in {}", L::INPUTS[0], x.shape);
                return Err(ShapeError::unsupported(op, spec.shape, what));
            }
        }
        if let Some(weights) = inputs.get(N) {
            weighs(&x, weights)?;
        }
        Ok(Spec::single([]))
    }

    fn role(&self) -> Role {
        Role::Unknown
    }

    fn memory(&self, rows: usize, inputs: &[Spec]) -> Memory {
        let saved = (0..N).map(|i| self.kept(rows, i, inputs[i])).sum();
        let scratch = inputs[0].len(rows) / inputs[0].width().max(1);
        Memory { saved, scratch, words: 0 }
    }

    fn differentiates(&self, input: usize) -> bool {
        input < N && self.loss.differentiates(input)
    }

    fn forward(&self, step: Forward<'_, T>) {
        let width = step.x.spec(0).width();
        let x: [&[T]; N] = std::array::from_fn(|i| step.x.get(i));
        let rows = x[0].len() / width.max(1);
        let (weights, losses) = (numbers(&step.x, N), &mut step.scratch[..rows]);
        // In either mode: backward may follow a run in inference mode, too.
        let mut rest = step.saved;
        let dx: [Option<&mut [T]>; N] = std::array::from_fn(|i| {
            let kept = self.kept(step.rows, i, step.x.spec(i));
            let (dx, behind) = std::mem::take(&mut rest).split_at_mut(kept);
            rest = behind;
            self.loss.differentiates(i).then_some(dx)
        });
        self.loss.rows(width, x, self.loss.weights(width, rows, weights), losses, dx);
        step.y[0] = T::of(self.loss.reduce(width, losses, weights));
    }

    fn backward(&self, mut step: Backward<'_, T>) {
        let (dy, mut rest) = (step.dy[0], step.saved);
        for i in (0..N).filter(|&i| self.loss.differentiates(i)) {
            let (saved, behind) = rest.split_at(step.x.spec(i).len(step.rows));
            add_times(&mut step.dx, i, dy, saved);
            rest = behind;
        }
    }
}
