//! Connectionist temporal classification as an op: one cost for the batch.

use super::add_times;
use crate::inspect::Role;
use crate::lend::Inputs;
use crate::op::{Backward, Forward, Memory, Op};
use crate::spec::Spec;
use neuropil_losses::{Ctc, Prediction, Reduction};
use neuropil_simd::Float;
use neuropil_tensor::ShapeError;
use neuropil_tensor::grain::{ELEMENTS, threads};
use std::ops::Range;

/// The cost of sequences of log-probabilities against labels without places in time: [`Ctc`].
///
/// Inputs: log-probabilities `[time, classes]`; labels, indices `[longest]`, of which only the first
/// count; how many, an index `[]`; then, in any order, if given: how many steps count, an index `[]`, and
/// a weight for each row `[]`. The gradient is computed along with the value, rows among all threads.
///
/// y = Σ_r w_r loss_r/labels_r / Σ_r w_r by mean, y = Σ_r w_r loss_r by sum; dx += dy ∂y/∂x. Equals
/// PyTorch's `functional.ctc_loss`, behind a log-softmax; its time axis stands first.
///
/// ```
/// use neuropil_nn::{Graph, Params, Plan, ops::CtcOp, prelude::*};
/// use neuropil_losses::Ctc;
///
/// let graph = Graph::new();
/// let x = graph.input("x", [2, 2]);
/// let logs = x.then(LogSoftmax)?; // two steps of the blank and one label
/// let (labels, counts) = (graph.index_input("labels", [1]), graph.index_input("counts", []));
/// let cost = logs.op_with([labels, counts], CtcOp::new(Ctc::new()))?;
/// let mut params = Params::<f32>::new(&[&graph], 42)?;
/// let mut plan = Plan::inference(&graph, &[cost])?;
/// let mut run = plan.run(&mut params, 1)?;
/// run.input(x).fill(0.0);
/// run.indices(labels)[0] = 1;
/// run.indices(counts)[0] = 1;
/// run.forward()?; // all classes equally likely: three of four paths are the label
/// assert!((run.value(cost)[0] - -0.75_f32.ln()).abs() < 1e-6);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct CtcOp {
    ctc: Ctc,
}

impl CtcOp {
    /// The op of a loss.
    pub fn new(ctc: Ctc) -> Self {
        Self { ctc }
    }
}

/// How many steps count, and the weights of rows, where given.
fn others<'a, T: Float>(x: &Inputs<'a, T>) -> (Option<&'a [u32]>, Option<&'a [T]>) {
    let (mut steps, mut weights) = (None, None);
    for i in 3..x.len() {
        match x.spec(i).indices {
            true => steps = Some(x.indices(i)),
            false => weights = Some(x.get(i)),
        }
    }
    (steps, weights)
}

impl<T: Float> Op<T> for CtcOp {
    fn name(&self) -> String {
        "Ctc".into()
    }

    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
        let (x, labels, counts) = (inputs[0], inputs[1], inputs[2]);
        if x.shape.rank() != 2 || x.indices || !x.per_row {
            let what = "log-probabilities [time, classes] of each row";
            return Err(ShapeError::unsupported("Ctc", x.shape, what));
        }
        if labels.shape.rank() != 1 || !labels.indices {
            let what = "labels as indices [longest]";
            return Err(ShapeError::unsupported("Ctc: labels", labels.shape, what));
        }
        let (mut steps, mut weights) = (0, 0);
        for (i, spec) in inputs.iter().enumerate().skip(2) {
            if spec.indices && spec.shape.rank() == 0 {
                steps += 1;
            } else if i > 2 && spec.shape.rank() == 0 && spec.per_row {
                weights += 1;
            } else {
                let what = "a number of labels, then perhaps of steps, and a weight, one a row";
                return Err(ShapeError::unsupported("Ctc: lengths", spec.shape, what));
            }
        }
        if !counts.indices || steps > 2 || weights > 1 {
            let what = "a number of labels, then perhaps one of steps and one weight";
            return Err(ShapeError::unsupported("Ctc: lengths", counts.shape, what));
        }
        if self.ctc.blank_class() as usize >= x.width() {
            let what = format!("more classes than the blank, {}", self.ctc.blank_class());
            return Err(ShapeError::unsupported("Ctc", x.shape, what));
        }
        Ok(Spec::single([]))
    }

    fn role(&self) -> Role {
        Role::Loss(Prediction::LogProbabilities)
    }

    fn memory(&self, rows: usize, inputs: &[Spec]) -> Memory {
        let (time, longest) = (inputs[0].shape[0], inputs[1].shape[0]);
        let scratch = rows * (1 + Ctc::workspace_len(time, longest));
        Memory { saved: inputs[0].len(rows), scratch, words: 0 }
    }

    fn index_range(&self, input: usize, inputs: &[Spec]) -> Option<Range<u32>> {
        let end = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        match input {
            0 => None,
            1 => Some(0..end(inputs[0].width())),
            2 => Some(0..end(inputs[1].shape[0] + 1)),
            _ => Some(1..end(inputs[0].shape[0] + 1)),
        }
    }

    fn differentiates(&self, input: usize) -> bool {
        input == 0
    }

    fn forward(&self, step: Forward<'_, T>) {
        let [time, classes] = [0, 1].map(|axis| step.x.spec(0).shape[axis]);
        let (x, labels, counts) = (step.x.get(0), step.x.indices(1), step.x.indices(2));
        let (steps, weights) = others(&step.x);
        let (rows, longest) = (step.rows, step.x.spec(1).shape[0]);
        let weight = |row: usize| weights.map_or(1.0, |weights| weights[row].to_f64());
        let total: f64 = (0..rows).map(weight).sum();
        let scale = match self.ctc.reduction() {
            Reduction::Sum => 1.0,
            _ if total > 0.0 => 1.0 / total,
            _ => 0.0,
        };
        let share = |row: usize| self.ctc.share(counts[row] as usize) * weight(row) * scale;

        let (per_row, per_workspace) = (time * classes, Ctc::workspace_len(time, longest));
        let (losses, workspace) = step.scratch.split_at_mut(rows);
        let batch = Rows {
            losses,
            dx: step.saved,
            workspace: &mut workspace[..rows * per_workspace],
            lens: [per_row, per_workspace],
        };
        // Some ten operations for each state of each step.
        let cost = 10 * per_workspace;
        batch.each(0, cost, threads(rows * cost, ELEMENTS) > 1, &|row, loss, dx, workspace| {
            let count = steps.map_or(time, |steps| steps[row] as usize) * classes;
            let (x, labels) = (&x[row * per_row..][..count], &labels[row * longest..]);
            let (dx, padding) = dx.split_at_mut(count);
            padding.fill(T::ZERO);
            let (labels, factor) = (&labels[..counts[row] as usize], T::of(share(row)));
            *loss = self.ctc.row(classes, x, labels, factor, Some(dx), workspace);
        });
        let losses = step.scratch[..rows].iter().enumerate();
        step.y[0] = T::of(losses.map(|(row, loss)| share(row) * loss.to_f64()).sum());
    }

    fn backward(&self, mut step: Backward<'_, T>) {
        add_times(&mut step.dx, 0, step.dy[0], step.saved);
    }
}

/// What is written of some rows.
struct Rows<'a, T> {
    losses: &'a mut [T],
    dx: &'a mut [T],
    workspace: &'a mut [T],
    /// The numbers of a row in the latter two.
    lens: [usize; 2],
}

impl<T: Float> Rows<'_, T> {
    /// Does work on each row, the first of which is `first`, on this thread or on all.
    fn each(
        self,
        first: usize,
        cost: usize,
        shared: bool,
        work: &(impl Fn(usize, &mut T, &mut [T], &mut [T]) + Sync),
    ) {
        let Self { losses, dx, workspace, lens } = self;
        let rows = losses.len();
        if !shared || rows * cost < 2 * ELEMENTS || rows < 2 {
            for (i, loss) in losses.iter_mut().enumerate() {
                let [dx_at, at] = lens.map(|len| i * len..(i + 1) * len);
                work(first + i, loss, &mut dx[dx_at], &mut workspace[at]);
            }
            return;
        }
        let half = rows / 2;
        let (losses, losses_right) = losses.split_at_mut(half);
        let (dx, dx_right) = dx.split_at_mut(half * lens[0]);
        let (workspace, workspace_right) = workspace.split_at_mut(half * lens[1]);
        let left = Rows { losses, dx, workspace, lens };
        let right = Rows { losses: losses_right, dx: dx_right, workspace: workspace_right, lens };
        rayon::join(
            || left.each(first, cost, shared, work),
            || right.each(first + half, cost, shared, work),
        );
    }
}
